"""What is to be done about safety, on the first page of the admin; each line leads to its list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from wagtail.admin.ui.components import Component

from cms.safety.admin.policy import pages_of, works_on_pages
from cms.safety.admin.report_view import SOON, refused
from cms.safety.admin.source_report_view import cited, in_state
from cms.safety.grounds import day_of
from cms.safety.models import PageVerdict
from cms.safety.withdrawal import Withdrawal


class Line(NamedTuple):
    words: str
    url: str
    is_grave: bool = False


class SafetyPanel(Component):
    """After what is wrong with the export; nothing while nothing is to be done."""

    order = 55
    template_name = "safety/home_panel.html"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        user = parent_context["request"].user
        return {"lines": lines(user)} if works_on_pages(user) else {}


def lines(user: Any) -> list[Line]:
    today = day_of(timezone.now())
    pages = pages_of(user)
    verdicts = PageVerdict.objects.filter(page__in=pages.values("pk"))
    said = []
    if count := verdicts.filter(refused(today)).count():
        said.append(
            Line(
                f"{_pages(count)} refused by the rules, and off the site", _report("refused"), True
            )
        )
    for withdrawal in Withdrawal.objects.filter(page__in=pages.values("pk")).select_related("page"):
        said.append(
            Line(
                f"“{withdrawal.page.get_admin_display_title()}” was taken off the site",
                reverse("safety:page", args=[withdrawal.pk]),
                True,
            )
        )
    if count := verdicts.filter(review_due__lt=today).count():
        said.append(Line(f"{_reviews(count)} overdue", _report("overdue"), True))
    if count := verdicts.filter(review_due__gte=today, review_due__lte=today + SOON).count():
        said.append(Line(f"{_reviews(count)} due within 30 days", _report("due")))
    if count := verdicts.filter(warnings_open__gt=0).count():
        said.append(Line(f"{_pages(count)} with a warning that has no reason", _report("open")))
    if count := in_state(cited(user), "dead").count():
        url = f"{reverse('safety:sources')}?{urlencode({'state': 'dead'})}"
        said.append(Line(f"{count} source{'s' if count > 1 else ''} dead", url))
    return said


def _report(state: str) -> str:
    return f"{reverse('safety:report')}?{urlencode({'state': state})}"


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count:,} pages"


def _reviews(count: int) -> str:
    return "1 review" if count == 1 else f"{count:,} reviews"
