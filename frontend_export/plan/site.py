"""Decide which files the site consists of, and what each of them depends on.

Pure: entries in, ``Plan`` out. A fault of the whole site, such as two pages on one path, raises
``ContentError``; a fault of one page leaves that page out and becomes a ``Finding``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from frontend_export.content import Finding, Redirect, RedirectRule, Ref, Site
from frontend_export.errors import ContentError
from frontend_export.plan.entries import Entry, digest_of, signs_of
from frontend_export.plan.paths import path_for, refusal_of, same_file
from frontend_export.plan.redirects import compile_redirects, stub_for
from frontend_export.redirect_files import REDIRECT_FILES

UNLISTED_TYPES = frozenset({"articles.HomePage", "articles.ArticlePage", "articles.StandardPage"})
FEED_TYPES = frozenset({"articles.ArticlePage"})

ArtifactKind = Literal[
    "page",
    "not_found",
    "comment_thanks",
    "sitemap",
    "feed",
    "robots",
    "redirects",
    "redirect_stub",
    "headers",
    "asset",
    "image",
    "document",
]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One output file.

    ``digest`` changes with every input of its bytes, an absent one included. ``shows`` are the
    keys of the records whose content is in it, ``needs`` the paths of the files it embeds or
    links. A topic's list has a ``number`` of ``count`` and the ``pages`` on it, by id.
    """

    path: str
    kind: ArtifactKind
    digest: str
    page_id: int | None = None
    shows: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    number: int = 1
    count: int = 1
    pages: tuple[int, ...] = ()
    rules: tuple[RedirectRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """``artifacts`` by path, in the order of paths; ``pages`` by id, ``without`` those kept out.

    ``exported`` are the keys of everything that may be shown: whatever is not in it has to
    leave the site, wherever it stands.
    """

    artifacts: Mapping[str, Artifact]
    pages: tuple[int, ...]
    without: frozenset[int]
    exported: frozenset[str]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Tree:
    """The entries, found by key, by parent and by page."""

    entries: dict[str, Entry]
    children: Mapping[int | None, list[Entry]]
    comments: Mapping[int, list[Entry]]
    root: Entry
    site: Entry

    def of(self, keys: Iterable[str]) -> Iterator[Entry]:
        return (self.entries[key] for key in keys if key in self.entries)

    def digests(self, page: Entry) -> Iterator[str]:
        """What it shows of all it refers to, and of what a snippet among these refers to.

        Absent ones have a digest too, they may come.
        """
        snippets = (one for one in self.of(page.references) if one.kind == "snippet")
        for referring in (page, *snippets):
            for key in referring.references:
                entry = self.entries.get(key)
                if entry is None:
                    yield "absent"
                else:
                    is_linked = key in referring.linked
                    yield entry.address_digest if is_linked else entry.link_digest

    def expand(self, keys: Iterable[str]) -> Iterator[str]:
        """With what a snippet refers to in turn; absent ones too, they may come."""
        for key in keys:
            yield key
            entry = self.entries.get(key)
            if entry and entry.kind == "snippet":
                yield from entry.references

    def shared(self) -> Iterator[Entry]:
        """What every page shows: the menus, the footer."""
        return self.of(self.site.references)

    def parents(self, entry: Entry) -> Iterator[Entry]:
        while entry.parent_id is not None and (
            parent := self.entries.get(f"page/{entry.parent_id}")
        ):
            yield parent
            entry = parent


def plan_site(
    entries: Sequence[Entry],
    *,
    site: Site,
    redirects: Sequence[Redirect],
    site_url: str,
    renderer: str,
    assets: Iterable[str],
    now: datetime,
    allow_sample_content: bool = False,
    without: Set[int] = frozenset(),
) -> Plan:
    """The plan of one state of the CMS.

    ``renderer`` is a fingerprint of all that shapes the bytes and is not content: the theme, the
    site's address; ``assets`` are the theme's files by their hashed paths. ``without`` are pages
    that turned out to be unfit while they were made.
    """
    pages, findings = _pages_of(
        entries, root_id=site.root_page_id, allow_sample_content=allow_sample_content
    )
    left_out = frozenset(
        entry.id for entry in entries if entry.kind == "page" and entry.id not in pages
    )
    for page_id in without:
        pages.pop(page_id, None)
    if site.root_page_id not in pages:
        raise ContentError(_no_root(site, findings))
    tree = _tree_of(entries, pages, site)
    rest = digest_of(
        renderer,
        tree.site.fingerprint,
        *tree.digests(tree.site),
        "snippets",
        *(entry.fingerprint for entry in tree.entries.values() if entry.kind == "snippet"),
    )
    artifacts: list[Artifact] = []
    for page in sorted(pages.values(), key=lambda entry: entry.path):
        artifacts += _page_artifacts(page, tree, site.lists_page_size, rest, now)
    artifacts += _site_artifacts(tree, pages.values(), rest, assets)
    artifacts += _file_artifacts(artifacts, tree)
    by_path = _without_collisions(artifacts)
    rules, redirect_findings = compile_redirects(
        redirects,
        page_paths={page.id: page.path for page in pages.values()},
        files=by_path.keys(),
        site_url=site_url,
    )
    by_path |= _redirect_artifacts(rules, rest, by_path)
    return Plan(
        artifacts=dict(sorted(by_path.items())),
        pages=tuple(pages),
        without=left_out | without,
        exported=frozenset(tree.entries),
        findings=(*findings, *redirect_findings),
    )


def _pages_of(
    entries: Iterable[Entry], *, root_id: int, allow_sample_content: bool
) -> tuple[dict[int, Entry], list[Finding]]:
    """The pages that may go out, from the root down, and why others may not."""
    children: defaultdict[int | None, list[Entry]] = defaultdict(list)
    pages: dict[int, Entry] = {}
    findings: list[Finding] = []
    todo: list[Entry] = []
    for entry in entries:
        if entry.kind == "page" and entry.id == root_id:
            todo.append(entry)
        elif entry.kind == "page":
            children[entry.parent_id].append(entry)
    while todo:
        page = todo.pop()
        if reason := _refusal_of_page(page, pages.get(page.parent_id or 0), root_id):
            below = _take_below(page.id, children)
            also = f", and {len(below)} below it," if below else ""
            findings.append(
                _refused(page, f"{also} stays out: its path '{page.path}' {reason}. Correct it.")
            )
            continue
        pages[page.id] = page
        todo += children.pop(page.id, [])
    for page in [page for orphans in children.values() for page in orphans]:
        findings.append(
            _refused(
                page,
                f" stays out: its parent page {page.parent_id} is not exported. "
                "Publish the parent, or move the page.",
            )
        )
    if not allow_sample_content:
        for page in [page for page in pages.values() if page.is_sample]:
            del pages[page.id]
            findings.append(
                _refused(
                    page,
                    " stays out: it is sample content that no clinician has reviewed. Review it, "
                    "or set PLAINLEAF_ALLOW_SAMPLE_CONTENT=true for a demonstration.",
                )
            )
    return pages, sorted(findings, key=lambda finding: (finding.path, finding.message))


def _refusal_of_page(page: Entry, parent: Entry | None, root_id: int) -> str | None:
    if page.id == root_id:
        return None if page.path == "/" else "is not '/', and it is the root of the site"
    if refusal := refusal_of(page.path):
        return refusal
    if parent and page.path != f"{parent.path}{page.slug}/":
        return f"is not that of its parent '{parent.path}' and its slug '{page.slug}'"
    if "/" in page.slug:
        return f"has a slash in its slug '{page.slug}'"
    return None


def _take_below(page_id: int, children: dict[int | None, list[Entry]]) -> list[Entry]:
    below = children.pop(page_id, [])
    for page in below:  # grows while it is walked
        below += children.pop(page.id, [])
    return below


def _refused(page: Entry, rest: str) -> Finding:
    return Finding("refused", Ref("page", page.id), page.path, f"Page {page.id}{rest}")


def _no_root(site: Site, findings: Iterable[Finding]) -> str:
    reasons = [one.message for one in findings if one.subject == Ref("page", site.root_page_id)]
    return (
        reasons[0]
        if reasons
        else (
            f"The root page {site.root_page_id} of the site '{site.name}' is not exported. "
            "Publish it, or choose another root page in the settings of the site."
        )
    )


def _tree_of(entries: Iterable[Entry], pages: Mapping[int, Entry], site: Site) -> _Tree:
    exported: dict[str, Entry] = {}
    children: defaultdict[int | None, list[Entry]] = defaultdict(list)
    comments: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: (entry.position, entry.id)):
        match entry.kind:
            case "page" if entry.id in pages:
                children[entry.parent_id].append(entry)
            case "comment" if entry.parent_id in pages:
                comments[entry.parent_id or 0].append(entry)
            case "page" | "comment" | "redirect":
                continue
        exported[entry.key] = entry
    return _Tree(
        entries=exported,
        children=children,
        comments=comments,
        root=pages[site.root_page_id],
        site=exported[f"site/{site.id}"],
    )


def _page_artifacts(
    page: Entry, tree: _Tree, page_size: int, rest: str, now: datetime
) -> Iterator[Artifact]:
    """One page; a topic is one for each page of its list, the first at its own path."""
    children = tree.children.get(page.id, [])
    comments = tree.comments.get(page.id, [])
    references = tuple(tree.expand(page.references))
    parents = list(tree.parents(page))
    digest = digest_of(
        rest,
        page.fingerprint,
        signs_of(page.dates, now.date()),
        "references",
        *tree.digests(page),
        "parents",
        *(parent.link_digest for parent in parents),
        "children",
        *(child.list_digest for child in children),
        "comments",
        *(comment.fingerprint for comment in comments),
    )
    shown = [page, *tree.of(references), *parents, *children, *comments, *tree.shared()]
    shows = tuple(dict.fromkeys(entry.key for entry in shown))
    needs = tuple(dict.fromkeys(path for entry in shown for path in entry.files))
    lists = [tuple(child.id for child in children)]
    if page.type not in UNLISTED_TYPES and children:
        ids = lists[0]
        lists = [ids[start : start + page_size] for start in range(0, len(ids), page_size)]
    for number, pages in enumerate(lists, start=1):
        path = page.path if number == 1 else f"{page.path}page/{number}/"
        yield Artifact(
            path=path_for(path),
            kind="page",
            digest=digest,
            page_id=page.id,
            shows=shows,
            needs=needs,
            number=number,
            count=len(lists),
            pages=pages,
        )


def _site_artifacts(
    tree: _Tree, pages: Iterable[Entry], rest: str, assets: Iterable[str]
) -> Iterator[Artifact]:
    """The files that no single page of the CMS stands for."""
    listed = sorted(pages, key=lambda page: page.path)
    fed = [page for page in listed if page.type in FEED_TYPES]
    shared = tuple(entry.key for entry in tree.shared())
    snippets = tuple(entry.key for entry in tree.entries.values() if entry.kind == "snippet")

    def artifact(path: str, kind: ArtifactKind, listed: Sequence[Entry] = ()) -> Artifact:
        return Artifact(
            path=path,
            kind=kind,
            digest=digest_of(rest, kind, *(page.list_digest for page in listed)),
            shows=tuple(dict.fromkeys((*shared, *snippets, *(page.key for page in listed)))),
            pages=tuple(page.id for page in listed),
        )

    topics = tree.children.get(tree.root.id, [])
    yield artifact("404.html", "not_found", topics)
    yield artifact("comments/thanks/index.html", "comment_thanks", topics)
    yield artifact("sitemap.xml", "sitemap", listed)
    yield artifact("feed.xml", "feed", fed)
    yield artifact("robots.txt", "robots")
    yield Artifact("_headers", "headers", digest=rest)
    for path in assets:
        yield Artifact(path, "asset", digest=path)


def _file_artifacts(artifacts: Iterable[Artifact], tree: _Tree) -> Iterator[Artifact]:
    """The images and documents that some file needs; nothing else is ever fetched."""
    needed = {path for artifact in artifacts for path in artifact.needs}
    for entry in tree.entries.values():
        if entry.kind == "image" or entry.kind == "document":
            for path in entry.files:
                if path in needed:
                    kind: ArtifactKind = "image" if entry.kind == "image" else "document"
                    yield Artifact(path, kind, digest=path, shows=(entry.key,))


def _redirect_artifacts(
    rules: Sequence[RedirectRule], rest: str, taken: Mapping[str, Artifact]
) -> dict[str, Artifact]:
    """All rules, in a file for each kind of host, and a page for each where hosts read none."""
    lines = tuple(f"{rule.path} {rule.location} {rule.status}" for rule in rules)
    artifacts = {
        path: Artifact(path, "redirects", digest_of(rest, *lines), rules=tuple(rules))
        for path in REDIRECT_FILES
    }
    claims = _Claims()
    for path in taken:
        claims.add(path)
    for rule, line in zip(rules, lines, strict=True):
        stub = stub_for(rule)
        if stub and claims.holder_of(stub) is None:
            claims.add(stub)
            artifacts[stub] = Artifact(stub, "redirect_stub", digest_of(rest, line), rules=(rule,))
    return artifacts


def _without_collisions(artifacts: Iterable[Artifact]) -> dict[str, Artifact]:
    by_path: dict[str, Artifact] = {}
    claims = _Claims()
    for artifact in artifacts:
        if (holder := claims.holder_of(artifact.path)) is not None:
            if holder == artifact.path and artifact.kind in {"image", "document"}:
                continue  # the same bytes twice are one file
            raise ContentError(_collision(by_path[holder], artifact))
        claims.add(artifact.path)
        by_path[artifact.path] = artifact
    return by_path


class _Claims:
    """Who has a path, as the least distinguishing file system would see it."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def add(self, path: str) -> None:
        key = same_file(path)
        self._files[key] = path
        for folder in _folders_of(key):
            if folder in self._folders:
                break
            self._folders[folder] = path

    def holder_of(self, path: str) -> str | None:
        """The path that stands in the way: the same file, or a file where a folder must be."""
        key = same_file(path)
        above = (self._files[folder] for folder in _folders_of(key) if folder in self._files)
        return self._files.get(key) or self._folders.get(key) or next(above, None)


def _folders_of(path: str) -> Iterator[str]:
    """Nearest first: ``a/b/index.html`` is in ``a/b`` and ``a``."""
    *folders, _name = path.split("/")
    for length in range(len(folders), 0, -1):
        yield "/".join(folders[:length])


def _collision(one: Artifact, other: Artifact) -> str:
    if one.page_id is not None and other.page_id is not None:
        first, second = sorted((one, other), key=lambda artifact: artifact.page_id or 0)
        return (
            f"Pages {first.page_id} and {second.page_id} both want '{second.path}'. "
            "Change one slug."
        )
    page, file = (one, other) if one.page_id is not None else (other, one)
    return (
        f"Page {page.page_id} wants '{page.path}', where the site has its own file "
        f"'{file.path}'. Change its slug."
    )
