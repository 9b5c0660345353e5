"""The report "Safety of pages": what the rules say of each page that is live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, ClassVar

import django_filters
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.reports import ReportView as BaseReportView
from wagtail.models import Page
from wagtail.permissions import policy_registry

from cms.core.cells import cell
from cms.safety.admin.policy import PAGE_ACTIONS, pages_of
from cms.safety.admin.shown import Shown, shown
from cms.safety.catalogue import RULES
from cms.safety.grounds import day_of
from cms.safety.models import PageVerdict, Reason
from cms.safety.withdrawal import Withdrawal

SOON = timedelta(days=30)
STATES = {
    "refused": "Off the site: the rules refuse it",
    "open": "Warned, without a reason",
    "warned": "Warned",
    "overdue": "Review overdue",
    "due": "Review due within 30 days, or overdue",
    "clear": "Nothing found",
}


def in_state(verdicts: QuerySet[PageVerdict], state: str, today: date) -> QuerySet[PageVerdict]:
    """Those of one of ``STATES``."""
    wanted = {
        "refused": refused(today),
        "open": Q(warnings_open__gt=0),
        "warned": Q(findings__icontains='"WARN"'),
        "overdue": Q(review_due__lt=today),
        "due": Q(review_due__lte=today + SOON),
        "clear": Q(rules_named=""),
    }
    return verdicts.filter(wanted[state])


def refused(today: date) -> Q:
    return Q(is_fit=False) | Q(fit_until__lte=today)


def _urgency(today: date) -> Case:
    """Off the site, warned without a reason, anything found, nothing found."""
    ranks = (refused(today), Q(warnings_open__gt=0), ~Q(rules_named=""))
    return Case(*(When(state, then=rank) for rank, state in enumerate(ranks)), default=len(ranks))


class SafetyFilters(WagtailFilterSet):
    title = django_filters.CharFilter(
        field_name="page__title", lookup_expr="icontains", label="Title contains"
    )
    state = django_filters.ChoiceFilter(
        label="State", choices=list(STATES.items()), method="of_state"
    )
    rule = django_filters.ChoiceFilter(
        label="Rule",
        choices=lambda: [(rule.id, f"{rule.id}: {rule.title}") for rule in RULES],
        method="of_rule",
    )

    class Meta:
        model = PageVerdict
        fields: ClassVar[list[str]] = []

    def of_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return in_state(queryset, value, day_of(timezone.now()))

    def of_rule(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(rules_named__contains=f" {value} ")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file that is handed out: one finding, a page without any, or a page that
    somebody took off the site."""

    page: str
    address: str
    stands: str
    review_due: str
    rule: str
    severity: str
    place: str
    message: str
    reason: str
    reason_by: str


class ReportView(BaseReportView):
    model = PageVerdict
    permission_policy = policy_registry.get_by_type(Page)
    any_permission_required = PAGE_ACTIONS
    page_title = "Safety of pages"
    header_icon = "warning"
    template_name = "safety/report.html"
    results_template_name = "safety/report_results.html"
    index_url_name = "safety:report"
    index_results_url_name = "safety:report_results"
    filterset_class = SafetyFilters
    is_searchable = False
    verbose_name_plural = "pages"
    export_filename = "safety-of-pages"
    list_export: ClassVar = [field.name for field in fields(Row)]
    export_headings: ClassVar = {
        "page": "Page",
        "address": "Address",
        "stands": "Stands",
        "review_due": "Review due",
        "rule": "Rule",
        "severity": "Severity",
        "place": "Place",
        "message": "Message",
        "reason": "Reason given",
        "reason_by": "Given by",
    }

    def get_base_queryset(self) -> QuerySet[PageVerdict]:
        return (
            PageVerdict.objects.filter(page__in=pages_of(self.request.user).values("pk"))
            .select_related("page")
            .order_by(
                _urgency(day_of(timezone.now())),
                "-warnings_open",
                F("review_due").asc(nulls_last=True),
                "pk",
            )
        )

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(*args, **kwargs),
            "withdrawals": withdrawals_of(self.request.user),
        }

    def decorate_paginated_queryset(self, object_list: Iterable[PageVerdict]) -> Any:
        """With what is shown of each: their reasons come in one query."""
        verdicts = list(object_list)
        today = day_of(timezone.now())
        of_pages: dict[int, dict[str, Reason]] = {}
        given = Reason.objects.filter(page__in=[verdict.pk for verdict in verdicts])
        for reason in given.select_related("by"):
            of_pages.setdefault(reason.page_id, {})[reason.finding_key] = reason
        for verdict in verdicts:
            verdict.every = shown(verdict.found, of_pages.get(verdict.pk, {}), page=verdict.page)
            verdict.stands = stands(verdict, today)
            verdict.is_overdue = bool(verdict.review_due and verdict.review_due < today)
        return verdicts

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> Any:
        if self.is_export:
            context["object_list"] = [
                *(row_of_withdrawal(one) for one in context["withdrawals"]),
                *rows_of(context["object_list"]),
            ]
        return super().render_to_response(context, **kwargs)

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> str:
        """No title and no word of an editor becomes a formula."""
        return cell(value)


def withdrawals_of(user: Any) -> QuerySet[Withdrawal]:
    """The pages that somebody took off: no rule has a say in them, so no filter has."""
    pages = pages_of(user).values("pk")
    return Withdrawal.objects.filter(page__in=pages).select_related("page", "by").order_by("-at")


def stands(verdict: PageVerdict, today: date) -> str:
    if verdict.unfit_since:
        return f"Off the site since {timezone.localtime(verdict.unfit_since):%-d %B %Y}"
    if verdict.fit_until and verdict.fit_until <= today:
        return f"Off the site since {verdict.fit_until:%-d %B %Y}"
    return "On the site"


def rows_of(verdicts: Iterable[Any]) -> Iterator[Row]:
    for verdict in verdicts:
        for one in verdict.every or [None]:
            yield row_of(verdict, one)


def row_of_withdrawal(withdrawal: Withdrawal) -> Row:
    at = timezone.localtime(withdrawal.at)
    return Row(
        page=withdrawal.page.get_admin_display_title(),
        address=withdrawal.page.full_url or "",
        stands=f"Off the site since {at:%-d %B %Y}",
        review_due="",
        rule="",
        severity="Taken off the site by a person",
        place="",
        message="",
        reason=withdrawal.reason,
        reason_by=withdrawal.by.get_username() if withdrawal.by else "",
    )


def row_of(verdict: Any, one: Shown | None) -> Row:
    finding = one.finding if one else None
    reason = one.reason if one else None
    return Row(
        page=verdict.page.title,
        address=verdict.page.full_url or "",
        stands=verdict.stands,
        review_due=verdict.review_due.isoformat() if verdict.review_due else "",
        rule=finding.rule if finding else "",
        severity=one.severity if one else "Nothing found",
        place=finding.place.label if finding else "",
        message=finding.message if finding else "",
        reason=reason.text if reason else "",
        reason_by=reason.by.get_username() if reason and reason.by else "",
    )
