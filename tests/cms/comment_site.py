"""Comments as the edge sends them and as moderators find them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from wagtail.models import Page

from cms.comments.models import ReaderComment, State

INTAKE = "/api/comments/v1/"
KEY = "test-comment-key-0123456789abcdef0123456789"


def submission(page: Page, /, **values: Any) -> dict[str, Any]:
    return {
        "id": uuid.uuid4().hex,
        "page": str(page.translation_key),
        "locale": page.locale.language_code,
        "name": "Sam",
        "text": "Thank you.",
        "email": "",
        "received_at": "2026-11-25T14:00:00+00:00",
        "signals": [],
        "network": "",
        **values,
    }


def sign(id: str, timestamp: str, body: bytes, key: str = KEY) -> str:
    digest = hmac.digest(key.encode(), f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def send(
    *records: Any,
    key: str = KEY,
    id: str = "a-batch",
    timestamp: str | None = None,
    signature: str | None = None,
    body: bytes | None = None,
) -> HttpResponse:
    """Post a batch to the intake, rightly signed unless a part is given."""
    if body is None:
        body = b"\n".join(json.dumps(record).encode() for record in records)
    timestamp = str(int(time.time())) if timestamp is None else timestamp
    return Client().post(
        INTAKE,
        data=body,
        content_type="application/x-ndjson",
        headers={
            "Plainleaf-Id": id,
            "Plainleaf-Timestamp": timestamp,
            "Plainleaf-Signature": sign(id, timestamp, body, key)
            if signature is None
            else signature,
        },
    )


def told(*records: Any, **how: Any) -> Any:
    """What the intake says of the last of these comments."""
    answer = send(*records, **how)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"][-1]


def comment(page: Page, state: State = State.HELD, /, **values: Any) -> ReaderComment:
    return ReaderComment.objects.create(
        **{
            "page": page,
            "translation_key": page.translation_key,
            "locale": page.locale.language_code,
            "idempotency_key": uuid.uuid4().hex,
            "name": "Sam",
            "text": "Thank you.",
            "state": state,
            "received_at": timezone.now(),
            "posted_at": timezone.now(),
            **values,
        }
    )
