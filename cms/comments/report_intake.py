"""A line of the kind ``report`` becomes one row, however often it is sent. See the contract."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from wagtail.models import Page

from cms.comments.judging import lists_for
from cms.comments.lines import Conflict, Malformed, instant_of, signals_of, text_of, uuid_of
from cms.comments.models import Action, Channel, ReaderComment, Reason, State
from cms.comments.report import COMMENT_REASONS, PAGE_REASONS, Report, report_digest
from cms.comments.rules import Judged, Rule, judge

LONGEST_TEXT = 100_000  # code points; the edge has the limit that readers are told


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as the edge forwards it, with every value checked. ``comment`` is empty where the
    page is meant."""

    id: str
    page: UUID
    locale: str
    comment: str
    reason: str
    text: str
    received_at: datetime
    signals: tuple[str, ...]
    network: str


def take_report(record: dict[str, Any]) -> bool:
    """Store it; whether it is new. Raises ``Malformed``, ``Conflict``."""
    sent = parse(record)
    digest = report_digest(
        page=str(sent.page),
        locale=sent.locale,
        named=sent.comment,
        reason=sent.reason,
        text=sent.text,
    )
    with transaction.atomic():
        known = Report.objects.filter(idempotency_key=sent.id).first()
        report, is_new = (known, False) if known else _stored(sent, digest)
    if report.payload_digest and not hmac.compare_digest(report.payload_digest, digest):
        raise Conflict(f"The id '{sent.id}' came before with another report.")
    return is_new


def parse(record: dict[str, Any]) -> Sent:
    comment = text_of(record, "comment", least=0, most=36)
    reason = text_of(record, "reason", most=20)
    reasons = COMMENT_REASONS if comment else PAGE_REASONS
    if reason not in reasons:
        raise Malformed(f"'reason' must be one of {', '.join(map(repr, reasons))}.")
    return Sent(
        id=text_of(record, "id", most=64),
        page=uuid_of(record, "page"),
        locale=text_of(record, "locale", most=20),
        comment=comment,
        reason=reason,
        text=text_of(record, "text", least=0, most=LONGEST_TEXT),
        received_at=instant_of(record, "received_at"),
        signals=signals_of(record),
        network=text_of(record, "network", least=0, most=16),
    )


def _stored(sent: Sent, digest: str) -> tuple[Report, bool]:
    page = Page.objects.filter(translation_key=sent.page, locale__language_code=sent.locale).first()
    comment = ReaderComment.objects.shown_as(sent.comment)
    if comment and (comment.translation_key, comment.locale) != (sent.page, sent.locale):
        comment = None  # of another page than that which named it
    report, is_new = Report.objects.get_or_create(
        idempotency_key=sent.id,
        defaults={
            "page": page,
            "translation_key": sent.page,
            "locale": sent.locale,
            "comment": comment,
            "named": sent.comment,
            "reason": sent.reason,
            "text": sent.text,
            "is_urgent": _tells_of_a_crisis(sent),
            "signals": list(sent.signals),
            "network": sent.network,
            "received_at": sent.received_at,
            "payload_digest": digest,
        },
    )
    if is_new and comment:
        comment.note(Action.REPORTED, State(comment.state), by=None, channel=Channel.EDGE)
        if not comment.reasons.filter(rule=Rule.REPORTED).exists():  # two at once may make two
            Reason.objects.create(comment=comment, rule=Rule.REPORTED)
    return report, is_new


def _tells_of_a_crisis(sent: Sent) -> bool:
    said = Judged(name="", text=sent.text, locale=sent.locale)
    return judge(said, lists_for(sent.locale)).state == "urgent"
