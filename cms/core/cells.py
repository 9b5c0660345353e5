"""Values as the cells of a spreadsheet, in which none becomes a formula. Pure."""

from __future__ import annotations

import re
from typing import Any

# Also after what nobody sees, and as East Asian keyboards write them.
_FORMULA = re.compile(
    r"[\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\-@＝＋－＠]"
)


def cell(value: Any) -> str:
    """``["links", "dosing"]`` becomes ``"links, dosing"``, and ``"=1+1"`` becomes ``"'=1+1"``.

    Why: https://owasp.org/www-community/attacks/CSV_Injection
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if _FORMULA.match(text) or text[:1] in ("\t", "\r", "\n") else text
