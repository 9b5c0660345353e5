"""The staff answer a comment: written, changed and removed, and each of it in the history."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from cms.comments.comment_settings import CommentSettings
from cms.comments.graphemes import characters_in
from cms.comments.models import (
    Action,
    Channel,
    Event,
    ModerationError,
    ReaderComment,
    StaffReply,
    State,
)

SHORTEST = 2
LONGEST_NAME = 80
ANSWERABLE = (State.HELD, State.URGENT, State.APPROVED, State.HIDDEN)


def reply_of(comment: ReaderComment) -> StaffReply | None:
    return StaffReply.objects.filter(comment=comment).first()


def can_be_answered(comment: ReaderComment) -> bool:
    """What is not to be published needs no answer, unless it has one that readers still see."""
    return comment.state in ANSWERABLE or comment.is_place_of_reply


def name_for(user: Any) -> str:
    """The name a reply of ``user`` starts with: their own, and never what they log in with."""
    name: str = user.get_full_name().strip()
    return "" if problem_of_name(name, user) else name[:LONGEST_NAME]


def problem_of_name(name: str, user: Any) -> str:
    """Why readers should not see this name, in a sentence; nothing where they may."""
    if "@" in name:
        return "Readers see this name: give no e-mail address. Leave it empty for the team alone."
    if name and name.casefold() == user.get_username().casefold():
        return "Readers see this name: it is what you log in with. Give another, or leave it empty."
    if len(name) > LONGEST_NAME:
        return f"The name must be {LONGEST_NAME} characters or fewer."
    return ""


def problem_of_text(text: str) -> str:
    """Why this is no reply, in a sentence; nothing where it is one."""
    length, longest = characters_in(text), CommentSettings.in_force().reply_characters
    if "\0" in text:
        return "The reply has a character that cannot be stored. Remove it."
    if length < SHORTEST:
        return f"Write a reply of {SHORTEST} characters or more."
    if longest and length > longest:
        return f"The reply must be {longest:,} characters or fewer. It has {length:,}."
    return ""


def write_reply(
    comment: ReaderComment, *, name: str, text: str, by: Any, seen_version: int | None = None
) -> Event:
    """Answer a comment, or put other words in place of the answer that it has.

    Raises ``ModerationError`` where somebody changed the comment since, or it takes no answer.
    """
    with transaction.atomic():
        stored = comment.taken_up(seen_version)
        if not can_be_answered(stored):
            raise ModerationError(
                f"The comment is '{stored.get_state_display()}' and takes no reply. "
                "Put it back to review first."
            )
        reply = reply_of(stored)
        if reply is None:
            action = Action.REPLIED
            reply = StaffReply(comment=stored, posted_at=timezone.now())
        else:
            action = Action.REPLY_CHANGED
            stored.edition += 1
        reply.author, reply.name, reply.text = by, name, text
        reply.save()
        return _noted(stored, action, by)


def remove_reply(comment: ReaderComment, *, by: Any, seen_version: int | None = None) -> Event:
    """Take the answer back. Raises ``ModerationError``, also where there is none."""
    with transaction.atomic():
        stored = comment.taken_up(seen_version)
        reply = reply_of(stored)
        if reply is None:
            raise ModerationError("There is no reply to remove. Load the page again.")
        stored.edition += 1
        event = _noted(stored, Action.REPLY_REMOVED, by)  # told while readers still see it
        reply.delete()
        return event


def _noted(comment: ReaderComment, action: Action, by: Any) -> Event:
    return comment.change_state(State(comment.state), action=action, by=by, channel=Channel.ADMIN)
