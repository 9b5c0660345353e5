"""As much of a record as the plan needs: who it is, where it lies, what it refers to."""

from __future__ import annotations

import re
from datetime import date
from hashlib import blake2b
from typing import Any, NamedTuple

from frontend_export.content import (
    Block,
    Document,
    Image,
    Page,
    PageLink,
    ReaderComment,
    Redirect,
    Site,
    Snippet,
    Value,
)
from frontend_export.richtext import references_of

REFERENCE_KEY = re.compile(r"(?:.*_)?(page|image|document|helpline)")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
HELPLINE = "articles.Helpline"


class Entry(NamedTuple):
    """One record, without its body.

    ``key`` names it among all, as ``page/5`` or ``snippet/articles.Helpline/1``. ``references``
    holds the keys of all that it may show, ``linked`` those of them to which only links in its
    rich text lead: such a link shows an address and nothing else.

    What others show of it has three digests, and each changes with more than the one before:
    ``address_digest`` with where it lies, ``link_digest`` with its title as well, as a link says
    it, ``list_digest`` with all that a list shows. Of what is no page, the last two are one.

    ``dates`` are the days on which a page changes by time alone, and ``files`` the paths of an
    image's renditions or of a document.
    """

    key: str
    id: int
    kind: str
    type: str
    fingerprint: str
    address_digest: str
    link_digest: str
    list_digest: str
    references: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    path: str = ""
    slug: str = ""
    parent_id: int | None = None
    position: str = ""
    dates: tuple[str, ...] = ()
    is_sample: bool = False
    files: tuple[str, ...] = ()


def entry_of(value: Value, *, fingerprint: str, position: str = "") -> Entry:
    """The entry of one record of the CMS."""
    match value:
        case Page():
            references, linked = references_in({**value.fields, "body": value.body})
            return Entry(
                key=f"page/{value.id}",
                id=value.id,
                kind="page",
                type=value.type,
                fingerprint=fingerprint,
                address_digest=digest_of(value.path),
                link_digest=digest_of(value.type, value.path, value.title),
                list_digest=list_digest_of(value.link),
                references=references,
                linked=linked,
                path=value.path,
                slug=value.slug,
                parent_id=value.parent_id,
                position=position,
                dates=tuple(
                    field
                    for field in value.fields.values()
                    if isinstance(field, str) and DATE.fullmatch(field)
                ),
                is_sample=value.is_sample,
            )
        case Site():
            menus = [*value.main_menu, *value.footer_menu]
            pages = [
                value.root_page_id,
                *(item.page_id for item in menus),
                value.comment_policy_page_id,
                value.privacy_page_id,
            ]
            chosen = [{"page": page} for page in pages]
            references, linked = references_in([*chosen, value.footer_text])
            return _entry("site", value.id, fingerprint, references=references, linked=linked)
        case Image():
            files = tuple(rendition.file_path for rendition in value.renditions)
            return _entry("image", value.id, fingerprint, files=files)
        case Document():
            return _entry(
                "document",
                value.id,
                fingerprint,
                address_digest=digest_of(value.file_path),
                files=(value.file_path,),
            )
        case Snippet():
            references, linked = references_in(value.fields)
            return _entry(
                "snippet",
                value.id,
                fingerprint,
                type_name=value.type,
                references=references,
                linked=linked,
            )
        case ReaderComment():
            return _entry("comment", value.id, fingerprint, parent_id=value.page_id)
        case Redirect():
            return _entry("redirect", value.id, fingerprint)


class References(NamedTuple):
    """Keys, each once: ``linked`` are those of ``all`` that only rich text links name."""

    all: tuple[str, ...]
    linked: tuple[str, ...]


def references_in(value: Any) -> References:
    """Everything a stored value refers to, by the naming rule of the feed."""
    chosen: list[str] = []
    linked: list[str] = []
    _collect_references(value, chosen, linked)
    return References(
        tuple(dict.fromkeys((*chosen, *linked))),
        tuple(key for key in dict.fromkeys(linked) if key not in chosen),
    )


def digest_of(*parts: str) -> str:
    """16 hex digits that change with any part and with where one part ends."""
    return blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def list_digest_of(link: PageLink) -> str:
    return digest_of(
        *(str(part) for part in (link.type, link.path, link.title, link.parent_id)),
        link.summary,
        str(link.last_published_at),
    )


def signs_of(dates: tuple[str, ...], today: date) -> str:
    """Which of a page's dates are past, here or ahead: all that time alone can change."""
    now = today.isoformat()
    return "".join("<" if day < now else "=" if day == now else ">" for day in dates)


def _collect_references(value: Any, chosen: list[str], linked: list[str]) -> None:
    """Into lists, since a generator for each of a site's values took half of the planning."""
    if isinstance(value, str):
        if "<" in value:
            for kind, number in references_of(value):
                if number:
                    # An image in a text is shown, alternative text and all sizes.
                    (chosen if kind == "image" else linked).append(_key(kind, number))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, int) and not isinstance(inner, bool):
                if match := REFERENCE_KEY.fullmatch(key):
                    chosen.append(_key(match[1], inner))
            elif inner:
                _collect_references(inner, chosen, linked)
    elif isinstance(value, list | tuple):
        for inner in value:
            _collect_references(inner, chosen, linked)
    elif isinstance(value, Block):
        _collect_references({value.type: value.value}, chosen, linked)


def _key(kind: str, number: int) -> str:
    return f"snippet/{HELPLINE}/{number}" if kind == "helpline" else f"{kind}/{number}"


def _entry(
    kind: str,
    number: int,
    fingerprint: str,
    *,
    type_name: str = "",
    address_digest: str = "",
    references: tuple[str, ...] = (),
    linked: tuple[str, ...] = (),
    parent_id: int | None = None,
    files: tuple[str, ...] = (),
) -> Entry:
    return Entry(
        key=f"{kind}/{type_name}/{number}" if type_name else f"{kind}/{number}",
        id=number,
        kind=kind,
        type=type_name,
        fingerprint=fingerprint,
        address_digest=address_digest or fingerprint,
        link_digest=fingerprint,
        list_digest=fingerprint,
        references=references,
        linked=linked,
        parent_id=parent_id,
        files=files,
    )
