"""The POST that decides on 1 to 100 comments, and the one that takes a decision back.

A person is led back to where they were, with a message that offers to undo; what asks for
``application/json`` gets the rows as they are now.

| field | |
|---|---|
| `chosen` | `12:3`, a comment and the version that was seen; repeated |
| `decision` | the code of one of `DECISIONS` |
| `reason` | optional, at most 40 characters |
| `next` | where to go on |
| `back` | where to stay when nothing was changed; `next` when not given |
| `shown` | `12,15,18`: the rows of the list, to find the one to go on with |
| `sure` | given by the page that asks before anything is erased |
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from wagtail.admin import messages
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from cms.comments.admin.queue_list import list_at, list_url
from cms.comments.decisions import (
    Decision,
    MisaskedError,
    OvertakenError,
    chosen_in,
    decide,
    decision_called,
)
from cms.comments.models import ModerationError, ReaderComment
from cms.comments.undoing import undo


class AnswersInPlace(PermissionCheckedMixin, View):
    """One POST, answered as a list in place or as a page."""

    any_permission_required = ["moderate", "erase"]
    http_method_names = ["post"]
    model: type[ReaderComment] | None = None

    def place(self, *names: str) -> str:
        """The first of these fields that leads to a page of the admin; else the list."""
        for name in names:
            address = self.request.POST.get(name, "")
            if address and url_has_allowed_host_and_scheme(
                address, allowed_hosts={self.request.get_host()}
            ):
                return address
        return list_url()

    @property
    def wants_json(self) -> bool:
        return bool(self.request.accepts("application/json")) and not self.request.accepts(
            "text/html"
        )

    def rows(self, comments: Iterable[ReaderComment]) -> dict[str, Any]:
        """For a script: the rows as they are now, and the tabs with their counts."""
        shown = list_at(self.request, self.place("next"))
        return {
            "rows": shown.rows_html(list(comments)),
            "tabs": shown.tabs_html(),
        }

    def refuse(self, error: ModerationError) -> HttpResponse:
        """Nothing was changed, and why."""
        if self.wants_json:
            comments = error.comments if isinstance(error, OvertakenError) else ()
            return JsonResponse(
                {"message": str(error), **self.rows(comments)},
                status=400 if isinstance(error, MisaskedError) else 409,
            )
        messages.error(self.request, str(error))
        return redirect(self.place("back", "next"))

    def say(self, message: str, *, undo_url: str = "", back: str = "") -> None:
        context = {"message": message, "undo_url": undo_url, "back": back}
        messages.success(
            self.request,
            render_to_string("comments/_decided.html", context, self.request),
        )


class DecideView(AnswersInPlace):
    """One decision on all that were chosen, on the versions that the moderator saw."""

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            decision = decision_called(request.POST.get("decision", ""))
            if not self.user_has_permission(decision.permission):
                raise PermissionDenied
            chosen = chosen_in(request.POST.getlist("chosen"))
            if decision.is_final and "sure" not in request.POST:
                return self.ask_first(decision, chosen)
            reason = request.POST.get("reason", "").strip()
            batch, comments = decide(chosen, decision, by=request.user, reason=reason)
        except ModerationError as error:
            return self.refuse(error)

        message = done_in_words(decision, comments)
        namespace = ReaderComment.snippet_viewset.url_namespace
        undo_url = "" if decision.is_final else reverse(f"{namespace}:undo", args=[batch])
        if self.wants_json:
            return JsonResponse({"message": message, "undo": undo_url, **self.rows(comments)})
        there = self.place("next")
        self.say(message, undo_url=undo_url, back=self.place("back", "next"))
        if row := row_after(request.POST.get("shown", ""), chosen):
            there += f"#row-{row}"
        return redirect(there)

    def ask_first(self, decision: Decision, chosen: dict[int, int]) -> HttpResponse:
        """What is about to be destroyed, and a button that does so."""
        if self.wants_json:
            raise MisaskedError("Erasing asks first: use the button.")
        return TemplateResponse(
            self.request,
            "comments/ask_first.html",
            {
                "decision": decision,
                "comments": ReaderComment.objects.filter(pk__in=chosen).order_by("pk"),
                "chosen": [f"{number}:{version}" for number, version in chosen.items()],
                "next": self.place("next"),
                "back": self.place("back", "next"),
                "shown": self.request.POST.get("shown", ""),
            },
        )


class UndoView(AnswersInPlace):
    """Take back what was decided together."""

    any_permission_required = ["moderate"]

    def post(self, request: HttpRequest, batch: UUID) -> HttpResponse:
        try:
            comments = undo(batch, by=request.user)
        except ModerationError as error:
            return self.refuse(error)
        message = f"Undone: {counted(comments)} back as before."
        if self.wants_json:
            return JsonResponse({"message": message, "undo": "", **self.rows(comments)})
        self.say(message)
        there = self.place("next")
        return redirect(there if "#" in there else f"{there}#row-{comments[0].pk}")


def done_in_words(decision: Decision, comments: list[ReaderComment]) -> str:
    if len(comments) == 1 and comments[0].name:
        return f"The comment by '{comments[0].name}' is {decision.done}."
    return f"{counted(comments)} {decision.done}."


def counted(comments: list[ReaderComment]) -> str:
    return "1 comment" if len(comments) == 1 else f"{len(comments)} comments"


def row_after(shown: str, chosen: Iterable[int]) -> str:
    """The row below the last that was decided on, or the one above where there is none.

    ``row_after("12,15,18", [15])`` is ``"18"``; nothing where no row is left.
    """
    rows, decided = shown.split(","), {str(number) for number in chosen}
    last = max((at for at, row in enumerate(rows) if row in decided), default=-1)
    left_below = [row for row in rows[last + 1 :] if row.isdecimal()]
    left_above = [row for row in rows[:last] if row.isdecimal() and row not in decided]
    return (left_below or left_above[::-1] or [""])[0]
