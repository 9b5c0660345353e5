"""The page that a link in a moderator's mail leads to: GET shows, POST decides, once.

Whoever opens it is logged in, as for every page of the admin. A link that is wrong, too old, of
another person or of somebody who may not moderate any more gets one and the same page.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views import View
from wagtail.admin import messages
from wagtail.permissions import policy_registry

from cms.comments.admin.comment_view import in_words, note_looked
from cms.comments.admin.decide_views import done_in_words
from cms.comments.admin.queue_list import comment_url, decisions_of, list_url
from cms.comments.admin.reason_words import marks_in, pieces, reasons_in_words
from cms.comments.decisions import Decision, MisaskedError, decide, decision_called
from cms.comments.mail.links import LinkError, Seen, seen_in
from cms.comments.models import Channel, ModerationError, ReaderComment

OFFERED = ("approve", "reject", "spam", "hide")  # as far as its state allows
# The host alone, and never the token: with 'no-referrer' a browser would name no origin either,
# and the POST could not be told from one of another site.
HEADERS = {"Referrer-Policy": "strict-origin", "X-Robots-Tag": "noindex, nofollow"}


class LinkView(View):
    """``?t=`` is the token: a query is in no log of ours."""

    http_method_names = ["get", "head", "post"]
    model: type[ReaderComment] | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = self._dispatched(request)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    def _dispatched(self, request: HttpRequest) -> Any:
        policy = policy_registry.get_by_type(ReaderComment)
        try:
            if not policy.user_has_permission(request.user, "moderate"):
                raise LinkError
            self.seen: Seen = seen_in(request.GET.get("t", ""), request.user)
            self.comment = ReaderComment.objects.filter(pk=self.seen.comment).first()
            if self.comment is None:
                raise LinkError
        except LinkError:
            return TemplateResponse(
                request, "comments/mail/no_link.html", {"queue_url": list_url()}, status=404
            )
        return super().dispatch(request)

    def get(self, request: HttpRequest) -> HttpResponse:
        note_looked(request, self.comment)
        return self._shown(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            decision = decision_called(request.POST.get("decision", ""))
            if decision not in self._offered():
                raise MisaskedError("That cannot be decided here. Choose one of the buttons.")
            _, comments = decide(
                {self.seen.comment: self.seen.version},
                decision,
                by=request.user,
                channel=Channel.MAIL,
            )
        except ModerationError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done_in_words(decision, comments))
        return redirect(request.get_full_path())

    def _offered(self) -> list[Decision]:
        """What a mail may lead to; erasing is not among it."""
        return [one for one in decisions_of(self.request.user) if one.code in OFFERED]

    def _shown(self, request: HttpRequest) -> HttpResponse:
        comment = self.comment
        reasons = list(comment.reasons.all())
        since = comment.events.filter(version_after__gt=self.seen.version).select_related("actor")
        is_open = comment.version == self.seen.version
        return TemplateResponse(
            request,
            "comments/mail/link.html",
            {
                "comment": comment,
                "is_open": is_open,
                "since": [in_words(event) for event in since],
                "name": list(pieces(comment.name, marks_in(comment, "name", reasons))),
                "text": list(pieces(comment.text, marks_in(comment, "text", reasons))),
                "reasons": reasons_in_words(comment),
                "decisions": [one for one in self._offered() if one.is_open_for(comment)],
                "comment_url": comment_url(comment, list=list_url()),
                "queue_url": list_url(),
            },
        )
