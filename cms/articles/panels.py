"""What the editing forms of all page types share."""

from __future__ import annotations

from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.admin.widgets import AdminAutoHeightTextInput
from wagtail.models import Page

SUMMARY_HELP = (
    "One or two sentences that say what the page answers. "
    "Shown under the title, in lists and in search results."
)


def summary_panel() -> FieldPanel:
    """One column of the database, but sentences to read: the box grows with them."""
    return FieldPanel("summary", widget=AdminAutoHeightTextInput)


def tabs(
    content: list, *more: ObjectList, settings: list = Page.settings_panels
) -> TabbedInterface:
    """The tabs of an editing form: the content first, what search engines see last."""
    return TabbedInterface(
        [
            ObjectList(content, heading="Content"),
            *more,
            ObjectList([address_and_search_panel()], heading="Promote"),
            ObjectList(settings, heading="Settings"),
        ]
    )


def address_and_search_panel() -> MultiFieldPanel:
    """Wagtail's, without its "Show in menus": an editor writes the menus in the site settings."""
    return MultiFieldPanel(
        [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("search_description")],
        heading="Address and search engines",
    )
