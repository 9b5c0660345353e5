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
from wagtail.permissions import policy_registry
from wagtail.snippets.views.snippets import IndexView

from cms.comments.decisions import DECISIONS, REASONS, Decision
from cms.comments.models import ReaderComment, State
from cms.comments.queue_filters import ReaderCommentFilters
from cms.comments.reason_words import reasons_in_words
from cms.comments.receipts import typed

FIRST = (State.URGENT, State.HELD, State.SPAM)  # in the list of all, before what was decided
OLDEST_FIRST = ("received_at", "pk")
NEWEST_FIRST = ("-received_at", "-pk")


@dataclass(frozen=True, slots=True)
class Tab:
    code: str
    label: str
    states: tuple[State, ...]
    order: tuple[str, ...]


ALL = Tab("all", "All", tuple(State), ("turn", *OLDEST_FIRST))
TABS = (
    *(Tab(state.value, state.label, (state,), OLDEST_FIRST) for state in FIRST),
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
        return super().get_queryset().filter(state__in=self.tab.states)

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

    def tabs(self) -> list[dict[str, Any]]:
        """Every tab with how many comments it has under the search and the filters."""
        in_state = dict(
            super().get_queryset().order_by().values_list("state").annotate(Count("pk"))
        )
        return [
            {
                "label": tab.label,
                "count": sum(in_state.get(state, 0) for state in tab.states),
                "url": self._address(tab, without=[self.page_kwarg]),
                "is_shown": tab == self.tab,
            }
            for tab in TABS
        ]

    def tabs_html(self) -> str:
        return render_to_string("comments/_tabs.html", {"tabs": self.tabs()}, self.request)

    def row_html(self, comment: ReaderComment) -> str:
        context = {"row": self.row(comment), "here": self.here}
        return render_to_string("comments/_row.html", context, self.request)

    def row(self, comment: ReaderComment) -> dict[str, Any]:
        return {
            "comment": comment,
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
    def decisions(self) -> list[Decision]:
        return decisions_of(self.request.user)

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        comments = list(context["page_obj"])
        return {
            **context,
            "tabs": self.tabs(),
            "here": self.here,
            "rows": [self.row(comment) for comment in comments],
            "shown": ",".join(str(comment.pk) for comment in comments),
            "bar": [
                decision
                for decision in self.decisions
                if any(
                    ReaderComment(state=state).can_become(decision.state)
                    for state in self.tab.states
                )
                and not (self.tab.states == (State.URGENT,) and decision.state == State.SPAM)
            ],
            "suggested_reasons": REASONS,
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


def comment_url(comment: ReaderComment, *, list: str) -> str:
    """One comment in full, which knows the list it was opened from."""
    name = f"{ReaderComment.snippet_viewset.url_namespace}:inspect"
    return with_query(reverse(name, args=[comment.pk]), list=list)


def with_query(address: str, **query: Any) -> str:
    asked = QueryDict(mutable=True)
    asked.update(query)
    return f"{address}?{asked.urlencode()}"
