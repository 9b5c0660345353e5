"""Read a finished release as a visitor and an attacker would, without a network.

Broken links, anchors and files, leaks of the CMS, damaged files: whatever is wrong is one
``Problem``, and a good release has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

from frontend_export.config import Settings
from frontend_export.errors import OutputError
from frontend_export.plan.changes import PublishedFile
from frontend_export.release import Releases, is_whole
from frontend_export.render.renderer import REPORT_PATH
from frontend_export.search_index import LINK
from frontend_export.targets import target_of

LINKING = frozenset({"href", "src", "poster", "data"})
UNSET = frozenset({"None", "null", "undefined"})
SHARED = frozenset({"og:image", "og:url"})
STORED_MARKUP = frozenset({"linktype", "embedtype", "data-block-key"})
ACTING_SCHEMES = frozenset({"javascript", "data", "vbscript"})
TEXT_SUFFIXES = frozenset({".html", ".css", ".js", ".xml", ".txt", ".json", ".svg", ""})
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)""")
REFRESH = re.compile(r"\burl=(.+)", re.IGNORECASE)


class Problem(NamedTuple):
    """``file`` is the path in the release, ``value`` what was found there."""

    file: str
    problem: str
    value: str


@dataclass(slots=True)
class _Document:
    """What one file says about others."""

    links: list[str] = field(default_factory=list)
    ids: frozenset[str] = frozenset()


def check_release(settings: Settings, release: str | None = None) -> list[Problem]:
    """All problems of ``release``, or of the one that is served, in the order of files.

    It is named by its id or its folder, such as ``public/current``. Raises ``OutputError`` where
    there is no such release.
    """
    releases = Releases(settings.output_dir, settings.state_dir)
    named = release or target_of(settings).current()
    if named is None:
        raise OutputError(f"'{settings.output_dir}' has no release. Run 'frontend-export export'.")
    folder = Path(named) if Path(named).is_dir() else releases.folder(named)
    root = folder.resolve()
    if root.parent != releases.folder("").resolve() or not root.is_dir():
        raise OutputError(f"There is no release '{named}'. 'frontend-export releases' lists them.")
    chosen = root.name
    found = _walk(root, within=settings.output_dir)
    problems = {*found.links, *_check_files(root, found.files, settings)}
    if chosen in releases.ids():
        files = dict(releases.all_files(releases.manifest(chosen)))
        problems |= set(_unlike_manifest(root, found.files, files))
    return sorted(problems)


def check_folder(root: Path, settings: Settings) -> Iterator[Problem]:
    """The problems of any folder that holds such a site."""
    found = _walk(root, within=root)
    yield from found.links
    yield from _check_files(root, found.files, settings)


class _Found(NamedTuple):
    files: frozenset[str]
    links: tuple[Problem, ...]


def _walk(root: Path, *, within: Path) -> _Found:
    """Every file by its path, and the links that no web server should follow.

    A folder at the top may be a link to another folder below ``within``: a release shares it with
    others. The link is relative, so that both can be moved and mounted together.
    """
    folders, problems = [root], []
    for path in sorted(root.iterdir()):
        if path.is_symlink():
            to, place = path.readlink(), path.resolve()
            if to.is_absolute() or not place.is_relative_to(within.resolve()):
                problems.append(Problem(path.name, "is a link that leads out", str(to)))
            elif place.is_dir():
                folders.append(path)
            else:
                problems.append(Problem(path.name, "is a link to no folder", str(to)))
    files = set()
    for folder in folders:
        for path in folder.rglob("*"):
            name = path.relative_to(root).as_posix()
            if path.is_symlink():
                if path.parent != root and name != str(LINK):
                    problems.append(Problem(name, "is a link", str(path.readlink())))
            elif not path.is_dir():
                files.add(name)
    return _Found(frozenset(files), tuple(problems))


def _check_files(root: Path, paths: frozenset[str], settings: Settings) -> Iterator[Problem]:
    secrets = _hosts(settings)
    documents: dict[str, _Document] = {}
    for path in sorted(paths):
        suffix = Path(path).suffix
        if suffix not in TEXT_SUFFIXES:
            continue
        try:
            text = (root / path).read_text("utf-8")
        except UnicodeDecodeError as error:
            if suffix:
                yield Problem(path, "is not UTF-8", str(error.reason))
            continue
        yield from (Problem(path, "leaks", leak) for leak in secrets if leak in text)
        if suffix == ".html":
            page = _Page()
            page.feed(text)
            page.close()
            yield from (Problem(path, problem, value) for problem, value in page.problems())
            documents[path] = _Document(page.links, frozenset(page.ids))
        elif suffix == ".xml":
            try:
                tree = ElementTree.fromstring(text)  # noqa: S314 - expat bounds entities
            except ElementTree.ParseError as error:
                yield Problem(path, "is not well-formed XML", str(error))
            else:
                documents[path] = _Document(list(_links_of(tree)))
        else:
            documents[path] = _Document(list(_links_in(path, suffix, text)))
    yield from _broken(documents, paths, settings.site_url)


class _Page(HTMLParser):
    """Collects the links and ids of one page, and what is wrong with it by itself."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.ids: Counter[str] = Counter()
        self._headings = 0
        self._problems: list[tuple[str, str]] = []
        self._in_style = False

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from self._problems
        yield from (("has an id twice", one) for one, count in self.ids.items() if count > 1)
        if self._headings != 1:
            yield "does not have exactly one h1", str(self._headings)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._headings += tag == "h1"
        self._in_style = tag == "style"
        values = dict(attrs)
        for name, value in attrs:
            if name in STORED_MARKUP or any(f"{one}=" in (value or "") for one in STORED_MARKUP):
                self._problems.append(("leaks", f'{name}="{value or ""}"'))
            if name.startswith("on"):
                self._problems.append(("acts by itself", f'{name}="{value or ""}"'))
            if value in UNSET or (name in {"href", "src"} and not (value or "").strip()):
                self._problems.append((f"has an unset {name}", f'{name}="{value or ""}"'))
            elif value is None:
                continue
            elif name in LINKING:
                self.links.append(value)
                if scheme_of(value) in ACTING_SCHEMES:
                    self._problems.append(("has an address that acts", f'{name}="{value}"'))
            elif name in {"srcset", "imagesrcset"}:
                self.links += [one.split()[0] for one in value.split(",") if one.strip()]
            elif name == "style":
                self.links += CSS_URL.findall(value)
            elif name == "id":
                self.ids[value] += 1
        refresh = REFRESH.search(values.get("content") or "")
        if values.get("property") in SHARED:
            self.links.append(values.get("content") or "")
        if tag == "meta" and (values.get("http-equiv") or "").lower() == "refresh" and refresh:
            self.links.append(refresh[1])

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.links += CSS_URL.findall(data)


def scheme_of(address: str) -> str:
    """As a browser reads it, which drops control characters: ``java\\nscript:`` included."""
    return re.sub(r"[\x00-\x20]", "", address).partition(":")[0].lower()


def _links_in(path: str, suffix: str, text: str) -> Iterator[str]:
    if suffix == ".css":
        yield from CSS_URL.findall(text)
    elif path == "_redirects":
        for line in text.splitlines():
            yield line.split()[1]


def _links_of(root: ElementTree.Element) -> Iterator[str]:
    """Of a site map the text of each ``<loc>``, of a feed each ``href``."""
    for element in root.iter():
        if _local(element.tag) == "loc":
            yield (element.text or "").strip()
        yield from (value for name, value in element.items() if _local(name) == "href")


def _local(name: str) -> str:
    """``{http://www.w3.org/2005/Atom}link`` is ``link``."""
    return name.rpartition("}")[2]


def _broken(
    documents: Mapping[str, _Document], paths: Iterable[str], site_url: str
) -> Iterator[Problem]:
    base = f"{site_url}/"
    files = set(paths)
    known: dict[str, str | None] = {}
    for path, document in documents.items():
        here = urljoin(base, path.removesuffix("index.html"))
        for link in dict.fromkeys(document.links):
            url, _, anchor = link.partition("#")
            try:
                absolute = urljoin(here, url)
                if absolute not in known:
                    known[absolute] = _file_of(absolute, base)
            except ValueError:  # "http://[x"
                yield Problem(path, "links to what is no address", link)
                continue
            target = known[absolute] if url else path
            if target is None:
                continue
            if target not in files:
                yield Problem(path, "links to nothing", link)
            elif anchor and target in documents and unquote(anchor) not in documents[target].ids:
                yield Problem(path, "links to a missing anchor", link)


def _file_of(url: str, base: str) -> str | None:
    """The file of the site that a URL asks for; ``None`` when it leads out of it."""
    parts, site = urlsplit(url), urlsplit(base)
    if parts.scheme not in {"http", "https", ""} or (parts.netloc or site.netloc) != site.netloc:
        return None
    path = unquote(parts.path)
    if not path.startswith(site.path):
        return path  # the same host, and not this site
    inner = path.removeprefix(site.path)
    if f"/{inner}" == REPORT_PATH:
        return None  # the edge answers there
    return f"{inner}index.html" if not inner or inner.endswith("/") else inner


def _unlike_manifest(
    root: Path, found: frozenset[str], files: Mapping[str, PublishedFile]
) -> Iterator[Problem]:
    for path, file in files.items():
        if path not in found:
            yield Problem(path, "is missing", file.sha256)
        elif not is_whole(root / path, file, by_content=True):
            yield Problem(path, "is not as it was written", file.sha256)
    for path in found.difference(files):
        yield Problem(path, "is not of this release", str((root / path).lstat().st_size))


def _hosts(settings: Settings) -> list[str]:
    """What must not be in any file: the hosts behind the site."""
    site = urlsplit(settings.site_url).netloc
    hosts = (
        urlsplit(url).netloc
        for url in (settings.cms_url, settings.admin_url, settings.api_url)
        if url
    )
    return list(dict.fromkeys(host for host in hosts if host != site))
