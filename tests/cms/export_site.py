"""Runs as the exporter reports them, and the ways to ask about them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.cms.feed_site import read

RUNS = "/api/export/v1/runs"
CURSOR = "/api/export/v1/cursor"


def report(*, minutes_ago: float = 0, **values: Any) -> dict[str, Any]:
    """A run that has just published release "r1", unless a part is given."""
    finished = timezone.now() - timedelta(minutes=minutes_ago)
    return {
        "id": str(uuid.uuid4()),
        "started_at": text(finished - timedelta(seconds=0.25)),
        "finished_at": text(finished),
        "seconds": 0.25,
        "reason": "change",
        "outcome": "published",
        "release": "r1",
        "cursor": None,
        "pages": 4,
        "rendered": 9,
        "kept": 3,
        "removed": 1,
        "findings": [],
        "finding_count": 0,
        "error": "",
        "exit_code": 0,
        "pinned": None,
        "next_change_at": None,
        "releases": [release("r1", is_current=True)],
        "request": None,
        "version": "0.1.0",
        **values,
    }


def failure(error: str = "The disk is full.", **values: Any) -> dict[str, Any]:
    return report(**{"outcome": "failed", "error": error, "exit_code": 5, "cursor": None, **values})


def release(id: str, **values: Any) -> dict[str, Any]:
    return {
        "id": id,
        "created_at": text(timezone.now()),
        "pages": 4,
        "is_current": False,
        "is_pinned": False,
        **values,
    }


def finding(page: Any = None, severity: str = "refused", message: str = "No heading.") -> Any:
    subject = page and {"kind": "page", "id": page.pk}
    return {"severity": severity, "subject": subject, "path": "/x/", "message": message}


def send(content: Any, *, token: str | None = None) -> HttpResponse:
    return Client().post(
        RUNS,
        content if isinstance(content, bytes) else orjson.dumps(content),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token or settings.PLAINLEAF_FEED_TOKEN}"},
    )


def export(**values: Any) -> dict[str, Any]:
    """The exporter reads up to now, and reports what it did."""
    told = report(**{"cursor": cursor(), **values})
    answer = send(told)
    assert answer.status_code == 204, answer.content
    return told


def cursor() -> str:
    return str(read(Client(), CURSOR).json()["cursor"])


def member(group: str) -> Client:
    """The browser of somebody who is in a group, and in no other."""
    user = User.objects.create_user(username=group.lower(), email=f"{group.lower()}@example.org")
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
