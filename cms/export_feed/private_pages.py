"""Pages that a password, a login or a group opens. A site of files cannot ask for one: they are on
no site, with all that lies below them, and that is said where somebody might wait for them."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Length, Substr
from wagtail.models import Page, PageViewRestriction

IS_PRIVATE = (
    "Readers cannot see this page: it is private, or below a private one, and a static site cannot "
    "ask for a password. Set its privacy to public to have it on the site."
)


def private_pages() -> QuerySet[Page]:
    """Live pages under a view restriction, their own or an ancestor's."""
    restrictions = PageViewRestriction.objects.filter(
        page__path=Substr(OuterRef("path"), 1, Length("page__path"))
    )
    return Page.objects.filter(Exists(restrictions), live=True)


def warning_of_private_pages() -> str:
    """One sentence for the report of an export; empty where nothing is private."""
    count = private_pages().count()
    if not count:
        return ""
    pages = "1 live page is" if count == 1 else f"{count} live pages are"
    return (
        f"{pages} private and not on the site: a static site cannot ask for a password. The list "
        "of pages in the admin marks them with a padlock."
    )
