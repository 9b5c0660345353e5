"""Names by which somebody is reached elsewhere: ``@someone``, ``Wickr: someone``. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_HANDLE = re.compile(
    r"""
      (?<![\w@./+-])@[^\W_][\w.]{1,31}+(?![\w@])
    | (?<![^\W_])
      (?:wickr|telegram|tele|tg|snap(?:chat)?|insta(?:gram)?|ig|kik|signal|threema|session|discord
        |whats[ ]?app|facebook|fb|messenger|skype|viber|tox|jabber)
      (?:[ ](?:me|id|name|user|username|number|handle|is)){0,2}
      [ ]{0,2}(?:[:=\u2013\u2014-]|@)[ ]{0,2}@?[\w+][\w.+-]{1,31}+
    """,
    re.VERBOSE,
)


def handles_in(text: str) -> Iterator[tuple[int, int]]:
    """Where the handles stand in a normalised text."""
    for match in _HANDLE.finditer(text):
        start, _ = match.span()
        yield start, start + len(match[0].rstrip(".-"))
