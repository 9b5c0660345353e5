"""A Wagtail's API v2 in this process, for what a real one does only on a bad day.

```python
with FakeApi(page(3, "/"), page(4, "/about/", body="<p>Us.</p>")) as api:
    lines = list(PagesApi(api.url, timeout_seconds=5).feed())
```

It lists, orders, pages and refuses as Wagtail's own does; ``test_export.py`` runs that one.
"""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from PIL import Image

HOST = "http://localhost"  # as a fresh Wagtail calls itself, wherever it is asked
Item = dict[str, Any]


def jpeg() -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(body, "JPEG")
    return body.getvalue()


JPEG = jpeg()


class FakeApi:
    """``pages`` are given in the order of their tree, the root first; anything may be changed
    between two requests, and ``before_list`` is called before each list is made."""

    def __init__(self, *pages: Item, limit_max: int | None = 20) -> None:
        self.pages = list(pages)
        self.images: list[Item] = []
        self.documents: list[Item] = []
        self.sites: dict[str, list[Item]] = {}
        self.files: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}  # by path, in place of ours
        self.made_from: dict[str, str] = {}  # a type by the type that inherits from it
        self.limit_max = limit_max
        self.knows_rich_text_format = True
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.before_list: Callable[[], None] = lambda: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/api/v2/"

    def __enter__(self) -> FakeApi:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add_image(self, number: int, name: str = "roses.jpg", **fields: Any) -> None:
        """An image with its original on this host."""
        path = f"/media/original_images/{name}"
        meta = meta_of("images", number, type="wagtailimages.Image", download_url=path)
        item = {"id": number, "meta": meta, "title": f"Image {number}", "width": 800, "height": 600}
        self.images.append(item | fields)
        self.add_file(path)

    def add_file(self, path: str, body: bytes = JPEG) -> None:
        self.files[path] = (200, {"Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT"}, body)

    def add_document(self, number: int, url: str, body: bytes = b"%PDF-1.4") -> None:
        meta = meta_of("documents", number, type="wagtaildocs.Document", download_url=url)
        self.documents.append({"id": number, "meta": meta, "title": f"Document {number}"})
        self.files[urlsplit(url).path] = (200, {}, body)

    def asked(self, part: str) -> list[str]:
        return [request for request in self.requests if part in request]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(with_body=True)

            def do_HEAD(self) -> None:
                self._answer(with_body=False)

            def _answer(self, *, with_body: bool) -> None:
                fake.requests.append(f"{self.command} {self.path}")
                fake.headers.append(dict(self.headers))
                status, headers, body = fake._answer_to(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if with_body:
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def _answer_to(self, target: str) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(target)
        if found := self.answers.get(parts.path) or self.files.get(parts.path):
            return found
        if not parts.path.startswith("/api/v2/"):
            return 404, {}, b"nothing"
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        endpoint, _, number = parts.path.removeprefix("/api/v2/").strip("/").partition("/")
        try:
            return _json(200, self._detail(number) if number else self._list(endpoint, query))
        except _BadRequestError as error:
            return _json(400, {"message": str(error)})
        except LookupError:
            return _json(404, {"message": "not found"})

    def _detail(self, number: str) -> Item:
        return next(page for page in self.pages if str(page["id"]) == number)

    def _list(self, endpoint: str, query: dict[str, str]) -> Item:
        if "rich_text_format" in query and not self.knows_rich_text_format:
            raise _BadRequestError(
                "query parameter is not an operation or a recognised field: rich_text_format"
            )
        limit, offset = int(query.get("limit", 20)), int(query.get("offset", 0))
        if self.limit_max and limit > self.limit_max:
            raise _BadRequestError(f"limit cannot be higher than {self.limit_max}")
        self.before_list()
        lists = {"pages": self.pages, "images": self.images, "documents": self.documents}
        items = self.sites[query["site"]] if "site" in query else lists[endpoint]
        if "type" in query:
            items = list(self._of_type(items, query["type"]))
        elif endpoint == "pages":
            items = [_base(item) for item in items]
        if "order" in query:
            items = sorted(items, key=lambda item: item["id"], reverse=query["order"][0] == "-")
        return {"meta": {"total_count": len(items)}, "items": items[offset : offset + limit]}

    def _of_type(self, items: list[Item], name: str) -> Iterator[Item]:
        """Pages of a type in full; of one made from it, what every page has."""
        for item in items:
            if item["meta"]["type"] == name:
                yield item
            elif self.made_from.get(item["meta"]["type"]) == name:
                yield _base(item)


class _BadRequestError(Exception):
    pass


def page(number: int, path: str, type_name: str = "blog.BlogPage", **fields: Any) -> Item:
    """One page with all fields of its type; ``meta_…`` are for its ``meta``."""
    more = {key[5:]: fields.pop(key) for key in list(fields) if key.startswith("meta_")}
    meta = meta_of(
        "pages",
        number,
        type=type_name,
        html_url=f"{HOST}{quote(path)}",
        slug=path.strip("/").rpartition("/")[2] or "home",
        show_in_menus=False,
        seo_title="",
        search_description="",
        first_published_at="2026-11-01T09:00:00Z",
        locale="en",
        parent=None,
    )
    return {"id": number, "meta": meta | more, "title": f"Page {number}", **fields}


def body(*blocks: tuple[str, Any]) -> list[Item]:
    """A StreamField as the API writes one."""
    return [
        {"type": kind, "value": value, "id": f"{number:08}-block"}
        for number, (kind, value) in enumerate(blocks)
    ]


def meta_of(endpoint: str, number: int, **more: Any) -> Item:
    return {"detail_url": f"{HOST}/api/v2/{endpoint}/{number}/", **more}


def _base(item: Item) -> Item:
    """A page as the list of all types has it."""
    meta = {key: value for key, value in item["meta"].items() if key != "parent"}
    return {"id": item["id"], "meta": meta, "title": item["title"]}


def _json(status: int, data: Any) -> tuple[int, dict[str, str], bytes]:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return status, headers, gzip.compress(json.dumps(data).encode())
