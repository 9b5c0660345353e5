"""A language that nobody speaks, in which words that were forgotten can be seen.

It says every message of ``theme.pot`` in letters that English has not, and more of them, as real
languages take. Content is put into Greek letters: what is in Latin ones then came from code.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from frontend_export.render.theme_files import THEME

LEFT_TO_RIGHT, RIGHT_TO_LEFT = "el_XA", "ar_XB"  # dates are theirs: none is in Latin letters
POT = THEME / "locale" / "theme.pot"

_LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = str.maketrans(_LATIN, "åƀçđéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞɊŔŠŢÛṼŴẊÝŽ")
_GREEK = str.maketrans(_LATIN, "αβψδεφγηιξκλμνοπχρστυθωςζϡΑΒΨΔΕΦΓΗΙΞΚΛΜΝΟΠΧΡΣΤΥΘΩϚΖϠ")
_MARKUP = re.compile(r"(%\(\w+\)s|<[^>]*>|&\w+;)")
_PROSE = re.compile(r"^[A-Z][a-z]|\s\S|^<|^[a-z]$")  # the last is a letter of the A to Z
_SHOWN_ATTRIBUTES = {"alt", "aria-label", "title", "placeholder", "content", "label"}


def pseudo_theme(folder: Path, language: str) -> Path:
    """A theme with that language, and with samples of which nothing is in Latin letters."""
    path = folder / "locale" / language / "LC_MESSAGES" / "theme.po"
    path.parent.mkdir(parents=True)
    path.write_bytes(pseudo_catalog())
    for sample in (THEME / "samples").rglob("*.json"):
        masked = folder / "samples" / sample.relative_to(THEME / "samples")
        masked.parent.mkdir(parents=True, exist_ok=True)
        masked.write_text(json.dumps(in_greek(json.loads(sample.read_bytes()))))
    return folder


def pseudo_catalog() -> bytes:
    with POT.open("rb") as file:
        template = read_po(file)
    catalog = Catalog(fuzzy=False)
    for message in template:
        if isinstance(message.id, str):
            said: Any = in_pseudo(message.id)
        else:
            said = tuple(map(in_pseudo, message.id))
        if message.id:
            catalog.add(message.id, said, context=message.context, flags=message.flags)
    body = BytesIO()
    write_po(body, catalog)
    return body.getvalue()


def in_pseudo(message: str) -> str:
    parts = _MARKUP.split(message)
    parts[::2] = [part.translate(_ACCENTED) for part in parts[::2]]
    return f"⟦{''.join(parts)} ööö⟧"


def in_greek(value: Any) -> Any:
    """What editors wrote; what it is called, or leads to, stays, and so does a single word."""
    if isinstance(value, dict):
        return {key: in_greek(one) for key, one in value.items()}
    if isinstance(value, list):
        return [in_greek(one) for one in value]
    if isinstance(value, str) and _PROSE.search(value):
        parts = _MARKUP.split(value)
        parts[::2] = [part.translate(_GREEK) for part in parts[::2]]
        return "".join(parts)
    return value


class Shown(HTMLParser):
    """What a page says to readers, text by text: ``Shown(html).texts``."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._is_code = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_code = tag in {"script", "style"}
        values = dict(attrs)
        is_for_machines = tag == "meta" and values.get("name") != "description"
        for name, value in attrs:
            is_shown = name in _SHOWN_ATTRIBUTES or (tag == "form" and name.startswith("data-"))
            if value and is_shown and not is_for_machines:
                self.texts.append(value)

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_code:
            self.texts.append(data.strip())
