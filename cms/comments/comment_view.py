"""One comment in full, with all that it takes to decide on it."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from wagtail.models import Page
from wagtail.snippets.views.snippets import InspectView

from cms.comments.decisions import REASONS
from cms.comments.models import Action, Channel, Event, ReaderComment, State
from cms.comments.queue_list import (
    QueueView,
    comment_url,
    decisions_of,
    keys_for,
    list_at,
    list_url,
)
from cms.comments.reason_words import pieces, reasons_in_words

BEFORE_IT = 5  # approved comments of the page that are shown


class CommentView(InspectView):
    """A decision leads on to the next comment of the list that this one was opened from."""

    page_title = "Reader comment"

    @cached_property
    def opened_from(self) -> QueueView:
        return list_at(self.request, self.request.GET.get("list", ""))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        comment: ReaderComment = self.object
        before, after = (
            self.opened_from.beside(comment, backwards=True),
            self.opened_from.beside(comment),
        )
        reasons = list(comment.reasons.all())
        network = list_url(tab="all", network=comment.network) if comment.network else ""
        same_network = ReaderComment.objects.filter(network=comment.network).exclude(pk=comment.pk)
        return super().get_context_data(
            name=list(pieces(comment.name, (one for one in reasons if one.field == "name"))),
            text=list(pieces(comment.text, (one for one in reasons if one.field == "text"))),
            reasons=reasons_in_words(comment),
            notes=[reason.note for reason in reasons if reason.note],
            article=self._article(comment),
            network_url=network,
            same_network=same_network.count() if network else 0,
            history=[in_words(event) for event in comment.events.select_related("actor")],
            decisions=[one for one in decisions_of(self.request.user) if one.is_open_for(comment)],
            suggested_reasons=REASONS,
            here=comment_url(comment, list=self.opened_from.here),
            list_url=self.opened_from.here,
            before_url=before and comment_url(before, list=self.opened_from.here),
            after_url=after and comment_url(after, list=self.opened_from.here),
            **keys_for(self.request.user),
            **kwargs,
        )

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
            "takes_comments": getattr(page, "comments_open", False),
            "changed_at": page.last_published_at if _changed_since(page, comment) else None,
            "comments_url": list_url(tab="all", page=page.pk),
            "earlier": shown,
            "more_earlier": earlier.count() - len(shown),
        }


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
    }
    return {
        "at": event.at,
        "what": said.get(Action(event.action), to),
        "who": event.actor,
        "reason": event.reason,
        "by_way_of": "" if event.channel == Channel.ADMIN else event.channel,
    }
