"""Which comments readers get as they are now; whoever waits for that is told."""

from __future__ import annotations

from datetime import datetime

from cms.comments.readers_mail import awaiting_live, comments_are_live
from cms.export_feed.comment_status import CommentState, comment_statuses


def tell_readers(now: datetime) -> None:
    comments = awaiting_live().select_related("page").order_by("pk")
    statuses = comment_statuses(comments, now)
    if live := [one for one, status in statuses.items() if status.state == CommentState.LIVE]:
        comments_are_live(live, now)
