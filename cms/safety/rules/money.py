"""How a price is written. Values only."""

import re

# What a study or a state spends is no price.
_NO_FORTUNE = r"(?!\s?(?:million|billion|trillion|bn)\b)"
MONEY = (
    rf"(?:[£$\u20ac]\s?\d[\d.,]*+{_NO_FORTUNE}"
    r"|(?<![\d.,])\d[\d.,]{0,12}+\s?(?:[£$\u20ac]|(?:pounds|euros?|dollars?|gbp|eur|usd)\b))"
)
NO_PRICE = re.compile(
    r"\b(?:fine|fined|prescription\scharge|nhs|stud(?:y|ies)|grant|funding|cost-effective)\b"
)
