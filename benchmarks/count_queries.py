"""Read the whole feed inside of the CMS and count what it asked of the database, as JSON."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from benchmarks.scratch_cms import FEED  # noqa: E402


def count_queries() -> int:
    queries = 0

    def count(execute: Any, *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    authorization = f"Bearer {settings.PLAINLEAF_FEED_TOKEN}"
    with ExitStack() as counting:
        for connection in connections.all():
            counting.enter_context(connection.execute_wrapper(count))
        response = Client(SERVER_NAME="127.0.0.1").get(
            FEED, headers={"Authorization": authorization}
        )
        last = b""
        for chunk in response.streaming_content:
            last = chunk
    if b'"kind":"end"' not in last:
        raise RuntimeError(f"The feed has no end: {last[-200:]!r}.")
    return queries


if __name__ == "__main__":
    print(json.dumps({"queries": count_queries()}))
