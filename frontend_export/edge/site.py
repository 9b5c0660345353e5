"""Serves the release that ``current`` names, as a static host would: for one machine and for demos.

``_redirects`` and ``_headers`` of the release are followed, never shown. A web server that takes
the snippet of ``frontend-export server-config`` answers the same; a test compares them.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from frontend_export.headers import PAGE_CACHE

NOT_FOUND = "404.html"
WHOLE_OR_PART = {200, 206, 304}
TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".xml": "application/xml; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the two rule files of a release say, by path as a browser sends it."""

    redirects: Mapping[str, tuple[str, int]]
    headers: tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]

    def headers_of(self, path: str) -> dict[str, str]:
        """Every header whose pattern covers ``path``; a later rule wins."""
        found: dict[str, str] = {}
        for pattern, headers in self.headers:
            if pattern.fullmatch(path):
                found |= headers
        return found


class StaticSite(StaticFiles):
    """Follows ``current`` from request to request, so that a switch needs no restart.

    ``not_found`` is asked for what the release lacks, by path, before its 404 page is shown.
    """

    def __init__(
        self, output_dir: Path, *, not_found: Callable[[str], Response | None] | None = None
    ) -> None:
        super().__init__(directory=output_dir / "current", html=True, check_dir=False)
        self.config_checked = True  # the first release may come after the server started
        self._output_dir = output_dir
        self._current_link = output_dir / "current"
        self._not_found = not_found

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not self._current_link.is_dir():
            return PlainTextResponse("The site has not been published yet.", status_code=503)
        rules = read_rules(self._current_link.resolve())
        if redirect := rules.redirects.get(scope["path"].rstrip("/")):
            location, status = redirect
            response: Response = RedirectResponse(location, status_code=status)
        else:
            response = await self._file_response(path, scope)
            if response.status_code == 404 and self._not_found:
                found = await run_in_threadpool(self._not_found, path)
                if found is not None:
                    return found
        for name, value in rules.headers_of(scope["path"]).items():
            if name != "Cache-Control" or response.status_code in WHOLE_OR_PART:
                response.headers[name] = value
        response.headers.setdefault("Cache-Control", PAGE_CACHE)
        return response

    async def _file_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(NOT_FOUND if is_hidden(path) else path, scope)
        if isinstance(response, RedirectResponse):
            return RedirectResponse(_with_slash(scope), status_code=301)
        if isinstance(response, FileResponse):
            file = Path(response.path)
            if file.name == NOT_FOUND:
                response.status_code = 404
            if content_type := TYPES.get(file.suffix.lower()):
                response.headers["Content-Type"] = content_type
        return response

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """A folder of a release may be a link; none may lead out of the output folder."""
        if path.startswith(("/", "\\", "..")):
            return "", None
        try:
            found = os.path.realpath(self._current_link / path)
            if Path(found).is_relative_to(self._output_dir.resolve()):
                return found, os.stat(found)  # noqa: PTH116 - what Starlette calls takes its answer
        except (FileNotFoundError, NotADirectoryError, ValueError):
            pass  # or a name that no file can have
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
        return "", None

    def is_not_modified(self, response_headers: Headers, request_headers: Headers) -> bool:
        """By the tag alone: after a rollback the file that is served is older, and another."""
        return "if-none-match" in request_headers and super().is_not_modified(
            response_headers, request_headers
        )


def is_hidden(path: str) -> bool:
    """Whether a path within the site is for servers only, or for nobody."""
    first, *rest = path.split("/")
    if first.startswith("_") or path == NOT_FOUND:
        return True
    names = rest if first in {".", ".well-known"} else [first, *rest]
    return any(name.startswith(".") for name in names)


def _with_slash(scope: Scope) -> str:
    """On this host, whatever the path begins with."""
    query = scope["query_string"].decode("ascii")
    path = "/" + quote(scope["path"].lstrip("/")) + "/"
    return f"{path}?{query}" if query else path


@lru_cache(maxsize=4)
def read_rules(release: Path) -> Rules:
    """The rules of one release; it never changes, so they are read once."""
    return Rules(
        redirects=dict(_redirects(_lines(release / "_redirects"))),
        headers=tuple(_headers(_lines(release / "_headers"))),
    )


def _redirects(lines: Iterable[str]) -> Iterator[tuple[str, tuple[str, int]]]:
    """``/old/ /new/ 301`` answers for ``/old`` too, as hosts do."""
    for line in lines:
        path, location, status = line.split()
        yield unquote(path).rstrip("/"), (location, int(status))


def _headers(lines: Iterable[str]) -> Iterator[tuple[re.Pattern[str], Mapping[str, str]]]:
    """A path, where ``*`` stands for anything, and below it its indented headers."""
    path, headers = "", dict[str, str]()
    for line in [*lines, "/"]:
        if line.lstrip().startswith("!"):
            continue  # it takes off what a rule before said; here the later rule wins anyway
        if line[0].isspace():
            name, _, value = line.partition(":")
            headers[name.strip()] = value.strip()
            continue
        if headers:
            yield _pattern(path), headers
        path, headers = line.strip(), {}


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, unquote(path).split("*"))), re.DOTALL)


def _lines(file: Path) -> list[str]:
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]
