"""Serves the release that ``current`` names, as a static host would: for one machine and for demos.

``_redirects`` and ``_headers`` of the release are followed, never shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

NOT_FOUND = "404.html"
RULE_FILES = ("_redirects", "_headers")
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
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    async def _file_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(NOT_FOUND if path in RULE_FILES else path, scope)
        if isinstance(response, FileResponse):
            file = Path(response.path)
            if file.name == NOT_FOUND:
                response.status_code = 404
            if content_type := TYPES.get(file.suffix.lower()):
                response.headers["Content-Type"] = content_type
        return response


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
