"""Who finds the reports about safety in the admin."""

from __future__ import annotations

from typing import Any

from wagtail.models import Page
from wagtail.permissions import policy_registry

PAGE_ACTIONS = ["add", "change", "publish"]


def works_on_pages(user: Any) -> bool:
    """Whether someone writes, approves or publishes pages: any of them."""
    policy = policy_registry.get_by_type(Page)
    return bool(policy.user_has_any_permission(user, PAGE_ACTIONS))


def pages_of(user: Any) -> Any:
    """The pages that someone works on, as a queryset."""
    policy = policy_registry.get_by_type(Page)
    return policy.instances_user_has_any_permission_for(user, PAGE_ACTIONS)
