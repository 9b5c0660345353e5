"""Read everything an API shows, until two looks at it agree.

A list of API v2 is read some items at a time, by offset: unpublish one page meanwhile, and the walk
misses another one. So everything is looked at before the bodies are read and again after, in
another order, and what differs is read again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from frontend_export.errors import DriftError, SourceError
from frontend_export.source.pages_api.api import Api, Item, TornError

ROUNDS = 5
# What says that a page was published anew, where the API shows it.
REVISION_FIELDS = ("last_published_at", "latest_revision_created_at")


@dataclass(frozen=True, slots=True)
class Survey:
    """One state of a site. ``order`` are the ids of its pages in the order of the tree.

    ``pages`` hold every field that the API shows of their types; ``images`` and ``documents`` are
    all that anybody may see.
    """

    pages: Mapping[int, Item]
    order: tuple[int, ...]
    images: Mapping[int, Item]
    documents: Mapping[int, Item]


@dataclass(frozen=True, slots=True)
class _Look:
    """The lists, without the fields of page types."""

    pages: Mapping[int, Item]
    images: Mapping[int, Item]
    documents: Mapping[int, Item]


def survey(api: Api, *, site: str = "") -> Survey:
    """The pages, images and documents of a site in one state.

    Raises ``DriftError`` when it changed in each of five rounds, ``SourceError`` when it cannot be
    read.
    """
    of_site = {"site": site} if site else {}
    reason = ""
    before: _Look | None = None
    for _round in range(ROUNDS):
        try:
            before = before or _look(api, of_site, order="id")
            pages = _bodies(api, of_site, before.pages)
            after = _look(api, of_site)
            if reason := _difference(before, pages, after):
                before = after
                continue
        except TornError as torn:
            reason, before = str(torn), None
            continue
        return Survey(pages, tuple(after.pages), after.images, after.documents)
    raise DriftError(
        f"The CMS kept changing while '{api.url}' was read {ROUNDS} times: {reason} "
        "Export again when its editors are done."
    )


def _look(api: Api, of_site: Mapping[str, str], **ordered: str) -> _Look:
    """Every list once; without an ``order``, pages come in the order of their tree."""
    pages = api.walk("pages", fields="*", **of_site, **ordered)
    if pages is None:
        raise SourceError(f"'{api.url}pages/' is not there. Set PLAINLEAF_API_URL to an API v2.")
    lists = [api.walk(name, order="id", fields="*") or [] for name in ("images", "documents")]
    return _Look(_by_id(pages), *(_by_id(items) for items in lists))


def _bodies(api: Api, of_site: Mapping[str, str], pages: Mapping[int, Item]) -> dict[int, Item]:
    """The pages with the fields of their types: a list for each type, as the quickest way."""
    by_type: defaultdict[str, list[int]] = defaultdict(list)
    for number, page in pages.items():
        by_type[str(page["meta"].get("type") or "")].append(number)
    bodies: dict[int, Item] = {}
    for name in sorted(by_type):
        if not name:
            continue  # of a type whose code is gone: nothing but its title is known
        for page in api.walk("pages", type=name, order="id", fields="*", **of_site) or []:
            if page["meta"].get("type") == name:  # those of types made from it come as well
                bodies[page["id"]] = page
    return {number: bodies.get(number, page) for number, page in pages.items()}


def _difference(before: _Look, pages: Mapping[int, Item], after: _Look) -> str:
    """What changed between the first look and the last one, as a sentence, or nothing."""
    for kind in ("images", "documents"):
        if getattr(before, kind) != getattr(after, kind):
            return f"its {kind} changed."
    if before.pages.keys() != after.pages.keys():
        changed = min(before.pages.keys() ^ after.pages.keys())
        return f"page {changed} came or went."
    for number, page in pages.items():
        seen = after.pages[number]
        if (
            any(page.get(key) != value for key, value in _shared(seen))
            or before.pages[number] != seen
        ):
            return f"page {number} changed."
    return ""


def _shared(look: Item) -> Iterator[tuple[str, Any]]:
    """What a page's own list must say as the list of all pages does."""
    yield from ((key, value) for key, value in look.items() if key in {"title", *REVISION_FIELDS})


def _by_id(items: Sequence[Item]) -> dict[int, Item]:
    return {item["id"]: item for item in items}
