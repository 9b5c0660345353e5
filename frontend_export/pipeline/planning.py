"""Which files are to be made, for everything or for what changed; nothing is made yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass

import orjson

from frontend_export.content import TOPIC_TYPES, Finding, PageLink, Ref, Site
from frontend_export.errors import ContentError
from frontend_export.pipeline.last import Last
from frontend_export.plan.changes import FETCHED_KINDS
from frontend_export.plan.redirects import compile_redirects
from frontend_export.plan.site import (
    A_TO_Z,
    A_TO_Z_FILE,
    MAX_PAGES_OF_ONE_SITEMAP,
    REDIRECTS,
    SITE,
    SITEMAP,
    UNLISTED_TYPES,
    Artifact,
    Claims,
    a_to_z_of,
    card_of,
    collision,
    is_in_parts,
    page_artifacts,
    redirect_artifacts,
    site_artifacts,
    sitemap_of,
)
from frontend_export.release import first_segment
from frontend_export.render.card import CARDS
from frontend_export.state import State
from frontend_export.state.content import StoredContent


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make for the dirty ``keys``: ``artifacts`` by path.

    Without ``owners`` that is the whole site. With them, it is all that they own now: of what was
    published for them before, ``dropped`` goes. ``files`` are the images and documents that the
    site needs, as far as this plan touches any, by path, and the keys of the records they are of.
    ``shards`` are the folders that have a sitemap of their own.
    """

    keys: frozenset[str]
    artifacts: dict[str, Artifact]
    owners: frozenset[str] | None
    dropped: frozenset[str]
    files: dict[str, tuple[str, ...]]
    shards: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        return self.owners is None

    @property
    def has_a_to_z(self) -> bool:
        """Whether the site has ours, not one that an editor wrote."""
        return A_TO_Z_FILE in self.artifacts and self.artifacts[A_TO_Z_FILE].kind == "a_to_z"


class Planner:
    """Plans from one state of the site beside the release before."""

    def __init__(
        self,
        state: State,
        content: StoredContent,
        last: Last,
        *,
        assets: Iterable[str],
        card_path: Callable[[PageLink | None, Site], str],
        site_url: str,
        knows_types: bool,
        has_search: bool,
    ) -> None:
        """``card_path`` says where the card of a topic lies, or, with ``None``, that of a site.
        ``knows_types`` is false for a site of another CMS: see ``Renderer``."""
        self._site_url = site_url
        self._knows_types = knows_types
        self._has_search = has_search
        self._state = state
        self._content = content
        self._last = last
        self._assets = tuple(assets)
        self._card_path = card_path

    def plan(self, keys: Collection[str] | None) -> Plan:
        """What follows from the dirty ``keys``, or the whole site without them.

        Raises ``ContentError`` for a fault of the whole site.
        """
        self._require_root()
        drawing = _Drawing(self._state, None if keys is None else {SITE, *keys})
        site = self._content.site
        for artifact in site_artifacts(
            self._assets,
            card=self._card_path(None, site),
            has_feed=site.has_feed,
            takes_comments=self._knows_types,
        ):
            drawing.add(artifact)
        unlisted_types = UNLISTED_TYPES if self._knows_types else frozenset()
        for page in self._state.planned_pages(unlisted_types, keys):
            for artifact in page_artifacts(
                page,
                page_size=site.lists_page_size,
                comments_page_size=site.comments_page_size,
                has_topic_feeds=site.has_feed and self._knows_types,
            ):
                drawing.add(artifact)
            topic = self._content.page_link(page.id) if page.type in TOPIC_TYPES else None
            if topic:
                drawing.add(card_of(page.id, self._card_path(topic, site)))
        if self._has_search:
            drawing.add_where_free(Artifact("search/index.html", "search", SITE))
        if self._knows_types:
            self._add_finding_aids(drawing, keys)
        shards = self._add_sitemaps(drawing, keys)
        files = self._files(drawing, keys)
        redirect_findings = self._add_redirects(drawing, keys, files)
        if drawing.owners is None:
            # Everything is marked to be made until a release is served: whatever of this fails is
            # planned from nothing again, and the next round may build on it.
            self._state.replace_artifacts(
                (path, one.owner) for path, one in drawing.artifacts.items()
            )
        return Plan(
            keys=frozenset(keys or ()),
            artifacts=drawing.artifacts,
            owners=None if drawing.owners is None else frozenset(drawing.owners),
            dropped=drawing.dropped.union(path for path, owners in files.items() if not owners),
            files={path: owners for path, owners in files.items() if owners},
            shards=shards,
            findings=(*self._state.graph.findings(), *redirect_findings),
        )

    def plan_without(self, unfit: Collection[int], plan: Plan) -> Plan:
        """The plan once pages turned out to be unfit: they stay out, and what shows them changes.

        After a plan of the whole site it is one of what changed; after another, it is that again
        and more, so that no two rounds disagree about who has which path.
        """
        keys = self._state.hold_out(unfit)
        self._content.forget()
        if keys is None:
            return self.plan(None)
        return self.plan(keys if plan.is_whole else plan.keys | frozenset(keys))

    def _require_root(self) -> None:
        site = self._content.site
        if self._content.page_link(site.root_page_id) is not None:
            return
        subject = Ref("page", site.root_page_id)
        for finding in self._state.graph.findings():
            if finding.subject == subject:
                raise ContentError(finding.message)
        raise ContentError(
            f"The root page {site.root_page_id} of the site '{site.name}' is not exported. "
            "Publish it, or choose another root page in the settings of the site."
        )

    def _add_finding_aids(self, drawing: _Drawing, keys: Collection[str] | None) -> None:
        """Lists by which readers find pages. One that an editor wrote at such a path stands for
        it; of a large site, the A to Z has pages for each letter."""
        drawing.add_where_free(Artifact("site-map/index.html", "site_map", SITE))
        if self._content.snippets("articles.GlossaryTerm"):
            drawing.add_where_free(Artifact("glossary/index.html", "glossary", SITE))
        has_a_to_z = drawing.add_where_free(Artifact(A_TO_Z_FILE, "a_to_z", SITE))
        letters = self._content.letters()
        before = self._state.letters_with_pages()
        now = {f"{A_TO_Z}/{one.letter}": one for one in letters}
        if not (has_a_to_z and is_in_parts(letters)):
            drawing.own(before)
            return
        # The page of each letter leads to all others.
        is_same = keys is not None and now.keys() == before
        touched = now.keys() & set(keys or ()) if is_same else now.keys() | before
        drawing.own(touched)
        for owner in sorted(touched & now.keys()):
            for artifact in a_to_z_of(now[owner]):
                drawing.add(artifact)

    def _add_sitemaps(self, drawing: _Drawing, keys: Collection[str] | None) -> tuple[str, ...]:
        """One map for a small site; for a larger one an index, and a map for each folder."""
        before = self._state.sharded_folders()
        if self._state.count_pages() <= MAX_PAGES_OF_ONE_SITEMAP:
            drawing.add(Artifact("sitemap.xml", "sitemap", SITE))
            drawing.own(f"{SITEMAP}/{folder}" for folder in before)
            return ()
        if keys is None or not before:
            touched = self._state.top_folders()
        else:
            paths = [key.removeprefix(f"{SITEMAP}/") for key in keys if key.startswith(SITEMAP)]
            touched = {first_segment(path.lstrip("/")) for path in paths}
        touched.discard("")
        shards = set() if keys is None else {folder for folder in before if folder not in touched}
        drawing.own(f"{SITEMAP}/{folder}" for folder in touched)
        for folder in sorted(touched):
            if self._state.has_pages_below(folder):
                shards.add(folder)
                drawing.add(sitemap_of(folder))
        drawing.add(Artifact("sitemap.xml", "sitemap_index", SITE))
        drawing.add(Artifact("sitemap-pages.xml", "sitemap", SITE, folder=""))
        return tuple(sorted(shards))

    def _files(self, drawing: _Drawing, keys: Collection[str] | None) -> dict[str, tuple[str, ...]]:
        """The images and documents in question, each with the keys of those that are needed."""
        if keys is None:
            return self._state.needed_files()
        paths = {key.removeprefix("file/") for key in keys if key.startswith("file/")}
        if "snippet" in keys:
            paths.update(self._state.files_shown_by_snippets())
        for key in keys:
            kind, _, number = key.partition("/")
            if kind == "page":
                paths.update(self._state.files_shown_by(int(number)))
            for published in self._state.artifacts_of(key):
                if before := self._last.file(published):
                    paths.update(path for path in before.needed_paths if not path.startswith(CARDS))
        return {path: self._state.needed_owners(path) for path in sorted(paths)}

    def _come_or_go(self, files: Mapping[str, tuple[str, ...]]) -> bool:
        for path, owners in files.items():
            before = self._last.file(path)
            if bool(owners) != (before is not None and not before.is_retained):
                return True
        return False

    def _add_redirects(
        self,
        drawing: _Drawing,
        keys: Collection[str] | None,
        files: dict[str, tuple[str, ...]],
    ) -> list[Finding]:
        """They depend on which paths there are: compiled again when these changed."""
        is_same = not (drawing.is_rearranged or self._come_or_go(files))
        if keys is not None and REDIRECTS not in keys and is_same:
            return _findings_from(self._state.meta("redirect_findings") or "[]")
        drawing.own([REDIRECTS])
        redirects = self._content.redirects()
        targets = {one.target_page_id for one in redirects if one.target_page_id is not None}
        links = map(self._content.page_link, sorted(targets))
        rules, findings = compile_redirects(
            redirects,
            page_paths={link.id: link.path for link in links if link},
            files=_Paths(drawing, self._last, files),
            site_url=self._site_url,
        )
        for artifact in redirect_artifacts(rules):
            if artifact.kind == "redirects" or drawing.is_free(artifact.path):
                drawing.add(artifact)
        self._state.remember(redirect_findings=_as_json(findings))
        return findings


class _Paths(Container[str]):
    """Every path of the site, as a redirect may lead to it."""

    def __init__(self, drawing: _Drawing, last: Last, files: Mapping[str, tuple[str, ...]]) -> None:
        self._drawing = drawing
        self._last = last
        self._files = files

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, str):
            return False
        if path in self._files:
            return bool(self._files[path])
        if self._drawing.has(path):
            return True
        before = None if self._drawing.owners is None else self._last.file(path)
        return before is not None and before.kind in FETCHED_KINDS and not before.is_retained


class _Drawing:
    """A plan while it is made."""

    def __init__(self, state: State, owners: Iterable[str] | None) -> None:
        self.artifacts: dict[str, Artifact] = {}
        self.owners: set[str] | None = None if owners is None else set()
        self._state = state
        self._claims = Claims()
        self._before: dict[str, str] = {}
        self.own(owners or ())

    def own(self, owners: Iterable[str]) -> None:
        """Plan anew for these: what they had before is free."""
        if self.owners is None:
            return
        for owner in owners:
            self.owners.add(owner)
            self._before |= dict.fromkeys(self._state.artifacts_of(owner), owner)

    @property
    def is_rearranged(self) -> bool:
        """Whether the set of paths is another than before."""
        return self._before.keys() != self.artifacts.keys()

    @property
    def dropped(self) -> frozenset[str]:
        return frozenset(self._before.keys() - self.artifacts.keys())

    def add(self, artifact: Artifact) -> None:
        """Raises ``ContentError`` where another thing has that path."""
        self._claims.add(artifact)
        if self.owners is not None and artifact.path not in self._before:
            for path, owner in self._others_at(artifact.path):
                if owner == REDIRECTS:  # whatever has come takes the place of a mere redirect
                    self.own([REDIRECTS])
                    continue
                kind, _, number = owner.partition("/")
                page_id = int(number) if kind == "page" else None
                raise ContentError(collision(Artifact(path, "page", owner, page_id), artifact))
        self.artifacts[artifact.path] = artifact

    def add_where_free(self, artifact: Artifact) -> bool:
        """Unless a page has that path."""
        if self._claims.holder_of(artifact.path) is not None:
            return False
        if self.owners is not None and any(
            owner != REDIRECTS for _path, owner in self._others_at(artifact.path)
        ):
            return False
        self.add(artifact)
        return True

    def is_free(self, path: str) -> bool:
        """Whether a file may still be put there."""
        if self._claims.holder_of(path) is not None:
            return False
        return self.owners is None or not self._others_at(path)

    def has(self, path: str) -> bool:
        """Whether the site will have a file of exactly that path."""
        if path in self.artifacts:
            return True
        if self.owners is None:
            return False
        owner = self._state.owner_of(path)
        return owner is not None and owner not in self.owners

    def _others_at(self, path: str) -> list[tuple[str, str]]:
        owners = self.owners or set()
        return [found for found in self._state.holders_of(path) if found[1] not in owners]


def _as_json(findings: Iterable[Finding]) -> str:
    return orjson.dumps(
        [(tuple(one.subject or ()), one.path, one.message) for one in findings]
    ).decode()


def _findings_from(text: str) -> list[Finding]:
    return [
        Finding("warning", Ref(*subject), path, message)
        for subject, path, message in orjson.loads(text)
    ]
