"""A report that the exporter sends becomes a run, its findings, and the answer to a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from rest_framework import serializers
from rest_framework.settings import api_settings

from cms.export_feed.cursor import number_in
from cms.export_feed.private_pages import warning_of_private_pages
from cms.export_feed.requests import ExportRequest
from cms.export_feed.runs import (
    OUTCOME_CHOICES,
    REASON_CHOICES,
    SEVERITY_CHOICES,
    ExportFinding,
    ExportRun,
)

NON_FIELD_ERRORS_KEY = api_settings.NON_FIELD_ERRORS_KEY
MOST_FINDINGS = 200
MOST_RELEASES = 1000
LONGEST_TEXT = 2000
LONGEST_NAME = 100
LARGEST_COUNT = 2**31 - 1


class ReportError(Exception):
    """The report has another shape than it should; the message names the field."""


def store_report(body: bytes, *, now: datetime, site_id: int | None) -> ExportRun | None:
    """Store a run as its JSON tells it; ``None`` when it is here already.

    Raises ``ReportError``.
    """
    report = _read(body)
    findings = report.pop("findings")
    warning = warning_of_private_pages()  # the exporter never hears of them
    report["finding_count"] += bool(warning)
    request = ExportRequest.objects.filter(pk=report.pop("request")).first()
    number = number_in(report["cursor"])
    run = ExportRun(**report, site_id=site_id, request=request, journal_number=number)
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            ExportFinding.objects.bulk_create(_finding(run, found) for found in findings)
            if warning:
                run.findings.create(severity="warning", message=warning)
            if request:
                ExportRequest.objects.filter(pk=request.pk, answered_at=None).update(
                    answered_at=now
                )
    except IntegrityError:
        if ExportRun.objects.filter(pk=run.pk).exists():
            return None
        raise
    return run


def _read(body: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ReportError(f"The report is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise ReportError("The report is not a JSON object.")
    shape = RunShape(data=content)
    if not shape.is_valid():
        raise ReportError(next(_faults(shape.errors, "")))
    return shape.validated_data | {
        name: shape.validated_data[name] or "" for name in ("release", "cursor", "pinned")
    }


def _finding(run: ExportRun, found: dict[str, Any]) -> ExportFinding:
    subject = found["subject"] or {"kind": "", "id": None}
    return ExportFinding(
        run=run,
        severity=found["severity"],
        kind=subject["kind"],
        object_id=subject["id"],
        path=found["path"],
        message=found["message"],
    )


def _faults(errors: Any, name: str) -> Iterator[str]:
    """``{"findings": {3: {"severity": ["…"]}}}`` becomes ``'findings.3.severity': …``."""
    if isinstance(errors, dict):
        for key, inner in errors.items():
            is_about_itself = key == NON_FIELD_ERRORS_KEY
            yield from _faults(inner, name if is_about_itself else f"{name}.{key}".lstrip("."))
    elif errors and isinstance(errors[0], str):
        yield f"'{name}': {errors[0]}"
    else:
        for key, inner in enumerate(errors):
            yield from _faults(inner, f"{name}.{key}")


class Count(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=LARGEST_COUNT, **options)


class Name(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_NAME, **options)


class Sentence(serializers.CharField):
    """Text for a person: what is too long to keep is cut, since the rest of the report counts."""

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


class SubjectShape(serializers.Serializer):
    kind = serializers.CharField(max_length=20)
    id = serializers.IntegerField(min_value=0, max_value=2**63 - 1)


class FindingShape(serializers.Serializer):
    severity = serializers.ChoiceField(SEVERITY_CHOICES)
    subject = SubjectShape(allow_null=True)
    path = Sentence(allow_blank=True)
    message = Sentence()


class ReleaseShape(serializers.Serializer):
    id = Name()
    created_at = serializers.DateTimeField()
    pages = Count()
    is_current = serializers.BooleanField()
    is_pinned = serializers.BooleanField()


class RunShape(serializers.Serializer):
    """The report of docs/export-feed.md. What it has beside these fields is left alone."""

    id = serializers.UUIDField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField()
    seconds = serializers.FloatField(min_value=0)
    reason = serializers.ChoiceField(REASON_CHOICES)
    outcome = serializers.ChoiceField(OUTCOME_CHOICES)
    release = Name(allow_null=True)
    cursor = serializers.CharField(max_length=200, allow_null=True)
    pages = Count()
    rendered = Count()
    kept = Count()
    removed = Count()
    findings = FindingShape(many=True, max_length=MOST_FINDINGS)
    finding_count = Count()
    error = Sentence(allow_blank=True)
    exit_code = serializers.IntegerField(min_value=0, max_value=255)
    pinned = Name(allow_null=True)
    next_change_at = serializers.DateTimeField(allow_null=True)
    releases = ReleaseShape(many=True, max_length=MOST_RELEASES)
    request = serializers.IntegerField(min_value=1, max_value=2**63 - 1, allow_null=True)
    version = serializers.CharField(max_length=50, allow_blank=True)
