"""Links, in the many ways people write them. Pure.

Every pattern starts where a run of characters starts and gives up nothing it took, or only as
many pieces as it took: the time grows with the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cms.core.normalise import normalise

# Endings that are no English word are enough; the others need a path behind them, because people
# forget the space after a full stop: "It helped.So I went on".
SURE_ENDINGS = (
    "com|net|org|info|biz|edu|gov|mil|int|uk|eu|de|fr|nl|es|pl|ru|ua|cn|jp|kr|br|au|nz|ca|ie|za"
    "|ch|se|dk|cz|ro|gr|hu|bg|tr|ir|ph|vn|th|id|sg|hk|tw|mx|ar|cl|ng|ke|gh|pk|bd|lk|ly|gl|gd|gg"
    "|io|ai|cc|tv|ws|su|pw|tk|ml|ga|cf|gq|fm|sh|xyz|icu|vip|buzz|site|website|online|shop|store"
    "|club|app|dev|blog|wiki|cloud|pharmacy|bet|casino|loan|onion|eth|wales|scot|london|nhs|рф"
)
UNSURE_ENDINGS = (
    "me|in|to|it|us|at|is|so|no|be|my|am|by|as|do|la|li|li|st|vc|co|one|top|live|life|link|links"
    "|click|health|care|clinic|news|page|pro|space|fun|win|work|world|today|help|email|zip|mov|red"
)
SPOKEN_ENDINGS = "com|net|org|info|uk|co|io|shop|store|online|site|xyz|ru|onion"

_DOT = r"[.\u3002]"
_EDGE = r"(?<![^\W_])"
_NAME = rf"(?:[^\W_][\w-]{{0,62}}+{_DOT})"
_REST = r"(?:[/?#:][^\s<>\"]*+)"

_LINK = re.compile(
    rf"""
      {_EDGE}[a-z][a-z0-9+-]{{0,20}}+[ ]{{0,2}}:[ ]{{0,2}}[/\\]{{2}}[ ]{{0,2}}[^\s<>"]++
    | {_EDGE}(?:javascript|data|vbscript|mailto|magnet)[ ]{{0,2}}:[^\s<>"]++
    | {_EDGE}www\d?[ ]{{0,2}}{_DOT}[ ]{{0,2}}[^\s<>"]++
    | (?<![\w@-])(?<!\w\.){_NAME}+
        (?:(?:{SURE_ENDINGS}|xn--[a-z0-9-]{{1,59}}+)(?![\w@-]|\.\w){_REST}?
          |(?:{UNSURE_ENDINGS})(?![\w@-])(?:/[^\s<>"]*+))
    | (?<![\w.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d{{1,5}})?/[^\s<>"]*+
    | (?<![\w-])[^\W_][\w-]{{1,62}}+
        (?:[ ]?[\[({{]{_DOT}[\])}}][ ]?
          |[ ]?[\[({{][ ]?dot[ ]?[\])}}][ ]?
          |[ ]dot[ ](?!com[ ](?:boom|bubble|crash|era|years?)))
        (?:{SPOKEN_ENDINGS})(?![^\W_]){_REST}?
    | (?<!\w)href[ ]{{0,3}}=
    | \[(?:url|link)[=\]]
    """,
    re.VERBOSE,
)
_PUNCTUATION_BEHIND = ".,;:!?)]}'\"\u2019\u201d\u2026"


def has_link(text: str) -> bool:
    """Whether a text, as it was typed, has anything that looks like an address on the web."""
    return next(links_in(normalise(text).text), None) is not None


def links_in(text: str) -> Iterator[tuple[int, int]]:
    """Where the links stand in a normalised text: ``"See spam.example.com/x."`` is ``(4, 22)``."""
    for match in _LINK.finditer(text):
        start, end = match.span()
        shown = match[0].rstrip(_PUNCTUATION_BEHIND)
        yield start, start + len(shown) if shown else end
