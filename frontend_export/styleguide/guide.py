"""Answer for every address of the style guide.

It is a small site of its own below ``/_styleguide``: sample values, rendered by the templates and
with the stylesheet of the theme, as the export renders pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from mimetypes import guess_type
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from markupsafe import Markup

from frontend_export.content import TOPIC_TYPES, Page, Rendered
from frontend_export.errors import ContentError
from frontend_export.render.card import CARDS
from frontend_export.render.renderer import Renderer
from frontend_export.render.theme_files import ThemeFiles
from frontend_export.styleguide.own_pages import NAMES_BY_PATH, Asked, own_page
from frontend_export.styleguide.samples import (
    ARTICLE,
    SITE,
    Component,
    SampleSite,
    components_of,
    type_of,
)
from frontend_export.styleguide.views import VIEWS, View, styles_in

FOLDER = "_styleguide"
NOW = datetime(2026, 11, 25, 14, tzinfo=UTC)  # so that no sample looks different tomorrow
GROUPS = {
    "block": "Blocks",
    "part": "Parts of pages",
    "macro": "Small parts",
    "page": "Pages",
    "own page": "Pages that no editor writes",
}
HTML = "text/html; charset=utf-8"

_CLASS_NAMES = re.compile(r'\bclass="([^"]*)"')
_STYLED = re.compile(r"^\s*\.([a-zA-Z][\w-]*)", re.MULTILINE)  # what a selector begins with
_NAMES_OF_PARTS = re.compile(r'\s(?:id|aria-label)="([^"]*)"')
_NOT_IN_SLUG = re.compile(r"[\W_]+")


class Answer(NamedTuple):
    body: bytes
    mime: str
    status: int = 200


class State(NamedTuple):
    """One state of a component. ``html`` is empty where it has a page of its own."""

    name: str
    slug: str
    html: Markup


class StyleGuide:
    """The guide of one theme on one site. A change of the theme is seen at once."""

    def __init__(
        self, renderer_for: Callable[[str], Renderer], *, site_url: str, theme_dir: Path | None
    ) -> None:
        """``renderer_for`` makes the renderer of the same site at another address."""
        self._renderer_for = renderer_for
        self._address = f"{site_url.rstrip('/')}/{FOLDER}"
        self._theme_dir = theme_dir
        self._theme_state: object = None
        self._editions: dict[View, Edition] = {}

    def answer(self, path: str) -> Answer:
        """For ``"dark/blocks/care_card/"``, below the guide's own folder.

        Raises ``ContentError`` or ``SettingsError`` where the theme, or a sample of it, cannot be
        shown.
        """
        first, _, rest = path.partition("/")
        for view in VIEWS:
            if first == view.folder:
                return self._edition(view).answer(rest)
        return self._edition(VIEWS[0]).answer(path)

    def paths(self) -> list[str]:
        """All its pages, as one view of it has them."""
        return self._edition(VIEWS[0]).paths()

    def _edition(self, view: View) -> Edition:
        theme = ThemeFiles(self._theme_dir)
        if (
            state := theme.state(("templates", "static", "samples", "locale"))
        ) != self._theme_state:
            self._theme_state = state
            self._editions.clear()
        if view not in self._editions:
            renderer = self._renderer_for(f"{self._address}/{view.folder}".rstrip("/"))
            self._editions[view] = Edition(renderer, theme, view, urlsplit(self._address).path)
        return self._editions[view]


class Edition:
    """The guide in one view, of a theme as it was at one moment."""

    def __init__(self, renderer: Renderer, theme: ThemeFiles, view: View, base_path: str) -> None:
        self._renderer = renderer
        self._view = view
        self._base_path = base_path
        self._templates = theme.files("templates")
        self._own_templates = theme.own_templates()
        self._styles = theme.files("static")
        self._samples = theme.files("samples")
        self.components = components_of(self._samples)
        self._site = SampleSite(self._samples[SITE], language=view.language)
        self._states: dict[str, list[State]] = {}

    def answer(self, path: str) -> Answer:
        if (file := self._file(path)) is not None:
            return Answer(file, guess_type(path)[0] or "application/octet-stream")
        if (page := self._page(path)) is not None:
            return Answer(page.body, HTML)
        return Answer(self._renderer.not_found(self._site.content).body, HTML, 404)

    def paths(self) -> list[str]:
        found = ["", *(f"{path}/" for path in NAMES_BY_PATH)]
        for component in self.components.values():
            found.append(f"{component.name}/")
            alone = (state.slug for state in self._states_of(component) if not state.html)
            found += (f"{component.name}/{slug}/" for slug in alone)
        return found + [page.path[1:] for page in self._site.pages() if page.path != "/"]

    def _file(self, path: str) -> bytes | None:
        """A file of the theme, or one that a sample image or document names."""
        if (asset := self._renderer.assets().get(path)) is not None:
            is_stylesheet = path == self._renderer.stylesheet()[0]
            return styles_in(self._view, asset) if is_stylesheet else asset
        if path.startswith(CARDS):
            return self._card(path)
        is_shown = path.startswith(("images/", "documents/")) and path in self._samples
        return self._samples[path].read_bytes() if is_shown else None

    def _card(self, path: str) -> bytes | None:
        content = self._site.content
        topics = (page.link for page in self._site.pages() if page.type in TOPIC_TYPES)
        for topic in (None, *topics):
            if self._renderer.card_path(topic, content.site) == path:
                return self._renderer.card(topic, content).body
        return None

    def _page(self, path: str) -> Rendered | None:
        name = path.removesuffix("/")
        if not name:
            return self._guide_page("IndexPage", "/", "Style guide", **self._index())
        if component := self.components.get(NAMES_BY_PATH.get(name, name)):
            return self._component_page(component)
        name, _, slug = name.rpartition("/")
        if component := self.components.get(name):
            for state in self._states_of(component):
                if state.slug == slug and not state.html:
                    return self._state_page(component, state)
        for page in self._site.pages():
            if page.path == f"/{path}":
                return self._shown(page)
        return None

    def _index(self) -> dict[str, Any]:
        components = sorted(self.components.values(), key=lambda one: (one.title, one.name))
        groups = [
            {"title": title, "components": [one for one in components if one.kind == kind]}
            for kind, title in GROUPS.items()
        ]
        return {"groups": groups, "without_sample": [*self._blocks_without_sample()]}

    def _blocks_without_sample(self) -> Iterator[str]:
        for path in self._templates:
            folder, _, name = path.removesuffix(".html").rpartition("/")
            is_block = folder == "blocks" and not name.startswith("_")
            if is_block and f"{folder}/{name}" not in self.components:
                yield path

    def _component_page(self, component: Component) -> Rendered:
        """Its states, one below the other. Those of a block are one body, as on any page."""
        is_block = component.kind == "block"
        return self._guide_page(
            "ComponentPage",
            f"/{component.name}/",
            component.title,
            body=_body_of(component) if is_block else [],
            states=self._states_of(component),
            component=component,
            is_own=component.template in self._own_templates,
            styles=[*self._styles_of(component)],
        )

    def _state_page(self, component: Component, state: State) -> Rendered:
        """A page as readers see it; of a part, the part."""
        rendered = self.rendered(component, state.name)
        if component.is_whole_page:
            return rendered
        return self._guide_page(
            "StatePage",
            f"/{component.name}/{state.slug}/",
            f"{component.title}: {state.name}",
            html=_html_of(rendered),
        )

    def _guide_page(self, kind: str, path: str, title: str, **fields: Any) -> Rendered:
        changes = {"id": 0, "type": f"styleguide.{kind}", "path": path, "title": title}
        body = {"body": fields.pop("body", [])}
        page = self._site.page(ARTICLE, {**changes, "fields": body})
        about = {"views": VIEWS, "view": self._view, "base_path": self._base_path, **fields}
        page = page._replace(fields={**page.fields, **about})
        return self._renderer.page(page, self._site.content, now=NOW)

    def _states_of(self, component: Component) -> list[State]:
        """Two that give one name to parts of theirs cannot stand on one page; blocks never do."""
        if component.name not in self._states:
            states: list[State] = []
            seen: set[str] = set()
            for name in component.states if component.kind != "block" else ():
                html = Markup()
                if not component.is_whole_page:
                    html = _html_of(self.rendered(component, name))
                names = set(_NAMES_OF_PARTS.findall(html))
                states.append(
                    State(name, _slug(name), html if names.isdisjoint(seen) else Markup())
                )
                seen |= names
            self._states[component.name] = states
        return self._states[component.name]

    def rendered(self, component: Component, name: str) -> Rendered:
        """One state: all of a page; of a part, nothing but the part."""
        said = component.states[name]
        article = self._site.page(ARTICLE, {})
        asked = Asked(self._renderer, article, self._site.pages(), self._site.content, NOW)
        try:
            match component.kind:
                case "own page":
                    return own_page(component.name, asked, said)
                case "page":
                    page = self._site.page(type_of(component.template), said)
                case "part":
                    page = self._fragment(said, part=component.template)
                case "macro":
                    page = self._fragment({}, macro=component.last_name, arguments=said)
                case "block":
                    body = [{"type": component.block_type, "value": said, "id": _slug(name)}]
                    page = self._fragment({"fields": {"body": body}})
        except (TypeError, AttributeError) as error:
            raise ContentError(
                f"The state '{name}' in 'samples/{component.name}.json' has another form than "
                f"its kind, {component.kind}: {error}."
            ) from error
        return self._shown(page)

    def _shown(self, page: Page) -> Rendered:
        """As if it named every other page of the sample site, so that all are related to it."""
        keys = [f"page/{one.id}" for one in self._site.pages()]
        return self._renderer.page(page, self._site.content, now=NOW, refers_to=keys)

    def _fragment(self, changes: Mapping[str, Any], **fields: Any) -> Page:
        page = self._site.page(ARTICLE, {**changes, "type": "styleguide.Fragment"})
        return page._replace(fields={**page.fields, **fields})

    def _styles_of(self, component: Component) -> Iterator[str]:
        """The files of the theme that style what its states consist of."""
        pages = (self.rendered(component, name).body.decode() for name in component.states)
        html = "".join(pages)
        used = {name for names in _CLASS_NAMES.findall(html) for name in names.split()}
        for path, file in self._styles.items():
            if path.startswith("css/components/") and used & set(_STYLED.findall(file.read_text())):
                yield path


def _body_of(component: Component) -> list[dict[str, Any]]:
    """Each state below a heading with its name."""
    body = []
    for number, (name, value) in enumerate(component.states.items(), start=1):
        heading = {"text": name, "size": "section"}
        body.append({"type": "heading", "value": heading, "id": f"state-{number}"})
        body.append({"type": component.block_type, "value": value, "id": f"block-{number}"})
    return body


def _html_of(rendered: Rendered) -> Markup:
    return Markup(rendered.body.decode())  # noqa: S704 - from autoescaped templates


def _slug(name: str) -> str:
    """``"Sent, with a receipt"`` becomes ``"sent-with-a-receipt"``."""
    return _NOT_IN_SLUG.sub("-", name.casefold()).strip("-")
