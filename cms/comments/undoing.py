"""A decision is taken back, with all that was decided together with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from cms.comments.history import UNDOABLE, Action, Channel, Event
from cms.comments.models import ReaderComment
from cms.comments.original import Original
from cms.comments.redaction import Span
from cms.comments.report import Report
from cms.comments.states import ModerationError, State


def undo(batch: UUID, *, by: Any, channel: Channel = Channel.ADMIN) -> list[ReaderComment]:
    """Take back every decision of one batch, or none of them; the comments as they are now.

    Raises ``ModerationError`` where a comment was changed again since, or erased, and where there
    is no such batch.
    """
    with transaction.atomic():
        events = list(Event.objects.filter(batch=batch, action__in=UNDOABLE))
        locked = ReaderComment.objects.lock(event.comment_id for event in events)
        comments = {comment.pk: comment for comment in locked}
        if not comments:
            raise ModerationError("There is nothing to undo: this decision is not known.")
        for event in events:
            comment = comments[event.comment_id]
            if event.to_state == State.ERASED:
                raise ModerationError("An erased comment is gone and cannot come back.")
            if comment.version != event.version_after:
                raise ModerationError(
                    f"The comment by '{comment.name}' was changed again since: it is now "
                    f"'{comment.get_state_display()}'. Nothing was undone."
                )
        new_batch = uuid4()
        for event in events:
            is_redaction = event.action == Action.REDACTED
            if is_redaction:
                take_back_redaction(comments[event.comment_id])
            if event.action == Action.KEPT:
                comments[event.comment_id].rereview_since = event.at
            comments[event.comment_id].change_state(
                State(event.from_state),
                action=Action.RESTORED if is_redaction else Action.UNDONE,
                by=by,
                channel=channel,
                batch=new_batch,
            )
        Report.objects.filter(batch=batch, comment__in=comments).reopen()
    return list(comments.values())


def take_back_redaction(comment: ReaderComment) -> None:
    """Of what was removed from it, only what was removed before the last time. Not saved."""
    original = Original.objects.filter(comment=comment).first()
    if original is None:
        raise ModerationError(
            "How the comment was typed is forgotten by now, so that nothing can come back."
        )
    comment.redact([Span(*one) for one in original.redactions_before])
