"""What the page history says about reviews: who, when, which version, why."""

from __future__ import annotations

from typing import Any

from wagtail.log_actions import LogFormatter, log
from wagtail.models import Page, PageLogEntry, Revision

APPROVED = "review.approve"
KEPT = "review.keep"
CLEARED = "review.clear"
REJECTED = "review.reject"


class ReviewFormatter(LogFormatter):
    """The sentence is written when it happens, so that it stays true when names change."""

    def format_message(self, log_entry: PageLogEntry) -> str:
        return str(log_entry.data.get("sentence", self.label))

    def format_comment(self, log_entry: PageLogEntry) -> str:
        return str(log_entry.data.get("why", ""))


class Approved(ReviewFormatter):
    label = "Approve as reviewed"


class Kept(ReviewFormatter):
    label = "Keep reviewed"


class Cleared(ReviewFormatter):
    label = "Change what was reviewed"


class Rejected(ReviewFormatter):
    label = "Ask for changes"


FORMATTERS = {APPROVED: Approved, KEPT: Kept, CLEARED: Cleared, REJECTED: Rejected}


def register_actions(registry: Any) -> None:
    for action, formatter in FORMATTERS.items():
        registry.register_action(action)(formatter)


def write(
    action: str, page: Page, revision: Revision, *, by: Any, sentence: str, why: str = ""
) -> None:
    log(
        instance=page,
        action=action,
        user=by,
        revision=revision,
        data={"sentence": sentence, "why": why},
    )


def last_review(page: Page) -> PageLogEntry | None:
    """When the whole article was last approved; its ``revision_id`` is the version with the stamp.

    To keep a review is none: it looks at one change.
    """
    return last_entry(page, APPROVED)


def last_entry(page: Page, *actions: str) -> PageLogEntry | None:
    entries = PageLogEntry.objects.filter(page=page.pk, action__in=actions)
    return entries.order_by("-pk").first()
