"""Reports are settled and opened again, and the history of their comments says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from cms.comments.models import Action, Channel, ModerationError, ReaderComment, State
from cms.comments.report import BY_A_PERSON, Report

LONGEST_NOTE = 200


def settle(numbers: Collection[int], *, by: Any, note: str = "") -> tuple[UUID, int]:
    """Settle these reports, all that a moderator saw; the batch to open them again by, and how
    many they were. Whatever came since stays open.

    Raises ``ModerationError`` where none of them is open any more, or the note is too long.
    """
    if len(note) > LONGEST_NOTE:
        raise ModerationError(f"Say the note in at most {LONGEST_NOTE} characters.")
    batch = uuid4()
    with transaction.atomic():
        seen = Report.objects.filter(pk__in=numbers).select_for_update().order_by("pk")
        still_open = [report for report in seen if report.is_open]
        if not still_open:
            raise ModerationError(_why_not(seen))
        chosen = Report.objects.filter(pk__in=[report.pk for report in still_open])
        number = chosen.settle(by=by, how=BY_A_PERSON, note=note, batch=batch)
        _noted(still_open, Action.REPORTS_SETTLED, by=by, batch=batch)
    return batch, number


def open_again(batch: UUID, *, by: Any) -> int:
    """Open what was settled together; how many that were. Raises ``ModerationError``."""
    with transaction.atomic():
        settled = Report.objects.filter(batch=batch, settled_how=BY_A_PERSON)
        reports = list(settled.select_for_update().order_by("pk"))
        if not reports:
            raise ModerationError("These reports are open already. Load the page again.")
        number = settled.reopen()
        _noted(reports, Action.REPORTS_OPENED, by=by, batch=uuid4())
    return number


def _noted(reports: Iterable[Report], action: Action, *, by: Any, batch: UUID) -> None:
    about = {report.comment_id for report in reports if report.comment_id}
    for comment in ReaderComment.objects.filter(pk__in=about).order_by("pk"):
        comment.note(action, State(comment.state), by=by, channel=Channel.ADMIN, batch=batch)


def _why_not(seen: Collection[Report]) -> str:
    by = next((report.settled_by for report in seen if report.settled_by), None)
    who = f"'{by}'" if by else "somebody else"
    if not seen:
        return "These reports are not there any more. Load the page again."
    return f"Nothing was changed: {who} settled these reports meanwhile."
