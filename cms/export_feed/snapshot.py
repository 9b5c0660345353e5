"""One state of the CMS, held still while a feed is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

FEED_ALIAS = "feed"
# For one statement, and for a reader that stopped reading: an open snapshot keeps Postgres from
# cleaning up behind it, so a client that hangs must not hold it for ever.
LIMIT_SECONDS = 60


@contextmanager
def snapshot() -> Iterator[str]:
    """Give the database alias to read with; what is read there is one committed state.

    Writers go on meanwhile: SQLite keeps the pages of a deferred transaction in its WAL, Postgres
    the row versions of a repeatable read. Ends, and lets the connection go, however the block is
    left.
    """
    connection = connections[FEED_ALIAS]
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(using=FEED_ALIAS):
        if connection.vendor == "postgresql" and is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute(f"SET LOCAL statement_timeout = '{LIMIT_SECONDS}s'")
                cursor.execute(
                    f"SET LOCAL idle_in_transaction_session_timeout = '{LIMIT_SECONDS}s'"
                )
        yield connection.alias
