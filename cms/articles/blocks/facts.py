"""The short lists of an article beside its body: what it says of itself in a few words."""

from typing import Any

from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from cms.core.countries import COUNTRIES, HOME
from cms.core.streams import SharedStreamBlock

FACTS = "Facts"


LEAST_KEY_POINTS, MOST_KEY_POINTS = 3, 5


class KeyPointsBlock(SharedStreamBlock):
    """None, or as many as a reader remembers: of one or two, the summary is made."""

    point = blocks.CharBlock(
        max_length=200,
        icon="check",
        group=FACTS,
        label="Key point",
        description="One thing to remember.",
        help_text="One short sentence that stands by itself.",
    )

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        is_right = not cleaned or LEAST_KEY_POINTS <= len(cleaned) <= MOST_KEY_POINTS
        if not is_right and not self.is_deferred_validation:
            raise blocks.StreamBlockValidationError(
                non_block_errors=[
                    f"The number of key points is {len(cleaned)}. Give {LEAST_KEY_POINTS} to "
                    f"{MOST_KEY_POINTS}, or none."
                ]
            )
        return cleaned


class SynonymsBlock(SharedStreamBlock):
    synonym = blocks.CharBlock(
        max_length=120,
        icon="tag",
        group=FACTS,
        label="Other name",
        description="Another name of what the page is about.",
        help_text="As people say or search it: “acetaminophen”.",
    )


class StatusBlock(blocks.StructBlock):
    country = blocks.ChoiceBlock(
        choices=COUNTRIES, default=HOME, help_text="Where this is the law."
    )
    legal_class = blocks.ChoiceBlock(
        choices=[
            ("GSL", "On general sale"),
            ("P", "From a pharmacy, without a prescription"),
            ("POM", "On prescription only"),
            ("controlled", "Controlled drug"),
        ],
        help_text="How the law lets people have it. The strictest that applies.",
    )
    schedule = blocks.CharBlock(
        required=False,
        default="",
        max_length=120,
        help_text="Of a controlled drug, how the law lists it: “Class B; Schedule 2”.",
    )

    class Meta:
        icon = "lock"
        group = FACTS
        label = "Legal status"
        description = "How the law of one country treats the medicine."


class LegalStatusBlock(SharedStreamBlock):
    status = StatusBlock()


class AuthorBlock(blocks.StructBlock):
    person = SnippetChooserBlock(
        "articles.Person", help_text="Who wrote it, from the list of people."
    )

    class Meta:
        icon = "user"
        group = FACTS
        label = "Author"
        description = "A person who wrote the article."


class AuthorsBlock(SharedStreamBlock):
    author = AuthorBlock()
