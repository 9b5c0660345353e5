"""Make the database say what the content files say, through Wagtail, in one transaction.

Pages are found by path, images and documents by title, snippets by name, comments by key. What
already agrees is not touched: a second load writes nothing. What an editor changed since is put
back to what the files say; a comment, once loaded, is the moderators'.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.files import File
from django.core.files.images import ImageFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from wagtail import hooks
from wagtail.blocks import StreamValue
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Site
from wagtail.utils.file import hash_filelike

from cms.comments.judging import explain
from cms.comments.models import ReaderComment
from cms.content_files.columns import (
    as_saved_by_a_form,
    page_model,
    page_values,
    refuse_invalid,
    site_values,
)
from cms.content_files.names import Names, names_without_ids
from cms.content_files.problems import Problems, Where
from cms.content_files.reading import SNIPPET_FILES, ContentFiles, PageFile, SnippetFile
from cms.content_files.reasons import give_reasons, refuse_unknown_rules
from cms.content_files.reviews import stamp_review
from cms.core.models import SiteSettings
from cms.safety.judged import RefusedToGoLive

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
COMMENT_KEY_PREFIX = "content-file-"


@dataclass
class Report:
    """How many of each kind were ``created``, ``updated`` and ``unchanged``."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, kind: str, what: str) -> None:
        self.counts.setdefault(kind, Counter())[what] += 1

    @property
    def lines(self) -> list[str]:
        return [
            f"{kind}: " + ", ".join(f"{number} {what}" for what, number in sorted(counter.items()))
            for kind, counter in self.counts.items()
        ]


def check(files: ContentFiles) -> None:
    """Refuse what can be refused without a database: every key, name and link of every page.

    Raises ``ContentFileError``.
    """
    names = names_without_ids(files)
    problems = Problems(files.folder)
    for page in files.pages:
        page_values(page, names, problems)
        refuse_unknown_rules(page, problems)
    site_values(files, names, problems)
    problems.raise_if_any()


def load(files: ContentFiles) -> Report:
    """Write what differs. Raises ``ContentFileError``, and then nothing was written."""
    check(files)
    hooks.search_for_hooks()  # they register the snippets, without which no helpline is a choice
    report = Report()
    with transaction.atomic():
        names = Names(
            read_at=files.read_at,
            snippets={kind.model: _load_snippets(kind, files, report) for kind in SNIPPET_FILES},
            images=_load_images(files, report),
            documents=_load_documents(files, report),
            pages=_ids_of_pages(files, report),
        )
        problems = Problems(files.folder)
        _load_site(files, names, problems, report)  # first: pages are judged by its settings too
        for page in files.pages:
            _load_page(page, names, problems, report)
        problems.raise_if_any()
        _load_comments(files, names, report)
    return report


def _load_snippets(kind: SnippetFile, files: ContentFiles, report: Report) -> dict[str, int]:
    model = apps.get_model(kind.model)
    problems = Problems(files.folder)
    ids: dict[str, int] = {}
    for number, entry in enumerate(files.snippets[kind.model], start=1):
        name = {kind.key: entry.known_as}
        snippet = model.objects.filter(**name).first() or model(**name)
        changed = _assign(snippet, _stripped(entry.model_dump()))
        refuse_invalid(snippet, Where(problems, kind.file).child(number))
        problems.raise_if_any()
        _save(snippet, changed, model._meta.verbose_name_plural, report)
        ids[entry.known_as] = snippet.pk
    return ids


def _stripped(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }


def _load_images(files: ContentFiles, report: Report) -> dict[str, int]:
    model = get_image_model()
    ids: dict[str, int] = {}
    for entry in files.images:
        image = model.objects.filter(title=entry.title).first() or model(title=entry.title)
        with files.image_path(entry).open("rb") as file:
            changed = image.pk is None or image.file_hash != hash_filelike(file)
            if changed:
                image.file = ImageFile(file, name=entry.file)
                image._set_image_file_metadata()
            _save(image, changed, "images", report)
        ids[entry.file] = image.pk
    return ids


def _load_documents(files: ContentFiles, report: Report) -> dict[str, int]:
    model = get_document_model()
    ids: dict[str, int] = {}
    for entry in files.documents:
        document = model.objects.filter(title=entry.title).first() or model(title=entry.title)
        with files.document_path(entry).open("rb") as file:
            changed = document.pk is None or document.file_hash != hash_filelike(file)
            if changed:
                document.file = File(file, name=entry.file)
                document._set_document_file_metadata()
            _save(document, changed, "documents", report)
        ids[entry.file] = document.pk
    return ids


def _ids_of_pages(files: ContentFiles, report: Report) -> dict[str, int]:
    """The id of every page; one that is missing is made first, as an empty draft, so that pages
    may link to each other in a circle."""
    problems = Problems(files.folder)
    ids: dict[str, int] = {}
    root = Site.objects.get(is_default_site=True).root_page
    for page in files.pages:
        head, where = page.head, Where(problems, page.file)
        model = page_model(head.type, where)
        if model is None:
            continue
        found = root if head.path == "/" else _child(ids[head.parent_path], head.slug)
        if found is None:
            parent = Page.objects.get(pk=ids[head.parent_path])
            if not model.can_create_at(parent.specific):
                where.child("path").refuse(
                    f"A page of type '{head.type}' cannot be below '{head.parent_path}', "
                    f"a '{parent.specific_class._meta.label}'. Change the path or the type."
                )
                break
            found = parent.add_child(instance=model(title=head.title, slug=head.slug, live=False))
            report.count("pages", CREATED)
        elif found.specific_class is not model:
            where.child("type").refuse(
                f"The page at '{head.path}' is a '{found.specific_class._meta.label}' already. "
                "Delete it in the admin, or change the type."
            )
        ids[head.path] = found.pk
    problems.raise_if_any()
    return ids


def _child(parent_id: int, slug: str) -> Page | None:
    found: Page | None = Page.objects.get(pk=parent_id).get_children().filter(slug=slug).first()
    return found


def _load_page(page: PageFile, names: Names, problems: Problems, report: Report) -> None:
    where = Where(problems, page.file)
    # Read again: publishing a stale page would write its old count of children back to the tree.
    stored = Page.objects.get(pk=names.pages[page.head.path]).specific
    is_new = stored.latest_revision_id is None and not stored.live
    values = page_values(page, names, problems)
    changed = _assign(stored, as_saved_by_a_form(type(stored), values, where))
    changed = stamp_review(stored, page.head) or changed
    refuse_invalid(stored, where)
    if problems.found:
        return
    give_reasons(stored, page.head.reasons)
    if not changed and stored.live:
        report.count("pages", UNCHANGED)
        return
    try:
        stored.save_revision().publish()
    except RefusedToGoLive as refused:
        for finding in refused.findings:
            key = finding.place.path or finding.place.field
            (where.child(key) if key else where).refuse(f"{finding.rule}: {finding.message}")
        return
    if not is_new:
        report.count("pages", UPDATED)


def _load_site(files: ContentFiles, names: Names, problems: Problems, report: Report) -> None:
    site = Site.objects.get(is_default_site=True)
    _save(site, _assign(site, {"site_name": files.site.name}), "sites", report)
    settings = SiteSettings.for_site(site)
    where = Where(problems, "site.yaml")
    values = as_saved_by_a_form(SiteSettings, site_values(files, names, problems), where)
    changed = _assign(settings, values)
    refuse_invalid(settings, where)
    if not problems.found:
        _save(settings, changed, "site settings", report)


def _load_comments(files: ContentFiles, names: Names, report: Report) -> None:
    for entry in files.comments:
        key = COMMENT_KEY_PREFIX + entry.key
        if ReaderComment.objects.filter(idempotency_key=key).exists():
            report.count("comments", UNCHANGED)
            continue
        page = Page.objects.select_related("locale").get(pk=names.pages[entry.page])
        comment = ReaderComment.objects.create(
            idempotency_key=key,
            page=page,
            translation_key=page.translation_key,
            locale=page.locale.language_code,
            name=entry.name,
            text=entry.text,
            email=entry.email,
            state=entry.state,
            received_at=entry.posted_at,
            posted_at=entry.posted_at,
        )
        explain(comment)
        report.count("comments", CREATED)


def _assign(instance: models.Model, values: dict[str, Any]) -> bool:
    """Set what differs; true when anything did."""
    changed = instance.pk is None
    for name, value in values.items():
        if _comparable(getattr(instance, name)) != _comparable(value):
            setattr(instance, name, value)
            changed = True
    return changed


def _comparable(value: object) -> object:
    """A stream as the text its column holds: a date chosen now and one read back are the same."""
    if isinstance(value, StreamValue):
        return json.dumps(value.get_prep_value(), cls=DjangoJSONEncoder, sort_keys=True)
    return value


def _save(instance: models.Model, changed: bool, kind: str, report: Report) -> None:
    if not changed:
        report.count(kind, UNCHANGED)
        return
    report.count(kind, CREATED if instance._state.adding else UPDATED)
    instance.save()
