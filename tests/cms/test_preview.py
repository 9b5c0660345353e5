"""A draft is kept for one user for a quarter of an hour, and a token opens it for the edge."""

import datetime as dt
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Site
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from cms.articles.models import ArticlePage, HomePage, TopicPage
from cms.preview.models import Preview

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> HomePage:
    root = Page.objects.get(depth=1)
    home = root.add_child(instance=HomePage(title="Plainleaf", slug="plainleaf"))
    Site.objects.filter(is_default_site=True).update(root_page=home)
    Site.clear_site_root_paths_cache()
    return home


@pytest.fixture
def topic(home) -> TopicPage:
    return home.add_child(instance=TopicPage(title="Medicines", slug="medicines", summary="All."))


@pytest.fixture
def article(topic) -> ArticlePage:
    article = ArticlePage(
        topic_type="wellbeing",
        title="What is ketamine?",
        slug="ketamine",
        summary="An anaesthetic.",
        body=[("heading", {"text": "What it does", "size": "section"})],
    )
    topic.add_child(instance=article)
    article.save_revision().publish()
    return ArticlePage.objects.get(pk=article.pk)


@pytest.fixture
def editor():
    return get_user_model().objects.create_superuser("editor", "editor@example.org", "secret")


@pytest.fixture
def admin(editor) -> Client:
    client = Client()
    client.force_login(editor)
    return client


EMPTY_STREAMS = ("key_points", "synonyms", "legal_status", "authors", "sources")


def form_of(article: ArticlePage, **typed: object) -> dict[str, object]:
    """What the editor's form posts for an article."""
    return nested_form_data(
        {
            "title": article.title,
            "slug": article.slug,
            "summary": article.summary,
            "body": streamfield([("rich_text", rich_text("<p>Typed.</p>"))]),
            **dict.fromkeys(EMPTY_STREAMS, streamfield([])),
            "topic_type": "wellbeing",
            "audience": "everyone",
            "jurisdiction": "GB",
            "change_kind": "major",
            "comments_mode": "open",
            "comments": {
                "TOTAL_FORMS": 0,
                "INITIAL_FORMS": 0,
                "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": 1000,
            },
            **typed,
        }
    )


def panel_url(page: Page) -> str:
    return reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])


def preview(admin: Client, url: str, data: dict[str, object], **query: str) -> str:
    """Type, let the panel ask, and give the address its frame is sent to."""
    typed = admin.post(url, data)
    assert typed.json() == {"is_valid": True, "is_available": True}
    shown = admin.get(url, query)
    assert shown.status_code == 302, shown.content
    return shown["Location"]


def token_in(address: str) -> str:
    [token] = parse_qs(urlsplit(address).query)["token"]
    return token


def test_panel_is_sent_to_the_public_site(admin, article):
    address = preview(admin, panel_url(article), form_of(article), in_preview_panel="true")

    assert address.startswith("https://www.plainleaf.test/preview?token=")
    assert parse_qs(urlsplit(address).query).keys() == {"token"}


def test_token_opens_what_was_typed_and_nothing_was_saved(admin, editor, article):
    address = preview(
        admin,
        panel_url(article),
        form_of(article, title="Typed title", slug="typed"),
        in_preview_panel="true",
    )
    shown = Preview.objects.shown_by(token_in(address))

    assert shown.page.title == "Typed title"
    assert shown.page.pk == article.pk
    assert shown.page.url_path == "/plainleaf/medicines/typed/"
    assert shown.page.body[0].block_type == "rich_text"
    assert (shown.user, shown.in_panel) == (editor, True)
    assert ArticlePage.objects.get(pk=article.pk).title == "What is ketamine?"


def test_new_tab_is_told_from_the_panel(admin, article):
    address = preview(admin, panel_url(article), form_of(article))

    assert Preview.objects.shown_by(token_in(address)).in_panel is False


def test_typing_on_keeps_one_row_and_the_frame_in_flight(admin, article):
    first = preview(admin, panel_url(article), form_of(article, title="One"))
    preview(admin, panel_url(article), form_of(article, title="Two"))

    assert Preview.objects.count() == 1
    assert Preview.objects.shown_by(token_in(first)).page.title == "Two"


def test_a_looked_at_revision_never_shows_in_the_panel(admin, article):
    panel = preview(admin, panel_url(article), form_of(article, title="Typed"))
    admin.get(reverse("wagtailadmin_pages:view_draft", args=[article.pk]))

    assert Preview.objects.count() == 2
    assert Preview.objects.shown_by(token_in(panel)).page.title == "Typed"


def test_page_that_was_never_saved_can_be_previewed_under_a_draft(admin, home):
    draft_topic = home.add_child(
        instance=TopicPage(title="Living well", slug="living-well", summary="All.", live=False)
    )
    url = reverse(
        "wagtailadmin_pages:preview_on_add", args=["articles", "articlepage", draft_topic.pk]
    )
    new = ArticlePage(topic_type="wellbeing", title="Sleep", slug="sleep", summary="Rest.")
    shown = Preview.objects.shown_by(token_in(preview(admin, url, form_of(new))))

    assert shown.page.pk is None
    assert shown.page.get_parent().pk == draft_topic.pk
    assert shown.page.url_path == "/plainleaf/living-well/sleep/"
    assert not ArticlePage.objects.filter(slug="sleep").exists()


def test_two_editors_have_a_draft_each(admin, article):
    preview(admin, panel_url(article), form_of(article, title="Mine"))
    other = Client()
    other.force_login(get_user_model().objects.create_superuser("other", "o@example.org", "s"))
    preview(other, panel_url(article), form_of(article, title="Theirs"))

    assert Preview.objects.count() == 2


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c"])
def test_forged_token_opens_nothing(token):
    with pytest.raises(Preview.DoesNotExist):
        Preview.objects.shown_by(token)


def test_token_signed_with_another_key_opens_nothing(admin, article, settings):
    token = token_in(preview(admin, panel_url(article), form_of(article)))
    settings.SECRET_KEY = "another-key-of-another-installation-0123456789abcdef"

    with pytest.raises(Preview.DoesNotExist):
        Preview.objects.shown_by(token)


def test_token_of_a_quarter_of_an_hour_ago_opens_nothing(admin, article, monkeypatch):
    token = token_in(preview(admin, panel_url(article), form_of(article)))
    later = timezone.now().timestamp() + 15 * 60 + 2
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)

    with pytest.raises(Preview.DoesNotExist):
        Preview.objects.shown_by(token)


@pytest.mark.parametrize("lost", ["is_active", "is_superuser"])
def test_token_of_a_dismissed_editor_opens_nothing(admin, editor, article, lost):
    token = token_in(preview(admin, panel_url(article), form_of(article)))
    setattr(editor, lost, False)
    editor.save()

    with pytest.raises(Preview.DoesNotExist):
        Preview.objects.shown_by(token)


def test_token_of_a_page_that_was_deleted_opens_nothing(admin, article):
    token = token_in(preview(admin, panel_url(article), form_of(article)))
    article.delete()

    with pytest.raises(Preview.DoesNotExist):
        Preview.objects.shown_by(token)


def test_token_of_somebody_who_may_no_longer_edit_the_page_opens_nothing(admin, editor, article):
    token = token_in(preview(admin, panel_url(article), form_of(article)))
    editor.is_superuser = False
    editor.save()
    editor.user_permissions.add(Permission.objects.get(codename="access_admin"))

    with pytest.raises(Preview.DoesNotExist):
        Preview.objects.shown_by(token)


def test_purge_deletes_what_no_token_opens(admin, article):
    token = token_in(preview(admin, panel_url(article), form_of(article)))
    call_command("purge_previews", stdout=StringIO())
    assert Preview.objects.shown_by(token)

    Preview.objects.update(updated_at=timezone.now() - dt.timedelta(minutes=16))
    said = StringIO()
    call_command("purge_previews", stdout=said)

    assert said.getvalue() == "Deleted 1 previews older than 15 minutes.\n"
    assert not Preview.objects.exists()


def test_next_preview_of_anybody_deletes_old_rows(admin, article, topic):
    preview(admin, panel_url(article), form_of(article))
    Preview.objects.update(updated_at=timezone.now() - dt.timedelta(minutes=16))
    admin.get(reverse("wagtailadmin_pages:view_draft", args=[topic.pk]))

    assert Preview.objects.count() == 1


def test_the_cms_sends_visitors_of_a_page_to_the_public_site(client, article):
    answer = client.get(f"/{article.get_parent().slug}/{article.slug}/")

    assert answer.status_code == 302
    assert answer["Location"] == "https://www.plainleaf.test/medicines/ketamine/"
