"""A moderator removes words from what is published: what may be meant, and doing it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from cms.comments.admin.reason_words import in_words
from cms.comments.models import (
    Action,
    Channel,
    Event,
    ModerationError,
    Original,
    ReaderComment,
    State,
)
from cms.comments.redaction import FIELDS, Span, covers, places_of, whole
from cms.comments.rules import Rule
from cms.comments.rules.personal import details_in
from cms.core.normalise import normalise, words
from cms.core.numbers import whole_number

CONTEXT = 30  # characters beside the words of a place
NEVER_OFFERED = frozenset({Rule.CRISIS})


class Place(NamedTuple):
    """Words that may be removed: ``before`` and ``after`` stand beside them."""

    value: str
    why: str
    before: str
    words: str
    after: str
    is_chosen: bool


def redact(
    comment: ReaderComment, spans: Iterable[Span], *, by: Any, seen_version: int | None = None
) -> Event:
    """Remove exactly ``spans`` of the comment as it was typed; what was removed and is not among
    them is shown again.

    Raises ``ModerationError`` where somebody changed the comment since, or nothing would change.
    """
    with transaction.atomic():
        stored = comment.taken_up(seen_version)
        if stored.state == State.ERASED:
            raise ModerationError("The comment is erased: there are no words to remove.")
        original = stored.as_typed
        chosen = list(spans)
        wanted = [
            span for field in FIELDS for span in whole(field, getattr(original, field), chosen)
        ]
        before = stored.redactions
        if [list(span) for span in wanted] == before:
            raise ModerationError("Nothing would change. Choose, or write, the words to remove.")
        Original.objects.update_or_create(
            comment=stored,
            defaults={"redactions_before": before, "kept_since": timezone.now()},
            create_defaults={
                "name": original.name,
                "text": original.text,
                "redactions_before": before,
                "kept_since": timezone.now(),
            },
        )
        stored.redact(wanted)
        return stored.change_state(
            State(stored.state), action=Action.REDACTED, by=by, channel=Channel.ADMIN
        )


def chosen_spans(comment: ReaderComment, values: Iterable[str]) -> list[Span]:
    """``"text:12:20"`` becomes a span. Raises ``ModerationError`` for what lies in no field."""
    original, spans = comment.as_typed, []
    for value in values:
        field, *ends = (*value.split(":"), "", "", "")[:3]
        start, end = map(whole_number, ends)
        if field not in FIELDS or start is None or end is None:
            raise ModerationError("A place of your choice is not known. Choose again.")
        span = Span(field, start, end)
        if not span.start < span.end <= len(getattr(original, field)):
            raise ModerationError("A place of your choice is not in the comment. Choose again.")
        spans.append(span)
    return spans


def written_spans(comment: ReaderComment, lines: str) -> list[Span]:
    """Every place of each of these words, one a line. Raises ``ModerationError`` naming those
    that stand nowhere."""
    original, spans = comment.as_typed, []
    for line in filter(None, map(str.strip, lines.splitlines())):
        found = [
            span for field in FIELDS for span in places_of(line, field, getattr(original, field))
        ]
        if not found:
            raise ModerationError(
                f"'{line}' is neither in the name nor in the text. "
                "Write the words as they stand there, each in a line of its own."
            )
        spans += found
    return spans


def places(comment: ReaderComment, chosen: Iterable[Span] | None = None) -> list[Place]:
    """What may be worth removing, in the order of reading, and all that is ``chosen``: when not
    given, what is removed already."""
    original = comment.as_typed
    found: dict[Span, list[str]] = {}
    for span, why in _found(comment, original):
        reasons = found.setdefault(span, [])
        if why and why not in reasons:
            reasons.append(why)
    taken = [Span(*one) for one in comment.redactions] if chosen is None else list(chosen)
    for span in taken:
        found.setdefault(span, [])
    return [
        _place(span, ", ".join(why), getattr(original, span.field), covers(taken, span))
        for span, why in sorted(found.items(), key=lambda one: (FIELDS.index(one[0].field), one[0]))
    ]


def _found(comment: ReaderComment, original: Any) -> Iterator[tuple[Span, str]]:
    if original.name:
        yield from (
            (span, "The whole name") for span in _grown(original, "name", 0, len(original.name))
        )
    for reason in comment.reasons.exclude(field="").exclude(rule__in=NEVER_OFFERED):
        why = in_words(reason.rule) + (f", {reason.note}" if reason.note else "")
        for span in _grown(original, reason.field, reason.start, reason.end):
            yield span, why
    for field in FIELDS:
        normalised = normalise(getattr(original, field))
        for kind, start, end in details_in(normalised, words(normalised.text)):
            for span in _grown(original, field, *normalised.span(start, end)):
                yield span, f"{in_words(Rule.PERSONAL_DATA)}, {kind}"


def _grown(original: Any, field: str, start: int, end: int) -> list[Span]:
    text = getattr(original, field)
    end = min(end, len(text))
    return whole(field, text, [Span(field, start, end)]) if start < end else []


def _place(span: Span, why: str, text: str, is_chosen: bool) -> Place:
    before, after = text[: span.start], text[span.end :]
    return Place(
        value=f"{span.field}:{span.start}:{span.end}",
        why=why,
        before=before if len(before) <= CONTEXT else f"…{before[-CONTEXT:]}",
        words=text[span.start : span.end],
        after=after if len(after) <= CONTEXT else f"{after[:CONTEXT]}…",
        is_chosen=is_chosen,
    )
