"""Comments that come in one batch: judged one by one, asked for and stored all together.

To ask the database, and to store, takes longer for each by itself than all that is thought of it.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import Max
from django.db.models.signals import post_save
from django.utils import timezone
from wagtail.models import Page

from cms.comments import checking, readers_mail
from cms.comments.asked_once import once
from cms.comments.commented_page import revision_at
from cms.comments.judging import judge, note_reasons_of, text_hash
from cms.comments.lines import Conflict
from cms.comments.models import Action, Channel, Event, ReaderComment, payload_digest
from cms.comments.receipts import receipt_of
from cms.comments.rules import Rule, Verdict


@dataclass(frozen=True, slots=True)
class Submission:
    """A comment as the edge forwards it, with every value checked."""

    id: str
    page: UUID
    locale: str
    name: str
    text: str
    email: str
    received_at: datetime
    signals: tuple[str, ...]
    network: str
    wants_mail: bool


@dataclass(frozen=True, slots=True)
class New:
    """A comment that is about to be stored."""

    comment: ReaderComment
    verdict: Verdict
    wants_mail: bool


class Arrivals:
    """Within one transaction. Nothing is stored before ``store``."""

    def __init__(self, submissions: Collection[Submission]) -> None:
        """``submissions`` are all that will be taken."""
        self._hashes = {one.text: text_hash(one.text) for one in submissions}
        ids = {one.id for one in submissions}
        comments = ReaderComment.objects.order_by()
        self._digests = dict(
            comments.filter(idempotency_key__in=ids).values_list(
                "idempotency_key", "payload_digest"
            )
        )
        self._same_words_at = dict(
            comments.filter(text_hash__in=set(self._hashes.values()))
            .values_list("text_hash")
            .annotate(Max("received_at"))
        )
        self._new: list[New] = []

    def take(self, submission: Submission) -> bool:
        """Whether it is new. Raises ``Conflict``.

        Whatever became of its page since, the comment is kept: the reader was promised a person.
        """
        digest = payload_digest(
            page=str(submission.page),
            locale=submission.locale,
            name=submission.name,
            text=submission.text,
            email=submission.email,
        )
        known = self._digests.get(submission.id)
        if known is None:
            self._digests[submission.id] = digest
            self._new.append(self._judged(submission, digest))
            return True
        # Without one, what was sent is forgotten in part, or erased: then its id alone names it.
        if known and not hmac.compare_digest(known, digest):
            raise Conflict(f"The id '{submission.id}' came before with another comment.")
        return False

    def store(self) -> None:
        """Raises ``IntegrityError`` where one was sent again while it was being stored."""
        new, self._new = self._new, []
        ReaderComment.objects.bulk_create(one.comment for one in new)
        note_reasons_of((one.comment, one.verdict.matches) for one in new)
        for one in new:
            checking.ask_for(one.comment)
            if one.wants_mail:
                readers_mail.subscribe(one.comment, timezone.now())
        events = Event.objects.bulk_create(
            Event(
                comment=one.comment,
                action=Action.RECEIVED,
                to_state=one.comment.state,
                channel=Channel.EDGE,
                version_after=one.comment.version,
                batch=uuid4(),
            )
            for one in new
        )
        for event in events:  # whoever listens for one hears of these too
            post_save.send(sender=Event, instance=event, created=True)

    def _judged(self, submission: Submission, digest: str) -> New:
        page = _page(submission.page, submission.locale)
        said, at = self._hashes[submission.text], submission.received_at
        verdict = judge(submission, page, same_words_at=self._same_words_at.get(said))
        self._same_words_at[said] = max(self._same_words_at.get(said, at), at)
        comment = ReaderComment(
            idempotency_key=submission.id,
            receipt=receipt_of(submission.id),
            page=page,
            translation_key=submission.page,
            locale=submission.locale,
            payload_digest=digest,
            name=submission.name,
            text=submission.text,
            email=submission.email,
            network=submission.network,
            text_hash=said,
            signals=list(submission.signals),
            state=verdict.state,
            revision=revision_at(page, at) if page else None,
            has_link=any(match.rule == Rule.LINKS for match in verdict.matches),
            received_at=at,
            posted_at=at,
        )
        return New(comment, verdict, submission.wants_mail)


@once
def _page(key: UUID, locale: str) -> Page | None:
    return Page.objects.filter(translation_key=key, locale__language_code=locale).first()
