"""A model's own columns that it shows, read as they are stored.

A StreamField, read the usual way, is parsed and wrapped into objects that the feed would only
serialise again. Here its JSON goes from the database to the wire as text.
"""

from __future__ import annotations

from typing import Any

import orjson
from django.db.models import (
    AutoField,
    Expression,
    F,
    Field,
    ForeignKey,
    JSONField,
    Model,
    TextField,
)
from django.db.models.functions import Cast
from wagtail.fields import StreamField

from cms.export_feed.defaults import with_defaults

EMPTY_STREAM = "[]"


def own_fields(model: type[Model]) -> list[Field]:
    """The columns that only this type has and that its ``api_fields`` name: no key, no link to a
    parent type, nothing that the type keeps to itself."""
    public = {field.name for field in model.api_fields}
    return [field for field in columns_of(model) if field.name in public]


def columns_of(model: type[Model]) -> list[Field]:
    """Every column that only this type has, also what it keeps to itself."""
    return [
        field
        for field in model._meta.local_concrete_fields
        if not isinstance(field, AutoField) and not field.primary_key
    ]


def as_stored(field: Field) -> Expression:
    """What to select for one column, so that the database's own form of it arrives."""
    if isinstance(field, (StreamField, JSONField)):
        return Cast(field.name, TextField())
    return F(field.attname if isinstance(field, ForeignKey) else field.name)


def as_value(field: Field, stored: Any) -> Any:
    """One selected column as a part of a record; stored JSON stays the text it is.

    Only a block that lacks a sub-block of today is completed.
    """
    if isinstance(field, StreamField):
        return _raw_json(with_defaults(field, stored or EMPTY_STREAM))
    if isinstance(field, JSONField):
        return _raw_json(stored or "null")
    return stored


def _raw_json(text: str) -> orjson.Fragment:
    """JSON that both databases checked when it was stored, on one line."""
    if "\n" in text:
        text = orjson.dumps(orjson.loads(text)).decode()
    return orjson.Fragment(text)
