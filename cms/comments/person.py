"""All that is held about one person: found by an address or a receipt, handed out, erased.

A receipt finds its one comment only: an address is not proven by a comment that names it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet

from cms.comments.data_log import DataAction, note
from cms.comments.export import ROWS_AT_ONCE, instant
from cms.comments.models import Channel, Event, ModerationError, ReaderComment, State
from cms.comments.receipts import LENGTH, shown, typed
from cms.comments.report import Report, forget_words

# Made from the rest, or about a member of the staff.
NOT_HANDED_OUT = frozenset({"payload_digest", "text_hash", "moderated_by", "receipt"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed: ``address`` or ``receipt``, in the form in which it is compared."""

    address: str = ""
    receipt: str = ""


def asked_for(text: str) -> Asked:
    """``" Sam@Example.ORG "`` is the address ``sam@example.org``; what has no ``@`` is a receipt.

    Raises ``ModerationError`` where it is neither.
    """
    plain = "".join(normalize("NFKC", text).split())
    if "@" in plain:
        return Asked(address=same_address(plain))
    receipt = typed(plain)
    if len(receipt) != LENGTH:
        raise ModerationError(
            f"'{text.strip()}' is neither an e-mail address nor a receipt code, which has "
            f"{LENGTH} letters and digits, as in K7QF-2M9X-RT4C."
        )
    return Asked(receipt=receipt)


def same_address(address: str) -> str:
    """Equal for two ways to write one address; its domain in the letters that people read."""
    name, _, domain = address.strip().casefold().rpartition("@")
    with suppress(UnicodeError):  # what is no domain of the DNS is compared as it is
        domain = domain.encode("idna").decode("idna")
    return f"{name}@{domain}"


def comments_of(asked: Asked) -> QuerySet[ReaderComment]:
    """That person's comments, in the order in which they were sent."""
    comments = ReaderComment.objects.order_by("received_at", "pk")
    if asked.receipt:
        return comments.filter(receipt=asked.receipt)
    name = asked.address.rpartition("@")[0]
    alike = ReaderComment.objects.filter(email__istartswith=f"{name}@")
    return comments.filter(
        pk__in=[
            number
            for number, email in alike.values_list("pk", "email")
            if same_address(email) == asked.address
        ]
    )


def reports_of(asked: Asked) -> QuerySet[Report]:
    """The one report of a receipt; a report has no address."""
    return Report.objects.filter(receipt=asked.receipt) if asked.receipt else Report.objects.none()


def left_of(asked: Asked) -> tuple[list[ReaderComment], list[Report]]:
    """What can still be erased."""
    return (
        [one for one in comments_of(asked) if one.state != State.ERASED],
        [one for one in reports_of(asked) if one.payload_digest],
    )


def handed_out(asked: Asked) -> Iterator[str]:
    """JSON: an array, one comment or report a line, with everything that is held about it."""
    before = "[\n"
    comments = comments_of(asked)
    found = comments.select_related("reply", "mail_subscription").prefetch_related(
        "reasons", "events", "reports"
    )
    for comment in found.iterator(ROWS_AT_ONCE):
        yield before + json.dumps(everything_about(comment), ensure_ascii=False)
        before = ",\n"
    for report in reports_of(asked):
        yield before + json.dumps(about_own_report(report), ensure_ascii=False)
        before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"


def everything_about(comment: ReaderComment) -> dict[str, Any]:
    """Every stored value but those of ``NOT_HANDED_OUT``, and what is stored elsewhere.

    Members of the staff are not named, but for the name that a reply gives to readers.
    """
    original = comment.as_typed  # before a moderator removed words
    stored = {
        field.name: readable(field.value_from_object(comment))
        for field in comment._meta.concrete_fields
        if field.name not in NOT_HANDED_OUT
    }
    return {
        "receipt": shown(comment.receipt),
        **stored,
        "reasons": [
            {
                "rule": reason.rule,
                "words": getattr(original, reason.field, "")[reason.start : reason.end]
                if reason.field
                else "",
                "note": reason.note,
            }
            for reason in comment.reasons.all()
        ],
        "reply": about_reply(comment),
        "as_typed": {"name": original.name, "text": original.text},
        "mail": about_mail(comment),
        "reports": [about_report_of(report) for report in comment.reports.all()],
        "history": [about_event(event) for event in comment.events.all()],
    }


def about_reply(comment: ReaderComment) -> dict[str, Any] | None:
    reply = getattr(comment, "reply", None)
    if reply is None:
        return None
    return {"name": reply.name, "text": reply.text, "posted_at": instant(reply.posted_at)}


def about_mail(comment: ReaderComment) -> dict[str, Any] | None:
    """When the reader was asked and told by mail; nothing where they wanted none."""
    subscription = getattr(comment, "mail_subscription", None)
    if subscription is None:
        return None
    times = ("made_at", "asked_at", "confirmed_at", "stopped_at", "told_live_at", "told_reply_at")
    return {time: instant(getattr(subscription, time)) for time in times}


def about_report_of(report: Report) -> dict[str, Any]:
    """That it was reported, and why; what the other reader wrote is theirs."""
    return {
        "reason": report.reason,
        "received_at": instant(report.received_at),
        "settled_at": instant(report.settled_at),
    }


def about_own_report(report: Report) -> dict[str, Any]:
    """For whoever sent it."""
    return {
        "report": shown(report.receipt),
        **about_report_of(report),
        "text": report.text,
        "page": str(report.translation_key),
        "locale": report.locale,
        "comment": report.comment_id,
        "is_urgent": report.is_urgent,
        "signals": report.signals,
        "network": report.network,
    }


def about_event(event: Event) -> dict[str, Any]:
    return {
        "at": instant(event.at),
        "what": event.action,
        "from": event.from_state,
        "to": event.to_state,
        "reason": event.reason,
        "by_way_of": event.channel,
        "by": "a member of the staff" if event.actor_id else "",
    }


def readable(value: Any) -> Any:
    """As JSON can hold it."""
    if value is None or isinstance(value, str | bool | int | float | list | dict):
        return value
    return instant(value) if hasattr(value, "astimezone") else str(value)


def erase(
    comments: Iterable[ReaderComment],
    reports: Iterable[Report] = (),
    *,
    by: Any,
    channel: Channel,
) -> int:
    """Destroy the words, names and addresses of all of these, or of none; how many there were.

    Raises ``ModerationError`` where a comment was changed since it was looked at.
    """
    looked_at = {one.pk: one.version for one in comments if one.state != State.ERASED}
    batch = uuid4()
    with transaction.atomic():
        found = list(ReaderComment.objects.lock(looked_at))
        for comment in found:
            comment.move_to(
                State.ERASED,
                by=by,
                seen_version=looked_at[comment.pk],
                reason="Asked for by the reader",
                channel=channel,
                batch=batch,
            )
        sent = Report.objects.filter(pk__in=[one.pk for one in reports])
        number = len(found) + sent.count()
        forget_words(sent)
        note(DataAction.ERASED, number, by=by, by_way_of=str(channel))
    return number
