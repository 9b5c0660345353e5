from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from cms.comments.home_panel import WaitingPanel
from cms.comments.models import ReaderComment
from cms.comments.no_deletion import NoDeletion
from cms.comments.policy import ReaderCommentPolicy
from cms.comments.queue import ReaderCommentViewSet

register_permission_policy(ReaderComment, ReaderCommentPolicy(ReaderComment))
register_snippet(ReaderCommentViewSet)

hooks.register("register_bulk_action", NoDeletion, order=1)  # after Wagtail's own deletion


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(WaitingPanel())
