"""Helplines that somebody should look at: those that nothing shows, those that nobody checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.components import Component
from wagtail.models import ReferenceIndex
from wagtail.permissions import policy_registry

from cms.articles.helplines import Helpline
from cms.safety.dates import months_after
from cms.safety.grounds import day_of
from cms.safety.limit_settings import LimitSettings

STATES = {
    "unused": "Used nowhere",
    "unchecked": "Not checked for longer than the rules allow",
}


def unused(helplines: QuerySet[Helpline]) -> QuerySet[Helpline]:
    """Those that no page and no setting names, and that no reader sees after a comment."""
    naming = ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(Helpline),
        to_object_id=Cast(OuterRef("pk"), CharField()),
    )
    return helplines.filter(~Exists(naming), show_after_comment=False)


def unchecked(helplines: QuerySet[Helpline], today: date) -> QuerySet[Helpline]:
    """Those that S11 warns of."""
    months = LimitSettings.in_force().helpline_months
    return helplines.filter(last_checked__lt=months_after(today, -months))


class HelplineFilters(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label="To be looked at", choices=list(STATES.items()), method="of_state"
    )

    class Meta:
        model = Helpline
        fields: ClassVar = ["country", "show_after_comment"]

    def of_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == "unused":
            return unused(queryset)
        return unchecked(queryset, day_of(timezone.now()))


class HelplinesPanel(Component):
    """Below what is to be done about pages, for those who keep helplines."""

    order = 56
    template_name = "articles/helplines_panel.html"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        user = parent_context["request"].user
        if not policy_registry.get_by_type(Helpline).user_has_permission(user, "change"):
            return {}
        every = Helpline.objects.all()
        return {
            "unchecked": unchecked(every, day_of(timezone.now())).count(),
            "unused": unused(every).count(),
            "url": list_url(),
        }


def list_url() -> str:
    url: str = reverse(Helpline.snippet_viewset.get_url_name("list"))
    return url
