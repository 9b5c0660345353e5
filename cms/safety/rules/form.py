"""Headings, images, links and notices, as everybody can use them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import PurePosixPath

from cms.core.normalise import normalise, words
from cms.safety.findings import Finding, Place, Severity, shown, trace_of
from cms.safety.limits import Limits
from cms.safety.reading.facts import BlockFacts, ImageFacts, PageFacts, at_field
from cms.safety.reading.passages import Passage, says_something
from cms.safety.reading.rich_text import Link
from cms.safety.reading.wording import Wording, wording

NOTICES = ("risk_callout", "care_card")
HEADED_BY_THEME = ("do_dont", "video")
TEXTS = ("rich_text", "inset", "glossary_term")
# The field that is the heading of a block, for those that must have one.
HEADING_OF = {
    "heading": "text",
    "medical_uses": "heading",
    "benefits": "heading",
    "risks": "heading",
    "conclusion": "heading",
    "risk_callout": "title",
    "care_card": "action",
    "details": "title",
    "video": "title",
}
_MEDICINE_SECTIONS = frozenset(
    {"suitability", "how_used", "interactions", "pregnancy", "overdose", "driving"}
)
MOST_OF_A_NAME = 256  # characters, on any disk
_FILE_NAME = re.compile(
    r".*\.(?:jpe?g|png|gif|webp|svg|avif|tiff?|bmp|heic)|(?:img|dsc|dscn|dcim|image|photo|picture|screenshot|untitled|scan|figure|graphic|icon|logo|placeholder)[\s_-]*\d*[\s_\d()-]*|[\w-]*_[\w-]*|[\d-]+|[a-z0-9]+(?:-[a-z0-9]+){2,}"
    r"|screenshot\s[\d\s.:-]+(?:at\s[\d.:\s]+)?|untitled\sdesign"
    r"|(?:an?\s)?(?:stock\s)?(?:image|photo|picture|graphic)(?:\sof|\s\d+\sof\s\d+)?|alt(?:\stext)?|todo|tbc|n/?a|none|null|undefined"
)
_ENDS_AS_THE_PAGE_GOES_ON = re.compile(r"\b(?:if|when)\b\W*$|[:.]$", re.IGNORECASE)
_RAW_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)\S+"
    r"|(?<![\w@/.-])(?:[a-z0-9-]{1,63}\.){1,6}(?:com|org|net|uk|gov|eu|int|info|edu|ie|io)/\S+",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"\.[a-z]{2,4}/")
_ANNOUNCED = re.compile(r"\bnew (?:window|tab)\b", re.IGNORECASE)
_FEWEST_DIGITS = 3  # "111" is a number to call, "2" the second note of another text
_STARTS_WITH_DO_NOT = re.compile(r"(?:do\s+not|don['\u2019]?t|never|not)\b", re.IGNORECASE)
# "Do not avoid alcohol" says the opposite, and "Do not must not drive" nothing.
_DENIES_ITSELF = re.compile(
    r"(?:avoid|refrain|no|cannot|can['\u2019]?t|(?:you\s)?(?:must|should)(?:n['\u2019]?t|\snot))\b",
    re.IGNORECASE,
)
_STARTS_WITH_DO = re.compile(r"do\b(?!\s+(?:not|your|some|the|this|it|an?)\b)", re.IGNORECASE)


def headings_are_in_order(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S16: one title, no heading empty or skipped, and none missing after a notice."""
    if not page.title.strip():
        yield Finding(
            "S16",
            Severity.BLOCK,
            at_field("title", "Title"),
            "The page has no title. Give it one that says what the page answers.",
            "title",
        )
    level, has_section, after_notice = 1, False, False
    for block in page.blocks:
        yield from _empty_headings(block)
        if block.type == "heading" and block.get("size") == "subsection":
            if not has_section:
                yield Finding(
                    "S16",
                    Severity.BLOCK,
                    block.place,
                    "This is a part of a section, and no section comes before it. Make it a "
                    "section.",
                    "order",
                )
            level = 3
        elif _opens_a_section(block):
            level, has_section = 2, True
        if block.type in TEXTS and after_notice:
            yield Finding(
                "S16",
                Severity.BLOCK,
                block.place,
                "This text follows a notice, and reads as if it belonged to it. Put a heading "
                "between them.",
                "after-notice",
            )
        if block.type in NOTICES:
            after_notice = True
        elif block.type in (*TEXTS, *HEADED_BY_THEME, "heading") or _opens_a_section(block):
            after_notice = False
        for passage in block.passages:
            for found in passage.rich.headings:
                yield from _heading_within(passage, found.level, found.text, level)
                level = max(2, found.level)


def images_are_described(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S17: an image has an alt text that says what it tells, or is marked as decorative."""
    for block in page.blocks:
        for place, described in _images(block):
            number = described.get("image")
            image = page.images.get(number) if isinstance(number, int) else None
            if isinstance(number, int) and image is None:
                yield Finding(
                    "S17",
                    Severity.WARN,
                    place,
                    "The image that stood here was deleted. Choose another, or remove it.",
                    "gone",
                )
            if not described.get("decorative"):
                alt_text = described.get("alt_text")
                yield from _alt_text(
                    place, alt_text if isinstance(alt_text, str) else "", image, limits
                )
        for passage in block.passages:
            for inline in passage.rich.images:
                yield from _alt_text(passage.place, inline.alt_text, None, limits)


def links_say_where_they_lead(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S18: the words of a link say what is behind it; no bare address; no surprise window."""
    language = wording(page.locale)
    for passage in page.passages:
        for link in passage.links:
            yield from _link(passage.place, link, language)
        if "://" in passage.text or "www." in passage.folded or _SLASHED.search(passage.folded):
            linked = " ".join(link.text for link in passage.links)
            for found in _RAW_ADDRESS.findall(passage.text):
                if found not in linked:
                    yield _raw(passage.place, found)
    for block in page.blocks_of("next_step"):
        yield from _link(block.place, Link(block.words("label")), language)


def notices_keep_their_form(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S19: "Do not" comes from the page, a care card says what to do, notices are few, and a term
    is one that the glossary has."""
    language = wording(page.locale)
    callouts = page.blocks_of("risk_callout")
    for block in callouts[limits.notices :]:
        yield _warn(
            block.place,
            f"The article has {len(callouts)} safety notices, of at most {limits.notices}: readers "
            "stop seeing them. Make it text, or a care card where readers have to get help.",
            "many",
        )
    for block in page.blocks_of("do_dont"):
        yield from _advice(block)
    for block in page.blocks_of("care_card"):
        yield from _care_card(block, language)
    for block in page.blocks_of("glossary_term"):
        if page.term_of(block) is None:
            yield _warn(
                block.place,
                "The glossary term that stood here was deleted. Choose another, or remove it.",
                "gone",
            )


def _empty_headings(block: BlockFacts) -> Iterator[Finding]:
    field = HEADING_OF.get(block.type)
    if field and not says_something(block.words(field)):
        yield Finding(
            "S16",
            Severity.BLOCK,
            block.place,
            "The heading of this part is empty. Fill it in, or remove the part.",
            "empty",
        )
    if block.type == "faq":
        for place, _, item in block.items("items"):
            question = item.get("question") if isinstance(item, dict) else None
            if not (isinstance(question, str) and says_something(question)):
                yield Finding(
                    "S16",
                    Severity.BLOCK,
                    place,
                    "The question is empty. Fill it in, or remove it.",
                    "empty",
                )


def _heading_within(passage: Passage, found: int, text: str, level: int) -> Iterator[Finding]:
    if not text.strip():
        wrong = "A heading within the text is empty. Remove it."
    elif found == 1:
        wrong = f"'{shown(text)}' is a second title of the page. Make it a heading part of its own."
    elif found > level + 1:
        wrong = f"'{shown(text)}' skips a level of headings. Make it a heading part of its own."
    else:
        return
    yield Finding("S16", Severity.BLOCK, passage.place, wrong, f"level-{found}")


def _opens_a_section(block: BlockFacts) -> bool:
    if block.type == "heading":
        return block.get("size") != "subsection"
    return block.type in _MEDICINE_SECTIONS or bool(block.words("heading"))


def _images(block: BlockFacts) -> Iterator[tuple[Place, Mapping[str, object]]]:
    described = block.get("image")
    if block.type == "image":
        yield block.place, described if isinstance(described, dict) else {}
    elif isinstance(described, dict):
        yield block.place, described


def _alt_text(
    place: Place, alt_text: str, image: ImageFacts | None, limits: Limits
) -> Iterator[Finding]:
    plain = " ".join(normalise(alt_text).text.split())
    if not says_something(plain):
        yield Finding(
            "S17",
            Severity.BLOCK,
            place,
            "The image has no alt text. Say in it what the image tells the reader, or mark the "
            "image as decorative when it tells nothing.",
            "none",
        )
        return
    if len(alt_text) > limits.alt_text_characters:
        yield Finding(
            "S17",
            Severity.WARN,
            place,
            f"The alt text has {len(alt_text)} characters, of at most "
            f"{limits.alt_text_characters}. Say the most important thing in it, and the rest in "
            "the text.",
            "long",
            trace_of(alt_text),
        )
    file_names = (
        {normalise(PurePosixPath(image.file_name).stem).text}
        if image and image.file_name
        else set()
    )
    if plain in file_names or (len(plain) < MOST_OF_A_NAME and _FILE_NAME.fullmatch(plain)):
        yield Finding(
            "S17",
            Severity.WARN,
            place,
            f"The alt text '{shown(alt_text)}' is the name of a file, or could stand for any "
            "image. Say what this one tells the reader.",
            "file-name",
            trace_of(alt_text),
        )


def _link(place: Place, link: Link, language: Wording) -> Iterator[Finding]:
    text = link.text.strip()
    if not text:
        yield _vague(place, "A link has no words, so that nobody can tell where it leads.", "empty")
    elif found := _RAW_ADDRESS.search(text):
        yield _raw(place, found[0])
    elif not _has_words(text):
        yield _vague(place, f"The link '{shown(text)}' has no words.", f"signs-{_told_by(text)}")
    elif language.is_wholly("vague_links", text):
        wrong = f"The link '{shown(text)}' does not say where it leads."
        yield _vague(place, wrong, _told_by(text))
    if link.new_window and not _ANNOUNCED.search(text):
        yield Finding(
            "S18",
            Severity.WARN,
            place,
            f"The link '{shown(text)}' opens a new window without a word. Let it open in the same "
            "one.",
            f"window-{_told_by(text)}",
        )


def _told_by(text: str) -> str:
    """``"drink-alcohol"``: its words, without the spaces that a form takes off a key."""
    return "-".join(word.text for word in words(normalise(text).text))[:60]


def _has_words(text: str) -> bool:
    return any(map(str.isalpha, text)) or sum(map(str.isdigit, text)) >= _FEWEST_DIGITS


def _vague(place: Place, wrong: str, about: str) -> Finding:
    return Finding(
        "S18",
        Severity.WARN,
        place,
        f"{wrong} Some people hear the links of a page alone, one after the other: use the name of "
        "what is there.",
        about,
    )


def _raw(place: Place, address: str) -> Finding:
    return Finding(
        "S18",
        Severity.WARN,
        place,
        f"'{shown(address)}' is an address, which is read out letter by letter. Use the name of "
        "what is there, and link it.",
        f"raw-{address[:60]}",
    )


def _advice(block: BlockFacts) -> Iterator[Finding]:
    to_do, not_to_do = block.items("do"), block.items("dont")
    if len(to_do) + len(not_to_do) < 2:
        yield _warn(
            block.place, "A list of one is no list. Use a text that stands out instead.", "short"
        )
    for place, _, item in not_to_do:
        if isinstance(item, str) and _STARTS_WITH_DO_NOT.match(item.strip()):
            yield _warn(
                place,
                f"The page writes 'Do not' before '{shown(item)}'. Start with the bare verb.",
                f"twice-{_told_by(item)}",
            )
        elif isinstance(item, str) and _DENIES_ITSELF.match(item.strip()):
            yield _warn(
                place,
                f"The page writes 'Do not' before '{shown(item)}', which turns it round. Start "
                "with the verb of what to leave: 'drink alcohol'.",
                f"turned-{_told_by(item)}",
            )
    for place, _, item in to_do:
        if isinstance(item, str) and _STARTS_WITH_DO.match(item.strip()):
            yield _warn(
                place,
                f"'{shown(item)}' stands below 'Do'. Start with the bare verb.",
                f"do-{_told_by(item)}",
            )
        elif isinstance(item, str) and _STARTS_WITH_DO_NOT.match(item.strip()):
            yield _warn(
                place,
                f"'{shown(item)}' stands below 'Do'. Move it to 'Do not'.",
                f"wrong-list-{_told_by(item)}",
            )


def _care_card(block: BlockFacts, language: Wording) -> Iterator[Finding]:
    action = block.words("action")
    if action and (
        _ENDS_AS_THE_PAGE_GOES_ON.search(action) or not language.starts_with("verbs", action)
    ):
        yield _warn(
            block.place,
            f"The heading of the card reads '{action[:60]} if:'. Start with what to do, such as "
            "'Call 999' or 'See a GP', and leave 'if' to the page.",
            f"action-{_told_by(action)}",
        )
    if not any(isinstance(item, str) and item.strip() for _, _, item in block.items("conditions")):
        yield _warn(block.place, "The card does not say when. Add at least one condition.", "when")
    if block.get("level") != "emergency":
        return
    for passage in block.passages:
        for link in passage.links:
            helps = link.url.startswith("tel:") or language.says("emergency", link.text)
            if not helps:
                yield _warn(
                    passage.place,
                    f"The link '{shown(link.text)}' leads away in an emergency. Only a number to "
                    "call or the way to an emergency department belongs here.",
                    f"leads-away-{_told_by(link.text)}",
                )


def _warn(place: Place, message: str, about: str) -> Finding:
    return Finding("S19", Severity.WARN, place, message, about)
