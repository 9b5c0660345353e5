"""What happens to comments becomes rows of the outbox, in the same transaction."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from cms.comments.mail.sending import send_urgent_now
from cms.comments.mail.to_moderators import tell_of_urgent
from cms.comments.models import Event, State
from cms.comments.readers_mail import comment_changed
from cms.comments.report import Report


def event_written(instance: Event, created: bool, **kwargs: Any) -> None:
    if not created:
        return
    comment_changed(instance)
    if instance.to_state == State.URGENT and instance.from_state != State.URGENT:
        _tell_now(f"comment {instance.pk}", by=instance.actor_id)


def report_stored(instance: Report, created: bool, **kwargs: Any) -> None:
    if created and instance.is_urgent:
        _tell_now(f"report {instance.pk}")


def _tell_now(key: str, *, by: int | None = None) -> None:
    """Not in the transaction: no post waits for a mail server. Should this fail, the schedule
    sends it within a minute."""
    if tell_of_urgent(key, by=by):
        transaction.on_commit(send_urgent_now.enqueue, robust=True)
