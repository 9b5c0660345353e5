"""What the first page of the admin says of comments: how many wait, and whether mail fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone
from wagtail.admin.ui.components import Component
from wagtail.permissions import policy_registry

from cms.comments.admin.queue_list import list_url, reports_url
from cms.comments.mail.outbox import trouble_in_words
from cms.comments.models import ReaderComment, Report, State


class WaitingPanel(Component):
    """After what is wrong with the export; nothing while nobody waits."""

    order = 60
    template_name = "comments/home_panel.html"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        user = parent_context["request"].user
        if not policy_registry.get_by_type(ReaderComment).user_has_permission(user, "view"):
            return {}
        return {
            **ReaderComment.objects.waiting().aggregate(
                waiting=Count("pk"),
                urgent=Count("pk", filter=Q(state=State.URGENT)),
                oldest=Min("received_at"),
            ),
            "queue_url": list_url(),
            **Report.objects.open().aggregate(
                reports=Count("pk"),
                urgent_reports=Count("pk", filter=Q(is_urgent=True)),
                oldest_report=Min("received_at"),
            ),
            "reports_url": reports_url(),
        }


class MailPanel(Component):
    """For moderators, who would wait in vain; nothing while mail goes out."""

    order = 61
    template_name = "comments/mail/home_panel.html"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        user = parent_context["request"].user
        if not policy_registry.get_by_type(ReaderComment).user_has_permission(user, "moderate"):
            return {}
        return {"trouble": trouble_in_words(timezone.now())}
