"""Which pages an article leads on to: those that it names and links to, in its own order."""

from __future__ import annotations

from collections.abc import Iterable

from frontend_export.content import ARTICLE_TYPES, Content, LinkedPage, Page

MOST_RELATED = 5


def related_pages(page: Page, content: Content, refers_to: Iterable[str]) -> list[LinkedPage]:
    """The other articles among the keys of what it ``refers_to``, but none that was withdrawn.

    No page that happens to stand near it: a change of one page would then change hundreds.
    """
    found: list[LinkedPage] = []
    if page.type not in ARTICLE_TYPES or page.is_withdrawn:
        return found
    for key in refers_to:
        if not key.startswith("page/"):
            continue
        link = content.page_link(int(key.removeprefix("page/")))
        if link and link.type in ARTICLE_TYPES and link.id != page.id and not link.is_withdrawn:
            found.append(link.linked)
            if len(found) == MOST_RELATED:
                break
    return found
