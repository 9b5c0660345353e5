"""The moderators' queue in the admin: its views, their addresses and its menu entry."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.sidebar import LinkMenuItem
from wagtail.permissions import policy_registry
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.comments.admin.comment_view import CommentView
from cms.comments.admin.decide_views import DecideView, UndoView
from cms.comments.admin.export_view import ExportView
from cms.comments.admin.person_view import PersonView
from cms.comments.admin.queue_filters import ReaderCommentFilters
from cms.comments.admin.queue_list import QueueView
from cms.comments.admin.redact_view import RedactView
from cms.comments.admin.reply_view import ReplyView
from cms.comments.admin.reports_view import ReportsView, SettleView
from cms.comments.admin.rereview_view import RereviewView
from cms.comments.decisions import MOST_AT_ONCE
from cms.comments.mail.link_view import LinkView
from cms.comments.models import ReaderComment, Report


class QueueMenuItem(MenuItem):
    """Says how many comments and reports wait, first, since the menu cuts what is long."""

    def is_shown(self, request: HttpRequest) -> bool:
        return policy_registry.get_by_type(ReaderComment).user_has_permission(request.user, "view")

    def render_component(self, request: HttpRequest) -> LinkMenuItem:
        component = super().render_component(request)
        waiting = ReaderComment.objects.waiting().count() + Report.objects.open().count()
        if waiting:
            component.label = f"{waiting:,} {self.label[0].lower()}{self.label[1:]}"
        return component


class ReaderCommentViewSet(SnippetViewSet):
    model = ReaderComment
    icon = "comment"
    menu_label = "Reader comments"
    menu_order = 250
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class = QueueView
    inspect_view_class = CommentView
    menu_item_class = QueueMenuItem
    index_template_name = "comments/queue.html"
    index_results_template_name = "comments/queue_results.html"
    inspect_template_name = "comments/comment.html"
    base_url_path = "reader-comments"
    form_fields: list[str] = []
    filterset_class = ReaderCommentFilters
    search_fields = ["name", "text"]
    search_backend_name = None
    list_per_page = MOST_AT_ONCE  # so that a flood is chosen, and decided on, page by page

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReaderComment]:
        return ReaderComment.objects.select_related("page").prefetch_related("reasons")

    @cached_property
    def decide_view(self) -> Any:
        return self.construct_view(DecideView)

    @cached_property
    def undo_view(self) -> Any:
        return self.construct_view(UndoView)

    @cached_property
    def by_mail_view(self) -> Any:
        return self.construct_view(LinkView)

    @cached_property
    def reply_view(self) -> Any:
        return self.construct_view(ReplyView, **self.get_inspect_view_kwargs())

    @cached_property
    def reports_view(self) -> Any:
        return self.construct_view(ReportsView)

    @cached_property
    def settle_view(self) -> Any:
        return self.construct_view(SettleView)

    @cached_property
    def redact_view(self) -> Any:
        return self.construct_view(RedactView, **self.get_inspect_view_kwargs())

    @cached_property
    def rereview_view(self) -> Any:
        return self.construct_view(RereviewView)

    @cached_property
    def export_view(self) -> Any:
        return self.construct_view(ExportView)

    @cached_property
    def person_view(self) -> Any:
        return self.construct_view(PersonView)

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("by-mail/", self.by_mail_view, name="by_mail"),
            path("decide/", self.decide_view, name="decide"),
            path("reply/<int:pk>/", self.reply_view, name="reply"),
            path("redact/<int:pk>/", self.redact_view, name="redact"),
            path("rereview/<int:page_id>/", self.rereview_view, name="rereview"),
            path("undo/<uuid:batch>/", self.undo_view, name="undo"),
            path("reports/", self.reports_view, name="reports"),
            path("reports/settle/", self.settle_view, name="settle"),
            path("export/", self.export_view, name="export"),
            path("person/", self.person_view, name="person"),
        ]
