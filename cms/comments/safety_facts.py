"""What the safety rules read of the comments that a page shows."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from cms.comments.models import Channel, Event, ReaderComment, State
from cms.safety.reading.facts import CommentFacts

BY_PEOPLE = (Channel.ADMIN, Channel.MAIL)
# Written into the content files by whoever keeps them: nobody sent it.
FROM_A_FILE = "content-file-"


def comments_shown_on(page_ids: Sequence[int]) -> dict[int, list[CommentFacts]]:
    """By page, in two queries."""
    approved = Event.objects.filter(
        comment=OuterRef("pk"), to_state=State.APPROVED, channel__in=BY_PEOPLE
    )
    shown = ReaderComment.objects.publishable().filter(page__in=page_ids, state=State.APPROVED)
    comments = shown.annotate(
        decided=Exists(approved) | Q(idempotency_key__startswith=FROM_A_FILE)
    ).prefetch_related("reasons")
    found: dict[int, list[CommentFacts]] = {}
    for comment in comments:
        found.setdefault(comment.page_id, []).append(
            CommentFacts(
                id=comment.pk,
                decided_by_person=comment.decided,
                classes=tuple(sorted({reason.rule for reason in comment.reasons.all()})),
                path=f"comment-{comment.pk}",
            )
        )
    return found
