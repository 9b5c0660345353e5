"""The moderators' queue in the admin: what waits comes first, the oldest of it at the top."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.views import View
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.sidebar import LinkMenuItem
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import Button
from wagtail.models import Page
from wagtail.permissions import policy_registry
from wagtail.snippets.views.snippets import IndexView, InspectView, SnippetViewSet

from cms.comments.decisions import DECISIONS
from cms.comments.models import STATE_CHOICES, ModerationError, ReaderComment, State


class ReaderCommentFilters(WagtailFilterSet):
    state = django_filters.MultipleChoiceFilter(
        choices=STATE_CHOICES, widget=forms.CheckboxSelectMultiple, label="State"
    )
    page = django_filters.ModelChoiceFilter(
        queryset=lambda request: Page.objects.filter(
            pk__in=ReaderComment.objects.values("page")
        ).order_by("title"),
        label="Page",
    )

    class Meta:
        model = ReaderComment
        fields = ["state", "page"]


class QueueView(IndexView):
    """The list. A row's menu holds the decisions that are open for it."""

    def get_list_more_buttons(self, instance: ReaderComment) -> list[Any]:
        buttons = super().get_list_more_buttons(instance)
        buttons += [
            Button(
                decision.display_name,
                url=decision_url(decision.action_type, instance, next=self._whole_list()),
                priority=50 + decision.action_priority,  # below Wagtail's own 'Inspect'
            )
            for decision in DECISIONS
            if self.user_has_permission(decision.permission) and instance.can_become(decision.state)
        ]
        return buttons

    def _whole_list(self) -> str:
        """Where the moderator is, filters and all; the rows may be asked for without the rest."""
        shown = self.request.GET.copy()
        shown.pop("_w_filter_fragment", None)
        return f"{self.index_url}?{shown.urlencode()}" if shown else str(self.index_url)


class CommentView(InspectView):
    """One comment in full, with a button for each decision that is open for it.

    One that cannot be taken back leads to the page that asks first.
    """

    page_title = "Reader comment"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        comment = self.object
        return super().get_context_data(
            page_url=comment.page.specific.get_full_url() if comment.page else "",
            decide_url=reverse(
                f"{ReaderComment.snippet_viewset.url_namespace}:decide", args=[comment.pk]
            ),
            decisions=[
                {
                    "action": decision.action_type,
                    "label": decision.display_name,
                    "asks_first_at": decision.is_final
                    and decision_url(
                        decision.action_type, comment, next=reverse(self.index_url_name)
                    ),
                }
                for decision in DECISIONS
                if self.user_has_permission(decision.permission)
                and comment.can_become(decision.state)
            ],
            **kwargs,
        )


class DecideView(PermissionCheckedMixin, View):
    """One POST, one decision that can be taken back, on the version that the moderator saw."""

    permission_required = "moderate"
    http_method_names = ["post"]
    model: type[ReaderComment] | None = None
    index_url_name: str | None = None
    inspect_url_name: str | None = None

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        comment = get_object_or_404(ReaderComment, pk=pk)
        decision = next(
            (
                known
                for known in DECISIONS
                if known.action_type == request.POST.get("decision") and not known.is_final
            ),
            None,
        )
        if decision is None or not request.POST.get("version", "").isdecimal():
            raise PermissionDenied
        try:
            comment.move_to(
                decision.state, by=request.user, seen_version=int(request.POST["version"])
            )
        except ModerationError as error:
            messages.error(request, str(error))
            return redirect(self.inspect_url_name, pk)
        messages.success(request, f"The comment by '{comment.name}' is {decision.done}.")
        return redirect(self.index_url_name)


class QueueMenuItem(MenuItem):
    """Says how many comments wait, first, since the menu cuts what is long."""

    def is_shown(self, request: HttpRequest) -> bool:
        return policy_registry.get_by_type(ReaderComment).user_has_permission(request.user, "view")

    def render_component(self, request: HttpRequest) -> LinkMenuItem:
        component = super().render_component(request)
        if waiting := ReaderComment.objects.waiting().count():
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
    inspect_template_name = "comments/inspect.html"
    base_url_path = "reader-comments"
    form_fields: list[str] = []
    filterset_class = ReaderCommentFilters
    search_fields = ["name", "text"]
    search_backend_name = None
    list_per_page = 50
    list_display = [
        "excerpt",
        Column("name", label="Name"),
        Column("page", label="Page"),
        StatusTagColumn(
            "state",
            label="State",
            accessor="get_state_display",
            primary=lambda comment: comment.is_waiting,
        ),
        DateColumn("received_at", label="Received"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReaderComment]:
        """Urgent, to review, suspected spam, then what was decided."""
        first = (State.URGENT, State.HELD, State.SPAM)
        return (
            ReaderComment.objects.select_related("page")
            .annotate(
                turn=Case(
                    *[When(state=state, then=Value(at)) for at, state in enumerate(first)],
                    default=Value(len(first)),
                )
            )
            .order_by("turn", "received_at", "pk")
        )

    @cached_property
    def decide_view(self) -> Any:
        return self.construct_view(DecideView)

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("decide/<int:pk>/", self.decide_view, name="decide"),
        ]


def decision_url(action_type: str, comment: ReaderComment, *, next: str) -> str:
    """Where one comment can be decided on from its row, with a page that asks first."""
    query = QueryDict(mutable=True)
    query["id"], query["next"] = str(comment.pk), next
    address = reverse("wagtail_bulk_action", args=["comments", "readercomment", action_type])
    return f"{address}?{query.urlencode()}"
