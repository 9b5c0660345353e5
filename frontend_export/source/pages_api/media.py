"""The images and documents of a site as records of the feed: what they are, and what names them.

API v2 shows originals, and renditions only where a page type was made to. A rendition has no id, so
it is known here under a number made of its address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from frontend_export.content import IMAGE_EXTENSIONS
from frontend_export.plan.entries import digest_of
from frontend_export.source.feed import plain_file_name
from frontend_export.source.pages_api.address import path_of
from frontend_export.source.pages_api.api import Api, Head, Item
from frontend_export.source.pages_api.links import Links, download_url_of

ASKED_AT_ONCE = 4
FIRST_MADE_ID = 2**48  # no database has numbered so far
MIMES = {f".{extension}": mime for mime, extension in IMAGE_EXTENSIONS.items()} | {
    ".jpeg": "image/jpeg"
}
LIKE = 0.02  # how far two pictures of one form may differ, since their sizes are whole numbers
ADDRESS_KEYS = ("url", "full_url", "src")


@dataclass(slots=True)
class Media:
    """What may be shown; ``findings`` are sentences on what may not, and why."""

    api: Api
    links: Links
    images: Mapping[int, Item]
    documents: Mapping[int, Item]
    findings: dict[str, None] = field(default_factory=dict)
    _made: dict[int, dict[str, Any]] = field(default_factory=dict)
    _smaller: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)
    _stems: dict[str, list[int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for number, item in self.images.items():
            stem = PurePosixPath(path_of(download_url_of(item))).stem
            self._stems.setdefault(stem, []).append(number)

    def rendition(self, value: Mapping[str, Any]) -> int:
        """The id of a picture given by its address and size, or 0 where it cannot be had.

        ``{"url": "/media/images/a.width-500.jpg", "width": 500, "height": 300, "alt": "…"}``
        """
        url = next((url for url in self._addresses(value) if self.api.may_fetch(url)), "")
        if not url:
            shown = next(iter(self._addresses(value)), "")
            if shown:
                self._note(f"An image was left out: '{shown}' {self.api.not_ours}")
            return 0
        width, height = _whole(value.get("width")), _whole(value.get("height"))
        if not width or not height:
            if known := self.picture_at(url):
                return known
            self._note(f"The image '{url}' was left out: nothing says how large it is.")
            return 0
        files = {url: (width, height)} | dict(self._candidates(value, width, height))
        if original := self._original_of(url, width, height):
            self._smaller.setdefault(original, {}).update(files)
            return original
        number = FIRST_MADE_ID + int.from_bytes(
            blake2b("\0".join(files).encode(), digest_size=5).digest()
        )
        title = value.get("alt") or PurePosixPath(path_of(url)).name
        self._made[number] = {"title": str(title), "files": files}
        return number

    def picture_at(self, url: str) -> int:
        """The image that lies at an address, or whose rendition does; 0 where none is known."""
        meant = self.links.meaning_of(url)
        if meant and meant.kind == "image":
            return meant.id
        if not is_picture(url) or not self.api.may_fetch(self.links.to_fetch(url)):
            return 0
        name, _, spec = PurePosixPath(path_of(url)).stem.rpartition(".")
        return self._named_like(name) or 0 if spec else 0

    def records(self, keys: Iterable[str]) -> Iterator[dict[str, Any]]:
        """The records of what pages refer to by ``image/7`` or ``document/2``.

        Each file is asked about first: when it was changed is part of its name on the site.
        """
        wanted: dict[str, None] = dict.fromkeys(sorted(keys))
        images = {
            number: one for number in _numbers("image", wanted) if (one := self._image(number))
        }
        documents = {
            number: url
            for number in _numbers("document", wanted)
            if number in self.documents
            and (url := self._fetchable(self.documents[number], f"Document {number}"))
        }
        urls = [*(url for one in images.values() for url in one["files"]), *documents.values()]
        with ThreadPoolExecutor(ASKED_AT_ONCE, "head") as pool:
            heads = dict(zip(urls, pool.map(self.api.head, urls), strict=True))
        for number, one in images.items():
            by_width = {
                rendition["width"]: rendition
                for at, (url, size) in enumerate(one["files"].items())
                if (rendition := self._rendition(number, at, url, size, heads[url]))
            }
            if renditions := list(by_width.values()):
                yield {
                    "kind": "image",
                    "id": number,
                    "title": one["title"],
                    "width": max(rendition["width"] for rendition in renditions),
                    "height": max(rendition["height"] for rendition in renditions),
                    "renditions": renditions,
                }
        for number, url in documents.items():
            if not self._is_there(heads[url], url, f"Document {number}"):
                continue
            title = str(self.documents[number].get("title") or "")
            yield {
                "kind": "document",
                "id": number,
                "title": title,
                "filename": plain_file_name(PurePosixPath(path_of(url)).name),
                "size": heads[url].size,
                "url": url,
                "fingerprint": digest_of(_name_of(url, heads[url]), title),
            }

    def _addresses(self, value: Mapping[str, Any]) -> Iterator[str]:
        for key in ADDRESS_KEYS:
            if isinstance(url := value.get(key), str) and url:
                yield self.links.to_fetch(url)

    def _candidates(
        self, value: Mapping[str, Any], width: int, height: int
    ) -> Iterator[tuple[str, tuple[int, int]]]:
        """Other sizes of the same picture: ``srcset="a.jpg 400w, b.jpg 800w"``."""
        for candidate in str(value.get("srcset") or "").split(","):
            address, _, size = candidate.strip().rpartition(" ")
            url = self.links.to_fetch(address.strip()) if address else ""
            wide = _whole(size[:-1]) if size.endswith("w") else 0
            if url and wide and self.api.may_fetch(url):
                yield url, (wide, max(1, round(wide * height / width)))

    def _original_of(self, url: str, width: int, height: int) -> int | None:
        """``/media/images/roses.width-500.jpg`` is a smaller ``original_images/roses.jpg``, unless
        it was cut to another form."""
        number = self._named_like(PurePosixPath(path_of(url)).stem)
        if number is None:
            return None
        item = self.images[number]
        full = (_whole(item.get("width")), _whole(item.get("height")))
        is_alike = abs(full[0] * height - full[1] * width) < LIKE * full[0] * height
        return number if all(full) and is_alike else None

    def _named_like(self, stem: str) -> int | None:
        """The one image whose file is called so, or as it begins up to one of its dots."""
        while stem:
            if len(numbers := self._stems.get(stem, [])) == 1:
                return numbers[0]
            stem = stem.rpartition(".")[0]
        return None

    def _image(self, number: int) -> dict[str, Any] | None:
        if number in self._made:
            return self._made[number]
        item = self.images.get(number)
        width, height = (_whole(item.get(key)) for key in ("width", "height")) if item else (0, 0)
        url = self._fetchable(item, f"Image {number}") if item else ""
        if item is None or not url:
            return None
        if not width or not height:
            self._note(f"Image {number} was left out: the API does not say how large it is.")
            return None
        smaller = self._smaller.get(number, {})
        files = {one: size for one, size in smaller.items() if size[0] < width}
        files |= {url: (width, height)}
        return {"title": str(item.get("title") or ""), "files": files}

    def _fetchable(self, item: Item, name: str) -> str:
        url = self.links.to_fetch(download_url_of(item)) if download_url_of(item) else ""
        if url and self.api.may_fetch(url):
            return url
        self._note(f"{name} was left out: '{url}' {self.api.not_ours}")
        return ""

    def _rendition(
        self, number: int, at: int, url: str, size: tuple[int, int], head: Head
    ) -> dict[str, Any] | None:
        mime = MIMES.get(PurePosixPath(path_of(url)).suffix.lower(), head.mime)
        name = f"Image {number}" if number in self.images else "An image"
        if mime not in IMAGE_EXTENSIONS:
            self._note(
                f"{name} was left out: '{url}' is none of {', '.join(IMAGE_EXTENSIONS.values())}, "
                "which are all that cannot hold a script."
            )
            return None
        if not self._is_there(head, url, name):
            return None
        return {
            "id": at,
            "width": size[0],
            "height": size[1],
            "mime": mime,
            "url": url,
            "fingerprint": _name_of(url, head),
        }

    def _is_there(self, head: Head, url: str, name: str) -> bool:
        """Whether it may be had. A host that is only away is no reason to take a file out."""
        if head.status in {404, 410}:
            self._note(f"{name} was left out: the CMS has lost its file '{url}'. Upload it again.")
            return False
        return True

    def _note(self, sentence: str) -> None:
        self.findings.setdefault(sentence)


def is_picture(url: str) -> bool:
    """Whether an address ends as a picture's does."""
    return PurePosixPath(path_of(url)).suffix.lower() in MIMES


def _numbers(kind: str, keys: Iterable[str]) -> list[int]:
    found = (key.removeprefix(f"{kind}/") for key in keys if key.startswith(f"{kind}/"))
    return sorted(int(number) for number in found)


def _name_of(url: str, head: Head) -> str:
    """Changes when the file does, as far as its server tells."""
    parts = urlsplit(url)
    return digest_of(parts.path, parts.query, head.version, str(head.size))


def _whole(value: Any) -> int:
    """``500`` or ``"500"``; anything else is no size."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value) if len(value) < 7 else 0
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
