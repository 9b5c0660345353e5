"""What is offered for sale in words, whatever it is called. Pure.

No list has the name of every medicine. So a verb of buying counts where what it buys is a name of
the page itself, and where "online", a price or an invitation stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cms.core.normalise import normalise
from cms.safety.reading.facts import PageFacts
from cms.safety.reading.passages import Passage, Sentence
from cms.safety.reading.wording import wording
from cms.safety.rules.money import MONEY, NO_PRICE

_VERBS = frozenset({"buy", "order", "purchase"})
_FEWEST_LETTERS = 4  # a shorter word of a title, such as "and", names nothing

# "the order", "in order to" and "order of things" buy nothing; "people who buy" are told of.
_VERB = (
    r"(?<!\bwho )(?<!\bthey )(?<!\bsome people )(?<!\bmany people )(?<!\bmost people )"
    r"(?<!\bin )(?<!\bthe )(?<!\ba )(?<!\bthis )(?<!\bthat )(?<!\bany )(?<!\bcourt )"
    r"\b(?:buy|order|purchase)(?! of\b)"
)
_FEW_WORDS = r"(?:[^\W_][\w'\u2019-]*[,()]?\s\(?){1,%d}?"
_ONLINE = re.compile(rf"{_VERB}\s{_FEW_WORDS % 6}(?:online|on the internet)\b")
_INVITES = re.compile(
    rf"(?:^|\byou (?:can|may|could) )(?P<verb>(?:buy|order|purchase)(?! of\b))\s"
    rf"{_FEW_WORDS % 4}(?:here|today|now|from us)\b"
)
_PRICED = re.compile(rf"{_VERB}\b[^.;!?]{{0,80}}?{MONEY}|{MONEY}[^.;!?]{{0,40}}?{_VERB}\b")
_ON_A_BUTTON = re.compile(r"(?:buy|order|purchase|shop)\b")
_ADVISES = re.compile(
    r"\bonly (?:ever )?(?:buy|order|purchase)\b[^.]*\b(?:registered|regulated|licensed)\b"
)
_HARMLESS = re.compile(
    r"\b(?:time|tests?|help|advice|support|information|leaflets?|appointments?|books?|booklets?"
    r"|repeats?)\b"
)


class Offer(NamedTuple):
    passage: Passage
    words: str
    about: str


def offers_in(page: PageFacts) -> Iterator[Offer]:
    """At most one of each sentence."""
    named = _named(page)
    for passage in page.all_passages:
        if _VERBS.isdisjoint(passage.vocabulary):
            continue
        for sentence in passage.sentences:
            if _VERBS.isdisjoint(sentence.vocabulary):
                continue
            if words := _offered(page, sentence, named):
                yield Offer(passage, words, "-".join(re.findall(r"\w+", words.casefold()))[:60])


def is_offer_on_a_button(label: str) -> bool:
    """``"Buy Viagra"``: a button that says so is one, whatever it names."""
    folded = normalise(label).text
    return bool(_ON_A_BUTTON.match(folded)) and not _HARMLESS.search(folded)


def _offered(page: PageFacts, sentence: Sentence, named: re.Pattern[str] | None) -> str:
    folded = sentence.normalised.text
    if _ADVISES.search(folded):
        return ""
    language = wording(page.locale)
    for pattern in (named, _ONLINE, _INVITES, _PRICED):
        for found in pattern.finditer(folded) if pattern else ():
            start = found.start("verb") if "verb" in found.groupdict() else found.start()
            if _HARMLESS.search(found[0]) or (pattern is _PRICED and NO_PRICE.search(folded)):
                continue
            if language.is_meant(folded, start, found.end()):
                begin, end = sentence.normalised.span(start, found.end())
                return sentence.text[begin:end]
    return ""


def _named(page: PageFacts) -> re.Pattern[str] | None:
    """A verb of buying before a name that the page gives to the medicine it is about."""
    names = {word for word in names_of(page) if len(word) >= _FEWEST_LETTERS}
    if not names:
        return None
    either = "|".join(re.escape(name) for name in sorted(names))
    return re.compile(rf"{_VERB}\s(?:(?:a|an|the|your|some|cheap|generic|real)\s)*(?:{either})\b")


def names_of(page: PageFacts) -> Iterator[str]:
    """The words of a medicine's title, and each other name as a whole."""
    if page.topic_type == "medicine" or page.legal_status:
        yield from re.findall(r"[^\W_]+", normalise(page.title).text)
    yield from (normalise(name).text.strip() for name in page.synonyms)
    for block in page.blocks_of("medicine_facts"):
        yield normalise(block.words("generic_name")).text
        for _, _, name in block.items("brand_names"):
            yield normalise(str(name)).text.strip()
