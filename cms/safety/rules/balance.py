"""What good a medicine does is never told without its harm, nor more loudly. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from cms.core.normalise import normalise
from cms.safety.findings import Finding, Severity, trace_of
from cms.safety.limits import Limits
from cms.safety.reading.facts import ARTICLE, BlockFacts, PageFacts
from cms.safety.reading.passages import Passage, children, is_filled_in
from cms.safety.reading.rich_text import read
from cms.safety.reading.wording import wording
from cms.safety.rules.offers import names_of

GOOD = ("medical_uses", "benefits")
HARM = "risks"
OPENS_ON_A_CLICK = "details"
TRANSCRIPT = ("video", "transcript")  # the page folds it away below the video
_HEADINGS = frozenset(
    {("heading", "text"), ("details", "title"), ("faq", "heading"), ("faq", "question")}
)
_SECTIONS_OF_MEDICINES = frozenset(
    {"suitability", "how_used", "interactions", "pregnancy", "overdose", "driving"}
)

ABOUT_A_MEDICINE = (*GOOD, HARM, "medicine_facts", *sorted(_SECTIONS_OF_MEDICINES))


def risks_beside_benefits(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S1: where uses or benefits stand, risks stand too; and both stand in articles."""
    if page.page_type != ARTICLE:
        yield from _outside_of_articles(page)
        return
    if any(_says_something(block) for block in page.blocks_of(HARM)):
        return
    for block in _tells_what_good_it_does(page)[:1]:
        yield Finding(
            "S1",
            Severity.BLOCK,
            block.place,
            "This says what good it does, and no part of the article says what harm it can do. Add "
            "the part 'Risks and considerations' and fill it in.",
        )


def risks_in_plain_sight(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S2: risks stand where readers see them, and are told as fully as benefits."""
    yield from _hidden(page)
    risks = page.blocks_of(HARM)
    if not risks:
        return
    yield from _late(page, risks[0], limits)
    good = sum(block.word_count for block in page.blocks_of(*GOOD))
    harm = sum(block.word_count for block in risks)
    share = round(100 * harm / good) if good else 100
    if share < limits.risks_per_benefits_percent:
        yield Finding(
            "S2",
            Severity.WARN,
            risks[0].place,
            f"The risks have {harm} words, the uses and benefits {good}: that is {share} %, and "
            f"less than {limits.risks_per_benefits_percent} %. Tell the risks as fully as what "
            "good it does, or shorten that.",
            "share",
            _trace(page),
        )


def unlicensed_uses_say_so(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S12: a use without a licence says so and where, and never comes first."""
    is_first = True
    for block in page.blocks_of("medical_uses"):
        for place, key, use in block.items("items"):
            status = _field(use, "status")
            if status in ("off_label", "under_study"):
                if is_first:
                    yield Finding(
                        "S12",
                        Severity.BLOCK,
                        place,
                        "The first use is one without a licence. Put a licensed use first; where "
                        "there is none, tell of it in a text instead of a list of uses.",
                        "first",
                    )
                if not _field(use, "country"):
                    yield Finding(
                        "S12",
                        Severity.BLOCK,
                        place,
                        "This use is not licensed, and does not say where. Choose the country.",
                        f"country-{key}" if key else "country",
                    )
            elif wording(page.locale).says("off_label", _words_of(use)):
                yield Finding(
                    "S12",
                    Severity.WARN,
                    place,
                    "The words speak of a use outside of the licence, and the use is marked as "
                    "licensed. Choose 'off-label' or 'under study', or make two uses of it.",
                    f"status-{key}" if key else "status",
                )
            is_first = False


def _words_of(use: object) -> str:
    points = [point for _, point in children(use, "points") if isinstance(point, str)]
    return ". ".join(
        read(text).text for text in (_field(use, "term"), _field(use, "text"), *points)
    )


def section_count(blocks: Sequence[BlockFacts]) -> int:
    """How many sections the theme finds in a body, which it lists in the contents."""
    return sum(
        block.type in _SECTIONS_OF_MEDICINES
        or (
            block.type == "heading"
            and block.get("size") != "subsection"
            and bool(block.words("text"))
        )
        or (block.type != "heading" and bool(block.words("heading")))
        for block in blocks
    )


def _outside_of_articles(page: PageFacts) -> Iterator[Finding]:
    """No source backs it there, and no clinician reviews it."""
    for block in page.blocks_of(*ABOUT_A_MEDICINE):
        yield Finding(
            "S1",
            Severity.BLOCK,
            block.place,
            "What a medicine does, and what harm it can do, is told in articles: they have sources "
            "and a clinical review. Move this part to an article, and link to it.",
            "article",
        )


def _tells_what_good_it_does(page: PageFacts) -> tuple[BlockFacts, ...]:
    """Parts of the kind, and headings that announce a text of it, in general or by a name."""
    language = wording(page.locale)
    either = "|".join(re.escape(name) for name in sorted(set(names_of(page)) - {""}))
    names = re.compile(rf"\b(?:{either})\b") if either else None

    def announces_it(heading: str) -> bool:
        folded = normalise(heading).text
        named = names.finditer(folded) if names else ()
        return language.is_wholly("good", folded) or any(
            language.is_wholly("good", f"{folded[: name.start()]}it{folded[name.end() :]}")
            for name in named
        )

    return page.blocks_of(*GOOD) or tuple(
        block for block in page.blocks if any(map(announces_it, _headings(block)))
    )


def _headings(block: BlockFacts) -> Iterator[str]:
    """As a reader finds them, whichever part has them."""
    if block.type in ("heading", "details", "faq", "inset", "rich_text"):
        for passage in block.passages:
            if (block.type, passage.field) in _HEADINGS:
                yield passage.text
            yield from (heading.text for heading in passage.rich.headings)
            yield from passage.rich.bold


def _closed(block: BlockFacts) -> tuple[Passage, ...]:
    """What of it a reader has to open."""
    if block.type == OPENS_ON_A_CLICK:
        return block.passages
    return tuple(one for one in block.passages if (block.type, one.field) == TRANSCRIPT)


def _hidden(page: PageFacts) -> Iterator[Finding]:
    language = wording(page.locale)
    for block in page.blocks:
        closed = _closed(block)
        said = {normalise(hit.words).text for hit in language.said("safety", closed)}
        if not said:
            continue
        at_the_top = [one for one in page.passages if one.whole.field in ("summary", "key_points")]
        in_sight = {
            normalise(hit.words).text
            for passages in (at_the_top, *map(_in_sight, page.blocks))
            for hit in language.said("safety", passages)
        }
        if hidden := sorted(said - in_sight):
            yield Finding(
                "S2",
                Severity.WARN,
                block.place,
                f"Only this part, which readers have to open, speaks of '{hidden[0]}'. It does not "
                "print while it is closed. Say what matters for safety outside of it as well.",
                "hidden",
                _trace(page),
            )


def _in_sight(block: BlockFacts) -> tuple[Passage, ...]:
    closed = _closed(block)
    return tuple(one for one in block.passages if one not in closed) if closed else block.passages


def _late(page: PageFacts, risks: BlockFacts, limits: Limits) -> Iterator[Finding]:
    if section_count(page.blocks) >= limits.contents_from_sections:
        return  # the contents list at the top leads to them
    total = sum(block.word_count for block in page.blocks)
    before = sum(block.word_count for block in page.blocks[: page.blocks.index(risks)])
    percent = round(100 * before / total) if total else 0
    if percent > limits.risks_within_percent:
        yield Finding(
            "S2",
            Severity.WARN,
            risks.place,
            f"The risks start after {percent} % of the article, and no contents list leads there. "
            f"Move them up, so that they start within {limits.risks_within_percent} %, or divide "
            f"the article into {limits.contents_from_sections} sections or more.",
            "late",
            _trace(page),
        )


def _trace(page: PageFacts) -> str:
    return trace_of(*(passage.text for block in page.blocks for passage in block.passages))


def _says_something(block: BlockFacts) -> bool:
    """Whether it has more than its heading."""
    return any(
        passage.field != "heading" and is_filled_in(passage.text) for passage in block.passages
    )


def _field(value: object, name: str) -> str:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
