"""Who may do what with reader comments: look at them, decide on them, erase, export, configure."""

from __future__ import annotations

from typing import Any

from wagtail.permission_policies import ModelPermissionPolicy

ACTIONS = frozenset({"view", "moderate", "erase", "export", "configure"})


class ReaderCommentPolicy(ModelPermissionPolicy):
    """Knows ``ACTIONS``. Nobody writes or edits what a reader wrote.

    Not even a superuser: a comment is moved from state to state, and erased at the end.
    """

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action in ACTIONS and super().user_has_permission(user, action)
