"""Comments become a file: CSV for a spreadsheet, JSON for a program, streamed row by row.

Both have the columns of ``COLUMNS``, in that order, and the comments in the order in which readers
sent them. JSON is exact. In CSV (RFC 4180, UTF-8) a cell that a spreadsheet might take for a
formula begins with a ``'``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from cms.comments.models import ReaderComment
from cms.comments.receipts import shown
from cms.core.cells import cell

ROWS_AT_ONCE = 1000


class Column(NamedTuple):
    name: str
    meaning: str
    value: Callable[[ReaderComment], Any]


EMAIL = Column("email", "The reader's address; only where it was asked for.", lambda one: one.email)
COLUMNS = (
    Column("id", "The number of the comment in the CMS.", lambda one: one.pk),
    Column("receipt", "The code that its reader has.", lambda one: shown(one.receipt)),
    Column("state", "Where it stands: held, urgent, spam, ….", lambda one: one.state),
    Column("name", "As the reader typed it, but for what was removed.", lambda one: one.name),
    Column("text", "As the reader typed it, but for what was removed.", lambda one: one.text),
    EMAIL,
    Column("page", "The title of its page; empty once it is deleted.", lambda one: _title(one)),
    Column("page_key", "The key of its page, which stays.", lambda one: str(one.translation_key)),
    Column("locale", "The language of its page.", lambda one: one.locale),
    Column(
        "reasons",
        "The codes of the rules that held it, each once.",
        lambda one: list(dict.fromkeys(reason.rule for reason in one.reasons.all())),
    ),
    Column("signals", "What the edge noticed.", lambda one: one.signals),
    Column("has_link", "Whether an address on the web is in it.", lambda one: one.has_link),
    Column("received_at", "When the edge took it, in UTC.", lambda one: instant(one.received_at)),
    Column("posted_at", "The time that readers see, in UTC.", lambda one: instant(one.posted_at)),
    Column(
        "moderated_at",
        "When a person last decided, in UTC.",
        lambda one: instant(one.moderated_at),
    ),
    Column("moderated_by", "The login of that person.", lambda one: _login(one)),
    Column("reply", "What the staff answered.", lambda one: _reply(one)),
)
FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def columns(*, with_email: bool) -> list[Column]:
    return [column for column in COLUMNS if with_email or column is not EMAIL]


def exported(
    comments: QuerySet[ReaderComment], format: str, *, with_email: bool = False
) -> Iterator[str]:
    """The file, piece by piece. ``format`` is one of ``FORMATS``."""
    shown_columns = columns(with_email=with_email)
    rows = (
        {column.name: column.value(comment) for column in shown_columns}
        for comment in comments.order_by("received_at", "pk")
        .select_related("page", "moderated_by", "reply")
        .prefetch_related("reasons")
        .iterator(chunk_size=ROWS_AT_ONCE)
    )
    if format == "csv":
        return as_csv([column.name for column in shown_columns], rows)
    return as_json(rows)


def as_csv(names: list[str], rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Lines that end with CR LF, the first of them the names."""
    writer = csv.writer(Echo())
    yield writer.writerow(names)
    for row in rows:
        yield writer.writerow([cell(row[name]) for name in names])


def as_json(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """An array, one comment a line."""
    before = "[\n"
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False)
        before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"


class Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def instant(at: datetime | None) -> str | None:
    """``"2026-11-25T14:00:00+00:00"``."""
    return at.astimezone(UTC).isoformat() if at else None


def _title(comment: ReaderComment) -> str:
    return comment.page.title if comment.page else ""


def _login(comment: ReaderComment) -> str:
    return comment.moderated_by.get_username() if comment.moderated_by else ""


def _reply(comment: ReaderComment) -> str:
    return comment.reply.text if hasattr(comment, "reply") else ""
