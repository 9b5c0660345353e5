"""What all pages of a site show alike: its name, its menus and its footer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from frontend_export import richtext
from frontend_export.content import Content, Image, Kind, MenuItem, Site


class Shared(NamedTuple):
    """What all pages of a site have in common, with the answers that it was made from."""

    content: Content
    site: Site
    asked: Sequence[tuple[Kind, int]]
    answers: Sequence[object]
    variables: dict[str, Any]
    in_menus: frozenset[int | None]
    warnings: tuple[str, ...]

    def is_still(self, content: Content) -> bool:
        return (
            content is self.content
            and content.site is self.site
            and answers_of(content, self.asked) == self.answers
        )


def answers_of(content: Content, asked: Iterable[tuple[Kind, int]]) -> Sequence[object]:
    ask = {"page": content.page_link, "document": content.document, "image": content.image}
    return [ask[kind](number) for kind, number in asked]


def shared_by(
    content: Content, *, href: Callable[[str], str], picture: Callable[[Image, str], str]
) -> Shared:
    site = content.site
    items = (*site.main_menu, *site.footer_menu)
    asked: list[tuple[Kind, int]] = [("page", item.page_id) for item in items if item.page_id]
    asked += richtext.references_of(site.footer_text)
    menus = [menu(items, content, href) for items in (site.main_menu, site.footer_menu)]
    footer, warnings = richtext.safe_html(site.footer_text, content, href=href, picture=picture)
    return Shared(
        content,
        site,
        asked,
        answers_of(content, asked),
        {
            "site": site,
            "main_menu": menus[0],
            "footer_menu": menus[1],
            "footer_text": Markup(footer),  # noqa: S704 - nh3 had the last word
            "find_document": content.document,
        },
        frozenset(entry.page_id for entries in menus for entry in entries),
        warnings,
    )


class MenuEntry(NamedTuple):
    """What can be followed. ``page_id`` is None for an address elsewhere."""

    label: str
    href: str
    page_id: int | None


def menu(
    items: Sequence[MenuItem], content: Content, href: Callable[[str], str]
) -> tuple[MenuEntry, ...]:
    """The entries of a menu that lead somewhere, labelled."""
    entries = []
    for item in items:
        if item.page_id is None:
            if address := richtext.web_address(item.url):
                entries.append(MenuEntry(item.label or address, address, None))
            continue
        link = content.page_link(item.page_id)
        if link is not None:
            entries.append(MenuEntry(item.label or link.title, href(link.path), link.id))
    return tuple(entries)
