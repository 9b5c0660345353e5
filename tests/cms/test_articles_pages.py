"""The page types: their tree, their forms, their addresses."""

import datetime as dt

import pytest
from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.panels import TitleFieldPanel
from wagtail.models import Page, Site

from cms.articles.models import (
    ArticlePage,
    GlossaryTerm,
    Helpline,
    HomePage,
    Person,
    StandardPage,
    TopicPage,
)
from cms.core.commenting import Mode
from cms.core.models import SiteSettings
from cms.core.pages import SitePage
from cms.core.site import point_default_site

pytestmark = pytest.mark.django_db

PAGE_TYPES = [HomePage, TopicPage, ArticlePage, StandardPage]
SNIPPETS = [Helpline, Person, GlossaryTerm]
# What readers, the API and the feed never learn.
KEPT_INSIDE = {"reviewed_digest", "user"}


@pytest.mark.parametrize(
    ("parent", "children"),
    [
        (Page, {HomePage}),
        (HomePage, {TopicPage, StandardPage}),
        (TopicPage, {ArticlePage}),
        (ArticlePage, set()),
        (StandardPage, {StandardPage}),
    ],
)
def test_what_may_stand_below_what(parent, children):
    assert {child for child in PAGE_TYPES if child in parent.allowed_subpage_models()} == children


@pytest.mark.parametrize("model", [*PAGE_TYPES, *SNIPPETS, SiteSettings])
def test_every_field_helps_the_editor(model):
    inherited = {field.name for field in Page._meta.get_fields()} | {"id", "site", "page_ptr"}
    silent = [
        field.name
        for field in model._meta.concrete_fields
        if field.name not in inherited and not field.help_text
    ]
    assert silent == []


@pytest.mark.parametrize("model", PAGE_TYPES)
def test_every_page_type_introduces_itself(model):
    assert issubclass(model, SitePage)
    assert model.page_description.endswith(".")


@pytest.mark.parametrize("model", [*PAGE_TYPES, *SNIPPETS])
def test_every_field_is_in_the_api(model):
    inherited = {field.name for field in Page._meta.get_fields()} | {"page_ptr"}
    own = {field.name for field in model._meta.concrete_fields} - inherited - {"id"}
    assert {field.name for field in model.api_fields} == own - KEPT_INSIDE


@pytest.mark.parametrize("model", PAGE_TYPES)
def test_every_text_can_be_searched(model):
    indexed = {field.field_name for field in model.get_searchable_search_fields()}
    inherited = {field.name for field in Page._meta.get_fields()} | {"page_ptr"}
    own = {field.name for field in model._meta.concrete_fields} - inherited
    assert {"title"} | (own & {"summary", "introduction", "body"}) <= indexed


@pytest.mark.parametrize("model", PAGE_TYPES)
def test_the_slug_is_made_from_the_title(model):
    panels = model.get_edit_handler().children[0].children
    assert isinstance(panels[0], TitleFieldPanel)


def article(**fields) -> ArticlePage:
    return ArticlePage(
        topic_type="wellbeing",
        title="Ketamine",
        slug="ketamine",
        summary="What it is.",
        body=[{"type": "rich_text", "value": "<p>It numbs.</p>"}],
        **fields,
    )


@pytest.mark.parametrize("model", PAGE_TYPES)
def test_no_form_offers_a_menu_that_is_written_elsewhere(model):
    fields = model.get_edit_handler().get_form_class().base_fields
    assert {"slug", "seo_title", "search_description"} <= fields.keys()
    assert "show_in_menus" not in fields


@pytest.mark.parametrize("next_review", [dt.date(2026, 3, 1), dt.date(2026, 2, 1)])
def test_the_next_review_is_after_the_last(next_review):
    page = article(last_reviewed=dt.date(2026, 3, 1), next_review_due=next_review)
    with pytest.raises(ValidationError, match=r"after the last one \(1 March 2026\)"):
        page.clean()


@pytest.mark.parametrize(
    ("last", "due"), [(None, None), (dt.date(2026, 3, 1), None), (None, dt.date(2026, 3, 1))]
)
def test_either_review_date_may_still_be_missing(last, due):
    article(last_reviewed=last, next_review_due=due).clean()


def test_a_new_article_takes_comments_as_the_site_does_and_is_no_sample():
    assert article().comments_mode == Mode.SITE
    assert not article().sample_content


@pytest.mark.parametrize("phone", ["call us", "0800-", "1" * 40])
def test_a_helpline_number_can_be_dialled(phone):
    line = Helpline(name="A", country="UK", phone=phone, last_checked=dt.date(2026, 1, 1))
    with pytest.raises(ValidationError, match="phone"):
        line.full_clean()


def test_a_helpline_was_not_checked_on_a_day_to_come():
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    line = Helpline(name="FRANK", country="United Kingdom", phone="0300 123 6600")
    line.last_checked = tomorrow
    with pytest.raises(ValidationError, match="still to come"):
        line.full_clean()
    line.last_checked = tomorrow - dt.timedelta(days=1)
    line.full_clean()


def test_a_helpline_can_be_reached():
    line = Helpline(name="A", country="UK", last_checked=dt.date(2026, 1, 1))
    with pytest.raises(ValidationError, match="at least one way to reach it"):
        line.full_clean()


@pytest.fixture
def home() -> HomePage:
    return HomePage.objects.get()


@pytest.fixture
def ketamine(home) -> ArticlePage:
    topic = home.add_child(
        instance=TopicPage(title="Medicines", slug="medicines", summary="About medicines.")
    )
    return topic.add_child(instance=article())


def test_a_new_database_has_a_home_page(home):
    site = Site.objects.get()
    assert site.root_page_id == home.pk
    assert (home.live, home.title, site.site_name) == (True, "Plainleaf", "Plainleaf")


def test_a_page_lives_on_the_public_site(ketamine):
    address = "https://www.plainleaf.test/medicines/ketamine/"
    assert (ketamine.url, ketamine.full_url, ketamine.get_url()) == (address, address, address)


def test_the_address_keeps_the_base_path_of_the_site(ketamine, settings):
    settings.PLAINLEAF_SITE_URL = "https://example.org/health"
    assert ketamine.full_url == "https://example.org/health/medicines/ketamine/"


def test_asked_for_here_a_page_redirects_to_the_public_site(ketamine):
    answer = Client().get("/medicines/ketamine/")
    assert (answer.status_code, answer["Location"]) == (302, ketamine.full_url)


def test_a_draft_is_not_even_redirected_to(ketamine):
    ketamine.unpublish()
    assert Client().get("/medicines/ketamine/").status_code == 404


def test_a_second_site_changes_no_address(home, ketamine):
    other = Page.objects.get(depth=1).add_child(instance=HomePage(title="Two", slug="two"))
    before = ketamine.full_url
    Site.objects.create(hostname="two.test", root_page=other)
    assert ArticlePage.objects.get(pk=ketamine.pk).full_url == before


def post(admin_client: Client, ketamine: ArticlePage, **changes: str):
    streams = ("key_points", "synonyms", "body", "legal_status", "authors", "sources")
    empty = {f"{name}-count": "0" for name in streams}
    notes = {"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}
    return admin_client.post(
        reverse("wagtailadmin_pages:edit", args=(ketamine.pk,)),
        {
            "title": ketamine.title,
            "slug": ketamine.slug,
            "summary": "",
            **empty,
            **notes,
            **changes,
        },
    )


def test_a_draft_without_summary_and_body_can_be_saved(ketamine, admin_client):
    assert post(admin_client, ketamine).status_code == 302
    assert ArticlePage.objects.get(pk=ketamine.pk).get_latest_revision_as_object().summary == ""
    assert ArticlePage.objects.get(pk=ketamine.pk).summary == "What it is."


def test_no_editor_types_who_reviewed_an_article_and_when(ketamine, admin_client):
    doctor = Person.objects.create(name="Dr Brown", role="Doctor", credential="GMC 1234567")
    typed = {
        "reviewer": str(doctor.pk),
        "last_reviewed": "2026-03-01",
        "next_review_due": "2027-03-01",
    }
    assert post(admin_client, ketamine, **typed).status_code == 302
    draft = ArticlePage.objects.get(pk=ketamine.pk).get_latest_revision_as_object()
    assert (draft.reviewer, draft.last_reviewed, draft.next_review_due) == (None, None, None)


WITHDRAWN = {"withdrawn_on": "2026-03-01", "withdrawn_reason": "The advice has changed."}


def test_a_draft_of_a_withdrawal_may_lack_its_reason(ketamine, admin_client):
    assert post(admin_client, ketamine, withdrawn_on="2026-03-01").status_code == 302


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"withdrawn_reason": " "}, "Say why the article was withdrawn"),
        ({"withdrawn_on": "2099-01-01"}, "This day is still to come."),
    ],
)
def test_a_withdrawal_is_of_today_and_says_why(ketamine, admin_client, changes, sentence):
    publish = {"action-publish": "1"}
    refused = post(admin_client, ketamine, **{**WITHDRAWN, **changes}, **publish)
    assert sentence in refused.text


def test_a_withdrawn_article_does_not_lead_to_itself(ketamine):
    ketamine.withdrawn_on, ketamine.withdrawn_reason = dt.date(2026, 3, 1), "It changed."
    ketamine.replacement_page = Page.objects.get(pk=ketamine.pk)
    with pytest.raises(ValidationError, match="This is the page itself"):
        ketamine.clean()


def test_publishing_without_a_body_is_refused(ketamine, admin_client):
    refused = post(admin_client, ketamine, summary="S.", **{"action-publish": "1"})
    assert "Not published." in refused.text
    assert ">Body: This field is required.</a>" in refused.text


def test_the_admin_links_to_the_public_page(ketamine, admin_client):
    form = admin_client.get(reverse("wagtailadmin_pages:edit", args=(ketamine.pk,)))
    assert f'href="{ketamine.full_url}"' in form.content.decode()


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://www.example.org/health", "www.example.org", 443),
        ("http://localhost:8080", "localhost", 8080),
    ],
)
def test_the_default_site_takes_the_public_host(url, host, port):
    point_default_site(url)
    site = Site.objects.get(is_default_site=True)
    assert (site.hostname, site.port) == (host, port)


@pytest.mark.parametrize("url", ["", "www.example.org", "ftp://example.org"])
def test_a_site_needs_an_address(url):
    with pytest.raises(ValueError, match="is not the address of a site"):
        point_default_site(url)


def test_every_script_and_style_of_the_editor_is_there():
    """Without one of them the body of an article cannot be edited at all."""
    media = ArticlePage.get_edit_handler().get_form_class()().media
    paths = {str(getattr(one, "path", one)).partition("?")[0] for one in media._js}
    prefix = staticfiles_storage.base_url
    names = {path.removeprefix(prefix) for path in paths}
    assert "typed_table_block/js/typed_table_block.js" in names
    assert [name for name in sorted(names) if find(name) is None] == []
