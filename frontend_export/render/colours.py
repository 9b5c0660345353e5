"""The colours of a theme: which tokens they are, what counts as one, and which must be readable.

A theme may write a colour in any way CSS has. A setting is six or three hexadecimal digits, so that
its contrast can be worked out here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from frontend_export.errors import SettingsError

TEXT_CONTRAST = 7.0  # WCAG 2.2, 1.4.6 (AAA)
BORDER_CONTRAST = 3.0  # 1.4.11
DARK = "screen and (prefers-color-scheme: dark)"
LIGHT = "not screen, (prefers-color-scheme: light)"
_DARK_SUFFIX = "-dark"

# What the theme writes on what.
TEXT_PAIRS = (
    *(("ink", ground) for ground in ("paper", "paper-tint", "paper-raised")),
    *(("ink", f"{severity}-tint") for severity in ("caution", "serious")),
    *(("ink-soft", ground) for ground in ("paper", "paper-tint", "paper-raised")),
    *(("leaf-ink", ground) for ground in ("paper", "paper-tint", "paper-raised")),
    *(("leaf-ink", f"{severity}-tint") for severity in ("caution", "serious")),
    *(("leaf-ink-strong", ground) for ground in ("paper", "paper-tint", "paper-raised")),
    *(("leaf-ink-strong", f"{severity}-tint") for severity in ("caution", "serious")),
    *(("on-leaf", ground) for ground in ("leaf-ink", "leaf-ink-strong")),
    *(("serious-ink", ground) for ground in ("paper", "paper-tint", "serious-tint")),
    *(("caution-ink", ground) for ground in ("caution-tint", "paper")),
    ("emergency-ink", "emergency-fill"),
    ("focus-ink", "focus-fill"),
)
# Borders that say something.
BORDER_PAIRS = (
    *(("control-border", ground) for ground in ("paper", "paper-tint", "paper-raised")),
    ("caution-edge", "caution-tint"),
    *(("serious-edge", ground) for ground in ("serious-tint", "paper", "paper-tint")),
    *(("emergency-edge", ground) for ground in ("serious-tint", "paper")),
)

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_CALL = re.compile(r"([a-z-]+)\((.*)\)", re.DOTALL)
_CHANNELS = {"rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch"}
_CHANNEL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?:%|deg|g?rad|turn)?|none")
_MIXES = {"color", "color-mix", "light-dark", "var"}
_SYSTEM = {
    *("transparent", "currentcolor", "accentcolor", "accentcolortext", "activetext"),
    *("buttonborder", "buttonface", "buttontext", "canvas", "canvastext", "field", "fieldtext"),
    *("graytext", "highlight", "highlighttext", "linktext", "mark", "marktext"),
    *("selecteditem", "selecteditemtext", "visitedtext"),
}
# What says nothing to CSS, whatever is in it.
TEXTS = r"""("(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|url\([^"'()\s]*+\))"""
_STYLE_PART = re.compile(rf"""(?:{TEXTS}|[^{{}};"'])+|[{{}};]""", re.DOTALL)
_COMMENT = re.compile(rf"{TEXTS}|/\*.*?\*/", re.DOTALL)


class Token(NamedTuple):
    """``--name: value`` in a style; ``around`` is the media query that it stands in, or empty."""

    name: str
    value: str
    line: int
    around: str


def tokens_in(style: str) -> Iterator[Token]:
    """The custom properties that a style declares, in their order."""
    bare = _without_comments(style)
    around: list[str] = []
    for part in _STYLE_PART.finditer(bare):
        text = part[0].strip()
        if text == "}":
            if around:
                around.pop()
        elif bare[part.end() : part.end() + 1] == "{":
            around.append(text)
        elif text.startswith("--") and ":" in text:
            name, _, value = text.partition(":")
            line = bare.count("\n", 0, part.start() + part[0].index("--")) + 1
            media = next((one for one in around if one.startswith("@media")), "")
            yield Token(name.removeprefix("--").strip(), value.strip(), line, media)


def unmatched_brace(style: str) -> int:
    """The line of the first brace that closes nothing, or of the last that is never closed; 0
    where all match."""
    bare = _without_comments(style)
    opened: list[int] = []
    for part in _STYLE_PART.finditer(bare):
        if part[0] == "}" and not opened:
            return bare.count("\n", 0, part.start()) + 1
        if part[0] == "}":
            opened.pop()
        elif part[0] == "{":
            opened.append(part.start())
    return bare.count("\n", 0, opened[-1]) + 1 if opened else 0


def is_colour(value: str) -> bool:
    """Whether CSS takes it for a colour. ``var()`` and what is mixed of others is believed."""
    value = value.strip()
    if value.startswith("#"):
        return bool(_HEX.fullmatch(value))
    value = value.lower()
    if call := _CALL.fullmatch(value):
        name, inside = call.groups()
        if name in _CHANNELS and "(" not in inside and "from" not in inside:
            channels = [part for part in re.split(r"[\s,/]+", inside.strip()) if part]
            return len(channels) in (3, 4) and all(map(_CHANNEL.fullmatch, channels))
        return name in _CHANNELS | _MIXES and inside.strip() != ""
    return value in _SYSTEM or value in _names()


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours ``#rrggbb`` or ``#rgb``, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def colours_of(tokens: Iterable[Token], *, is_dark: bool) -> dict[str, str]:
    """The tokens that are ``#rrggbb`` or ``#rgb``, as they are in one scheme."""
    found = {}
    for token in tokens:
        is_of_dark = "prefers-color-scheme: dark" in token.around
        if is_dark >= is_of_dark and (is_of_dark or not token.around):
            found[token.name] = token.value
    return {name: value for name, value in found.items() if _is_plain(value)}


def style_of(colours: Mapping[str, str], tokens: Iterable[Token], known: Iterable[str]) -> str:
    """``{"leaf-ink": "#14532d", "leaf-ink-dark": "#a3e0b3"}`` as a style to go after ``tokens``.

    Raises ``SettingsError`` for a name that is not ``known``, and where too little contrast would
    be left between one of them and what it stands on.
    """
    tokens, known = list(tokens), sorted(known)
    for name in colours:
        if name.removesuffix(_DARK_SUFFIX) not in known:
            raise SettingsError(
                f"PLAINLEAF_COLOURS: '{name}' is no colour of the theme. "
                f"They are {', '.join(known)}, each also with '{_DARK_SUFFIX}' for the dark scheme."
            )
    light = {name: value for name, value in colours.items() if not name.endswith(_DARK_SUFFIX)}
    dark = {
        name.removesuffix(_DARK_SUFFIX): value
        for name, value in colours.items()
        if name.endswith(_DARK_SUFFIX)
    }
    parts = []
    for scheme, own in ((LIGHT, light), (DARK, dark)):
        is_dark = scheme == DARK
        _refuse_faint(colours_of(tokens, is_dark=is_dark) | own, own, is_dark=is_dark)
        if own:
            lines = "".join(f"    --{name}: {value};\n" for name, value in own.items())
            parts.append(f"@media {scheme} {{\n  :root {{\n{lines}  }}\n}}")
    return "\n".join(parts)


def _refuse_faint(all_of_them: Mapping[str, str], own: Mapping[str, str], *, is_dark: bool) -> None:
    suffix = _DARK_SUFFIX if is_dark else ""
    for pairs, least, what in (
        (TEXT_PAIRS, TEXT_CONTRAST, "Text"),
        (BORDER_PAIRS, BORDER_CONTRAST, "A border that says something"),
    ):
        for ink, ground in pairs:
            if not {ink, ground} & own.keys() or not {ink, ground} <= all_of_them.keys():
                continue
            ratio = contrast(all_of_them[ink], all_of_them[ground])
            if ratio < least:
                changed, other = (ink, ground) if ink in own else (ground, ink)
                colour, beside = all_of_them[changed], all_of_them[other]
                is_on_dark = contrast(beside, "#ffffff") > contrast(beside, "#000000")
                raise SettingsError(
                    f"PLAINLEAF_COLOURS: '{changed}{suffix}' ({colour}) has a contrast of "
                    f"{int(ratio * 10) / 10}:1 to '{other}{suffix}' ({beside}). "
                    f"{what} needs {least:g}:1. Choose a {'lighter' if is_on_dark else 'darker'} "
                    f"'{changed}{suffix}', or set '{other}{suffix}' too."
                )


def _without_comments(style: str) -> str:
    """With as many lines as before."""
    return _COMMENT.sub(lambda found: found[1] or re.sub(r"[^\n]", " ", found[0]), style)


def _is_plain(value: str) -> bool:
    return bool(_HEX.fullmatch(value)) and len(value) in (4, 7)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _names() -> Iterable[str]:
    from PIL.ImageColor import colormap  # CSS's own names; only a theme that uses one pays for it

    return colormap
