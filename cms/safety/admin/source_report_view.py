"""The report "Sources": which addresses that live pages cite are dead, or could not be visited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page
from wagtail.permissions import policy_registry

from cms.core.cells import cell
from cms.safety.admin.policy import PAGE_ACTIONS, pages_of
from cms.safety.models import SourceCheck

STATES = {
    "dead": "Dead",
    "failing": "Not found, or not reached, by the last visit",
    "new": "Not visited yet",
}


def in_state(checks: QuerySet[SourceCheck], state: str) -> QuerySet[SourceCheck]:
    """Those of one of ``STATES``."""
    if state == "dead":
        return checks.exclude(dead_since=None)
    if state == "failing":
        return checks.exclude(failing_since=None)
    return checks.filter(checked_at=None)


def cited(user: Any) -> QuerySet[SourceCheck]:
    """What live pages cite that someone works on."""
    links = SourceCheck.pages.through.objects.filter(
        sourcecheck=OuterRef("pk"), page__live=True, page__in=pages_of(user).values("pk")
    )
    return SourceCheck.objects.filter(Exists(links))


class SourceFilters(WagtailFilterSet):
    url = django_filters.CharFilter(lookup_expr="icontains", label="Address contains")
    state = django_filters.ChoiceFilter(
        label="State", choices=list(STATES.items()), method="of_state"
    )

    class Meta:
        model = SourceCheck
        fields: ClassVar[list[str]] = []

    def of_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return in_state(queryset, value)


class SourceReportView(ReportView):
    model = SourceCheck
    permission_policy = policy_registry.get_by_type(Page)
    any_permission_required = PAGE_ACTIONS
    page_title = "Sources"
    header_icon = "link"
    template_name = "safety/report.html"
    results_template_name = "safety/source_report_results.html"
    index_url_name = "safety:sources"
    index_results_url_name = "safety:sources_results"
    filterset_class = SourceFilters
    is_searchable = False
    verbose_name_plural = "sources"
    export_filename = "sources"
    list_export: ClassVar = ["url", "in_words", "checked_at", "titles"]
    export_headings: ClassVar = {
        "url": "Address",
        "in_words": "What the last visit found",
        "checked_at": "Visited",
        "titles": "Cited by",
    }

    def get_base_queryset(self) -> QuerySet[SourceCheck]:
        return cited(self.request.user).order_by("-dead_since", "-failing_since", "url")

    def decorate_paginated_queryset(self, object_list: Iterable[SourceCheck]) -> Any:
        """With the live pages that cite each, in one query."""
        checks = list(object_list)
        links = (
            SourceCheck.pages.through.objects.filter(sourcecheck__in=checks, page__live=True)
            .select_related("page")
            .order_by("page__title", "page_id")
        )
        citing: dict[int, list[Page]] = {}
        for link in links:
            citing.setdefault(link.sourcecheck_id, []).append(link.page)
        for check in checks:
            check.citing = citing.get(check.pk, [])
            check.titles = [page.title for page in check.citing]
        return checks

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> str:
        return cell(value)
