"""Read a folder of content files into values. Touches no database.

``site.yaml`` holds what all pages share; ``helplines.yaml``, ``people.yaml``, ``glossary.yaml``,
``images.yaml``, ``documents.yaml`` and ``comments.yaml`` are lists and may be missing; every file
in ``pages/`` and ``articles/`` is a page. A problem in one file does not hide those of another:
``read_folder`` raises one ``ContentFileError`` with all of them.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from cms.content_files.problems import Problems, Where, listed

PAGE_FOLDERS = ("pages", "articles")
IMAGES_FOLDER = "images"
DOCUMENTS_FOLDER = "documents"

RELATIVE = re.compile(r"([+-]\d+)([dh])")
HOURS = {"d": 24, "h": 1}


def counted_from(now: dt.datetime, value: object) -> object:
    """``-3d`` is three days before ``now``, ``+5h`` five hours after; all else is itself."""
    if not isinstance(value, str) or not (match := RELATIVE.fullmatch(value)):
        return value
    return now + dt.timedelta(hours=int(match[1]) * HOURS[match[2]])


def _counted(value: object, info: ValidationInfo) -> object:
    return counted_from(info.context["now"], value) if info.context else value


def _counted_day(value: object, info: ValidationInfo) -> object:
    counted = _counted(value, info)
    return counted.date() if isinstance(counted, dt.datetime) else counted


Instant = Annotated[dt.datetime, BeforeValidator(_counted)]
Day = Annotated[dt.date, BeforeValidator(_counted_day)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SiteFile(_Entry):
    """What all pages share; ``fields`` holds the keys of the site settings."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    fields: dict[str, Any] = Field(default_factory=dict)


class SnippetEntry(_Entry):
    """Something that pages name by ``known_as``, and that changes everywhere at once."""

    @property
    def known_as(self) -> str:
        raise NotImplementedError


class HelplineEntry(SnippetEntry):
    name: str
    country: str
    last_checked: Day
    phone: str = ""
    text_number: str = ""
    hours: str = ""
    url: str = ""
    show_after_comment: bool = False

    @property
    def known_as(self) -> str:
        return self.name


class PersonEntry(SnippetEntry):
    """Without the account the person works with: that belongs to one installation."""

    name: str
    role: str = ""
    credential: str = ""
    profile_url: str = ""

    @property
    def known_as(self) -> str:
        return self.name


class GlossaryEntry(SnippetEntry):
    term: str
    meaning: str
    also: str = ""

    @property
    def known_as(self) -> str:
        return self.term


@dataclass(frozen=True, slots=True)
class SnippetFile:
    """A file of snippets of one model, and the key of an entry by which pages name it."""

    file: str
    model: str
    key: str
    noun: str
    entry: type[SnippetEntry]


SNIPPET_FILES = (
    SnippetFile("helplines.yaml", "articles.Helpline", "name", "helpline", HelplineEntry),
    SnippetFile("people.yaml", "articles.Person", "name", "person", PersonEntry),
    SnippetFile("glossary.yaml", "articles.GlossaryTerm", "term", "term", GlossaryEntry),
)


def snippet_file(model: str) -> SnippetFile:
    return next(kind for kind in SNIPPET_FILES if kind.model == model)


class FileEntry(_Entry):
    """An image or a document: a file beside the YAML, and its title in the library."""

    file: str
    title: str


class CommentEntry(_Entry):
    """``posted_at`` may be relative: ``-3d``, ``-5h``."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,50}$")]
    page: str
    name: Annotated[str, Field(min_length=1, max_length=80)]
    text: Annotated[str, Field(min_length=1, max_length=3000)]
    posted_at: Instant
    email: str = ""
    state: Literal["held", "urgent", "spam", "approved", "rejected", "hidden"] = "held"


class PageHead(_Entry):
    """What every page has; ``fields`` holds the keys that belong to its type.

    ``order`` is the place among the pages beside it; those without one come after, by path.
    ``reviewed_words`` ties the review that the file tells of to the words in it: see ``reviews``.
    ``reasons`` says of a safety rule that warns why the page is right as it is: ``{S4: "…"}``.
    """

    path: Annotated[str, Field(pattern=r"^/([a-z0-9-]+/)*$")]
    type: str
    title: Annotated[str, Field(min_length=1, max_length=255)]
    seo_title: str = ""
    search_description: str = ""
    order: Annotated[int, Field(ge=1)] | None = None
    expire_at: Instant | None = None
    reviewed_words: str = ""
    reasons: dict[str, Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default_factory=dict
    )
    fields: dict[str, Any] = Field(default_factory=dict)

    @property
    def slug(self) -> str:
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def parent_path(self) -> str:
        """``/medicines/ketamine/`` has ``/medicines/``; the home page has ``""``."""
        return self.path.rstrip("/").rpartition("/")[0] + "/" if self.path != "/" else ""

    @property
    def turn(self) -> tuple[int, float, str]:
        """Sorts parents before children, and pages with one parent as they are to be listed."""
        return self.path.count("/"), self.order or math.inf, self.path


@dataclass(frozen=True, slots=True)
class PageFile:
    file: str
    head: PageHead


@dataclass(frozen=True, slots=True)
class ContentFiles:
    """A whole folder, parents before children; everything it names exists in it."""

    folder: Path
    read_at: dt.datetime
    site: SiteFile
    snippets: Mapping[str, tuple[SnippetEntry, ...]]
    images: tuple[FileEntry, ...]
    documents: tuple[FileEntry, ...]
    pages: tuple[PageFile, ...]
    comments: tuple[CommentEntry, ...]

    def image_path(self, image: FileEntry) -> Path:
        return self.folder / IMAGES_FOLDER / image.file

    def document_path(self, document: FileEntry) -> Path:
        return self.folder / DOCUMENTS_FOLDER / document.file


def read_folder(folder: Path, *, now: dt.datetime) -> ContentFiles:
    """Everything in ``folder``. ``now`` is what relative dates count from.

    Raises ``ContentFileError`` with one sentence a problem.
    """
    problems = Problems(folder)
    if not folder.is_dir():
        problems.add("", "", "There is no such folder. Name the folder of the content.")
        problems.raise_if_any()
    reader = _Reader(folder, problems, now)
    site = reader.site()
    snippets = {kind.model: reader.many(kind.file, kind.entry) for kind in SNIPPET_FILES}
    images = reader.many("images.yaml", FileEntry)
    documents = reader.many("documents.yaml", FileEntry)
    comments = reader.many("comments.yaml", CommentEntry)
    pages = reader.pages()
    for kind in SNIPPET_FILES:
        names = [entry.known_as for entry in snippets[kind.model]]
        reader.refuse_repeats(kind.file, kind.key, names)
    for name, folder_name, entries in (
        ("images.yaml", IMAGES_FOLDER, images),
        ("documents.yaml", DOCUMENTS_FOLDER, documents),
    ):
        reader.refuse_repeats(name, "file", [entry.file for entry in entries])
        reader.refuse_repeats(name, "title", [entry.title for entry in entries])
        reader.refuse_missing_files(name, folder_name, entries)
    reader.refuse_repeats("comments.yaml", "key", [comment.key for comment in comments])
    if len(pages) == len(reader.page_files()):  # else what leads to an unread page seems wrong
        reader.refuse_strange_paths(pages)
        reader.refuse_comments_on_nothing(comments, pages)
    problems.raise_if_any()
    assert site is not None, "a missing one is a problem"  # noqa: S101
    return ContentFiles(
        folder=folder,
        read_at=now,
        site=site,
        snippets={model: tuple(entries) for model, entries in snippets.items()},
        images=tuple(images),
        documents=tuple(documents),
        pages=tuple(sorted(pages, key=lambda page: page.head.turn)),
        comments=tuple(comments),
    )


EntryType = TypeVar("EntryType", bound=_Entry)


@dataclass(frozen=True)
class _Reader:
    folder: Path
    problems: Problems
    now: dt.datetime

    def site(self) -> SiteFile | None:
        name = "site.yaml"
        return self._with_fields(name, SiteFile, "This file must have keys: name first.")

    def many(self, name: str, model: type[EntryType]) -> list[EntryType]:
        where = Where(self.problems, name)
        if not (self.folder / name).exists():
            return []
        found = self._yaml(name, empty=[])
        if found is None:
            return []
        if not isinstance(found, list):
            where.refuse("This file must be a list: start each entry with a dash.")
            return []
        entries = (
            self._validated(model, entry, where.child(number))
            for number, entry in enumerate(found, start=1)
        )
        return [entry for entry in entries if entry is not None]

    def page_files(self) -> list[Path]:
        return sorted(path for name in PAGE_FOLDERS for path in (self.folder / name).glob("*.yaml"))

    def pages(self) -> list[PageFile]:
        return [page for file in self.page_files() if (page := self._page(file)) is not None]

    def _page(self, file: Path) -> PageFile | None:
        name = file.relative_to(self.folder).as_posix()
        needed = "This file must have keys: path, type and title first."
        head = self._with_fields(name, PageHead, needed)
        return PageFile(name, head) if head else None

    def _with_fields(self, name: str, model: type[EntryType], needed: str) -> EntryType | None:
        """A file whose further keys, those that ``model`` does not know, are its ``fields``."""
        found = self._yaml(name, empty={})
        if found is None:
            return None
        where = Where(self.problems, name)
        if not isinstance(found, dict):
            where.refuse(needed)
            return None
        own = set(model.model_fields) - {"fields"}
        head = {key: value for key, value in found.items() if key in own}
        head["fields"] = {key: value for key, value in found.items() if key not in own}
        return self._validated(model, head, where)

    def _yaml(self, name: str, *, empty: Any) -> Any:
        """The file's value, or ``empty`` where it has none; ``None`` when a problem was told."""
        try:
            text = (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            self.problems.add(name, "", "This file is missing. Add it.")
            return None
        try:
            found = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
            said = (error.problem or "it ends too early").rstrip(".")
            self.problems.add(name, "", f"This is not valid YAML: {line}{said}.")
            return None
        except yaml.YAMLError as error:
            self.problems.add(name, "", f"This is not valid YAML: {' '.join(str(error).split())}.")
            return None
        return empty if found is None else found

    def _validated(self, model: type[EntryType], value: object, where: Where) -> EntryType | None:
        try:
            return model.model_validate(value, context={"now": self.now})
        except ValidationError as error:
            for problem in error.errors():
                here = where
                for part in problem["loc"]:
                    here = here.child(part + 1 if isinstance(part, int) else part)
                here.refuse(_sentence(dict(problem), model))
            return None

    def refuse_repeats(self, file: str, key: str, values: list[str]) -> None:
        first: dict[str, int] = {}
        for number, value in enumerate(values, start=1):
            if value in first:
                self.problems.add(
                    file,
                    f"{number}.{key}",
                    f"'{value}' is also entry {first[value]}. Change one of them.",
                )
            first.setdefault(value, number)

    def refuse_missing_files(self, name: str, folder: str, entries: list[FileEntry]) -> None:
        for number, entry in enumerate(entries, start=1):
            if Path(entry.file).name != entry.file:
                sentence = f"'{entry.file}' must be a file name, without a folder."
            elif not (self.folder / folder / entry.file).is_file():
                sentence = f"There is no file '{folder}/{entry.file}'. Add it, or remove the entry."
            else:
                continue
            self.problems.add(name, f"{number}.file", sentence)

    def refuse_strange_paths(self, pages: list[PageFile]) -> None:
        first: dict[str, str] = {}
        for page in pages:
            path = page.head.path
            if path in first:
                self.problems.add(
                    page.file, "path", f"'{path}' is also in {first[path]}. Change one of them."
                )
            first.setdefault(path, page.file)
        if "/" not in first:
            self.problems.add(
                f"{PAGE_FOLDERS[0]}/", "path", "No page has the path '/'. Add a home page."
            )
        for page in pages:
            if page.head.parent_path and page.head.parent_path not in first:
                self.problems.add(
                    page.file,
                    "path",
                    f"No page is at '{page.head.parent_path}', where '{page.head.path}' "
                    "would be. Add one, or change the path.",
                )

    def refuse_comments_on_nothing(
        self, comments: list[CommentEntry], pages: list[PageFile]
    ) -> None:
        paths = {page.head.path for page in pages}
        for number, comment in enumerate(comments, start=1):
            if comment.page not in paths:
                self.problems.add(
                    "comments.yaml",
                    f"{number}.page",
                    f"There is no page at '{comment.page}'. The pages are {listed(sorted(paths))}.",
                )


def _sentence(problem: dict[str, Any], model: type[BaseModel]) -> str:
    """Pydantic's problem, as a sentence with the remedy."""
    value = problem["input"]
    match problem["type"]:
        case "missing":
            return "This is missing. Add it."
        case "extra_forbidden":
            return f"There is no such key here. The keys are {listed(model.model_fields)}."
        case "literal_error":
            expected = problem["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
            return f"'{value}' is not one of {expected}."
        case "string_type":
            return f"'{value}' is not text. Put it in quotes."
        case "string_pattern_mismatch" if model is PageHead:
            return f"'{value}' is not a path. Write it like /medicines/ketamine/."
        case "date_type" | "datetime_type" | "datetime_parsing":
            return f"'{value}' is not a date. Write it as 2026-03-31."
        case _:
            return f"'{value}' is refused: {problem['msg']}."


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a mapping that says one key twice; YAML's own loader keeps the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key}' stands here twice. Remove one.", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)
