"""The list of the queue: tabs, filters, rows, and the place in it that is never lost."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from wagtail.admin.forms.search import SearchForm
from wagtail.admin.widgets.button import HeaderButton
from wagtail.models import Page
from wagtail.permissions import policy_registry
from wagtail.snippets.views.snippets import IndexView

from cms.comments.admin.queue_filters import ReaderCommentFilters
from cms.comments.admin.reason_words import reasons_in_words
from cms.comments.comment_settings import CommentSettings
from cms.comments.decisions import DECISIONS, Decision
from cms.comments.models import ReaderComment, Report, State
from cms.comments.on_the_site import on_the_site
from cms.comments.receipts import typed

FIRST = (State.URGENT, State.HELD, State.SPAM)  # in the list of all, before what was decided
OLDEST_FIRST = ("received_at", "pk")
A_PERSONS_DATA = "A person's data"
NEWEST_FIRST = ("-received_at", "-pk")


@dataclass(frozen=True, slots=True)
class Tab:
    code: str
    label: str
    states: tuple[State, ...]
    order: tuple[str, ...]
    rereview_only: bool = False

    def holds(self, state: str, waits_again: bool) -> bool:
        return state in self.states and (waits_again or not self.rereview_only)


REREVIEW = Tab("rereview", "To re-review", (State.APPROVED,), OLDEST_FIRST, rereview_only=True)
ALL = Tab("all", "All", tuple(State), ("turn", *OLDEST_FIRST))
TABS = (
    *(Tab(state.value, state.label, (state,), OLDEST_FIRST) for state in FIRST),
    REREVIEW,
    *(
        Tab(state.value, state.label, (state,), NEWEST_FIRST)
        for state in (State.APPROVED, State.REJECTED, State.HIDDEN)
    ),
    ALL,
)


class QueueSearchForm(SearchForm):
    """Stays on the tab."""

    tab = forms.CharField(required=False, widget=forms.HiddenInput)


class QueueView(IndexView):
    """One tab of the list. Without one it opens the first on which somebody waits."""

    filterset_class = ReaderCommentFilters

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.is_export = False  # Wagtail's own asks nobody and notes nothing: see export_view

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.results_only and "tab" not in request.GET:
            return redirect(self.here)  # so that the tab cannot change under the moderator
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    @cached_property
    def tab(self) -> Tab:
        for tab in TABS:
            if tab.code == self.request.GET.get("tab"):
                return tab
        has_urgent = ReaderComment.objects.filter(state=State.URGENT).exists()
        return TABS[0] if has_urgent else TABS[1]

    @cached_property
    def here(self) -> str:
        """The address of the list as it is shown: tab, search, filters and page number."""
        return self._address(self.tab)

    def _address(self, tab: Tab, *, without: Sequence[str] = ()) -> str:
        query = self.request.GET.copy()
        for name in ("_w_filter_fragment", *without):
            query.pop(name, None)
        query["tab"] = tab.code
        return f"{self.index_url}?{query.urlencode()}"

    def get_search_form(self) -> SearchForm:
        return QueueSearchForm({**self.request.GET.dict(), "tab": self.tab.code})

    def order_queryset(self, queryset: QuerySet[ReaderComment]) -> QuerySet[ReaderComment]:
        turns = [When(state=state, then=Value(at)) for at, state in enumerate(FIRST)]
        return queryset.annotate(turn=Case(*turns, default=Value(len(FIRST)))).order_by(
            *self.tab.order
        )

    def get_queryset(self) -> QuerySet[ReaderComment]:
        found = super().get_queryset().filter(state__in=self.tab.states)
        return found.filter(rereview_since__isnull=False) if self.tab.rereview_only else found

    def search_queryset(self, queryset: QuerySet[ReaderComment]) -> QuerySet[ReaderComment]:
        """In names and words; or the one comment of a receipt, however a reader typed it."""
        if self.is_searching:
            found = queryset.filter(receipt=typed(self.search_query))
            if found.exists():
                return found
        return super().search_queryset(queryset)

    def beside(self, comment: ReaderComment, *, backwards: bool = False) -> ReaderComment | None:
        """The next comment of the list, whether this one is still in it or was just decided on.

        ``backwards`` finds the one before.
        """
        turn = FIRST.index(State(comment.state)) if comment.state in FIRST else len(FIRST)
        beyond, same = Q(), Q()
        for name in self.tab.order:
            field, descends = name.lstrip("-"), name.startswith("-")
            value = turn if field == "turn" else getattr(comment, field)
            further = "lt" if descends != backwards else "gt"
            beyond |= same & Q(**{f"{field}__{further}": value})
            same &= Q(**{field: value})
        found = self.get_queryset().filter(beyond)
        return (found.reverse() if backwards else found).first()

    def tabs(self, *, is_reports: bool = False) -> list[dict[str, Any]]:
        """Every tab with how many comments it has under the search and the filters; last, how many
        reports are open, whatever is searched for. ``is_reports`` where that one is shown."""
        found = super().get_queryset().order_by()
        waits_again = Case(When(rereview_since__isnull=False, then=True), default=False)
        counts = found.annotate(waits_again=waits_again).values_list("state", "waits_again")
        in_state = list(counts.annotate(Count("pk")))
        return [
            {
                "label": tab.label,
                "count": sum(count for state, again, count in in_state if tab.holds(state, again)),
                "url": self._address(tab, without=[self.page_kwarg]),
                "is_shown": tab == self.tab and not is_reports,
            }
            for tab in TABS
        ] + [
            {
                "label": "Reports",
                "count": Report.objects.open().count(),
                "url": reports_url(),
                "is_shown": is_reports,
            }
        ]

    def tabs_html(self) -> str:
        return render_to_string("comments/_tabs.html", {"tabs": self.tabs()}, self.request)

    def rows_html(self, comments: Sequence[ReaderComment]) -> dict[int, str]:
        """By the number of the comment."""
        told = on_the_site(comments)
        return {
            comment.pk: render_to_string(
                "comments/_row.html",
                {"row": self.row(comment, told.get(comment.pk, "")), "here": self.here},
                self.request,
            )
            for comment in comments
        }

    def row(self, comment: ReaderComment, on_site: str) -> dict[str, Any]:
        return {
            "comment": comment,
            "on_site": on_site,
            "url": comment_url(comment, list=self.here),
            "reasons": reasons_in_words(comment),
            "shows_state": self.tab.states != (comment.state,),
            "can_be_chosen": bool(self.decisions) and comment.state != State.ERASED,
            "decisions": [
                decision
                for decision in self.decisions
                if decision.is_open_for(comment)
                # what was set aside has one way back
                and (decision.is_on_row or (decision.code == "hold" and not comment.is_waiting))
            ],
        }

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        if not self.user_has_any_permission(["export", "erase"]):
            return []
        namespace = ReaderComment.snippet_viewset.url_namespace
        return [HeaderButton(A_PERSONS_DATA, url=reverse(f"{namespace}:person"), icon_name="user")]

    def export_url(self) -> str:
        """Where the list is handed out as a file, for whoever may."""
        if not self.user_has_permission("export"):
            return ""
        namespace = ReaderComment.snippet_viewset.url_namespace
        return with_query(reverse(f"{namespace}:export"), list=self.here)

    @cached_property
    def decisions(self) -> list[Decision]:
        return decisions_of(self.request.user)

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        comments = list(context["page_obj"])
        told = on_the_site(comments)
        return {
            **context,
            "tabs": self.tabs(),
            "here": self.here,
            "rows": [self.row(one, told.get(one.pk, "")) for one in comments],
            "shown": ",".join(str(comment.pk) for comment in comments),
            "bar": [
                decision
                for decision in self.decisions
                if any(decision.is_open_in(state) for state in self.tab.states)
            ],
            "suggested_reasons": CommentSettings.in_force().offered_reasons,
            "export_url": self.export_url(),
            **keys_for(self.request.user),
        }


def decisions_of(user: Any) -> list[Decision]:
    """What the user may decide at all."""
    policy = policy_registry.get_by_type(ReaderComment)
    return [one for one in DECISIONS if policy.user_has_permission(user, one.permission)]


def keys_for(user: Any) -> dict[str, Any]:
    """For the help: the keys, and whether the user left Wagtail's shortcuts switched on."""
    profile = getattr(user, "wagtail_userprofile", None)
    return {
        "wants_keys": profile is None or profile.keyboard_shortcuts,
        "decisions_with_keys": [decision for decision in decisions_of(user) if decision.key],
    }


def list_at(request: HttpRequest, address: str) -> QueueView:
    """The list that ``address`` shows; the list as it opens, where that is another page's."""
    view = ReaderComment.snippet_viewset.index_view
    shown = view.view_class(**view.view_initkwargs)
    parts = urlsplit(address)
    there = copy(request)
    there.GET = QueryDict(parts.query if parts.path == list_url() else "")
    shown.setup(there)
    return shown


def list_url(**query: Any) -> str:
    """``list_url(tab="all", page=12)``: the list, filtered."""
    address = reverse(f"{ReaderComment.snippet_viewset.url_namespace}:list")
    return with_query(address, **query) if query else address


def rereview_url(page_id: int) -> str:
    """Where a moderator asks for another look at all comments of a page."""
    return reverse(f"{ReaderComment.snippet_viewset.url_namespace}:rereview", args=[page_id])


def comment_url(comment: ReaderComment, *, list: str, name: str = "inspect") -> str:
    """One comment in full, which knows the list it was opened from; or a view on it, by name."""
    view = f"{ReaderComment.snippet_viewset.url_namespace}:{name}"
    return with_query(reverse(view, args=[comment.pk]), list=list)


def reports_url() -> str:
    """What readers reported."""
    return reverse(f"{ReaderComment.snippet_viewset.url_namespace}:reports")


def edit_url(page: Page, user: Any) -> str:
    """The editor of a page, for whoever may edit it."""
    if not page.permissions_for_user(user).can_edit():
        return ""
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def with_query(address: str, **query: Any) -> str:
    asked = QueryDict(mutable=True)
    asked.update(query)
    return f"{address}?{asked.urlencode()}"
