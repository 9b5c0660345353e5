from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from cms.comments.admin.home_panel import MailPanel, WaitingPanel
from cms.comments.admin.no_deletion import NoDeletion
from cms.comments.admin.policy import ReaderCommentPolicy
from cms.comments.admin.queue import ReaderCommentViewSet
from cms.comments.mail.wishes_panel import WishesPanel
from cms.comments.models import ReaderComment

register_permission_policy(ReaderComment, ReaderCommentPolicy(ReaderComment))
register_snippet(ReaderCommentViewSet)

hooks.register("register_bulk_action", NoDeletion, order=1)  # after Wagtail's own deletion


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels += [WaitingPanel(), MailPanel()]


hooks.register("register_account_settings_panel", WishesPanel)
