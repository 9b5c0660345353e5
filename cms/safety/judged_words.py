"""What readers see besides pages, such as a glossary: judged as it is saved, and by the report.

There is no version of it that waits, and nobody can record a reason with it: so it is refused what
blocks, and `check_content` tells the warnings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from cms.safety.findings import Finding, Severity
from cms.safety.grounds import day_of
from cms.safety.judging import judge
from cms.safety.limit_settings import LimitSettings
from cms.safety.reading.facts import PageFacts


class JudgedWords(models.Model):
    """``judged_title`` is the field that is the title of its facts."""

    judged_title: ClassVar[str]

    class Meta:
        abstract = True

    def facts(self) -> PageFacts:
        """As a page would say it; each block has the name of its field for a path."""
        raise NotImplementedError

    def findings(self) -> tuple[Finding, ...]:
        """What the rules for all pages find in it now."""
        return judge(self.facts(), LimitSettings.in_force(), day_of(timezone.now())).findings

    def clean(self) -> None:
        super().clean()
        refused: dict[str, list[str]] = {}
        for found in self.findings():
            if found.severity is Severity.BLOCK:
                path = found.place.path
                field = self.judged_title if path == "title" else path
                refused.setdefault(field, []).append(f"{found.rule}: {found.message}")
        if refused:
            raise ValidationError(refused)


def all_judged_words() -> Iterable[JudgedWords]:
    for model in apps.get_models():
        if issubclass(model, JudgedWords):
            yield from model.objects.order_by("pk")
