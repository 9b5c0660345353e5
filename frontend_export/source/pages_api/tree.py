"""Where each page lies, worked out from the addresses that the API gives. Pure.

API v2 lists no parents and no paths. ``html_url`` has both for a page whose parent is public too;
for the others the API is asked one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from frontend_export.content import MAX_DEPTH
from frontend_export.errors import SourceError
from frontend_export.source.pages_api.address import Origin, origin_of, path_of
from frontend_export.source.pages_api.api import Item


class Place(NamedTuple):
    """A page in the site that is exported: ``position`` orders it among its siblings."""

    path: str
    parent_id: int | None
    slug: str
    position: str


@dataclass(frozen=True, slots=True)
class Tree:
    """``addresses`` are the paths under which the CMS itself serves pages, ``origins`` where."""

    root_id: int
    places: Mapping[int, Place]
    addresses: Mapping[str, int]
    origins: frozenset[Origin]

    def page_at(self, path: str) -> int | None:
        """The page that the CMS serves at a path, with or without its last slash."""
        return self.addresses.get(path if path.endswith("/") else f"{path}/")


def tree_of(
    pages: Mapping[int, Item],
    order: Sequence[int],
    parent_of: Callable[[int], int | None],
) -> Tree:
    """The tree of ``pages``, given in the tree's ``order``.

    ``parent_of`` asks the API for a parent that no address shows; ``None``: it is not public.
    Raises ``SourceError`` where there is no page at all.
    """
    if not pages:
        raise SourceError(
            "The API lists no page. Publish the site's root page, or name the site with --site."
        )
    urls = {
        number: url
        for number in order
        if isinstance(url := pages[number]["meta"].get("html_url"), str) and origin_of(url)
    }
    paths = {number: _with_slash(path_of(url)) for number, url in urls.items()}
    addresses: dict[str, int] = {}
    for number, path in paths.items():
        addresses.setdefault(path, number)
    root = min(order, key=lambda number: paths.get(number, "/" * MAX_DEPTH).count("/"))
    parents: dict[int, int | None] = {root: None}
    slugs: dict[int, str] = {root: str(pages[root]["meta"].get("slug") or "")}
    for number in order:
        if number == root:
            continue
        above, _, segment = paths.get(number, "/").removesuffix("/").rpartition("/")
        parent = addresses.get(f"{above}/")
        if parent is None and above == "" and segment:
            parent = root  # the root of another language: '/fr/' beside '/en/'
        if parent is None or parent == number or number not in paths:
            parent = parent_of(number)
            segment = str(pages[number]["meta"].get("slug") or "")
        parents[number], slugs[number] = parent, segment
    return Tree(
        root_id=root,
        places=dict(_places(root, order, parents, slugs)),
        addresses=addresses,
        origins=frozenset(origin for url in urls.values() if (origin := origin_of(url))),
    )


def _places(
    root: int,
    order: Sequence[int],
    parents: Mapping[int, int | None],
    slugs: Mapping[int, str],
) -> Iterator[tuple[int, Place]]:
    """Only pages that hang together with the root have a place."""
    known: dict[int, str | None] = {root: "/"}

    def path_to(number: int | None, depth: int) -> str | None:
        if number is None or number not in parents or depth > MAX_DEPTH:
            return None
        if number not in known:
            above = path_to(parents[number], depth + 1)
            known[number] = None if above is None else f"{above}{slugs[number]}/"
        return known[number]

    ranks: dict[int | None, int] = {}
    for number in order:
        path = path_to(number, 0)
        if path is None:
            continue
        rank = ranks[parents[number]] = ranks.get(parents[number], -1) + 1
        yield number, Place(path, parents[number], slugs[number], f"{rank:08d}")


def _with_slash(path: str) -> str:
    return path if path.endswith("/") else f"{path}/"
