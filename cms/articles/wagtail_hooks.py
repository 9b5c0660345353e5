from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import policy_registry
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.articles.glossary import GlossaryTerm
from cms.articles.helpline_lists import HelplineFilters, HelplinesPanel, list_url
from cms.articles.helplines import Helpline
from cms.articles.needed_people import refuse_in_words
from cms.articles.people import Person


class HelplineViewSet(SnippetViewSet):
    model = Helpline
    icon = "mobile-alt"
    add_to_admin_menu = True
    menu_label = "Helplines"
    list_display = ["name", "country", "phone", "last_checked", "show_after_comment"]
    filterset_class = HelplineFilters
    inspect_view_enabled = True


class PersonViewSet(SnippetViewSet):
    model = Person
    icon = "user"
    add_to_admin_menu = True
    menu_label = "People"
    list_display = ["name", "role", "credential", "user"]
    inspect_view_enabled = True


class GlossaryTermViewSet(SnippetViewSet):
    model = GlossaryTerm
    icon = "openquote"
    add_to_admin_menu = True
    menu_label = "Glossary"
    list_display = ["term", "meaning"]
    inspect_view_enabled = True


register_snippet(HelplineViewSet)
register_snippet(PersonViewSet)
register_snippet(GlossaryTermViewSet)
hooks.register("before_delete_snippet", refuse_in_words)


class HelplineMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        policy = policy_registry.get_by_type(Helpline)
        return bool(policy.user_has_permission(request.user, "change"))


@hooks.register("register_reports_menu_item")
def offer_unused_helplines() -> MenuItem:
    url = f"{list_url()}?state=unused"
    return HelplineMenuItem("Helplines used nowhere", url, icon_name="mobile-alt", order=120)


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(HelplinesPanel())
