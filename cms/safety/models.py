"""What is kept of the rules' judgements: of each live page the verdict, and reasons of editors."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from wagtail.models import Page

from cms.safety.findings import Finding, from_json
from cms.safety.limit_settings import LimitSettings as LimitSettings
from cms.safety.review_reminder import ReviewReminder as ReviewReminder
from cms.safety.sources.source_checks import SourceCheck as SourceCheck
from cms.safety.withdrawal import Withdrawal as Withdrawal


class PageVerdict(models.Model):
    """Of each page that is live: whether readers may get it, and what the rules found on it.

    Only ``cms.safety.keeping`` writes it. A page of ours without one is not public.
    """

    page = models.OneToOneField(
        Page,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="safety_verdict",
        help_text="The page that was judged, as it is live.",
    )
    is_fit = models.BooleanField(help_text="No rule keeps it off the site.")
    fit_until = models.DateField(
        null=True,
        blank=True,
        db_index=True,
        help_text="The first day on which time alone makes it unfit; empty when none is in sight.",
    )
    next_judgement_on = models.DateField(
        db_index=True, help_text="The day on which it is judged again if nothing happens before."
    )
    unfit_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when it has been off the site; empty while it is on.",
    )
    findings = models.JSONField(
        default=list,
        blank=True,
        encoder=DjangoJSONEncoder,
        help_text="Everything that the rules found, the gravest first.",
    )
    warnings_open = models.PositiveSmallIntegerField(
        default=0, help_text="How many of its warnings have no reason by an editor."
    )
    rules_named = models.CharField(
        max_length=200,
        blank=True,
        help_text="The numbers of the rules that found something, each between spaces.",
    )
    review_due = models.DateField(
        null=True,
        blank=True,
        db_index=True,
        help_text="The day by which a clinician must review it again.",
    )
    rules_version = models.CharField(
        max_length=64,
        db_index=True,
        help_text="Tells the rules, limits and settings it was judged by from all others.",
    )
    judged_at = models.DateTimeField(help_text="When it was judged.")

    class Meta:
        verbose_name = "verdict on a page"
        verbose_name_plural = "verdicts on pages"
        default_permissions = ()

    def __str__(self) -> str:
        return f"Page {self.page_id}: {'fit' if self.is_fit else 'not fit'} for the site"

    @property
    def found(self) -> list[Finding]:
        return [from_json(stored) for stored in self.findings]


class Reason(models.Model):
    """Why an editor publishes a page although a rule warns; it holds for that one finding."""

    page = models.ForeignKey(
        Page, on_delete=models.CASCADE, related_name="safety_reasons", help_text="On which page."
    )
    finding_key = models.CharField(max_length=255, help_text="The finding that it answers.")
    rule = models.CharField(max_length=10, help_text="The rule that warned, such as S13.")
    text = models.TextField(
        max_length=500, help_text="Why the page is right as it is. Other editors read this."
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who gave the reason.",
    )
    at = models.DateTimeField(auto_now_add=True, help_text="When it was given.")

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["page", "finding_key"], name="one_reason_a_finding")
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"
