"""How many comments wait, and how long, on the first page of the admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Min, Q
from wagtail.admin.ui.components import Component
from wagtail.permissions import policy_registry

from cms.comments.models import ReaderComment, State
from cms.comments.queue_list import list_url


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
        }
