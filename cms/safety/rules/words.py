"""What is promised, and how hard it is to read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import chain

from cms.safety.findings import WHOLE_PAGE, Finding, Severity, trace_of
from cms.safety.limits import Limits
from cms.safety.reading.facts import PageFacts
from cms.safety.reading.readability import hardest_sentences, readability
from cms.safety.reading.wording import wording

_WHOLLY = re.compile(
    r"(?<![\d.,])100\s?(?:%|per\s?cent)\s(?:\w+\s)?(?:safe|effective|natural|pure|success|successful|cure|guaranteed|proven|risk)"
    r"|(?<![\d.,])100\s?(?:%|per\s?cent)\sof\sthe\stime\b"
)
_DENIED = re.compile(r"\b(?:not|no|never|nothing|cannot|hardly|n['\u2019]t)\b[^.;:!?]{0,40}$")


def nothing_is_promised(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S13: no absolute or promotional words; none at all where the law restricts the medicine."""
    severity = Severity.BLOCK if page.is_restricted else Severity.WARN
    lists = wording(page.locale)
    for hit in chain(
        lists.meant("promotional", page.all_passages),
        lists.testified("promotional", page.all_passages),
    ):
        yield Finding(
            "S13",
            severity,
            hit.passage.place,
            f"'{hit.words}' promises more than evidence can. Say what was found instead: for how "
            "many people, how sure, and what can go wrong.",
            hit.about,
        )
    for passage in page.all_passages:
        found = _WHOLLY.search(passage.folded) if "100" in passage.folded else None
        if found and not _DENIED.search(passage.folded, 0, found.start()):
            yield Finding(
                "S13",
                severity,
                passage.place,
                f"'{found[0]}' promises more than evidence can. Give the figure that was found.",
                "wholly",
            )


def text_is_easy_to_read(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S15: LIX and the Flesch-Kincaid grade are low. Tools point, people judge: never a refusal."""
    texts = [passage.text for passage in page.passages if not passage.is_alt_text]
    measured = readability(texts)
    if measured.words < limits.words_to_judge:
        return
    if measured.lix > limits.lix:
        yield _hard(f"LIX is {measured.lix:.0f}, of at most {limits.lix}", texts, "lix")
    if measured.grade > limits.grade and page.locale.casefold().startswith("en"):
        grade = f"{measured.grade:.1f}"
        yield _hard(
            f"The Flesch-Kincaid grade is {grade}, of at most {limits.grade}", texts, "grade"
        )


def _hard(measured: str, texts: list[str], about: str) -> Finding:
    longest = "; ".join(f"'{' '.join(each.split()[:8])} …'" for each in hardest_sentences(texts, 3))
    return Finding(
        "S15",
        Severity.WARN,
        WHOLE_PAGE,
        f"The text is hard to read. {measured}. Use shorter sentences and everyday words, and "
        f"explain medical ones. The longest sentences start: {longest}.",
        about,
        trace_of(*texts),
    )
