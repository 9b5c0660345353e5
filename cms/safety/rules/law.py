"""Nothing is sold here, and what the law restricts is said to be restricted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from cms.core.written_links import links_in
from cms.safety.findings import WHOLE_PAGE, Finding, Place, Severity, shown
from cms.safety.limits import Limits
from cms.safety.reading.facts import BlockFacts, PageFacts, at_field
from cms.safety.reading.shops import is_chat, sells
from cms.safety.reading.wording import wording
from cms.safety.rules.help import names_a_helpline
from cms.safety.rules.money import MONEY, NO_PRICE
from cms.safety.rules.offers import is_offer_on_a_button, offers_in

PURPOSES = frozenset(
    {"find_help", "talk_to_professional", "read_next", "report_side_effect", "leave_comment"}
)
_SIGNS_OF_MONEY = ("£", "$", "\u20ac", "pounds", "euro", "dollar", "gbp", "eur", "usd")
_BEFORE_A_PRICE = r"(?:price[sd]?|costs?|only|from|just|for|pay|fees?|charges?|starting\sat)"
_SOLD_BY = (
    r"(?:gram|g|pill|tablet|capsule|vial|bottle|dose|session|infusion|pack|month|week|treatment"
    r"|course|visit|appointment|consultation|injection|kit|box|packet|strip|spray)"
)
_PRICE = re.compile(
    rf"\b{_BEFORE_A_PRICE}\s?:?\s(?:\w+\s){{0,3}}{MONEY}"
    rf"|\b{_SOLD_BY}s?(?:\s(?:is|are|at|for)|:)\s(?:\w+\s)?{MONEY}"
    rf"|{MONEY}\sfor\s(?:\w+\s){{0,2}}{_SOLD_BY}s?\b"
    rf"|{MONEY}\s?(?:per|each|a|an|/)\s?{_SOLD_BY}\b"
)
_SUM = re.compile(rf"(?:from|about|around)?\s?{MONEY}(?:\s?(?:per|a|each|/)\s?\w+)?")
_OF_PRICES = re.compile(r"\b(?:prices?|pricing|costs?|fees?|charges?)\b")
_MAY_BE_A_LINK = re.compile(r"\.\w|://")
_CHANNELS = frozenset(
    {
        "insta",
        "instagram",
        "session",
        "signal",
        "snap",
        "snapchat",
        "telegram",
        "threema",
        "whatsapp",
        "wickr",
    }
)
_HANDLE = re.compile(
    r"(?<!\w)@\w{3,}\s(?:on|at|via)\s(?:telegram|wickr|snap(?:chat)?|insta(?:gram)?|whatsapp)\b|"
    r"\b(?:telegram|wickr|snap(?:chat)?|insta(?:gram)?|whatsapp)\s?[:@]\s?@?\w{3,}"
    r"|\b(?:signal|telegram|threema)\s?:?\s?\+?\d[\d\s]{6,20}"
    r"|\b(?:signal|threema|session)\s?:?\s?@\w{3,}"
)


def sells_nothing_restricted(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S7: no page about a medicine that the law restricts leads to buying it."""
    for block in page.blocks_of("next_step"):
        if block.words("purpose") not in PURPOSES:
            yield Finding(
                "S7",
                Severity.BLOCK,
                block.place,
                "The button has no purpose that is allowed here. Choose one of the list: find "
                "help, talk to a professional, read next, report a side effect, leave a comment.",
                "purpose",
            )
        if not page.is_restricted:
            continue
        label = block.words("label")
        said = wording(page.locale).all_said("selling", label)
        if said:
            yield Finding(
                "S7",
                Severity.BLOCK,
                block.place,
                f"The button says '{label}'. A medicine that needs a prescription must not be "
                f"offered to the public. Leave out '{said[0]}', and say what the reader finds or "
                "asks there.",
                "label",
            )
    if page.is_restricted:
        yield from _prices(page)
        yield from _calls(page)
        for place, url in (*_addresses(page), *_shops_of_helplines(page)):
            if sells(url):
                yield Finding(
                    "S7",
                    Severity.BLOCK,
                    place,
                    f"This leads to a shop ('{shown(url)}'). A medicine that needs a prescription "
                    "must not be offered to the public. Link to a health service or a regulator "
                    "instead.",
                    f"shop-{url[:60]}",
                )


def _calls(page: PageFacts) -> Iterator[Finding]:
    """A link may call to buy as a button does."""
    language = wording(page.locale)
    for passage in page.passages:
        for link in passage.links:
            if language.starts_with("calls", link.text):
                yield Finding(
                    "S7",
                    Severity.BLOCK,
                    passage.place,
                    f"The link says '{shown(link.text)}'. A medicine that needs a prescription "
                    "must not be offered to the public. Say what the reader finds or asks there.",
                    f"call-{link.text[:60]}",
                )


def controlled_drugs_say_so(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S8: near the top, a notice tells of the law, of dependence and of help; a helpline stands."""
    if not page.is_controlled:
        return
    notices = [block for block in page.blocks_of("risk_callout") if block.get("kind") == "law"]
    near = {block.path for block in page.blocks[: limits.notice_within_parts]}
    if not notices:
        yield Finding(
            "S8",
            Severity.BLOCK,
            WHOLE_PAGE,
            "This is a controlled drug, and nothing says so at the top. Add a safety notice of the "
            "kind 'The law' that tells of its legal status, of dependence and where to get help.",
            "notice",
        )
    elif notices[0].path not in near:
        yield Finding(
            "S8",
            Severity.BLOCK,
            notices[0].place,
            "The safety notice about the law stands too far down. Make it one of the first "
            f"{limits.notice_within_parts} parts of the body.",
            "far",
        )
    if notices:
        yield from _what_the_notice_lacks(page, notices[0])
    if not any(names_a_helpline(page, block) for block in page.blocks):
        yield Finding(
            "S8",
            Severity.BLOCK,
            WHOLE_PAGE,
            "This is a controlled drug, and the article names nobody to call. Add a part "
            "'Helpline'.",
            "helpline",
        )


def no_words_of_sellers(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S9: no page says where to get a medicine or drug, in words, links or handles."""
    for hit in wording(page.locale).meant("sourcing", page.all_passages):
        yield Finding(
            "S9",
            Severity.BLOCK,
            hit.passage.place,
            f"'{hit.words}' reads as if something were sold here. Say what a reader should know or "
            "ask instead; nothing on this site says where to buy.",
            hit.about,
        )
    yield from _offers(page)
    shops = () if page.is_restricted else _shops_of_helplines(page)
    for place, url in (*_addresses(page), *shops):
        if is_chat(url) or (sells(url) and not page.is_restricted):  # else S7 says so
            yield Finding(
                "S9",
                Severity.BLOCK,
                place,
                f"This leads to a shop or a chat ('{shown(url)}'). Link to a health service, a "
                "regulator or a publisher instead, or take the link out.",
                f"link-{url[:60]}",
            )
    for passage in page.all_passages:
        if _CHANNELS.isdisjoint(passage.vocabulary):
            continue
        if found := _HANDLE.search(passage.folded):
            yield Finding(
                "S9",
                Severity.BLOCK,
                passage.place,
                f"'{found[0]}' is how sellers are reached. Take it out.",
                "handle",
            )


def _offers(page: PageFacts) -> Iterator[Finding]:
    for offer in offers_in(page):
        yield Finding(
            "S9",
            Severity.BLOCK,
            offer.passage.place,
            f"'{offer.words}' offers something for sale. Say what a reader should know or ask "
            "instead; nothing on this site says where to buy.",
            offer.about,
        )
    for block in page.blocks_of("next_step"):
        if is_offer_on_a_button(block.words("label")):
            yield Finding(
                "S9",
                Severity.BLOCK,
                block.place,
                f"The button says '{block.words('label')}'. Nothing is sold on this site: say what "
                "the reader finds or asks there.",
                "button",
            )


def _prices(page: PageFacts) -> Iterator[Finding]:
    for block in page.blocks_of("table"):
        if sum_of_money := _priced(block):
            yield _price(block.place, sum_of_money)
    for passage in page.own_passages:
        if not any(sign in passage.folded for sign in _SIGNS_OF_MONEY):
            continue
        for sentence in passage.sentences:
            folded = sentence.normalised.text
            found = _PRICE.search(folded)
            if found and not NO_PRICE.search(folded):
                yield _price(passage.place, found[0].strip())


def _price(place: Place, words: str) -> Finding:
    return Finding(
        "S7",
        Severity.BLOCK,
        place,
        f"'{words}' is a price. A medicine that needs a prescription must not be offered to the "
        "public. Take the price out.",
        "price",
    )


def _priced(table: BlockFacts) -> str:
    """A sum in a cell, where the caption or a column says that it is one to pay."""
    said = [each.folded for each in table.passages if each.field in ("caption", "heading")]
    if any(map(NO_PRICE.search, said)) or not any(map(_OF_PRICES.search, said)):
        return ""
    cells = (each.folded.strip() for each in table.passages if each.field == "values")
    return next(filter(_SUM.fullmatch, cells), "")


def _what_the_notice_lacks(page: PageFacts, notice: BlockFacts) -> Iterator[Finding]:
    language = wording(page.locale)
    text = "\n".join(
        passage.text
        for passage in notice.passages
        # "The law" above a text is its subject, and says nothing of it.
        if passage.field != "title" or language.all_said("law", passage.text) != ["law"]
    )
    for section, lacks in (
        ("law", "what the law says"),
        ("dependence", "that people can come to depend on it"),
    ):
        if not language.says(section, text):
            yield Finding(
                "S8",
                Severity.BLOCK,
                notice.place,
                f"The safety notice about the law does not say {lacks}. Add a sentence.",
                section,
            )
    has_link = any(passage.links for passage in notice.passages)
    if not (has_link or names_a_helpline(page, notice)):
        yield Finding(
            "S8",
            Severity.BLOCK,
            notice.place,
            "The safety notice about the law does not say where to get help. Choose a helpline in "
            "it, or link to a page about help.",
            "help",
        )


def _addresses(page: PageFacts) -> Iterator[tuple[Place, str]]:
    """Every address that the page leads to or spells out."""
    for passage in page.passages:
        for link in passage.links:
            if link.url:
                yield passage.place, link.url
        if "dot" in passage.vocabulary or _MAY_BE_A_LINK.search(passage.folded):
            for start, end in links_in(passage.folded):
                yield passage.place, passage.folded[start:end]
    for block in page.blocks:
        yield from ((block.place, url) for url in _urls(block))
    for source in page.sources:
        if source.url:
            yield source.place, source.url
    yield from _addresses_of_people(page)


def _addresses_of_people(page: PageFacts) -> Iterator[tuple[Place, str]]:
    reviewer = page.review.reviewer
    for name, people in (("authors", page.authors), ("reviewer", (reviewer,) if reviewer else ())):
        for person in people:
            if person.profile_url:
                label = f"{name.capitalize()}, profile of {person.name} (under People)"
                yield at_field(name, label), person.profile_url


def _shops_of_helplines(page: PageFacts) -> Iterator[tuple[Place, str]]:
    """A chat is how some helplines are reached; a shop never is."""
    for block in page.blocks:
        number = block.number("helpline")
        helpline = page.helplines.get(number) if number is not None else None
        if helpline and sells(helpline.url):
            label = f"{block.place.label}, address of '{helpline.name}' (under Helplines)"
            yield replace(block.place, label=label), helpline.url


def _urls(block: BlockFacts) -> Iterable[str]:
    url = block.get("url")
    return [url] if isinstance(url, str) and url else []
