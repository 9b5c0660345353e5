"""One comment in full, with all that it takes to decide on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest
from django.utils.functional import cached_property
from wagtail.models import Page
from wagtail.snippets.views.snippets import InspectView

from cms.comments.admin.queue_list import (
    QueueView,
    comment_url,
    decisions_of,
    keys_for,
    list_at,
    list_url,
    rereview_url,
)
from cms.comments.admin.reason_words import marks_in, pieces, reasons_in_words
from cms.comments.admin.reports_view import reports_of
from cms.comments.comment_settings import CommentSettings
from cms.comments.commented_page import commenting_in_words
from cms.comments.decisions import DIGITS_OF_A_VERSION, Decision
from cms.comments.models import (
    Action,
    Channel,
    Event,
    ModerationError,
    Original,
    ReaderComment,
    State,
)
from cms.comments.on_the_site import on_the_site
from cms.comments.public_address import public_address
from cms.comments.redacting import places
from cms.comments.replying import can_be_answered, name_for, reply_of
from cms.core.numbers import whole_number

NOTHING: Mapping[str, Any] = MappingProxyType({})
BEFORE_IT = 5  # approved comments of the page that are shown


class CommentView(InspectView):
    """A decision leads on to the next comment of the list that this one was opened from."""

    page_title = "Reader comment"

    def seen_version(self) -> int:
        """That a form of the page tells. Raises ``ModerationError`` where it does not."""
        version = whole_number(self.request.POST.get("version", ""), digits=DIGITS_OF_A_VERSION)
        if version is None:
            raise ModerationError("It is not known which version of the comment you saw.")
        return version

    @cached_property
    def opened_from(self) -> QueueView:
        return list_at(self.request, self.request.GET.get("list", ""))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.user_has_permission("moderate"):
            note_looked(request, self.object)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, *, typed: Mapping[str, Any] = NOTHING, **kwargs: Any) -> Any:
        """``typed``: what a form of the page keeps, as nothing could be done with it."""
        comment: ReaderComment = self.object
        before, after = (
            self.opened_from.beside(comment, backwards=True),
            self.opened_from.beside(comment),
        )
        reasons = list(comment.reasons.all())
        network = list_url(tab="all", network=comment.network) if comment.network else ""
        same_network = ReaderComment.objects.filter(network=comment.network).exclude(pk=comment.pk)
        decisions = [one for one in decisions_of(self.request.user) if one.is_open_for(comment)]
        return super().get_context_data(
            name=list(pieces(comment.name, marks_in(comment, "name", reasons))),
            text=list(pieces(comment.text, marks_in(comment, "text", reasons))),
            reasons=reasons_in_words(comment),
            notes=[reason.note for reason in reasons if reason.note],
            public_url=public_address(comment),
            on_site=on_the_site([comment]).get(comment.pk, ""),
            article=self._article(comment),
            network_url=network,
            same_network=same_network.count() if network else 0,
            history=[in_words(event) for event in comment.events.select_related("actor")],
            decisions=decisions,
            suggested_reasons=CommentSettings.in_force().offered_reasons,
            reports=reports_of(comment, may_moderate=self.user_has_permission("moderate")),
            here=comment_url(comment, list=self.opened_from.here),
            list_url=self.opened_from.here,
            before_url=before and comment_url(before, list=self.opened_from.here),
            after_url=after and comment_url(after, list=self.opened_from.here),
            **{**self._reply(comment, decisions), **self._redaction(comment), **typed},
            **keys_for(self.request.user),
            **kwargs,
        )

    def _reply(self, comment: ReaderComment, decisions: list[Decision]) -> dict[str, Any]:
        """The answer of the staff, and the form for it."""
        reply, user = reply_of(comment), self.request.user
        stored = {"name": reply.name, "text": reply.text} if reply else {"name": name_for(user)}
        return {
            "reply": reply,
            "reply_url": comment_url(comment, list=self.opened_from.here, name="reply"),
            "reply_typed": stored,
            "reply_longest": CommentSettings.in_force().reply_characters,
            "can_reply": self.user_has_permission("moderate") and can_be_answered(comment),
            "can_approve": any(one.state == State.APPROVED for one in decisions),
        }

    def _redaction(self, comment: ReaderComment) -> dict[str, Any]:
        """What may be removed, and for a while what was; for moderators alone."""
        can_redact = self.user_has_permission("moderate") and comment.state != State.ERASED
        if not can_redact:
            return {"can_redact": False}
        original = comment.as_typed
        is_kept = isinstance(original, Original)
        days = CommentSettings.in_force().original_days
        return {
            "can_redact": True,
            "redact_url": comment_url(comment, list=self.opened_from.here, name="redact"),
            "places": places(comment),
            "original": original,
            "is_redacted": bool(comment.redactions),
            "forgotten_at": original.kept_since + timedelta(days=days)
            if is_kept and days
            else None,
        }

    def _article(self, comment: ReaderComment) -> dict[str, Any] | None:
        """The page it is about, as far as that helps to judge it; none once it is deleted."""
        if comment.page is None:
            return None
        page: Page = comment.page.specific
        earlier = page.reader_comments.filter(
            state=State.APPROVED, posted_at__lt=comment.posted_at
        ).order_by("-posted_at", "-pk")
        shown = list(earlier[:BEFORE_IT])[::-1]
        return {
            "title": page.title,
            "url": page.get_full_url() if page.live else "",
            "summary": getattr(page, "summary", ""),
            "commenting": commenting_in_words(page),
            "changed_at": page.last_published_at if _changed_since(page, comment) else None,
            "comments_url": list_url(tab="all", page=page.pk),
            "rereview_url": rereview_url(page.pk) if self.user_has_permission("moderate") else "",
            "earlier": shown,
            "more_earlier": earlier.count() - len(shown),
        }


def note_looked(request: HttpRequest, comment: ReaderComment) -> None:
    """A person has it before them, unless a browser fetches it before its person asked for it."""
    told = [request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")]
    if request.method == "GET" and not any("pre" in value for value in told):
        ReaderComment.objects.note_seen(comment.pk)


def _changed_since(page: Page, comment: ReaderComment) -> bool:
    """Whether the reader wrote about another revision than the one that is live."""
    return comment.revision is not None and page.live_revision_id != comment.revision


def in_words(event: Event) -> dict[str, Any]:
    """One line of the history."""
    to = State(event.to_state).label
    said = {
        Action.RECEIVED: f"Arrived as '{to}'",
        Action.MOVED: f"Became '{to}'",
        Action.UNDONE: f"Undone: '{to}' again",
        Action.REPLIED: "Replied to",
        Action.REPLY_CHANGED: "Its reply was changed",
        Action.REPLY_REMOVED: "Its reply was removed",
        Action.REPORTED: "A reader reported it",
        Action.REPORTS_SETTLED: "Its reports were settled",
        Action.REPORTS_OPENED: "Its reports were opened again",
        Action.REDACTED: "Words were removed",
        Action.RESTORED: "Undone: words shown again",
        Action.FORGOTTEN: "How it was typed was forgotten",
        Action.ASKED_AGAIN: "Came up for another look",
        Action.KEPT: "Still fine beside the article as it was then",
    }
    return {
        "at": event.at,
        "what": said.get(Action(event.action), to),
        "who": event.actor,
        "reason": event.reason,
        "by_way_of": "" if event.channel == Channel.ADMIN else event.channel,
    }
