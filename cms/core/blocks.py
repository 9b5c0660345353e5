"""Blocks that belong to the whole site rather than to one page."""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks

from cms.core.countries import COUNTRIES, HOME
from cms.core.links import require_https, require_one_target


def page_of_this_site() -> blocks.PageChooserBlock:
    """One of the two targets of a link; ``require_one_target`` holds the block to one of them."""
    return blocks.PageChooserBlock(
        required=False, help_text="A page of this site. Leave the address empty then."
    )


def address_elsewhere() -> blocks.URLBlock:
    """The other one."""
    return blocks.URLBlock(
        required=False,
        max_length=500,
        validators=[require_https],
        label="Address",
        help_text="A page elsewhere, starting with https://. Leave the page empty then.",
    )


class MenuItemBlock(blocks.StructBlock):
    label = blocks.CharBlock(
        required=False,
        max_length=40,
        help_text="What the link says. Leave it empty to use the title of the page.",
    )
    page = page_of_this_site()
    url = address_elsewhere()

    class Meta:
        icon = "link"
        group = "Menu"
        label = "Menu item"
        description = "A link in a menu, to a page of this site or to an address elsewhere."

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        require_one_target(cleaned)
        if cleaned["url"] and not cleaned["label"]:
            raise blocks.StructBlockValidationError(
                block_errors={
                    "label": ValidationError("An address elsewhere needs a label to show.")
                }
            )
        return cleaned


class SideEffectLineBlock(blocks.StructBlock):
    country = blocks.ChoiceBlock(
        choices=COUNTRIES, default=HOME, help_text="On articles for this country."
    )
    label = blocks.CharBlock(
        max_length=120, help_text="What the link says: “Report it to the Yellow Card scheme”."
    )
    url = blocks.URLBlock(
        max_length=500,
        validators=[require_https],
        label="Address",
        help_text="Where it is reported, starting with https://.",
    )

    class Meta:
        icon = "form"
        group = "Side effects"
        label = "Reporting line"
        description = "Where readers of one country report a side effect."
