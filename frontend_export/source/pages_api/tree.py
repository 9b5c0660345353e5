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

Address = tuple[Origin | None, str]


class Place(NamedTuple):
    """A page in the site that is exported: ``position`` orders it among its siblings."""

    path: str
    parent_id: int | None
    slug: str
    position: str


@dataclass(frozen=True, slots=True)
class Tree:
    """``addresses`` are where the CMS itself serves pages, ``origins`` by which names; ``origin``
    is the one of the root."""

    root_id: int
    places: Mapping[int, Place]
    addresses: Mapping[Address, int]
    origins: frozenset[Origin]
    origin: Origin | None

    def page_at(self, origin: Origin | None, path: str) -> int | None:
        """The page that the CMS serves at a path, with or without its last slash; under a name
        that no page has, where the API may be, it is the root's."""
        known = origin if origin in self.origins else self.origin
        return self.addresses.get((known, _with_slash(path)))


def tree_of(
    pages: Mapping[int, Item],
    order: Sequence[int],
    parent_of: Callable[[int], int | None],
    *,
    host: str = "",
) -> Tree:
    """The tree of ``pages``, given in the tree's ``order``.

    ``parent_of`` asks the API for a parent that no address shows; ``None``: it is not public.
    ``host`` names the site: a site of each language has a root of its own. There is one page at
    least. Raises ``SourceError`` where the page above them all is not public.
    """
    found: dict[int, Address] = {
        number: (origin, _with_slash(path_of(url)))
        for number in order
        if isinstance(url := pages[number]["meta"].get("html_url"), str)
        and (origin := origin_of(url))
    }
    addresses: dict[Address, int] = {}
    for number, address in found.items():
        addresses.setdefault(address, number)

    def height(number: int) -> tuple[int, bool]:
        origin, path = found.get(number, (None, "/" * MAX_DEPTH))
        return path.count("/"), bool(host) and origin is not None and origin.host != host

    root = min(order, key=height)
    parents: dict[int, int | None] = {root: None}
    slugs: dict[int, str] = {root: str(pages[root]["meta"].get("slug") or "")}
    for number in order:
        if number == root:
            continue
        origin, path = found.get(number, (None, "/"))
        above, _, segment = path.removesuffix("/").rpartition("/")
        parent = addresses.get((origin, f"{above}/"))
        is_foreign = _locale(pages[number]) != _locale(pages[root])
        if parent in {None, number} and is_foreign and number in found and root in found:
            language = _locale(pages[number]).lower()
            if _is_root_of(language, found[number], found[root]):
                parent, segment = root, segment or language
        if parent is None or parent == number or number not in found:
            parent = parent_of(number)
            segment = str(pages[number]["meta"].get("slug") or "")
        parents[number], slugs[number] = parent, segment
    places = dict(_places(root, order, parents, slugs))
    _require_root(root, pages, places, {number: path for number, (_, path) in found.items()})
    return Tree(
        root_id=root,
        places=places,
        addresses=addresses,
        origins=frozenset(origin for origin, _ in addresses if origin),
        origin=found[root][0] if root in found else None,
    )


def _is_root_of(language: str, address: Address, root: Address) -> bool:
    """Whether a page begins another language: ``/fr/`` beside ``/en/`` or below ``/``, or what a
    host of its own has where the root has its own page."""
    (origin, path), (of_root, path_of_root) = address, root
    above, _, segment = path.removesuffix("/").rpartition("/")
    is_beside = above == path_of_root.removesuffix("/").rpartition("/")[0]
    if origin == of_root:
        return is_beside and segment != ""
    return path == path_of_root or (is_beside and segment.lower() == language)


def _require_root(
    root: int, pages: Mapping[int, Item], places: Mapping[int, Place], paths: Mapping[int, str]
) -> None:
    """A page beside the highest one, and not below it, has lost the root that both had: whatever
    is highest now must not take the place of the home page."""
    highest = paths.get(root, "/")
    for number, path in paths.items():
        is_of_its_language = _locale(pages[number]) == _locale(pages[root])
        if number not in places and is_of_its_language and not path.startswith(highest):
            raise SourceError(
                f"The root page of the site is not public: '{pages[root]['meta']['html_url']}' is "
                f"the highest page that is, and '{pages[number]['meta']['html_url']}' is not below "
                "it. Publish the root page again."
            )


def _locale(page: Item) -> str:
    return str(page["meta"].get("locale"))


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
