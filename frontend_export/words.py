"""The fixed words of a theme in the language of a page: its messages, its dates, its numbers.

English is the source: it stands in the templates, and costs nothing to say. Any other language is
a gettext catalog, ``locale/<language>/LC_MESSAGES/theme.po``, with the dates and numbers that Babel
has for it. Babel takes a tenth of a second to begin with, so only who has a catalog waits for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from frontend_export.errors import SettingsError

if TYPE_CHECKING:
    from babel import Locale
    from babel.messages.catalog import Message

ENGLISH = "en"  # as it stands in the templates
CATALOGS = "locale/*/LC_MESSAGES/theme.po"
VALUE = re.compile(r"%\((\w+)\)s")  # where a message shows one of its values, ``%(day)s``

_TAG = re.compile(r"<(/?[a-z][a-z0-9]*)[^>]*>", re.IGNORECASE)
_REMEMBERED = 1024
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def message(text: str) -> str:
    """Names a message that a sentence is made of elsewhere, for those who collect them."""
    return text


class Sentence(str):
    """What code says to a reader: English as it stands, any other language by ``Words.say``.

    ``Sentence("Closed on %(day)s.", day=date(2026, 3, 1))``: the message is looked up, a date is
    spelled, a number parted, and a sentence said before it is put in.
    """

    def __new__(cls, message: str, **values: str | int | date) -> Sentence:
        made = super().__new__(cls, Words().filled(message, values))
        made._message, made._plural, made._count, made._values = message, "", 1, values
        return made

    @classmethod
    def counted(
        cls, singular: str, plural: str, count: int, **values: str | int | date
    ) -> Sentence:
        """The form that goes with so many: ``%(count)s``."""
        values["count"] = count
        made = cls(singular if count == 1 else plural, **values)
        made._message, made._plural, made._count = singular, plural, count
        return made

    _message: str
    _plural: str
    _count: int
    _values: dict[str, str | int | date]


class Words:
    """What one language says. Without anything: English."""

    def __init__(
        self,
        language: str = ENGLISH,
        messages: NullTranslations | None = None,
        *,
        locale: Locale | None = None,
        fingerprint: str = "",
    ) -> None:
        """``locale`` is whose dates and numbers these are; ``fingerprint`` changes with them."""
        self.language = language
        self.messages = messages or NullTranslations()
        self.fingerprint = fingerprint
        self._locale = locale
        self._long_date = lru_cache(_REMEMBERED)(self._date_in_words)

    def long_date(self, value: date | str) -> str:
        """A filter: ``"1 March 2026"``."""
        return self._long_date(_as_date(value))

    def say(self, sentence: str) -> str:
        """A sentence in this language; any other text as it is."""
        if not isinstance(sentence, Sentence):
            return sentence
        if sentence._plural:
            message = self.messages.ngettext(sentence._message, sentence._plural, sentence._count)
        else:
            message = self.messages.gettext(sentence._message)
        return self.filled(message, sentence._values)

    def filled(self, message: str, values: Mapping[str, str | int | date]) -> str:
        """A message with its values, as this language writes them."""
        written = {
            name: self.number(value)
            if isinstance(value, int)
            else self.long_date(value)
            if isinstance(value, date)
            else self.say(value)
            for name, value in values.items()
        }
        return message % written

    def number(self, value: int) -> str:
        """A filter: ``"3,000"``."""
        if self._locale is None:
            return f"{value:,}"
        from babel.numbers import format_decimal

        return format_decimal(value, locale=self._locale)

    def _date_in_words(self, day: date) -> str:
        if self._locale is None:  # in an order that is the same on both sides of the Atlantic
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        from babel.dates import format_date

        return format_date(day, "long", locale=self._locale)


class Languages:
    """English, and every language that a ``locale/`` in these folders has a catalog for.

    Where two folders have one for the same language, messages of the earlier folder count.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        """Raises ``SettingsError`` for a catalog that cannot be used."""
        catalogs: dict[str, list[Path]] = {}
        for folder in folders:
            for path in sorted(folder.glob(CATALOGS)):
                catalogs.setdefault(path.parent.parent.name, []).append(path)
        self._words = {_tag(ENGLISH): Words()}
        for name, paths in catalogs.items():
            self._words[_tag(name)] = _words_of(name, paths)
        self.words_for = lru_cache(_REMEMBERED)(self._words_for)
        self.speaks = lru_cache(_REMEMBERED)(self._speaks)

    @property
    def all(self) -> Sequence[Words]:
        return tuple(self._words.values())

    def _words_for(self, language: str) -> Words:
        """For ``"pt-br"`` those of ``pt_BR``, else those of ``pt``, else English."""
        parts = _tag(language).split("-")
        tags = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
        found = (self._words[tag] for tag in tags if tag in self._words)
        return next(found, self._words[ENGLISH])

    def _speaks(self, language: str) -> bool:
        """Whether it has words of its own, and need not make do with English."""
        is_english = self.words_for(language) is self._words[ENGLISH]
        return not is_english or _tag(language).split("-")[0] == ENGLISH


def _tag(name: str) -> str:
    """``"pt_BR"``, as folders are called, is ``"pt-br"``."""
    return name.replace("_", "-").lower()


def _as_date(value: date | str) -> date:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    return date.fromisoformat(value) if isinstance(value, str) else value


def _words_of(name: str, paths: Sequence[Path]) -> Words:
    """The first file says what it says; the others what it leaves unsaid."""
    messages, *others = [_messages_in(path) for path in paths]
    for other in others:
        messages.add_fallback(other)
    digest = sha256(f"{name} {version('babel')}".encode())
    for path in paths:
        digest.update(path.read_bytes())
    return Words(name, messages, locale=_locale_of(name), fingerprint=digest.hexdigest()[:16])


def _messages_in(path: Path) -> NullTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    try:
        catalog = read_po(path.read_text("utf-8").splitlines(keepends=True), abort_invalid=True)
        for message in catalog:
            if message.id and not message.fuzzy:
                _refuse_slips(message)
        compiled = BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        return GNUTranslations(compiled)
    except PoFileError as error:
        # Babel counts these lines from 0.
        raise _unusable(path, f"line {error.lineno + 1} is none of such a file") from error
    except ValueError as error:
        raise _unusable(path, str(error)) from error


def _unusable(path: Path, reason: str) -> SettingsError:
    return SettingsError(
        f"The message file '{path}' cannot be used: {reason.rstrip('.')}. Correct it."
    )


def _refuse_slips(message: Message) -> None:
    """A translation shows the values and has the tags of what it translates.

    A form for few may leave a value out, as "one comment" does. Raises ``ValueError``.
    """
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    said = [message.string] if isinstance(message.string, str) else list(message.string or ())
    values = {name for one in ids for name in VALUE.findall(one)}
    for text in filter(None, said):
        has = set(VALUE.findall(text))
        what = ""
        if has - values or (len(ids) == 1 and has != values):
            what = f"show other values than {sorted(values)}"
        elif "%" in VALUE.sub("", text).replace("%%", ""):
            what = "have a % by itself, which is written %%"
        elif _tags(text) != _tags(ids[-1]):
            what = "have other HTML tags"
        elif set('"<>') & set(_TAG.sub("", text)):
            what = 'have a " or < or > by itself, which belongs to HTML'
        if what:
            raise ValueError(f"line {message.lineno}: the words for '{ids[0]}' {what}")


def _tags(text: str) -> Counter[str]:
    """By name: an address in one may be another for readers of another language."""
    return Counter(_TAG.findall(text))


def _locale_of(name: str) -> Locale | None:
    """Whose dates and numbers go with these words: of ``ar_XB``, which nobody knows, those of
    ``ar``. None is English."""
    from babel import Locale, UnknownLocaleError

    parts = name.replace("-", "_").split("_")
    if parts[0].lower() == ENGLISH:
        return None
    for length in range(len(parts), 0, -1):
        try:
            return Locale.parse("_".join(parts[:length]))
        except (UnknownLocaleError, ValueError):
            continue
    return None
