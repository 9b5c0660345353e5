"""Checks that something outside makes: the seam, and what happens when it does not answer.

None is built in. One that fails, or takes too long, holds the comment with the reason
``check_unavailable``; whoever called asks again later, with the verdict of ``judge``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Protocol

from cms.comments.rules.found import Match, Rule
from cms.comments.rules.judging import Judged, Verdict, gravest_first

TIMEOUT_SECONDS = 5.0

logger = logging.getLogger(__name__)

_GRAVITY = {"held": 0, "spam": 1, "urgent": 2}
_RULES = frozenset(Rule) - {Rule.CHECK_UNAVAILABLE, Rule.REPORTED}  # which are ours to say
LONGEST_NOTE = 200


class Checker(Protocol):
    """Something that looks at a comment from outside, such as a spam service.

    ``name`` is for the moderator. ``check`` runs in a thread of its own and may raise anything;
    its verdict can make a comment graver and never lighter. A note of it has at most
    ``LONGEST_NOTE`` characters.
    """

    @property
    def name(self) -> str: ...

    def check(self, submission: Judged) -> Verdict: ...


def checked(
    checkers: Sequence[Checker],
    submission: Judged,
    verdict: Verdict,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Verdict:
    """``verdict`` and what all of ``checkers`` say, asked at the same time.

    Each that raises, answers nonsense, or has not answered in time adds ``check_unavailable``
    with its name. What is urgent stays urgent.
    """
    answers: SimpleQueue[tuple[int, Verdict | None]] = SimpleQueue()
    for number, checker in enumerate(checkers):
        # Daemons: a checker that never answers must not keep the process from ending.
        Thread(target=_ask, args=(number, checker, submission, answers.put), daemon=True).start()
    said: dict[int, Verdict | None] = {}
    deadline = monotonic() + timeout_seconds
    while len(said) < len(checkers):
        try:
            number, answer = answers.get(timeout=max(0.0, deadline - monotonic()))
        except Empty:
            break
        said[number] = answer
    verdicts = [verdict]
    for number, checker in enumerate(checkers):
        if (answer := said.get(number)) is None:
            unavailable = Match(Rule.CHECK_UNAVAILABLE, "", 0, 0, checker.name)
            verdicts.append(Verdict("held", (unavailable,)))
        else:
            verdicts.append(answer)
    return _together(verdicts)


def _ask(
    number: int,
    checker: Checker,
    submission: Judged,
    answer: Callable[[tuple[int, Verdict | None]], None],
) -> None:
    try:
        verdict = checker.check(submission)
        if not _is_sound(verdict, submission):
            raise TypeError("The answer is not a verdict on this comment.")
    except Exception as error:  # whatever it is, the comment is held and asked about again
        # The class alone: its message may hold the reader's words.
        logger.warning("The checker '%s' failed: %s.", checker.name, type(error).__name__)
        answer((number, None))
    else:
        answer((number, verdict))


def _is_sound(verdict: Verdict, submission: Judged) -> bool:
    """Made of our own states and rules, with spans that are in the comment, and short notes."""
    lengths = {"": 0, "name": len(submission.name), "text": len(submission.text)}
    return verdict.state in _GRAVITY and all(
        match.rule in _RULES
        and 0 <= match.start <= match.end <= lengths[match.field]
        and len(match.note) <= LONGEST_NOTE
        and "\0" not in match.note
        for match in verdict.matches
    )


def _together(verdicts: Iterable[Verdict]) -> Verdict:
    verdicts = tuple(verdicts)
    return Verdict(
        max((verdict.state for verdict in verdicts), key=lambda state: _GRAVITY[state]),
        gravest_first({match: None for verdict in verdicts for match in verdict.matches}),
    )
