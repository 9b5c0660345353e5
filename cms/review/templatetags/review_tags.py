"""How the admin's templates show where the review of a page stands."""

from __future__ import annotations

from typing import Any

from django.template import Context, Library
from wagtail.models import Page

from cms.review.ahead import refusals_after
from cms.review.card import card_of
from cms.review.comparison import comparison_url, differences
from cms.review.seen import seen_as

register = Library()


@register.inclusion_tag("review/card.html", takes_context=True)
def review_card(context: Context, page: Page) -> dict[str, Any]:
    newest = page.specific.get_latest_revision_as_object()
    return {"card": card_of(newest, context["request"].user)}


@register.inclusion_tag("review/changes.html", takes_context=True)
def changes_since_review(context: Context, page: Page) -> dict[str, Any]:
    return {
        "differences": differences(page, context["request"]),
        "comparison_url": comparison_url(page),
    }


@register.inclusion_tag("review/ahead.html", takes_context=True)
def refusals_ahead(context: Context, page: Page, action: str) -> dict[str, Any]:
    return {"refusals": refusals_after(page, context["request"].user, action)}


@register.simple_tag
def seen_version(page: Page) -> str:
    """For the form of a decision: the newest version, as it is now."""
    return seen_as(page.get_latest_revision())
