"""Make the database say what the content files say, through Wagtail, in one transaction.

Pages are found by path, images by title, helplines by name, comments by key. What already agrees
is not touched: a second load writes nothing. What an editor changed since is put back to what the
files say; a comment, once loaded, is the moderators'.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.files.images import ImageFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from wagtail import hooks
from wagtail.blocks import StreamValue, StructBlockValidationError
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model
from wagtail.models import Page, Site
from wagtail.utils.file import hash_filelike

from cms.core.content_files import richtext
from cms.core.content_files.problems import Problems, Where, listed
from cms.core.content_files.reading import ContentFiles, PageFile
from cms.core.content_files.streams import Names, stored_stream
from cms.core.models import SiteSettings

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
    names = Names(
        pages={page.head.path: 0 for page in files.pages},
        images={image.file: 0 for image in files.images},
        helplines={line.name: 0 for line in files.helplines},
    )
    problems = Problems(files.folder)
    for page in files.pages:
        _page_values(page, files, names, problems)
    _site_values(files, names, problems)
    problems.raise_if_any()


def load(files: ContentFiles) -> Report:
    """Write what differs. Raises ``ContentFileError``, and then nothing was written."""
    check(files)
    hooks.search_for_hooks()  # they register the snippets, without which no helpline is a choice
    report = Report()
    with transaction.atomic():
        names = Names(
            helplines=_load_helplines(files, report),
            images=_load_images(files, report),
            pages=_ids_of_pages(files, report),
        )
        problems = Problems(files.folder)
        for page in files.pages:
            _load_page(page, files, names, problems, report)
        _load_site(files, names, problems, report)
        problems.raise_if_any()
        _load_comments(files, names, report)
    return report


def _load_helplines(files: ContentFiles, report: Report) -> dict[str, int]:
    model = apps.get_model("articles", "Helpline")
    problems = Problems(files.folder)
    ids: dict[str, int] = {}
    for number, entry in enumerate(files.helplines, start=1):
        helpline = model.objects.filter(name=entry.name).first() or model(name=entry.name)
        changed = _assign(helpline, entry.model_dump())
        _refuse_invalid(helpline, Where(problems, "helplines.yaml").child(number))
        problems.raise_if_any()
        _save(helpline, changed, "helplines", report)
        ids[entry.name] = helpline.pk
    return ids


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


def _ids_of_pages(files: ContentFiles, report: Report) -> dict[str, int]:
    """The id of every page; one that is missing is made first, as an empty draft, so that pages
    may link to each other in a circle."""
    problems = Problems(files.folder)
    ids: dict[str, int] = {}
    root = Site.objects.get(is_default_site=True).root_page
    for page in files.pages:
        head, where = page.head, Where(problems, page.file)
        model = _page_model(head.type, where)
        if model is None:
            continue
        found = root if head.path == "/" else _child(ids[head.parent_path], head.slug)
        if found is None:
            parent = Page.objects.get(pk=ids[head.parent_path])
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


def _load_page(
    page: PageFile, files: ContentFiles, names: Names, problems: Problems, report: Report
) -> None:
    where = Where(problems, page.file)
    # Read again: publishing a stale page would write its old count of children back to the tree.
    stored = Page.objects.get(pk=names.pages[page.head.path]).specific
    is_new = stored.latest_revision_id is None and not stored.live
    values = _page_values(page, files, names, problems)
    changed = _assign(stored, _as_saved_by_a_form(type(stored), values, where))
    _refuse_invalid(stored, where)
    if problems.found:
        return
    if changed or not stored.live:
        stored.save_revision().publish()
        if not is_new:
            report.count("pages", UPDATED)
    else:
        report.count("pages", UNCHANGED)


def _page_values(
    page: PageFile, files: ContentFiles, names: Names, problems: Problems
) -> dict[str, Any]:
    """What the page's columns should hold; what the file does not say has its default."""
    head, where = page.head, Where(problems, page.file)
    values: dict[str, Any] = {
        "title": head.title,
        "seo_title": head.seo_title,
        "search_description": head.search_description,
    }
    model = _page_model(head.type, where)
    if model is None:
        return values
    own = {f.name: f for f in model._meta.local_fields if not f.remote_field}
    values |= {name: column.get_default() for name, column in own.items()}
    for key, value in head.fields.items():
        if key not in own:
            where.child(key).refuse(f"There is no such key here. The keys are {listed(own)}.")
            continue
        with problems.at(page.file, key):
            values[key] = _field_value(
                own[key], files.resolved(value), names, where.child(key), head.path + key
            )
    return values


def _page_model(label: str, where: Where) -> type[Page] | None:
    labels = [model._meta.label for model in apps.get_models() if issubclass(model, Page)]
    labels.remove(Page._meta.label)
    if label not in labels:
        where.child("type").refuse(f"'{label}' is not one of {listed(labels)}.")
        return None
    model: type[Page] = apps.get_model(label)
    return model


def _field_value(
    column: models.Field, value: object, names: Names, where: Where, key: str
) -> object:
    if isinstance(column, StreamField):
        return stored_stream(column.stream_block, value, names=names, where=where, key=key)
    if isinstance(column, models.BooleanField):
        if not isinstance(value, bool):
            raise ValueError(f"'{value}' is neither true nor false.")
        return value
    if isinstance(column, models.DateField):
        if isinstance(value, dt.datetime):
            return value.date()
        if value is not None and not isinstance(value, dt.date):
            raise ValueError(f"'{value}' is not a date. Write it as 2026-03-31.")
        return value
    if not isinstance(value, str):
        raise ValueError(f"'{value}' is not text. Put it in quotes.")
    if isinstance(column, RichTextField):
        return richtext.to_stored(value, features=column.features or (), page_ids=names.pages)
    return value.strip()


def _site_values(files: ContentFiles, names: Names, problems: Problems) -> dict[str, Any]:
    where, entry = Where(problems, "site.yaml"), files.site
    values: dict[str, Any] = {
        "strapline": entry.strapline,
        "lists_page_size": entry.lists_page_size,
    }
    for name in ("main_menu", "footer_menu"):
        column = SiteSettings._meta.get_field(name)
        values[name] = stored_stream(
            column.stream_block,
            getattr(entry, name),
            names=names,
            where=where.child(name),
            key=name,
        )
    with problems.at("site.yaml", "footer_text"):
        column = SiteSettings._meta.get_field("footer_text")
        values["footer_text"] = richtext.to_stored(
            entry.footer_text, features=column.features, page_ids=names.pages
        )
    for name in ("comment_policy_page", "privacy_page"):
        if path := getattr(entry, name):
            with problems.at("site.yaml", name):
                values[f"{name}_id"] = richtext.page_id_for(path, names.pages)
    return values


def _load_site(files: ContentFiles, names: Names, problems: Problems, report: Report) -> None:
    site = Site.objects.get(is_default_site=True)
    _save(site, _assign(site, {"site_name": files.site.name}), "sites", report)
    settings = SiteSettings.for_site(site)
    where = Where(problems, "site.yaml")
    values = _as_saved_by_a_form(SiteSettings, _site_values(files, names, problems), where)
    changed = _assign(settings, values)
    _refuse_invalid(settings, where)
    if not problems.found:
        _save(settings, changed, "site settings", report)


def _load_comments(files: ContentFiles, names: Names, report: Report) -> None:
    model = apps.get_model("comments", "ReaderComment")
    for entry in files.comments:
        key = COMMENT_KEY_PREFIX + entry.key
        if model.objects.filter(idempotency_key=key).exists():
            report.count("comments", UNCHANGED)
            continue
        page = Page.objects.select_related("locale").get(pk=names.pages[entry.page])
        model.objects.create(
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
        report.count("comments", CREATED)


def _as_saved_by_a_form(
    model: type[models.Model], values: dict[str, Any], where: Where
) -> dict[str, Any]:
    """The values with every stream cleaned as the admin's form cleans it, by all its rules.

    What an editor would have saved is what is stored: an empty text is ``""``, never ``null``.
    """
    cleaned = dict(values)
    for column in model._meta.local_fields:
        if not isinstance(column, StreamField) or column.name not in values:
            continue
        stream = column.to_python(json.dumps(column.get_prep_value(values[column.name])))
        try:
            cleaned[column.name] = column.stream_block.clean(stream)
        except StreamBlockValidationError as error:
            one_type = len(column.stream_block.child_blocks) == 1
            types = [] if one_type else [child.block_type for child in stream]
            _refuse_blocks(error, where.child(column.name), types)
    return cleaned


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


def _refuse_invalid(instance: models.Model, where: Where) -> None:
    """The model's own rules, in its own words."""
    try:
        instance.full_clean()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            here = where if name == NON_FIELD_ERRORS else where.child(name)
            here.refuse(" ".join(messages))


def _refuse_blocks(error: ValidationError, where: Where, types: list[str] | None = None) -> None:
    """Walk Wagtail's nested errors down to the keys they are about."""
    match error:
        case StreamBlockValidationError() | ListBlockValidationError():
            for index, inner in error.block_errors.items():
                here = where.child(index + 1)
                _refuse_blocks(inner, here.child(types[index]) if types else here)
            own = error.non_block_errors
        case StructBlockValidationError():
            for name, inner in error.block_errors.items():
                _refuse_blocks(inner, where.child(name))
            own = error.non_block_errors
        case _:
            where.refuse(" ".join(error.messages))
            return
    for inner in own.as_data():
        where.refuse(" ".join(inner.messages))
