"""Turn what a file says into what the columns of its model hold, by the model's own rules.

The model is the schema: a new field or page type needs no line here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from cms.content_files import richtext
from cms.content_files.names import Names
from cms.content_files.problems import Problems, Where, listed
from cms.content_files.reading import SNIPPET_FILES, ContentFiles, PageFile, counted_from
from cms.content_files.streams import day_of, stored_stream
from cms.core.models import SiteSettings
from cms.core.stream_faults import faults_in


def page_values(page: PageFile, names: Names, problems: Problems) -> dict[str, Any]:
    """What the page's columns should hold; what the file does not say has its default."""
    head, where = page.head, Where(problems, page.file)
    values: dict[str, Any] = {
        "title": head.title,
        "seo_title": head.seo_title,
        "search_description": head.search_description,
        "expire_at": head.expire_at,
    }
    model = page_model(head.type, where)
    if model is None:
        return values
    own = replace(names, source_keys=frozenset(_source_keys(head.fields)))
    return values | _column_values(model, head.fields, own, where, key=head.path)


def site_values(files: ContentFiles, names: Names, problems: Problems) -> dict[str, Any]:
    """What the columns of ``SiteSettings`` should hold."""
    where = Where(problems, "site.yaml")
    return _column_values(SiteSettings, files.site.fields, names, where, key="")


def columns_of(model: type[models.Model]) -> dict[str, models.Field]:
    """The columns that a file may set, by the key it uses: those an editor may, of this type."""
    return {
        column.name: column
        for column in model._meta.local_fields
        if column.editable and not column.primary_key and _can_be_named(column)
    }


def _can_be_named(column: models.Field) -> bool:
    """No relation, or one to something that files have a name for."""
    if not column.remote_field:
        return True
    labels = {kind.model for kind in SNIPPET_FILES} | {Page._meta.label}
    return isinstance(column, models.ForeignKey) and column.related_model._meta.label in labels


def _column_values(
    model: type[models.Model], fields: Mapping[str, Any], names: Names, where: Where, *, key: str
) -> dict[str, Any]:
    """``key`` seeds the ids of the blocks."""
    columns = columns_of(model)
    values = {column.attname: column.get_default() for column in columns.values()}
    for name, value in fields.items():
        here = where.child(name)
        if name not in columns:
            here.refuse(f"There is no such key here. The keys are {listed(columns)}.")
            continue
        column = columns[name]
        try:
            values[column.attname] = _field_value(column, value, names, here, key + name)
        except ValueError as error:
            here.refuse(str(error))
    return values


def _source_keys(fields: Mapping[str, Any]) -> Iterator[str]:
    sources = fields.get("sources")
    for source in sources if isinstance(sources, list) else ():
        if isinstance(source, dict) and isinstance(source.get("key"), str):
            yield source["key"]


def page_model(label: str, where: Where) -> type[Page] | None:
    """The page type called ``articles.TopicPage``; ``None``, and a problem, when there is none."""
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
    if isinstance(column, models.ForeignKey):
        return _named(column, value, names)
    if isinstance(column, models.BooleanField):
        if not isinstance(value, bool):
            raise ValueError(f"'{value}' is neither true nor false.")
        return value
    if isinstance(column, models.IntegerField):
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"'{value}' is not a number.")
        return value
    if isinstance(column, models.DateTimeField):
        return _instant(value, names)
    if isinstance(column, models.DateField):
        return None if value is None else day_of(value, names)
    if not isinstance(value, str):
        raise ValueError(f"'{value}' is not text. Put it in quotes.")
    if isinstance(column, RichTextField):
        return richtext.to_stored(value, features=column.features or (), names=names)
    return value.strip()


def _named(column: models.ForeignKey, value: object, names: Names) -> int | None:
    if value is None:
        return None
    label = column.related_model._meta.label
    return names.page(value) if label == Page._meta.label else names.snippet(label, value)


def _instant(value: object, names: Names) -> dt.datetime | None:
    """An instant, or ``+5h``: that many hours after the files were read. UTC unless it says."""
    counted = counted_from(names.read_at, value)
    if counted is None:
        return None
    if not isinstance(counted, dt.datetime):
        raise ValueError(f"'{value}' is not a date and time. Write it as 2026-03-31 09:00:00Z.")
    return counted if counted.tzinfo else counted.replace(tzinfo=dt.UTC)


def as_saved_by_a_form(
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


def refuse_invalid(instance: models.Model, where: Where) -> None:
    """The model's own rules, in its own words."""
    try:
        instance.full_clean()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            here = where if name == NON_FIELD_ERRORS else where.child(name)
            here.refuse(" ".join(messages))


def _refuse_blocks(error: ValidationError, where: Where, types: Sequence[str]) -> None:
    """At the keys that the faults are about."""
    for trail, message in faults_in(error):
        here = where
        for level, key in enumerate(trail):
            here = here.child(key + 1 if isinstance(key, int) else key)
            if level == 0 and types and isinstance(key, int):
                here = here.child(types[key])
        here.refuse(message)
