"""As much of a record as the plan needs: who it is, where it lies, what it refers to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from frontend_export.content import (
    ARTICLE_TYPES,
    Block,
    Document,
    Image,
    Page,
    ReaderComment,
    Redirect,
    Site,
    Snippet,
    Value,
)
from frontend_export.letters import letter_of, sort_key
from frontend_export.richtext import references_of

KINDS_OF_CHOOSERS = {
    "page": "page",
    "image": "image",
    "document": "document",
    "helpline": "snippet/articles.Helpline",
    "person": "snippet/articles.Person",
    "reviewer": "snippet/articles.Person",
    "glossary_term": "snippet/articles.GlossaryTerm",
}
REFERENCE_KEY = re.compile(rf"(?:.*_)?({'|'.join(KINDS_OF_CHOOSERS)})")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
DATE_LENGTH = len("2026-03-01")


class Entry(NamedTuple):
    """One record, without its body.

    ``key`` names it among all, as ``page/5`` or ``snippet/articles.Helpline/1``. ``references``
    holds the keys of all that it may show, ``linked`` those of them to which only links in its
    rich text lead: such a link shows an address and nothing else.

    What others show of it has three digests, and each changes with more than the one before:
    ``address_digest`` with where it lies, ``link_digest`` with its title as well, as a link says
    it, ``list_digest`` with all that a list shows. Of what is no page, the last two are one.

    ``names`` are what an article is found by in the A to Z: letter, sort key and name of each.
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
    names: tuple[tuple[str, str, str], ...] = ()
    files: tuple[str, ...] = ()


def entry_of(value: Value, *, fingerprint: str, position: str = "") -> Entry:
    """The entry of one record of the CMS."""
    match value:
        case Page():
            references, linked = references_in({**value.fields, "body": value.body})
            if value.type in ARTICLE_TYPES:  # it names the pages that it links to, below its text
                linked = tuple(key for key in linked if not key.startswith("page/"))
            withdrawn = ["withdrawn"] if value.is_withdrawn else []
            return Entry(
                key=f"page/{value.id}",
                id=value.id,
                kind="page",
                type=value.type,
                fingerprint=fingerprint,
                address_digest=digest_of(value.path),
                link_digest=digest_of(value.type, value.path, value.title, *withdrawn),
                list_digest=_list_digest_of(value),
                references=references,
                linked=linked,
                path=value.path,
                slug=value.slug,
                parent_id=value.parent_id,
                position=position,
                dates=tuple(
                    [
                        field
                        for field in value.fields.values()
                        if type(field) is str
                        and len(field) == DATE_LENGTH
                        and DATE.fullmatch(field)
                    ]
                ),
                is_sample=value.is_sample,
                names=tuple(_names_of(value)),
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
            comment = _entry("comment", value.id, fingerprint, parent_id=value.page_id)
            return comment._replace(key=value.key)
        case Redirect():
            return _entry("redirect", value.id, fingerprint)


class References(NamedTuple):
    """Keys, each once: ``linked`` are those of ``all`` that only rich text links name."""

    all: tuple[str, ...]
    linked: tuple[str, ...]


def references_in(value: Any) -> References:
    """Everything a stored value refers to, by the naming rule of the feed."""
    chosen: dict[str, None] = {}
    linked: dict[str, None] = {}
    _collect_references([("", value)], chosen, linked)
    only_linked = tuple([key for key in linked if key not in chosen])
    return References((*chosen, *only_linked), only_linked)


def digest_of(*parts: str) -> str:
    """16 hex digits that change with any part and with where one part ends."""
    return blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def _list_digest_of(page: Page) -> str:
    date = page.last_published_at
    return digest_of(
        page.type,
        page.path,
        page.title,
        str(page.parent_id),
        page.summary,
        date.isoformat() if date else "",
    )


def _names_of(page: Page) -> Iterator[tuple[str, str, str]]:
    """The title of an article and its synonyms; a withdrawn one is looked for no more."""
    if page.type not in ARTICLE_TYPES or page.is_withdrawn:
        return
    stored = page.fields.get("synonyms")
    synonyms = (
        [one.get("value") for one in stored if type(one) is dict] if type(stored) is list else []
    )
    for name in (page.title, *synonyms):
        if type(name) is str and name.strip():
            yield letter_of(name, page.locale), sort_key(name, page.locale), name


def _collect_references(
    named: Iterable[tuple[str, Any]], chosen: dict[str, None], linked: dict[str, None]
) -> None:
    """Of values by the names they are stored under. All of a site passes here: one call a list."""
    for name, value in named:
        kind = type(value)
        if kind is str:
            if "<" in value:
                for of, number in references_of(value):
                    if number:
                        # An image in a text is shown, in all its sizes.
                        (chosen if of == "image" else linked)[f"{of}/{number}"] = None
        elif kind is int:
            if chooser := _kind_chosen_by(name):
                chosen[f"{chooser}/{value}"] = None
        elif kind is dict:
            _collect_references(value.items(), chosen, linked)
        elif kind is list or kind is tuple:
            parts = [one[:2] if type(one) is Block else ("", one) for one in value]
            _collect_references(parts, chosen, linked)


@lru_cache(maxsize=1024)
def _kind_chosen_by(name: str) -> str:
    """What a chooser of that name chooses: ``"read_next_page"`` a ``"page"``."""
    match = REFERENCE_KEY.fullmatch(name)
    return "" if match is None else KINDS_OF_CHOOSERS[match[1]]


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
