"""How a price is written. Values only."""

import re

MONEY = (
    r"(?:[£$\u20ac]\s?\d[\d.,]*+"
    r"|(?<![\d.,])\d[\d.,]{0,12}+\s?(?:pounds|euros|dollars|gbp|eur|usd)\b)"
)
NO_PRICE = re.compile(
    r"\b(?:fine|fined|prescription\scharge|nhs|stud(?:y|ies)|grant|funding|cost-effective)\b"
)
