"""What a run found, with the way to where it can be mended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Model
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from cms.export_feed.runs import ExportFinding


class ToldFinding(NamedTuple):
    """``edit_url`` is empty where there is nothing to edit, or no longer."""

    severity: str
    label: str
    message: str
    subject: str
    edit_url: str


def told(findings: Iterable[ExportFinding]) -> list[ToldFinding]:
    """In their order."""
    findings = list(findings)
    titles = {kind: _titles(model, findings, kind) for kind, (model, _) in _editable().items()}
    return [_told(finding, titles.get(finding.kind, {})) for finding in findings]


def _editable() -> dict[str, tuple[type[Model], str]]:
    """By kind: its model, and the address of its editor."""
    return {
        "page": (Page, "wagtailadmin_pages:edit"),
        "image": (get_image_model(), "wagtailimages:edit"),
        "document": (get_document_model(), "wagtaildocs:edit"),
    }


def _titles(model: type[Model], findings: Iterable[ExportFinding], kind: str) -> dict[int, str]:
    ids = {finding.object_id for finding in findings if finding.kind == kind}
    return dict(model._default_manager.filter(pk__in=ids).values_list("pk", "title")) if ids else {}


def _told(finding: ExportFinding, titles: dict[int, str]) -> ToldFinding:
    is_there = finding.object_id in titles
    return ToldFinding(
        severity=finding.severity,
        label=finding.get_severity_display(),
        message=finding.message,
        subject=titles[finding.object_id] if is_there else "",
        edit_url=reverse(_editable()[finding.kind][1], args=[finding.object_id])
        if is_there
        else "",
    )
