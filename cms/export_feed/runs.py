"""What the exporter did, run by run, as it told us."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Max, Q
from wagtail.models import Site

from cms.export_feed.requests import ExportRequest, Verb


class Outcome(StrEnum):
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    HELD = "held"
    FAILED = "failed"


OUTCOME_CHOICES = [
    (Outcome.PUBLISHED.value, "Published"),
    (Outcome.UNCHANGED.value, "Nothing changed"),
    (Outcome.HELD.value, "Held by a rollback"),
    (Outcome.FAILED.value, "Failed"),
]
REASON_CHOICES = [
    ("change", "Something changed"),
    ("time", "Something was due"),
    ("reconcile", "Regular comparison"),
    ("resume", "Resumed"),
    ("request", "Asked for here"),
    ("retry", "Another try"),
    ("command", "Command line"),
]
SEVERITY_CHOICES = [("refused", "Refused"), ("warning", "Warning")]


class ExportRunQuerySet(models.QuerySet):
    def of(self, site_id: int | None) -> ExportRunQuerySet:
        """Those of another site than the default one, or of the default one."""
        return self.filter(site=site_id)

    def successful(self) -> ExportRunQuerySet:
        """Those that ended with a site that is right, whether or not it was served."""
        return self.exclude(outcome=Outcome.FAILED)

    def attempts(self) -> ExportRunQuerySet:
        """All but rollbacks that could not be done: the export is as well as before them."""
        return self.exclude(outcome=Outcome.FAILED, request__verb=Verb.ROLLBACK)

    def exports(self) -> ExportRunQuerySet:
        """Those whose release is the CMS as it was at their ``journal_number``.

        That of a rollback is an older release than its number says.
        """
        return (
            self.successful()
            .filter(journal_number__isnull=False)
            .exclude(request__verb=Verb.ROLLBACK)
        )


class ExportRun(models.Model):
    """One run of the exporter. It gives the id, so that telling us twice stores it once."""

    id = models.UUIDField(primary_key=True, help_text="Given by the exporter.")
    site = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Which site was exported; empty for the default one.",
    )
    started_at = models.DateTimeField(help_text="When the run began, by the exporter's clock.")
    finished_at = models.DateTimeField(
        db_index=True, help_text="When the run ended, by the exporter's clock."
    )
    seconds = models.FloatField(help_text="How long the run took.")
    reason = models.CharField(max_length=10, choices=REASON_CHOICES, help_text="Why it ran.")
    outcome = models.CharField(
        max_length=10, choices=OUTCOME_CHOICES, help_text="What became of it."
    )
    release = models.CharField(
        max_length=100, blank=True, help_text="The newest release there was after the run."
    )
    cursor = models.CharField(
        max_length=200, blank=True, help_text="The place in the journal that the run read."
    )
    journal_number = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text="The number of the last change that the run read; empty if none of ours.",
    )
    pages = models.PositiveIntegerField(help_text="How many pages the release has.")
    rendered = models.PositiveIntegerField(help_text="How many files were made.")
    kept = models.PositiveIntegerField(help_text="How many files stayed as they were.")
    removed = models.PositiveIntegerField(help_text="How many files left the site.")
    finding_count = models.PositiveIntegerField(help_text="How many findings the run had.")
    error = models.TextField(blank=True, help_text="Why the run failed, in a sentence.")
    exit_code = models.SmallIntegerField(help_text="The exit code of the command line.")
    pinned = models.CharField(
        max_length=100, blank=True, help_text="The release a rollback holds the site at."
    )
    next_change_at = models.DateTimeField(
        null=True, blank=True, help_text="When time alone will next change the site."
    )
    releases = models.JSONField(
        default=list,
        blank=True,
        encoder=DjangoJSONEncoder,
        help_text="The releases on disk after the run, the newest first.",
    )
    request = models.ForeignKey(
        ExportRequest,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="runs",
        help_text="The request that the run answers.",
    )
    version = models.CharField(max_length=50, blank=True, help_text="The exporter's version.")

    objects = ExportRunQuerySet.as_manager()

    class Meta:
        verbose_name = "export"
        ordering = ["-finished_at", "-started_at"]
        default_permissions = ("view",)
        permissions = [("operate_exportrun", "Can export now, roll the site back and resume")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.release or self.error or self.pk}"

    @property
    def has_failed(self) -> bool:
        return self.outcome == Outcome.FAILED


class ExportFinding(models.Model):
    """One sentence that a run has for a person."""

    run = models.ForeignKey(
        ExportRun, on_delete=models.CASCADE, related_name="findings", help_text="Which run."
    )
    severity = models.CharField(
        max_length=10,
        choices=SEVERITY_CHOICES,
        help_text="Refused: it kept a page from going out.",
    )
    kind = models.CharField(
        max_length=20, blank=True, help_text="What it is about, in the words of the feed."
    )
    object_id = models.BigIntegerField(null=True, blank=True, help_text="Which one of its kind.")
    path = models.CharField(max_length=2000, blank=True, help_text="Where on the site.")
    message = models.TextField(help_text="What was found, and what helps.")

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "object_id"], name="finding_by_subject")]

    def __str__(self) -> str:
        return self.message


class Served(NamedTuple):
    """What readers get: a release, and the last change that is in it, as far as we were told."""

    release: str
    journal_number: int
    is_held: bool


def served(site_id: int | None) -> Served | None:
    """What the last successful run of the site left in place; none before the first."""
    last = ExportRun.objects.of(site_id).successful().first()
    if last is None:
        return None
    exports = ExportRun.objects.of(site_id).exports()
    release = last.pinned or last.release
    if last.pinned:
        number = exports.filter(release=release).aggregate(last=Max("journal_number"))["last"]
    else:
        number = exports.filter(pinned="").values_list("journal_number", flat=True).first()
    return Served(release, number or 0, bool(last.pinned))


def forget_old_runs(now: datetime, site_id: int | None) -> None:
    """Delete what is older than the settings keep of a site, but never what says what it serves."""
    kept = settings.PLAINLEAF_RUNS_KEPT
    runs = ExportRun.objects.of(site_id)
    first_beyond = runs.values_list("finished_at", flat=True)[kept : kept + 1]
    oldest = now - timedelta(days=settings.PLAINLEAF_RUN_DAYS_KEPT)
    beyond = runs.filter(
        Q(finished_at__lt=oldest) | Q(finished_at__lte=max(first_beyond, default=oldest))
    )
    if beyond.exists():
        beyond.exclude(pk__in=_runs_that_say_what_is_served(runs)).delete()


def _runs_that_say_what_is_served(runs: ExportRunQuerySet) -> list[UUID]:
    last = runs.successful().first()
    exports = runs.exports()
    telling = [last, exports.filter(release=last.pinned if last else "").first(), exports.first()]
    return [run.pk for run in telling if run]
