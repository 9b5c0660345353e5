"""Write what readers get of the default site as content files, which ``load`` reads.

Reader comments and redirects stay out: they are no content of editors, and comments hold what
people sent in confidence. So do drafts, restricted pages and pages that the safety rules keep off
the site, since loading publishes: ``Dump.left_out`` names them.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.db import models
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.text import slugify
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.images import get_image_model
from wagtail.models import Page, Site

from cms.articles.models import ArticlePage
from cms.content_files.columns import columns_of
from cms.content_files.loading import check
from cms.content_files.problems import ContentFileError, Problems, Where
from cms.content_files.reading import (
    DOCUMENTS_FOLDER,
    IMAGES_FOLDER,
    SNIPPET_FILES,
    SnippetFile,
    read_folder,
)
from cms.content_files.reasons import reasons_of
from cms.content_files.reviews import reviewed_words
from cms.content_files.told import Known, told_columns
from cms.core.models import SiteSettings
from cms.safety.public import public_pages

LONGEST_FILE_NAME = 80
LINE_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Dump:
    """How many of each kind were written, and the paths of pages that were left out."""

    counts: Mapping[str, int]
    left_out: tuple[str, ...]


def dump(folder: Path, *, now: dt.datetime) -> Dump:
    """Write a new folder whole, or nothing. Raises ``ContentFileError``."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ContentFileError([f"'{folder}' is not empty. Name a new folder."])
    problems = Problems(None)
    site = Site.objects.get(is_default_site=True)
    pages, left_out = _pages_of(site, now)
    files = {model: _library(model, problems) for model in _library_models()}
    known = Known(
        pages={page.pk: path for path, page in pages.items()},
        images=files[get_image_model()],
        documents=files[get_document_model()],
        snippets={kind.model: _snippet_names(kind, problems) for kind in SNIPPET_FILES},
    )
    written = {
        "site.yaml": _told_site(site, known, problems),
        **{kind.file: _told_snippets(kind) for kind in SNIPPET_FILES},
        "images.yaml": _told_library(get_image_model(), known.images),
        "documents.yaml": _told_library(get_document_model(), known.documents),
        **_told_pages(pages, known, problems),
    }
    problems.raise_if_any()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        whole = Path(name) / folder.name
        _write(whole, written, files)
        _refuse_what_would_not_load(whole, folder, now)
        whole.chmod(0o755)
        whole.rename(folder)
    counts = {
        "pages": len(pages),
        **{model._meta.verbose_name_plural: len(names) for model, names in files.items()},
        **{
            apps.get_model(model)._meta.verbose_name_plural: len(names)
            for model, names in known.snippets.items()
        },
    }
    return Dump(counts, tuple(left_out))


def _pages_of(site: Site, now: dt.datetime) -> tuple[dict[str, Page], list[str]]:
    """What readers get, by path, parents first; and the paths of all else."""
    root = site.root_page
    public = set(public_pages(now, site=site).values_list("pk", flat=True))
    shown: dict[str, Page] = {}
    left_out = []
    for page in root.get_descendants(inclusive=True).order_by("path").specific():
        path = "/" + page.url_path.removeprefix(root.url_path)
        if page.pk in public:
            shown[path] = page
        else:
            left_out.append(path)
    return shown, left_out


def _parent(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0] + "/"


def _library_models() -> tuple[type[models.Model], type[models.Model]]:
    return get_image_model(), get_document_model()


def _library(model: type[models.Model], problems: Problems) -> dict[int, str]:
    """A file name for each image or document, made of its title: uploading may change the other."""
    names: dict[int, str] = {}
    titles: set[str] = set()
    for entry in model._default_manager.order_by("title", "pk"):
        where = Where(problems, f"The {model._meta.verbose_name} '{entry.title}'")
        if entry.title in titles:
            where.refuse("Another one has the same title. Change one of them.")
        if not entry.file.storage.exists(entry.file.name):
            where.refuse("Its file is gone. Upload it again, or delete it.")
        titles.add(entry.title)
        suffix = Path(entry.file.name).suffix.lower()
        stem = slugify(entry.title)[:LONGEST_FILE_NAME] or f"file-{len(names) + 1}"
        names[entry.pk] = _free(stem, suffix, set(names.values()))
    return names


def _free(stem: str, suffix: str, taken: set[str]) -> str:
    name, number = stem + suffix, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}{suffix}"
    return name


def _snippet_names(kind: SnippetFile, problems: Problems) -> dict[int, str]:
    model = apps.get_model(kind.model)
    names = dict(model._default_manager.order_by(kind.key, "pk").values_list("pk", kind.key))
    for name, count in Counter(names.values()).items():
        if count > 1:
            problems.add(
                f"The {kind.noun} '{name}'", "", f"There are {count} of this name. Rename one."
            )
    return names


def _told_snippets(kind: SnippetFile) -> list[dict[str, Any]]:
    model = apps.get_model(kind.model)
    keys = list(kind.entry.model_fields)
    told = []
    for snippet in model._default_manager.order_by(kind.key, "pk"):
        values = {key: getattr(snippet, key) for key in keys}
        optional = {
            name for name, field in kind.entry.model_fields.items() if not field.is_required()
        }
        told.append(
            {
                key: value
                for key, value in values.items()
                if key not in optional or value != kind.entry.model_fields[key].default
            }
        )
    return told


def _told_library(model: type[models.Model], names: Mapping[int, str]) -> list[dict[str, str]]:
    titles = dict(model._default_manager.values_list("pk", "title"))
    return [{"file": name, "title": titles[pk]} for pk, name in names.items()]


def _told_site(site: Site, known: Known, problems: Problems) -> dict[str, Any]:
    settings = SiteSettings.for_site(site)
    columns = columns_of(SiteSettings)
    where = Where(problems, "The site settings")
    told = told_columns(columns, _stored([settings])[settings.pk], known, where)
    return {"name": site.site_name, **told}


def _told_pages(
    pages: Mapping[str, Page], known: Known, problems: Problems
) -> dict[str, dict[str, Any]]:
    by_type: dict[type[Page], list[Page]] = {}
    for page in pages.values():
        by_type.setdefault(type(page), []).append(page)
    stored = {pk: row for same in by_type.values() for pk, row in _stored(same).items()}
    turns: Counter[str] = Counter()
    told = {}
    for path, page in pages.items():
        turns[_parent(path)] += 1
        head = {
            "path": path,
            "type": page._meta.label,
            "title": page.title,
            "order": turns[_parent(path)] if path != "/" else None,
            "seo_title": page.seo_title,
            "search_description": page.search_description,
            "expire_at": page.expire_at,
        }
        where = Where(problems, f"The page '{path}'")
        told_fields = told_columns(columns_of(type(page)), stored[page.pk], known, where)
        foot = {
            "reviewed_words": reviewed_words(page, path, told_fields),
            "reasons": reasons_of(page),
        }
        told[_file_of(path, page, pages)] = {
            **_without_empty(head),
            **told_fields,
            **_without_empty(foot),
        }
    return told


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def _stored(same: list[Any]) -> dict[int, dict[str, Any]]:
    """The columns of objects of one model as the database has them, streams as parsed JSON: read
    in the usual way, a block that is unknown by now would be gone without a word."""
    model = type(same[0])
    columns = columns_of(model).values()
    streams = [column.name for column in columns if isinstance(column, StreamField)]
    rows = (
        model._default_manager.filter(pk__in=[one.pk for one in same])
        .annotate(**{f"{name}_as_text": Cast(name, TextField()) for name in streams})
        .values_list("pk", *(f"{name}_as_text" for name in streams))
    )
    parsed = {
        pk: {name: json.loads(text or "[]") for name, text in zip(streams, texts, strict=True)}
        for pk, *texts in rows
    }
    return {
        one.pk: {column.attname: getattr(one, column.attname) for column in columns}
        | parsed[one.pk]
        for one in same
    }


def _file_of(path: str, page: Page, pages: Mapping[str, Page]) -> str:
    """``articles/ketamine.yaml``; the whole path where another page has the same slug."""
    folder = "articles" if isinstance(page, ArticlePage) else "pages"
    if path == "/":
        return f"{folder}/home.yaml"
    is_alone = sum(other.slug == page.slug for other in pages.values()) == 1
    stem = page.slug if is_alone and page.slug != "home" else path.strip("/").replace("/", "--")
    return f"{folder}/{stem}.yaml"


def _write(
    folder: Path,
    written: Mapping[str, Any],
    files: Mapping[type[models.Model], Mapping[int, str]],
) -> None:
    for name, content in written.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_as_yaml(content), encoding="utf-8")
    for model, folder_name in zip(
        _library_models(), (IMAGES_FOLDER, DOCUMENTS_FOLDER), strict=True
    ):
        _copy_files(model, files[model], folder / folder_name)


def _copy_files(model: type[models.Model], names: Mapping[int, str], folder: Path) -> None:
    if names:
        folder.mkdir()
    for pk, entry in model._default_manager.in_bulk(list(names)).items():
        with entry.file.open("rb") as source, (folder / names[pk]).open("wb") as target:
            shutil.copyfileobj(source, target)


def _refuse_what_would_not_load(whole: Path, folder: Path, now: dt.datetime) -> None:
    """The files are read before anyone trusts them: an editor can store what files cannot say."""
    try:
        check(read_folder(whole, now=now))
    except ContentFileError as error:
        here = (problem.replace(whole.as_posix(), folder.as_posix()) for problem in error.problems)
        refused = [f"What would be written cannot be read. {problem}" for problem in here]
        raise ContentFileError(refused) from error


def _as_yaml(content: Any) -> str:
    text: str = yaml.dump(
        content,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=LINE_WIDTH,
        default_flow_style=False,
    )
    return text


class _Dumper(yaml.SafeDumper):
    """Lists stand in from their key, and long texts are folded, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        is_long = "\n" in text or len(text) > LINE_WIDTH
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=">" if is_long else None)


_Dumper.add_representer(str, _Dumper.represent_text)


def lines_of(dumped: Dump) -> Iterable[str]:
    """What the command says."""
    yield ", ".join(f"{count} {kind}" for kind, count in dumped.counts.items() if count) + "."
    if dumped.left_out:
        yield (f"Left out, since readers do not get them: {', '.join(dumped.left_out)}.")
    yield "Reader comments and redirects are never part of a dump."
