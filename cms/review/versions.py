"""Which version is meant, as the history of a page lists it: when it was saved, and by whom."""

from __future__ import annotations

from django.utils import timezone
from wagtail.admin.utils import get_user_display_name
from wagtail.models import Revision


def saved(version: Revision) -> str:
    """``"saved on 26 November 2026 at 14:03 by eve"``."""
    at = timezone.localtime(version.created_at)
    by = f" by {get_user_display_name(version.user)}" if version.user else ""
    return f"saved on {at:%-d %B %Y at %H:%M}{by}"
