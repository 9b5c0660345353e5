"""All that leaves the CMS of an article that was withdrawn: why, and what to read instead.

Nobody judges its text any more, so that no feed and no API tells it.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

KEPT = frozenset(
    {
        "topic_type",
        "summary",
        "audience",
        "jurisdiction",
        "change_kind",
        "withdrawn_on",
        "withdrawn_reason",
        "replacement_page",
        "sample_content",
        "comments_mode",
        "comments_close_on",
    }
)
LISTS = frozenset({"key_points", "synonyms", "body", "legal_status", "authors", "sources"})
TEXTS = frozenset({"change_note", "funding", "conflicts"})
REVIEW = frozenset({"reviewer", "last_reviewed", "next_review_due"})


def leave_the_notice(fields: MutableMapping[str, Any]) -> None:
    """Empty what an article said, where it is among these fields."""
    for names, nothing in ((LISTS, list), (TEXTS, str), (REVIEW, lambda: None)):
        for name in names & fields.keys():
            fields[name] = nothing()
