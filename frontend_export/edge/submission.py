"""The body of a POST becomes a comment, or sentences that say what to mend. Pure.

A character is what a reader sees as one: an extended grapheme cluster (UAX #29), such as a family
of emoji or a letter with its accents. It is counted after line ends became one character each and
outer white space went.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import parse_qsl

import regex
from python_multipart import parse_form
from python_multipart.exceptions import FormParserError

from frontend_export.config import (
    LONGEST_COMMENT,
    LONGEST_NAME,
    MOST_NAME_CHARACTERS,
    MOST_TEXT_CHARACTERS,
)
from frontend_export.render.renderer import HONEYPOT_FIELD
from frontend_export.words import Sentence, message

FIELDS = (
    *("page", "locale", "token", "start"),
    *("name", "text", "email", "notify", HONEYPOT_FIELD),
)
MOST_FIELDS = 100
TOO_MANY_FIELDS = Sentence("The form has too many fields. Use the form on the page.")
SHORTEST_TEXT = 2
LONGEST_EMAIL = 254
# A family of emoji with the colours of their skins has eleven.
CODE_POINTS_PER_CHARACTER = {"name": 4, "comment": 12, "text": 12}
# What the CMS has room for, whatever the settings say: with more, a comment would be thanked for
# and then parked.
MOST_CODE_POINTS = {
    "name": MOST_NAME_CHARACTERS,
    "comment": MOST_TEXT_CHARACTERS,
    "text": MOST_TEXT_CHARACTERS,
}
MOST_MARKS = 30
LETTER_TOO_LONG = {
    "name": message("Your name has a letter with more than %(most)s accents. Remove some of them."),
    "comment": message(
        "Your comment has a letter with more than %(most)s accents. Remove some of them."
    ),
    "text": message("Your text has a letter with more than %(most)s accents. Remove some of them."),
}
TOO_LONG = {
    "name": message("Your name must be %(most)s characters or fewer. It has %(count)s."),
    "comment": message("Your comment must be %(most)s characters or fewer. It has %(count)s."),
    "text": message("Your text must be %(most)s characters or fewer. It has %(count)s."),
}
TOO_MANY_SIGNS = {
    "name": message(
        "Your name has more accents and joined signs than we can keep. Use fewer of them."
    ),
    "comment": message(
        "Your comment has more accents and joined signs than we can keep. Use fewer of them."
    ),
    "text": message(
        "Your text has more accents and joined signs than we can keep. Use fewer of them."
    ),
}
BUCKET_SECONDS = 600
YES = frozenset({"yes", "on", "true", "1"})
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

GRAPHEME = regex.compile(r"\X")
FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
# What cannot stand in HTML and in XML: NUL, controls, lone surrogates, non-characters.
NOT_TEXT = re.compile("[^\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Longer than any language needs (the Stream-Safe Text Format of UAX #15 draws the same line): to
# normalise more takes the square of its length.
TOO_MANY_MARKS = regex.compile(rf"\p{{M}}{{{MOST_MARKS + 1}}}")

# Stricter than the CMS's own check, so that nothing accepted here is refused there.
EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64})*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])",
    re.IGNORECASE,
)


class BodyError(Exception):
    """The body holds no comment; ``sentence`` is for the person who sent it.

    ``fields`` is what could be read of it all the same, to be shown again.
    """

    status = 400

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fields: dict[str, str] = {}


class WrongType(BodyError):  # noqa: N818 - reads as the reason it is
    """The body is of a type that is not taken here."""

    status = 415


@dataclass(frozen=True, slots=True)
class Longest:
    """How many characters each may have; 0 is as many as the CMS has room for."""

    text: int = LONGEST_COMMENT
    name: int = LONGEST_NAME


@dataclass(frozen=True)
class Comment:
    """What a reader sent, checked."""

    page: str
    locale: str
    name: str
    text: str
    email: str
    notify: bool = False
    signals: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The same for the same comment, however its white space and accents were encoded."""
        return hashlib.sha256(self._normalised.encode()).hexdigest()

    def ids(
        self, *, secret: bytes, network_at: Callable[[float], str], now: float
    ) -> tuple[str, str]:
        """The id of this comment now, and the one it had ten minutes ago.

        A double click, or a page sent again, has an id that came before. ``network_at`` tells
        networks apart, differently from week to week: ids are kept for longer.
        """
        return ids_by_content(secret, self._normalised, network_at, now)

    def body(self, id: str, *, received_at: float, network: str = "") -> bytes:
        """The line that the CMS receives; see docs/comments-contract.md."""
        return json.dumps(
            {
                "kind": "comment",
                "id": id,
                "page": self.page,
                "locale": self.locale,
                "name": self.name,
                "text": self.text,
                "email": self.email,
                "notify": self.notify,
                "received_at": datetime.fromtimestamp(received_at, UTC).isoformat(),
                "signals": list(self.signals),
                "network": network,
            },
            ensure_ascii=False,
        ).encode()

    @cached_property
    def _normalised(self) -> str:
        """A JSON list."""
        values = [self.page, self.locale, self.name, self.text, self.email]
        if self.notify:  # who sends it again with the box ticked is to be heard
            values.append("notify")
        return json.dumps([" ".join(composed(value).split()) for value in values])


def ids_by_content(
    secret: bytes, parts: str, network_at: Callable[[float], str], now: float
) -> tuple[str, str]:
    """The id in this step of ten minutes, and in the one before; of a comment or a report.

    ``parts`` is a JSON list of what was sent.
    """
    said, bucket = parts.removesuffix("]"), int(now // BUCKET_SECONDS)
    current, previous = (
        _keyed(secret, f'{said}, "{network_at(at * BUCKET_SECONDS)}", {at}]')
        for at in (bucket, bucket - 1)
    )
    return current, previous


def keyed_id(secret: bytes, parts: Iterable[str | int]) -> str:
    """64 hex digits that nobody can guess or turn back without ``secret``."""
    return _keyed(secret, json.dumps(list(parts)))


def _keyed(secret: bytes, said: str) -> str:
    # hmac.digest() would let other threads run, and wait for them longer than for the hash.
    return hmac.new(secret, said.encode(), "sha256").hexdigest()


def read_fields(content_type: str, body: bytes, known: Collection[str] = FIELDS) -> dict[str, str]:
    """The known fields of a body, as they were typed; the others are ignored.

    Bytes that are no UTF-8 become lone surrogates, which ``check`` refuses with a sentence.
    Raises ``WrongType`` for a file or another content type, ``BodyError`` for a broken body, with
    the fields that could be read.
    """
    media_type = media_type_of(content_type)
    if media_type == "application/json":
        pairs, problem = _json_pairs(body, known), None
    elif media_type == "application/x-www-form-urlencoded":
        pairs, problem = _urlencoded_pairs(body)
    elif media_type == "multipart/form-data":
        pairs, problem = _multipart_pairs(content_type, body)
    else:
        raise WrongType(Sentence("It must be sent as a form or as JSON. Use the form on the page."))
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            continue
        if name in fields:
            problem = problem or BodyError(
                Sentence("The field '%(name)s' was sent twice. Send it once.", name=name)
            )
            value = f"{fields[name]}\n\n{value}"  # both were typed
        fields[name] = value
    if problem:
        problem.fields = fields
        raise problem
    return fields


def media_type_of(content_type: str) -> str:
    """``"text/html; charset=utf-8"`` is ``"text/html"``."""
    return content_type.partition(";")[0].strip().lower()


def check(
    fields: Mapping[str, str], signals: Iterable[str] = (), *, longest: Longest | None = None
) -> Comment | dict[str, str]:
    """A comment, or a sentence for each field that must be mended."""
    longest = longest or Longest()
    name = " ".join(fields.get("name", "").split())
    text = fields.get("text", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    email = fields.get("email", "").strip()
    notify = fields.get("notify", "").strip().lower() in YES
    problems = {
        "name": _problem_of_name(name, longest.name),
        "text": _problem_of_text(text, longest.text),
        "email": _problem_of_email(email, is_needed=notify),
    }
    if errors := {field: problem for field, problem in problems.items() if problem}:
        return errors
    return Comment(
        page=fields.get("page", ""),
        locale=fields.get("locale", ""),
        name=name,
        text=text,
        email=email,
        notify=notify,
        signals=(*signals, *signals_of_honeypot(fields)),
    )


def signals_of_honeypot(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Every form of ours sends the hidden field, which people leave empty."""
    if HONEYPOT_FIELD not in fields:
        return ("honeypot_missing",)
    return ("honeypot",) if fields[HONEYPOT_FIELD].strip() else ()


def showable(value: str) -> str:
    """``value`` with whatever cannot be shown, or sent on, replaced by a visible mark."""
    return NOT_TEXT.sub(REPLACEMENT, value)


def characters_in(text: str) -> int:
    """How many a reader sees. In time that grows with ``text``, whatever it holds.

    A flag is put aside first: where many stand together, ``\\X`` would count each from the first.
    """
    is_plain = text.isascii() and "\r" not in text  # of which one with "\n" is one character
    return len(text) if is_plain else len(GRAPHEME.findall(FLAG.sub("x", text)))


def composed(value: str) -> str:
    if value.isascii() or TOO_MANY_MARKS.search(value):
        return value
    return unicodedata.normalize("NFC", value)


def _problem_of_name(name: str, longest: int) -> str:
    if not _has_something_to_see(name):
        return Sentence("Enter your name. A nickname will do.")
    if NOT_TEXT.search(name):
        return Sentence("Your name has a character that cannot be shown. Remove it.")
    return problem_of_length("name", name, longest)


def _problem_of_text(text: str, longest: int) -> str:
    if not _has_something_to_see(text):
        return Sentence("Enter your comment.")
    if NOT_TEXT.search(text):
        return Sentence(
            "Your comment has characters that cannot be shown, marked %(mark)s. Remove them.",
            mark=REPLACEMENT,
        )
    if len(text) < SHORTEST_TEXT or characters_in(text) < SHORTEST_TEXT:
        return Sentence("Your comment must be %(least)s characters or more.", least=SHORTEST_TEXT)
    return problem_of_length("comment", text, longest)


def problem_of_length(noun: str, value: str, longest: int) -> str:
    """The last bound, in code points, is of what the CMS can store."""
    most = MOST_CODE_POINTS[noun]
    longest = longest or most
    if not value.isascii() and TOO_MANY_MARKS.search(value):
        return Sentence(LETTER_TOO_LONG[noun], most=MOST_MARKS)
    if len(value) <= longest:
        return ""
    if (count := characters_in(value)) > longest:
        return Sentence(TOO_LONG[noun], most=longest, count=count)
    if len(value) > min(most, longest * CODE_POINTS_PER_CHARACTER[noun]):
        return Sentence(TOO_MANY_SIGNS[noun])
    return ""


def _problem_of_email(email: str, *, is_needed: bool) -> str:
    if is_needed and not email:
        return Sentence(
            "Enter the e-mail address that we should write to, or untick the box below."
        )
    if email and (len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email)):
        return Sentence("Enter an e-mail address like name@example.org, or leave this empty.")
    return ""


def _has_something_to_see(value: str) -> bool:
    """Letters, numbers, punctuation or symbols; zero-width characters alone are nothing."""
    return any(
        not character.isspace() and unicodedata.category(character) not in {"Cf", "Mn"}
        for character in value
    )


def _json_pairs(body: bytes, known: Collection[str]) -> Sequence[tuple[str, str]]:
    try:
        pairs = json.loads(body, object_pairs_hook=tuple)  # each name as often as it was sent
    except (ValueError, RecursionError) as error:
        raise BodyError(Sentence("It was not sent as the JSON it claims to be.")) from error
    if not isinstance(pairs, tuple):
        raise BodyError(Sentence("Send one JSON object, with a text for each field of the form."))
    pairs = tuple(
        # what a form can only say as a text
        (name, "yes" if value else "") if name == "notify" and isinstance(value, bool) else pair
        for pair in pairs
        for name, value in [pair]
    )
    for name, value in pairs:
        if name in known and not isinstance(value, str):
            raise BodyError(Sentence("The field '%(name)s' must be a text.", name=name))
    return pairs


def _urlencoded_pairs(body: bytes) -> tuple[Sequence[tuple[str, str]], BodyError | None]:
    """At most ``MOST_FIELDS``, and what is wrong with them."""
    said, problem = body.decode("utf-8", "surrogateescape"), None
    if said.count("&") >= MOST_FIELDS:
        said = "&".join(said.split("&", MOST_FIELDS)[:MOST_FIELDS])
        problem = BodyError(TOO_MANY_FIELDS)
    pairs = parse_qsl(said, keep_blank_values=True, errors="surrogateescape")
    return pairs, problem


def _multipart_pairs(
    content_type: str, body: bytes
) -> tuple[Sequence[tuple[str, str]], BodyError | None]:
    """At most ``MOST_FIELDS``, as far as they can be read, and the first that is wrong."""
    pairs: list[tuple[str, str]] = []
    problems: list[BodyError] = []

    def take(field: object) -> None:
        if len(pairs) + len(problems) == MOST_FIELDS:
            raise BodyError(TOO_MANY_FIELDS)
        name, value = getattr(field, "field_name", None), getattr(field, "value", None)
        pairs.append(
            (
                (name or b"").decode("utf-8", "replace"),
                (value or b"").decode("utf-8", "surrogateescape"),
            )
        )

    def refuse(file: object) -> None:
        if len(pairs) + len(problems) == MOST_FIELDS:
            raise BodyError(TOO_MANY_FIELDS)
        problems.append(WrongType(Sentence("Files cannot be sent here. Send text only.")))

    try:
        parse_form({"Content-Type": content_type.encode()}, io.BytesIO(body), take, refuse)
    except BodyError as error:
        problems.append(error)
    except FormParserError:
        problems.append(BodyError(Sentence("The form arrived broken. Please send it again.")))
    return pairs, problems[0] if problems else None
