"""The POST that removes words from a comment, or shows them again.

| field | |
|---|---|
| `version` | the version of the comment that was seen |
| `span` | `text:12:20`, a place of the comment as it was typed; repeated |
| `words` | words to remove wherever they stand, one a line |
| `act` | `save`, `approve` (and save) |
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse

from cms.comments.admin.comment_view import CommentView
from cms.comments.admin.queue_list import comment_url
from cms.comments.models import Event, ModerationError, ReaderComment, State
from cms.comments.redacting import chosen_spans, places, redact, written_spans


class RedactView(CommentView):
    """Leads back to the comment; where nothing could be done, its page keeps what was chosen."""

    any_permission_required = ["moderate"]
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: str) -> HttpResponse:
        comment: ReaderComment = self.object
        try:
            seen_version = self.seen_version()
            with transaction.atomic():
                event = self._redact(comment, seen_version)
                comment.refresh_from_db()
                if request.POST.get("act") == "approve":
                    comment.move_to(State.APPROVED, by=request.user)
        except ModerationError as error:
            return self._again(error)
        self._say(comment, event)
        here = comment_url(comment, list=self.opened_from.here)
        return redirect(f"{here}#redact")

    def _redact(self, comment: ReaderComment, seen_version: int) -> Event:
        stored = comment.taken_up(seen_version)  # first: places are of the words that were seen
        spans = [
            *chosen_spans(stored, self.request.POST.getlist("span")),
            *written_spans(stored, self.request.POST.get("words", "")),
        ]
        return redact(stored, spans, by=self.request.user)

    def _say(self, comment: ReaderComment, event: Event) -> None:
        message = "Saved: what you chose is removed, and nothing else."
        if comment.state == State.APPROVED:
            message += " Readers see it so after the next export."
        undo_url = reverse(
            f"{ReaderComment.snippet_viewset.url_namespace}:undo", args=[event.batch]
        )
        can_undo = comment.version == event.version_after
        context = {
            "message": message,
            "undo_url": undo_url if can_undo else "",
            "back": comment_url(comment, list=self.opened_from.here),
        }
        messages.success(
            self.request, render_to_string("comments/_decided.html", context, self.request)
        )

    def _again(self, error: ModerationError) -> HttpResponse:
        """The comment as it is now, and what was chosen and written."""
        sent = self.request.POST
        self.object.refresh_from_db()
        kept: dict[str, Any] = {
            "redact_words": sent.get("words", ""),
            "redact_error": str(error),
            "is_redact_open": True,
        }
        with suppress(ModerationError):  # what makes no sense is not offered again
            chosen = chosen_spans(self.object, sent.getlist("span"))
            kept["places"] = places(self.object, chosen)
        was_overtaken = sent.get("version", "") != str(self.object.version)
        return self.render_to_response(
            self.get_context_data(typed=kept), status=409 if was_overtaken else 422
        )
