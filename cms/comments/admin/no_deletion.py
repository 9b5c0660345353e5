"""Wagtail's own deletion of many at once, closed for reader comments: they are erased instead."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction

from cms.comments.models import ReaderComment


class NoDeletion(SnippetBulkAction):
    """Wagtail's would tell whoever may enter the admin the names of those they may not delete."""

    models = [ReaderComment]
    display_name = "Delete"
    aria_label = "Delete"
    action_type = "delete"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> NoReturn:
        raise PermissionDenied
