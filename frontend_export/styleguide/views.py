"""The ways in which the style guide shows a theme, whatever the device prefers."""

from __future__ import annotations

import re
from typing import NamedTuple

ALWAYS, NEVER = "(min-width: 0)", "(max-width: 0)"
_PREFERENCE = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")


class View(NamedTuple):
    """``folder`` is its first part of the path; ``scheme`` what it pretends that readers prefer;
    ``language`` one that the site is not in."""

    folder: str
    title: str
    scheme: str = ""
    language: str = ""


VIEWS = (
    View("", "As the device prefers"),
    View("light", "Light", scheme="light"),
    View("dark", "Dark", scheme="dark"),
    View("rtl", "From right to left", language="ar"),
)


def styles_in(view: View, styles: bytes) -> bytes:
    """The stylesheet as it is where readers prefer the view's scheme."""
    if not view.scheme:
        return styles
    text = _PREFERENCE.sub(
        lambda found: ALWAYS if found[1] == view.scheme else NEVER, styles.decode()
    )
    return f"{text}:root {{ color-scheme: {view.scheme}; }}\n".encode()
