"""What readers wrote about one article, in the editor of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Count
from wagtail.admin.panels import Panel
from wagtail.permissions import policy_registry

from cms.articles.models import ArticlePage
from cms.comments.admin.queue_list import TABS, comment_url, list_url, reports_url, rereview_url
from cms.comments.models import ReaderComment, Report

LATEST = 5
TAB = "Reader comments"


class CommentsPanel(Panel):
    class BoundPanel(Panel.BoundPanel):
        template_name = "comments/page_panel.html"

        class Media:
            css: ClassVar = {"all": ["comments/css/queue.css"]}

        def is_shown(self) -> bool:
            """For whoever may see comments, once there is a page to have some."""
            policy = policy_registry.get_by_type(ReaderComment)
            return bool(self.instance.pk) and policy.user_has_permission(self.request.user, "view")

        def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> Any:
            policy = policy_registry.get_by_type(ReaderComment)
            comments = ReaderComment.objects.filter(page=self.instance.pk)
            in_state = dict(comments.values_list("state").annotate(Count("pk")))
            queue_url = list_url(tab="all", page=self.instance.pk)
            reports = Report.objects.open().filter(page=self.instance.pk)
            latest = comments.order_by("-received_at", "-pk")[:LATEST]
            return {
                **super().get_context_data(parent_context),
                "counts": [
                    {
                        "label": tab.label,
                        "number": in_state[tab.code],
                        "url": list_url(tab=tab.code, page=self.instance.pk),
                    }
                    for tab in TABS
                    if tab.code in in_state
                ],
                "latest": [(one, comment_url(one, list=queue_url)) for one in latest],
                "queue_url": queue_url,
                "rereview_url": rereview_url(self.instance.pk)
                if policy.user_has_permission(self.request.user, "moderate")
                else "",
                "reports": reports.count(),
                "reports_url": reports_url(),
            }


def add_to_editor() -> None:
    """Below the switch, on the tab that the article has for it."""
    [tab] = [one for one in ArticlePage.edit_handler.children if one.heading == TAB]
    tab.children = [*tab.children, CommentsPanel(heading="What readers wrote")]
