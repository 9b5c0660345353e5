"""Read what the style guide shows: the files in ``samples/`` of the theme, named like templates.

``samples/blocks/care_card.json`` is for ``templates/blocks/care_card.html``. Each holds an object:
states by their names. A state is

- of a block its value, as the feed has it;
- of a macro of ``_partials.html``, in the folder ``_partials``, a list of its arguments;
- of a page, or of a part of one, which has a name with ``_`` before it, what differs from the
  sample page of its type in ``samples/site.json``, as the feed has it;
- of a page that no editor wrote, such as ``404``, what its method of the renderer takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from frontend_export.content import ContentIndex, Page
from frontend_export.errors import ContentError, SourceError
from frontend_export.source.feed import Record, content_from_records, parse_record
from frontend_export.styleguide.own_pages import OWN_PAGES

SITE = "site.json"
ARTICLE = "articles.ArticlePage"

Kind = Literal["block", "part", "macro", "page", "own page"]


@dataclass(frozen=True, slots=True)
class Component:
    """One template with all its states. ``name`` is its path without the ending."""

    name: str
    kind: Kind
    states: Mapping[str, Any]

    @property
    def last_name(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def block_type(self) -> str:
        """``_unknown`` is what a block of any type without a template gets."""
        return self.last_name.strip("_")

    @property
    def title(self) -> str:
        """``"articles/_review_box"`` becomes ``"Review box"``."""
        words = self.last_name.strip("_").replace("_", " ")
        return words[:1].upper() + words[1:]

    @property
    def template(self) -> str:
        return "_partials.html" if self.kind == "macro" else f"{self.name}.html"

    @property
    def is_whole_page(self) -> bool:
        return self.kind in {"page", "own page"}


def components_of(files: Mapping[str, Path]) -> dict[str, Component]:
    """All of them by name, of the files in ``samples/`` by their path there.

    Raises ``ContentError`` naming a file that holds no states.
    """
    found = {}
    for path, file in files.items():
        if path.endswith(".json") and path != SITE:
            name = path.removesuffix(".json")
            states = _json(path, file.read_bytes())
            if not isinstance(states, dict):
                raise ContentError(f"'samples/{path}' must hold an object: states by their names.")
            found[name] = Component(name, _kind_of(name), states)
    return found


def _kind_of(name: str) -> Kind:
    folder, _, last_name = name.rpartition("/")
    if folder == "blocks":
        return "block"
    if folder == "_partials":
        return "macro"
    if name in OWN_PAGES:
        return "own page"
    return "part" if last_name.startswith("_") else "page"


class SampleSite:
    """The site that samples are shown in: ``content``, and its pages in full."""

    def __init__(self, file: Path, *, language: str = "") -> None:
        """``language`` takes the place of its own. Raises ``ContentError`` for a wrong record."""
        records = _json(SITE, file.read_bytes())
        if language:
            own = {"site": {"language": language}, "page": {"locale": language}}
            records = [record | own.get(record["kind"], {}) for record in records]
        self._pages = {one["type"]: one for one in reversed(records) if one["kind"] == "page"}
        self._all_pages = [record for record in records if record["kind"] == "page"]
        try:
            self.content: ContentIndex = content_from_records(map(_record, records))
        except SourceError as error:
            raise ContentError(f"'samples/{SITE}' is wrong: {error}") from error

    def pages(self) -> list[Page]:
        return [_page(record) for record in self._all_pages]

    def page(self, page_type: str, changes: Mapping[str, Any]) -> Page:
        """The first page of that type with these changes; of a type it lacks, the first article
        without its fields."""
        own = self._pages.get(page_type)
        record = own or {**self._pages[ARTICLE], "type": page_type, "fields": {}}
        fields = record["fields"] | changes.get("fields", {})
        return _page({**record, **changes, "fields": fields})


def type_of(template: str) -> str:
    """``"articles/article_page.html"`` becomes ``"articles.ArticlePage"``."""
    app, _, name = template.removesuffix(".html").rpartition("/")
    return f"{app}.{''.join(word.capitalize() for word in name.split('_'))}"


def _page(data: dict[str, Any]) -> Page:
    try:
        value = _record(data).value
    except SourceError as error:
        raise ContentError(f"A sample is wrong: {error}") from error
    if not isinstance(value, Page):
        raise ContentError(f"The sample of a page must not be of the kind '{data['kind']}'.")
    return value


def _record(data: dict[str, Any]) -> Record:
    record = parse_record(orjson.dumps(data))
    if not isinstance(record, Record):
        raise SourceError(f"'{data['kind']}' is no kind of content.")
    return record


def _json(path: str, body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ContentError(f"'samples/{path}' is not JSON: {error}.") from error
