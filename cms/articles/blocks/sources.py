"""The sources of an article, each with a key by which blocks cite it."""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks

from cms.articles.blocks.shared import SOURCES
from cms.articles.source_keys import keys_for
from cms.core.citations import KEY, LONGEST_KEY
from cms.core.links import require_https
from cms.core.streams import SharedStreamBlock


def require_key(key: str) -> None:
    """A validator: what ``CitationsBlock`` can name."""
    if not KEY.fullmatch(key):
        raise ValidationError("Use small letters, digits and hyphens only, such as who-2023.")


class SourceBlock(blocks.StructBlock):
    key = blocks.CharBlock(
        required=False,
        default="",
        max_length=LONGEST_KEY,
        validators=[require_key],
        help_text="What the parts of the article cite it by: “who-2023”. Leave it empty, and it "
        "is made of publisher and year. Once cited, leave it as it is.",
    )
    title = blocks.CharBlock(max_length=250, help_text="The title, as it stands on the source.")
    publisher = blocks.CharBlock(
        max_length=120, help_text="Who published it: an organisation, a journal, an author."
    )
    url = blocks.URLBlock(
        max_length=500,
        validators=[require_https],
        label="Address",
        help_text="Where a reader can check it, starting with https://.",
    )
    published = blocks.DateBlock(
        required=False, help_text="When the source says it was published or last updated."
    )
    accessed = blocks.DateBlock(required=False, help_text="When you last read it.")

    class Meta:
        icon = "openquote"
        group = SOURCES
        label = "Source"
        description = "Where a statement of the article comes from."

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        published, accessed = cleaned["published"], cleaned["accessed"]
        if self.is_deferred_validation or not (published and accessed):
            return cleaned
        if accessed < published:
            raise blocks.StructBlockValidationError(
                block_errors={
                    "accessed": ValidationError(
                        "This is before the source was published. Check both dates."
                    )
                }
            )
        return cleaned


class SourcesBlock(SharedStreamBlock):
    """What an article rests on."""

    source = SourceBlock()

    def clean(self, value: Any) -> Any:
        """Every source gets a key, in a draft too: its citations are written next."""
        cleaned = super().clean(value)
        give_keys(cleaned)
        keys = [child.value["key"] for child in cleaned]
        twice = {
            index: blocks.StructBlockValidationError(
                block_errors={
                    "key": ValidationError(f"“{key}” is the key of another source. Change it.")
                }
            )
            for index, key in enumerate(keys)
            if key in keys[:index]
        }
        if twice and not self.is_deferred_validation:
            raise blocks.StreamBlockValidationError(block_errors=twice)
        return cleaned


def give_keys(sources: blocks.StreamValue) -> None:
    """Fill in the keys that are missing; those that are there stay."""
    values = [child.value for child in sources]
    for value, key in zip(values, keys_for(values), strict=True):
        value["key"] = key
