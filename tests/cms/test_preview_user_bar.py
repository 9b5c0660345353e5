"""The user bar of a preview: at home on the admin's public address, shown on the site's."""

import re

import pytest
from django.contrib.auth import get_user_model
from wagtail.admin.userbar import ContentCheckerItem
from wagtail.models import Page, Site

from cms.articles.models import TopicPage
from cms.preview.user_bar import CrossOriginContentChecker, let_frames_talk, user_bar

pytestmark = pytest.mark.django_db

ADMIN = "https://admin.plainleaf.test"


@pytest.fixture
def editor():
    return get_user_model().objects.create_superuser("editor", "editor@example.org", "secret")


@pytest.fixture
def page() -> Page:
    home = Site.objects.get(is_default_site=True).root_page
    return home.add_child(instance=TopicPage(title="Medicines", slug="medicines", summary="All."))


@pytest.mark.parametrize("in_panel", [True, False])
def test_every_address_is_absolute_and_at_the_admin(page, editor, in_panel):
    html = user_bar(page, user=editor, in_panel=in_panel)
    addresses = re.findall(r'(?:href|src|data-wagtail-userbar-origin)="([^"#]+)"', html)

    assert addresses
    assert [one for one in addresses if not one.startswith(ADMIN)] == []


def test_it_speaks_to_the_panel_at_the_admins_origin(page, editor, settings):
    settings.PLAINLEAF_ADMIN_URL = "https://www.plainleaf.test:8443/cms"

    html = user_bar(page, user=editor, in_panel=True)

    assert 'data-wagtail-userbar-origin="https://www.plainleaf.test:8443"' in html


def test_it_is_hidden_in_the_panel_and_leads_to_the_admin_elsewhere(page, editor):
    in_panel = user_bar(page, user=editor, in_panel=True)
    in_tab = user_bar(page, user=editor, in_panel=False)

    assert "<aside hidden" in in_panel
    assert "Go to Wagtail admin" not in in_panel
    assert "<aside hidden" not in in_tab
    assert f'href="{ADMIN}/admin/"' in in_tab


def test_page_that_was_never_saved_has_one(editor):
    assert "wagtail-userbar" in user_bar(TopicPage(title="New"), user=editor, in_panel=True)


def test_content_checks_may_cross_between_the_two_origins():
    items = [ContentCheckerItem(in_editor=True)]
    let_frames_talk(None, items, None)
    [checker] = items

    assert isinstance(checker, CrossOriginContentChecker)
    assert checker.in_editor
    assert checker.get_axe_spec(None)["allowedOrigins"] == [ADMIN, "https://www.plainleaf.test"]
