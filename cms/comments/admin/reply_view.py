"""The POST that answers a comment, changes the answer or takes it back.

| field | |
|---|---|
| `version` | the version of the comment that was seen |
| `name`, `text` | the reply |
| `act` | `save`, `approve` (and save), `remove` |
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from cms.comments.admin.comment_view import CommentView
from cms.comments.admin.queue_list import comment_url
from cms.comments.models import ModerationError, ReaderComment, State
from cms.comments.replying import (
    problem_of_name,
    problem_of_text,
    remove_reply,
    write_reply,
)

DONE = {
    State.APPROVED: "The reply is saved. It appears with the comment at the next export.",
    State.ERASED: "The reply is saved. It appears at the next export.",
}
WAITS = "The reply is saved. It appears together with the comment, once that is approved."


class ReplyForm(forms.Form):
    """Says what is wrong with a reply; ``user`` is who writes it."""

    name = forms.CharField(required=False)
    text = forms.CharField(required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if problem := problem_of_name(name, self.user):
            raise forms.ValidationError(problem)
        return name

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").replace("\r", "\n")
        if problem := problem_of_text(text):
            raise forms.ValidationError(problem)
        return text


class ReplyView(CommentView):
    """Leads back to the comment; where nothing could be done, its page keeps what was typed."""

    any_permission_required = ["moderate"]
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: str) -> HttpResponse:
        comment: ReaderComment = self.object
        form = ReplyForm(request.POST, user=request.user)
        act = request.POST.get("act", "save")
        try:
            if act == "remove":
                remove_reply(comment, by=request.user, seen_version=self.seen_version())
                done = "The reply is removed. It leaves the site at the next export."
            elif form.is_valid():
                done = self._save(comment, form, is_approved=act == "approve")
            else:
                return self._again(form, status=422)
        except ModerationError as error:
            messages.error(request, f"{error} Nothing was saved; what you typed is below.")
            return self._again(form, status=409)
        messages.success(request, done)
        return redirect(f"{comment_url(comment, list=self.opened_from.here)}#reply")

    def _save(self, comment: ReaderComment, form: ReplyForm, *, is_approved: bool) -> str:
        values, user = form.cleaned_data, self.request.user
        with transaction.atomic():
            write_reply(
                comment,
                name=values["name"],
                text=values["text"],
                by=user,
                seen_version=self.seen_version(),
            )
            comment.refresh_from_db()
            if is_approved:
                comment.move_to(State.APPROVED, by=user)
        return DONE.get(State(comment.state), WAITS)

    def _again(self, form: ReplyForm, *, status: int) -> HttpResponse:
        """The comment as it is now, and the reply as it was typed."""
        self.object.refresh_from_db()
        typed = {name: self.request.POST.get(name, "") for name in ("name", "text")}
        errors = {name: found[0] for name, found in form.errors.items()}
        kept = {"reply_typed": typed, "reply_errors": errors, "is_reply_open": True}
        return self.render_to_response(self.get_context_data(typed=kept), status=status)
