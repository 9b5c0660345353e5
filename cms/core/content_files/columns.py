"""Turn what a file says into what the columns of its model hold, by the model's own rules.

The model is the schema: a new field or page type needs no line here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from wagtail.blocks import StructBlockValidationError
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from cms.core.content_files import richtext
from cms.core.content_files.problems import Problems, Where, listed
from cms.core.content_files.reading import ContentFiles, PageFile
from cms.core.content_files.streams import Names, stored_stream
from cms.core.models import SiteSettings


def page_values(
    page: PageFile, files: ContentFiles, names: Names, problems: Problems
) -> dict[str, Any]:
    """What the page's columns should hold; what the file does not say has its default."""
    head, where = page.head, Where(problems, page.file)
    values: dict[str, Any] = {
        "title": head.title,
        "seo_title": head.seo_title,
        "search_description": head.search_description,
    }
    model = page_model(head.type, where)
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


def site_values(files: ContentFiles, names: Names, problems: Problems) -> dict[str, Any]:
    """What the columns of ``SiteSettings`` should hold."""
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


def _refuse_blocks(error: ValidationError, where: Where, types: Sequence[str] = ()) -> None:
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
