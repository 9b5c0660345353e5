"""Who may do what with reader comments: look at them, or decide on them."""

from __future__ import annotations

from typing import Any

from wagtail.permission_policies import ModelPermissionPolicy


class ReaderCommentPolicy(ModelPermissionPolicy):
    """Knows ``view`` and ``moderate``. Nobody writes or edits what a reader wrote.

    Not even a superuser: a comment is moved from state to state, and erased at the end.
    """

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action in {"view", "moderate"} and super().user_has_permission(user, action)
