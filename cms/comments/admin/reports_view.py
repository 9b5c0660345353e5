"""The tab of the queue with what readers reported, and the POST that settles it.

Reports of one comment, or of one page, are one entry. Settling says which reports were seen: one
that came since stays open.

| field | |
|---|---|
| `reports` | `12,13`, the reports that were seen |
| `note` | optional, at most 200 characters |
| `batch` | what to open again |
| `next` | where to go on |
| `back` | where that is undone to; `next` when not given |
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, Max, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.models import Page

from cms.comments.admin.decide_views import AnswersInPlace
from cms.comments.admin.queue_list import (
    comment_url,
    decisions_of,
    edit_url,
    list_at,
    list_url,
    reports_url,
)
from cms.comments.admin.reason_words import in_words
from cms.comments.models import CommentSettings, ModerationError, ReaderComment, Report
from cms.comments.receipts import LENGTH, shown, typed
from cms.comments.report import BY_A_PERSON, REASON_LABELS
from cms.comments.reporting import LONGEST_NOTE, open_again, settle
from cms.core.numbers import whole_number

ENTRIES = 25
MOST_SHOWN = 20  # reports of one entry; the rest are counted
MOST_AT_ONCE = 5000
SUBJECT = ("comment", "named", "translation_key", "locale")


class ReportsView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """What is open, or with ``?settled=1`` what was settled; with ``?receipt=`` one report."""

    model: type[ReaderComment] | None = None
    permission_required = "view"
    page_title = "Reports"
    header_icon = "comment"
    template_name = "comments/reports.html"
    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        page = Paginator(self.entries(), ENTRIES).get_page(request.GET.get("p"))
        query = request.GET.copy()
        query.pop("p", None)
        context = self.get_context_data(
            tabs=list_at(request, list_url()).tabs(is_reports=True),
            entries=with_places(
                [entry for subject in page if (entry := self.entry(subject))],
                request.get_full_path(),
            ),
            page_obj=page,
            base_url=f"{reports_url()}?{query.urlencode()}{'&' if query else ''}p=",
            is_settled=self.is_settled,
            receipt=self.receipt,
            may_moderate=self.user_has_permission("moderate"),
            longest_note=LONGEST_NOTE,
            suggested_reasons=CommentSettings.in_force().offered_reasons,
        )
        return self.render_to_response(context)

    @property
    def is_settled(self) -> bool:
        return "settled" in self.request.GET

    @property
    def receipt(self) -> str:
        return self.request.GET.get("receipt", "").strip()

    @cached_property
    def reports(self) -> QuerySet[Report]:
        if self.receipt:
            return Report.objects.filter(receipt=typed(self.receipt)[:LENGTH])
        return Report.objects.exclude(settled_at=None) if self.is_settled else Report.objects.open()

    def entries(self) -> QuerySet[Report, dict[str, Any]]:
        """What reports are about: urgent ones first, then the oldest; of settled ones the last."""
        order = ["-last", "pk_first"] if self.is_settled else ["-has_urgent", "first", "pk_first"]
        return (
            self.reports.order_by()
            .values(*SUBJECT)
            .annotate(
                number=Count("pk"),
                urgent=Count("pk", filter=Q(is_urgent=True)),
                has_urgent=Count("is_urgent", filter=Q(is_urgent=True), distinct=True),
                first=Min("received_at"),
                last=Max("settled_at"),
                pk_first=Min("pk"),
            )
            .order_by(*order)
        )

    def entry(self, subject: dict[str, Any]) -> dict[str, Any] | None:
        """Nothing where all of its reports were settled, or opened again, a moment ago."""
        reports = self.reports.filter(**{name: subject[name] for name in SUBJECT})
        said = about(reports, may_moderate=self.user_has_permission("moderate"))
        if said is None:
            return None
        first: Report = said["reports"][0]["report"]
        comment = ReaderComment.objects.select_related("page").filter(pk=subject["comment"]).first()
        return {
            **subject,
            **said,
            "key": subject["pk_first"],
            **_page(first.page, self.request.user),
            "comment": comment,
            "comment_url": comment and comment_url(comment, list=list_url(tab="all")),
            "decisions": [
                one for one in decisions_of(self.request.user) if one.is_open_for(comment)
            ]
            if comment
            else [],
        }

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": list_url(), "label": "Reader comments"},
            {"url": "", "label": self.page_title},
        ]


class SettleView(AnswersInPlace):
    """Settle reports that were seen, or open again what was settled together."""

    any_permission_required = ["moderate"]

    def post(self, request: HttpRequest) -> HttpResponse:
        there = self.place("next")
        try:
            if batch := request.POST.get("batch"):
                number = open_again(_uuid(batch), by=request.user)
                messages.success(request, f"{counted(number)} open again.")
            else:
                numbers = _numbers(request.POST.get("reports", ""))
                note = " ".join(request.POST.get("note", "").split())
                settled, number = settle(numbers, by=request.user, note=note)
                context = {
                    "message": f"{counted(number)} settled.",
                    "batch": settled,
                    "back": self.place("back", "next"),
                }
                messages.success(
                    request, render_to_string("comments/_settled.html", context, request)
                )
        except ModerationError as error:
            messages.error(request, str(error))
        return redirect(there)


def with_places(entries: list[dict[str, Any]], address: str) -> list[dict[str, Any]]:
    """Each knows its ``place`` in the list at ``address``, and the one to go on with (``after``):
    the next one, or the one before where there is none."""
    places = [f"{address}#reports-{entry['key']}" for entry in entries]
    following = [*places[1:], *places[-2:-1]] or [address]
    return [
        {**entry, "place": place, "after": after}
        for entry, place, after in zip(entries, places, following, strict=False)
    ]


def about(reports: QuerySet[Report], *, may_moderate: bool) -> dict[str, Any] | None:
    """What reports of one thing say, however many: few are read, urgent ones first, the rest are
    counted. Nothing where there are none.

    Those that are read can be settled, and those that say nothing but the reason that is counted:
    no words are closed that nobody had before them.
    """
    # First, so that what comes meanwhile is shown and not settled, and never the other way round.
    wordless = reports.open().filter(text="", is_urgent=False).order_by("pk")
    to_settle = set(wordless.values_list("pk", flat=True)[:MOST_AT_ONCE])
    number_open = reports.open().count()
    shown = list(
        reports.select_related("settled_by", "page").order_by("-is_urgent", "-received_at", "-pk")[
            :MOST_SHOWN
        ]
    )
    if not shown:
        return None
    to_settle |= {report.pk for report in shown if report.is_open}
    counts = reports.order_by().values_list("reason").annotate(number=Count("pk"))
    reasons = list(counts.order_by("-number", "reason"))
    return {
        "reasons": [_of_reason(*reason) for reason in reasons],
        "reports": [in_full(report) for report in shown],
        "more": max(0, sum(number for _, number in reasons) - MOST_SHOWN),
        "open": number_open,
        "number_to_settle": len(to_settle),
        "to_settle": ",".join(str(number) for number in sorted(to_settle)) if may_moderate else "",
        "batches": _batches(reports) if may_moderate else [],
    }


def _of_reason(code: str, number: int) -> str:
    label = REASON_LABELS.get(code, code)
    return f"{label} × {number}" if number > 1 else label


def _batches(reports: QuerySet[Report]) -> list[UUID]:
    """What persons settled together, the last first."""
    settled = reports.filter(settled_how=BY_A_PERSON).order_by().values_list("batch")
    last_first = settled.annotate(at=Max("settled_at")).order_by("-at")[:MOST_SHOWN]
    return [batch for batch, _ in last_first]


def in_full(report: Report) -> dict[str, Any]:
    how = "settled" if report.settled_how == BY_A_PERSON else f"comment {report.settled_how}"
    return {
        "report": report,
        "receipt": shown(report.receipt),
        "signals": [in_words(signal) for signal in report.signals],
        "how": "" if report.is_open else how,
    }


def reports_of(comment: ReaderComment, *, may_moderate: bool) -> dict[str, Any] | None:
    """For the comment's own page; nothing where nobody reported it."""
    return about(comment.reports.all(), may_moderate=may_moderate)


def counted(number: int) -> str:
    return "1 report is" if number == 1 else f"{number:,} reports are"


def _page(page: Page | None, user: Any) -> dict[str, str]:
    if page is None:
        return {"title": "", "page_url": "", "edit_url": ""}
    return {
        "title": page.title,
        "page_url": page.get_full_url() or "" if page.live else "",
        "edit_url": edit_url(page, user),
    }


def _numbers(value: str) -> list[int]:
    numbers: Iterable[str] = value.split(",")[:MOST_AT_ONCE]
    found = [number for one in numbers if (number := whole_number(one)) is not None]
    if not found:
        raise ModerationError("No report was named. Load the page again.")
    return found


def _uuid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise ModerationError("There is nothing to open again. Load the page again.") from None
