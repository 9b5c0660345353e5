from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets import Button
from wagtail.models import Page

from cms.safety.admin.bulk import PublishThoseThatMay
from cms.safety.admin.desk import ReportMenuItem, SafetyViewSet
from cms.safety.admin.editor import PagesWithSafety
from cms.safety.admin.history_words import WORDS
from cms.safety.admin.home_panel import SafetyPanel
from cms.safety.admin.withdraw_views import tell_of_withdrawal
from cms.safety.schedule import REFUSED, ScheduleRefused

# After Wagtail's own action of the same name, whose place it takes.
hooks.register("register_bulk_action", PublishThoseThatMay, order=1)


@hooks.register("register_log_actions")
def name_log_actions(registry: Any) -> None:
    for action, words in {REFUSED: ScheduleRefused, **WORDS}.items():
        registry.register_action(action)(words)


@hooks.register("register_admin_viewset")
def register_desk() -> ViewSet:
    return SafetyViewSet()


@hooks.register("register_admin_viewset", order=1)  # after Wagtail's own, whose place it takes
def register_pages() -> ViewSet:
    return PagesWithSafety()


@hooks.register("register_reports_menu_item")
def offer_report() -> MenuItem:
    url = reverse("safety:report")
    return ReportMenuItem("Safety of pages", url, icon_name="warning", order=100)


@hooks.register("register_reports_menu_item")
def offer_source_report() -> MenuItem:
    return ReportMenuItem("Sources", reverse("safety:sources"), icon_name="link", order=110)


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(SafetyPanel())


@hooks.register("before_edit_page")
def say_that_it_is_off(request: HttpRequest, page: Page) -> None:
    if request.method == "GET":
        tell_of_withdrawal(request, page)


@hooks.register("register_page_header_buttons")
def offer_withdrawal(
    page: Page, user: Any, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    if page.live and not page.is_root() and page.permissions_for_user(user).can_publish():
        url = reverse("safety:withdraw", args=[page.pk])
        yield Button("Take off the site now…", url=url, icon_name="warning", priority=61)
