"""Publishing many pages at once: those that the rules refuse are named, the others go live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from wagtail.admin import messages
from wagtail.admin.views.pages.bulk_actions.publish import PublishBulkAction
from wagtail.models import Page

from cms.safety.judged import RefusedToGoLive


class PublishThoseThatMay(PublishBulkAction):
    """Wagtail's, with a transaction inside of its one for each page."""

    def get_execution_context(self) -> dict[str, Any]:
        self.refused: list[RefusedToGoLive] = []
        return {**super().get_execution_context(), "refused": self.refused}

    @classmethod
    def execute_action(
        cls,
        objects: Iterable[Page],
        include_descendants: bool = False,
        user: Any = None,
        refused: list[RefusedToGoLive] | None = None,
        **kwargs: Any,
    ) -> tuple[int, int]:
        """How many of the chosen, and how many below them, went live."""
        published = [0, 0]
        for page, is_below in _each(objects, include_descendants):
            if is_below and user and not page.permissions_for_user(user).can_publish():
                continue
            try:
                with transaction.atomic():
                    super().execute_action([page], user=user)
            except RefusedToGoLive as error:
                if refused is not None:
                    refused.append(error)
            else:
                published[is_below] += 1
        return published[0], published[1]

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str | None:
        for error in self.refused:
            page = error.page
            edit = messages.button(reverse("wagtailadmin_pages:edit", args=[page.pk]), "Edit")
            items = format_html(
                "<ul>{}</ul>",
                format_html_join("", "<li>{}</li>", ((one,) for one in error.messages)),
            )
            messages.error(
                self.request,
                format_html("“{}” was not published. {}", page.get_admin_display_title(), items),
                buttons=[edit],
            )
        if not num_parent_objects and not num_child_objects:
            return None
        said: str = super().get_success_message(num_parent_objects, num_child_objects)
        return said


def _each(pages: Iterable[Page], include_descendants: bool) -> Iterator[tuple[Page, bool]]:
    """The chosen ones, each followed by the drafts below it; read when it is their turn."""
    for page in pages:
        yield page, False
        if include_descendants:
            ids = page.get_descendants().not_live().values_list("pk", flat=True)
            for pk in list(ids):
                yield Page.objects.get(pk=pk).specific, True
