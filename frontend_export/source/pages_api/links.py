"""What an address of the CMS stands for: a page, an image, a document, or nothing public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from frontend_export.source.pages_api.address import Origin, joined, origin_of, path_of
from frontend_export.source.pages_api.api import Item
from frontend_export.source.pages_api.tree import Tree


class Meant(NamedTuple):
    """``kind`` is page, image, document, or ``gone``: an address of the CMS without any of them."""

    kind: str
    id: int


GONE = Meant("gone", 0)


class Links:
    """Reads addresses as the CMS would answer them. What is not its own means nothing here."""

    def __init__(
        self,
        tree: Tree,
        *,
        api_url: str,
        own: frozenset[Origin],
        images: Mapping[int, Item],
        documents: Mapping[int, Item],
        elsewhere: Mapping[int, str],
    ) -> None:
        self.elsewhere = elsewhere  # addresses of pages of the CMS's other sites, by id
        self._tree = tree
        self._api_url = api_url
        self._own = own
        self._files = {
            self._key(url): Meant(kind, number)
            for kind, items in (("image", images), ("document", documents))
            for number, item in items.items()
            if (url := download_url_of(item))
        }

    def meaning_of(self, url: str) -> Meant | None:
        """``None`` for an address elsewhere, or what is none."""
        origin = None
        is_own = url.startswith("/") and not url.startswith("//")
        if not is_own:
            origin = origin_of(url)
            if origin is None:
                return None
            is_own = origin in self._own
        if found := self._files.get(self._key(url)):
            return found
        if not is_own:
            return None
        page = self._tree.page_at(origin, path_of(url))
        return GONE if page is None else Meant("page", page)

    def to_fetch(self, url: str) -> str:
        """Where to ask for a file: what the CMS calls its own address is asked at the API's."""
        absolute = joined(self._api_url, url)
        if origin_of(absolute) not in self._own:
            return absolute
        parts = urlsplit(absolute)
        return joined(self._api_url, parts.path + (f"?{parts.query}" if parts.query else ""))

    def _key(self, url: str) -> tuple[Origin | None, str]:
        origin = origin_of(joined(self._api_url, url))
        return None if origin in self._own else origin, path_of(url)


def download_url_of(item: Item) -> str:
    """Where an image or document lies. An address put behind another one is the one that counts."""
    url = item["meta"].get("download_url")
    if not isinstance(url, str):
        return ""
    start = max(url.rfind("https://"), url.rfind("http://"))
    return url[start:] if start > 0 else url
