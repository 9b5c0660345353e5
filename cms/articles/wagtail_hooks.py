from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.articles.helplines import Helpline


class HelplineViewSet(SnippetViewSet):
    model = Helpline
    icon = "mobile-alt"
    add_to_admin_menu = True
    menu_label = "Helplines"
    list_display = ["name", "country", "phone", "last_checked", "show_after_comment"]
    list_filter = ["country", "show_after_comment"]
    inspect_view_enabled = True


register_snippet(HelplineViewSet)
