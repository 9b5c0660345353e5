"""Indexes on Wagtail's own table of pages, without which every reading would look at every page.

They are made after every ``migrate``, and not by a migration: on SQLite, a migration of Wagtail's
may write its table anew, and only the indexes that Wagtail knows of come along.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from wagtail.models import Page

ALWAYS_SET = {"depth": True, "go_live_at": False, "expire_at": False, "last_published_at": False}


def make_indexes(using: str, **kwargs: Any) -> None:
    """Of pages by the instants from which time acts on them, where they have any, and by depth."""
    connection, table = connections[using], Page._meta.db_table
    if table not in connection.introspection.table_names():
        return  # only other apps were migrated so far
    with connection.cursor() as cursor:
        for column, is_always_set in ALWAYS_SET.items():
            rows = "" if is_always_set else f" WHERE {column} IS NOT NULL"
            name = f"export_feed_page_{column}"
            cursor.execute(f'CREATE INDEX IF NOT EXISTS {name} ON "{table}" ({column}){rows}')
