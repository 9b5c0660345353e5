"""What is claimed rests on sources that a reader can check. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from cms.core.normalise import normalise, words
from cms.safety.dates import days_after, months_after
from cms.safety.findings import Finding, Place, Severity, shown, trace_of
from cms.safety.limits import Limits
from cms.safety.reading.facts import PageFacts, SourceFacts, at_field
from cms.safety.reading.passages import Passage, is_filled_in
from cms.safety.rules.balance import GOOD

# A number, or a name within one network, is no address that readers have.
_NAMES_A_WEBSITE = re.compile(r"[^.\s]+(?:\.[^.\s]+)*\.[^\W\d][^.\s]+\.?")
_SOURCES = at_field("sources", "Sources")
_NUMBER = r"\d[\d.,]{0,12}"
_TENS = "ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_PERCENT = rf"(?:{_NUMBER}(?:\s?[-\u2013]\s?{_NUMBER})?\s?(?:%|per\s?cent)|(?:{_TENS})\sper\s?cent)"
_ABOUT = r"(?:about|around|up\sto|over|nearly|almost|more\sthan|at\sleast|roughly|some)?\s?"
_LESS_OR_MORE = (
    r"less|more|fewer|lower|higher|better|worse|greater|smaller|reduction|increase|decrease|drop|rise"
    r"|improvement|likelier|cut|fall"
)
_PART = (
    r"(?:(?:a\s|one\s)?half|(?:a|one)[\s-](?:third|quarter|fifth|tenth)|two[\s-]thirds"
    r"|three[\s-]quarters)"
)
_RELATIVE = re.compile(
    rf"\b(?:by|up|down|rises?|rose|falls?|fell|dropped)\s{_ABOUT}{_PERCENT}"
    rf"|{_PERCENT}\s(?:\w+\s)?(?:{_LESS_OR_MORE})\b"
    rf"|\b(?:twice|(?:{_NUMBER}|two|three|four|five|ten)\s?(?:times|x))\s"
    rf"(?:as\s(?:likely|many|much|high|often|common)|the\s(?:risk|chance|odds)|(?:{_LESS_OR_MORE})\b)"
    rf"|\b(?:{_NUMBER}|two|three|four|five|six|ten)[\s-]?fold\b"
    r"|\b(?:half|twice|double|triple)\sthe\s(?:risk|chance|odds)\b"
    r"|\b(?:risks?|chances?|odds)\s(?:\w+\s){0,4}(?:doubles?|doubled|triples?|tripled|halves?|halved)\b"
    rf"|\b{_PART}\s(?:as\s(?:likely|many|much|high|often|common)|less|fewer|lower|smaller)\b"
    rf"|\b(?:relative\srisk|(?:hazard|odds|risk)\sratio)\s(?:\w+\s){{0,2}}{_NUMBER}"
    rf"|\b(?:risk|risks|chance|chances|odds|rate|rates|number|deaths|attacks)\s(?:[\w-]+\s){{0,6}}(?:by|in)\s{_ABOUT}{_PART}\b"
    r"|\b(?:double|doubles|doubled|triple|triples|tripled|halve|halves|halved)\s"
    r"(?:(?:the|your|their|this)\s(?:risk|chance|odds|rate|number)|attacks|deaths|relapses)\b",
)
_SIGNS_OF_A_RATIO = (
    *("%", "cent", "fold", "times", "twice", "double", "triple", "halve"),
    *("half", "halving", "third", "quarter", "fifth", "tenth", "ratio", "relative risk"),
    *("2x", "3x", "4x", "5x", "10x"),
)
# "In 2019" and "for 12 weeks" say when, "of 0.5" how much: none says of how many.
_YEAR = r"(?:19|20)\d\d\b(?!\s(?:people|adults|children|women|men|patients|births|users))"
_RATIO = r"\d{1,3}\.\d{1,2}(?!\d|\smillion)"
_NO_TIME = (
    r"(?!\s?%|\sper\s?cent"
    r"|\s?[-\u2013]?\s?(?:(?:to|or)\s\d+\s)?(?:minute|hour|day|night|week|month|year|mg\b|g\b|ml\b))"
)
# Words by which a reader can tell how many people are meant.
_BASE = re.compile(
    rf"\b(?:{_NUMBER}|one|two|three|four|five|six|seven|eight|nine|ten)\s(?:in|out\sof|of)\s(?:every\s)?"
    rf"(?:{_NUMBER}|ten|a\shundred|a\sthousand)"
    rf"|\b(?:in|of|per|for|among)\s(?:every\s|each\s)?(?!{_YEAR}|{_RATIO}){_NUMBER}+{_NO_TIME}"
    rf"|\bfrom\s(?:about\s)?{_NUMBER}\s?(?:%|per\s?cent)?\s(?:\w+\s){{0,3}}to\s(?:about\s)?{_NUMBER}"
    rf"|{_PERCENT}\sof\b",
)


def claims_have_sources(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S3: each use and each benefit cites a source; an article has several, from several."""
    known = {source.key for source in page.sources if source.key}
    for block in page.blocks:
        if block.type in GOOD:
            for place, key, item in block.items("items"):
                if not _cited(item):
                    yield Finding(
                        "S3",
                        Severity.BLOCK,
                        place,
                        "Nothing backs this. Cite at least one of the article's sources by its "
                        "key, or take it out.",
                        key,
                    )
        for place, cited in _citations(block.value, block.place):
            if cited not in known:
                yield Finding(
                    "S3",
                    Severity.BLOCK,
                    place,
                    f"This cites '{shown(cited)}', and no source of the article has that key. "
                    "Correct the key, or add the source.",
                    f"unknown-{cited[:60]}",
                )
    yield from _enough(page, limits)


def sources_can_be_checked(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S4: a source says what it is, who published it, when, and where to read it."""
    for source in page.sources:
        missing = [
            name
            for name, value in (("a title", source.title), ("a publisher", source.publisher))
            if not is_filled_in(value)
        ]
        if not (source.published or source.accessed):
            missing.append("a date on which it was published, or on which you read it")
        if missing:
            yield Finding(
                "S4",
                Severity.BLOCK,
                source.place,
                f"This source lacks {' and '.join(missing)}. Fill it in, so that readers can tell "
                "what it is worth.",
                "incomplete",
            )
        if not _is_https(source.url):
            yield Finding(
                "S4",
                Severity.BLOCK,
                source.place,
                f"'{shown(source.url)}' is no address that readers can open safely. Give one that "
                "starts with https:// and names a website.",
                "address",
            )
        yield from _dated_ahead(source, today)
        if source.published and today >= _old_from(source.published, limits):
            yield Finding(
                "S4",
                Severity.WARN,
                source.place,
                f"'{shown(source.title)}' was published more than {limits.source_years} years ago. "
                "Look for newer evidence; if it still holds, say so in the reason.",
                "old",
                _trace(source),
            )
        if source.dead_since and source.dead_since <= today:
            yield Finding(
                "S4",
                Severity.WARN,
                source.place,
                f"'{shown(source.url)}' is gone: its website says so since "
                f"{_day(source.dead_since)}. Find where it moved, or another source.",
                "dead",
                _trace(source),
            )


def _dated_ahead(source: SourceFacts, today: date) -> Iterator[Finding]:
    """A slip of the pen, by which a source would never grow old."""
    for about, what, day in (
        ("published", "published", source.published),
        ("accessed", "last read", source.accessed),
    ):
        if day and day > days_after(today, 1):  # it may be tomorrow where its editor is
            yield Finding(
                "S4",
                Severity.WARN,
                source.place,
                f"'{shown(source.title)}' is said to be {what} on {_day(day)}, which has not come "
                "yet. Correct the day; where it is printed so, say that in the reason.",
                f"ahead-{about}",
                trace_of(_trace(source), source.accessed),
            )


def _trace(source: SourceFacts) -> str:
    return trace_of(source.url, source.title, source.publisher, source.published)


def days_of_sources(page: PageFacts, limits: Limits) -> Iterable[date]:
    """The days on which a source becomes old."""
    for source in page.sources:
        if source.published:
            yield _old_from(source.published, limits)
        if source.dead_since:
            yield source.dead_since


def numbers_have_a_base(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S14: "reduces the risk by 50 %" says nothing without how many people it is about."""
    if not page.locale.casefold().startswith("en"):
        return
    figures = {
        place.path
        for block in page.blocks_of("benefits")
        for place, _, item in block.items("items")
        if isinstance(item, dict) and is_filled_in(str(item.get("figure") or ""))
    }
    for passage in page.passages:
        found = _relative_number(passage)
        if found and passage.place.path.rpartition(".")[0] not in figures:
            yield Finding(
                "S14",
                Severity.WARN,
                passage.place,
                f"'{found}' does not say of how many. Give the number itself: '4 in 100 people "
                "instead of 8 in 100'.",
                "-".join(word.text for word in words(normalise(found).text))[:60],
            )


def _relative_number(passage: Passage) -> str:
    if not any(sign in passage.folded for sign in _SIGNS_OF_A_RATIO):
        return ""
    found = _RELATIVE.search(passage.folded)
    return found[0].strip() if found and not _BASE.search(passage.folded) else ""


def _enough(page: PageFacts, limits: Limits) -> Iterator[Finding]:
    addresses = {_address(source) for source in page.sources}
    trace = trace_of(*sorted(addresses))
    if len(addresses) < limits.least_sources:
        twice = (
            " (what stands there twice counts once)" if len(addresses) < len(page.sources) else ""
        )
        yield Finding(
            "S3",
            Severity.WARN,
            _SOURCES,
            f"The article has {len(addresses)} of at least {limits.least_sources} sources{twice}. "
            "Add what it rests on.",
            "few",
            trace,
        )
    publishers = {_publisher(source) for source in page.sources} - {""}
    if page.sources and len(publishers) < limits.least_publishers:
        yield Finding(
            "S3",
            Severity.WARN,
            _SOURCES,
            f"The sources are from {len(publishers)} of at least {limits.least_publishers} "
            "publishers. Add one by somebody else, so that the article does not rest on one voice.",
            "publishers",
            trace,
        )


def _address(source: SourceFacts) -> str:
    """``"www.nhs.uk/x"``: the same for two places of one document."""
    address = source.url.strip().partition("#")[0].rstrip("/").casefold()
    return address.partition("://")[2].removeprefix("www.") or source.path


def _publisher(source: SourceFacts) -> str:
    """``"nhs"``: the same for "The NHS" and "NHS."."""
    spelt = " ".join(word.text for word in words(normalise(source.publisher).text))
    return spelt.removeprefix("the ")


def _cited(item: Any) -> list[str]:
    cited = item.get("sources") if isinstance(item, dict) else None
    return [key for key in cited if isinstance(key, str) and key] if isinstance(cited, list) else []


def _citations(value: Any, place: Place, depth: int = 0) -> Iterator[tuple[Place, str]]:
    """Every key that a block cites, wherever in its value."""
    if depth > 12:
        return
    if isinstance(value, dict):
        for key in _cited(value):
            yield place, key
        for name, part in value.items():
            if name != "sources" and isinstance(part, dict | list):
                yield from _citations(part, place, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _citations(part, place, depth + 1)


def _old_from(published: date, limits: Limits) -> date:
    return days_after(months_after(published, 12 * limits.source_years), 1)


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url.strip())
    except ValueError:  # such as "https://["
        return False
    is_named = _NAMES_A_WEBSITE.fullmatch(parts.hostname or "")
    return parts.scheme == "https" and bool(is_named) and not re.search(r"\s", url.strip())


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
