"""What the edge is told of a draft is what the feed will say of the page."""

import json
from datetime import date
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.rich_text import RichText

from cms.articles.digest import digest_of
from cms.articles.models import ArticlePage, Helpline, HomePage, Person, TopicPage
from cms.comments.models import ReaderComment, State
from cms.core.models import SiteSettings
from cms.preview.models import Preview

pytestmark = pytest.mark.django_db

TOKEN = {"Authorization": "Bearer test-feed-token-0123456789abcdef"}
Record = dict[str, Any]


@pytest.fixture
def home() -> Page:
    return Site.objects.get(is_default_site=True).root_page.specific


@pytest.fixture
def topic(home) -> TopicPage:
    return home.add_child(instance=TopicPage(title="Medicines", slug="medicines", summary="All."))


@pytest.fixture
def editor():
    return get_user_model().objects.create_superuser("editor", "editor@example.org", "secret")


def add(parent: Page, slug: str, *, live: bool = True, **fields: Any) -> ArticlePage:
    parent = Page.objects.get(pk=parent.pk)
    page = ArticlePage(
        topic_type="wellbeing",
        title=slug.title(),
        slug=slug,
        summary=f"About {slug}.",
        live=live,
        **fields,
    )
    parent.add_child(instance=page)
    if live:
        page.save_revision().publish()
    return ArticlePage.objects.get(pk=page.pk)


def stream(*blocks: tuple[str, Any]) -> str:
    """A StreamField as it is stored."""
    return json.dumps(
        [
            {"type": name, "value": value, "id": f"00000000-0000-4000-8000-{at:012}"}
            for at, (name, value) in enumerate(blocks)
        ]
    )


def records(body: bytes) -> list[Record]:
    return [json.loads(line) for line in body.splitlines()]


def answer(page: Page, editor: Any, *, in_panel: bool = True) -> list[Record]:
    preview = Preview.objects.keep(page, user=editor, is_editing=True)
    token = preview.token(in_panel=in_panel)
    got = Client().get("/api/export/v1/preview", {"token": token}, headers=TOKEN)
    assert got.status_code == 200, got.content
    assert got["Content-Type"] == "application/x-ndjson"
    assert got["Cache-Control"] == "no-store"
    return records(got.content)


def feed() -> list[Record]:
    got = Client().get("/api/export/v1/feed", headers=TOKEN)
    assert got.status_code == 200
    return records(b"".join(got.streaming_content))


def of(kind: str, all_records: list[Record]) -> dict[int, Record]:
    return {record["id"]: record for record in all_records if record["kind"] == kind}


def test_draft_of_a_published_page_is_told_as_the_feed_tells_the_page(topic, editor):
    helpline = Helpline.objects.create(
        name="Help", country="UK", phone="111", last_checked="2026-11-01"
    )
    article = add(
        topic,
        "ketamine",
        body=[
            ("heading", {"text": "Uses “today” & <more>", "size": "section"}),
            ("rich_text", RichText(f'<p>See <a linktype="page" id="{topic.pk}">this</a>.</p>')),
            (
                "risk_callout",
                {
                    "severity": "serious",
                    "title": "Stop",
                    "text": RichText("<p>Ask.</p>"),
                    "helpline": helpline,
                },
            ),
            (
                "benefits",
                {"heading": "", "items": [{"term": "Sleep", "text": RichText("<p>Rest.</p>")}]},
            ),
        ],
        sources=[
            (
                "source",
                {
                    "title": "A source",
                    "publisher": "NHS",
                    "url": "https://www.nhs.uk/",
                    "published": date(2026, 1, 31),
                    "accessed": None,
                },
            )
        ],
    )
    published, told = feed(), answer(article, editor)

    draft, page = of("page", told)[article.pk], of("page", published)[article.pk]
    # It covers the bytes, and Postgres stores the keys of JSON in an order of its own.
    assert draft.pop("fingerprint") and page.pop("fingerprint")
    assert draft == page
    assert of("site", told) == of("site", published)
    assert of("snippet", told) == of("snippet", published)


@pytest.fixture
def reviewed(topic) -> ArticlePage:
    """Live, and approved as it stands."""
    person = Person.objects.create(name="Dr Brown", role="Doctor", credential="GMC 1234567")
    page = add(
        topic, "sleep", reviewer=person, last_reviewed="2026-03-01", next_review_due="2028-03-01"
    )
    page.reviewed_digest = digest_of(page)
    page.save_revision().publish()
    return ArticlePage.objects.get(pk=page.pk)


def claimed(record: Record) -> list[Any]:
    return [record["fields"][name] for name in ("reviewer", "last_reviewed", "next_review_due")]


def test_preview_of_what_was_approved_says_who_approved_it(reviewed, editor):
    told = of("page", answer(reviewed, editor))[reviewed.pk]
    assert claimed(told) == [reviewed.reviewer_id, "2026-03-01", "2028-03-01"]


def test_preview_of_other_words_claims_no_review(reviewed, editor):
    reviewed.summary = "Nobody approved this."
    told = of("page", answer(reviewed, editor))[reviewed.pk]
    assert claimed(told) == [None, None, None]
    exported = of("page", feed())[reviewed.pk]
    assert claimed(exported) == [reviewed.reviewer_id, "2026-03-01", "2028-03-01"]


def test_answer_begins_and_ends_as_a_feed_and_names_the_draft(topic, editor):
    article = add(topic, "ketamine")
    begin, *middle, end = answer(article, editor)

    assert (begin["kind"], begin["version"], begin["draft"]) == ("begin", 1, article.pk)
    assert "<wagtail-userbar>" in begin["user_bar"]
    assert end["kind"] == "end"
    assert sum(end["counts"].values()) == len(middle)


def test_what_was_typed_is_told_and_what_is_stored_is_not(topic, editor):
    article = add(topic, "ketamine")
    article.title = "Typed title"
    page = of("page", answer(article, editor))[article.pk]

    assert page["title"] == "Typed title"
    assert of("page", feed())[article.pk]["title"] == "Ketamine"


def test_all_that_a_draft_shows_comes_with_it(
    home, topic, editor, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        image = get_image_model().objects.create(title="Leaf", file=get_test_image_file())
        unused = get_image_model().objects.create(title="Unused", file=get_test_image_file())
        document = get_document_model().objects.create(
            title="Leaflet", file=ContentFile(b"%PDF-1.4", name="leaflet.pdf")
        )
    linked, chosen, in_menu, other = (add(topic, slug) for slug in ("a", "b", "c", "d"))
    SiteSettings.objects.create(
        site=Site.objects.get(is_default_site=True),
        main_menu=stream(("menu_item", {"label": "", "page": in_menu.pk, "url": ""})),
        privacy_page=in_menu,
    )
    text = (
        f'<p><a linktype="page" id="{linked.pk}">a</a>'
        f'<a linktype="document" id="{document.pk}">b</a></p>'
    )
    article = add(
        topic,
        "ketamine",
        body=stream(
            ("rich_text", text),
            ("next_step", {"label": "Go", "purpose": "read_next", "page": chosen.pk, "url": ""}),
            (
                "image",
                {"image": {"image": image.pk, "alt_text": "A leaf", "decorative": False}},
            ),
        ),
    )
    comment = ReaderComment.objects.create(
        page=article,
        translation_key=article.translation_key,
        locale="en",
        idempotency_key="one",
        name="Sam",
        text="Thanks.",
        state=State.APPROVED,
        received_at=timezone.now(),
        posted_at=timezone.now(),
    )
    told = answer(article, editor)

    assert of("page", told).keys() == {
        home.pk,
        topic.pk,
        article.pk,
        linked.pk,
        chosen.pk,
        in_menu.pk,
    }
    assert of("image", told).keys() == {image.pk}
    assert of("document", told).keys() == {document.pk}
    assert of("comment", told).keys() == {comment.pk}
    assert of("image", told)[image.pk] == of("image", feed())[image.pk]
    assert of("page", told)[linked.pk]["fields"] == {"summary": "About a.", "withdrawn_on": None}
    assert other.pk not in of("page", told)
    assert unused.pk not in of("image", told)


def test_topic_comes_with_the_pages_it_lists(topic, editor):
    listed, draft = add(topic, "a"), add(topic, "b", live=False)
    told = of("page", answer(TopicPage.objects.get(pk=topic.pk), editor))

    assert listed.pk in told
    assert draft.pk not in told


def test_what_is_not_public_is_not_told(topic, editor):
    draft, private = add(topic, "draft", live=False), add(topic, "private")
    PageViewRestriction.objects.create(page=private, restriction_type="login")
    text = "".join(f'<a linktype="page" id="{one.pk}">x</a>' for one in (draft, private))
    article = add(topic, "ketamine", body=stream(("rich_text", f"<p>{text}</p>")))
    told = of("page", answer(article, editor))

    assert not {draft.pk, private.pk} & told.keys()


def test_draft_parent_is_told_for_the_breadcrumb(home, editor):
    section = home.add_child(
        instance=TopicPage(title="Living well", slug="living-well", summary="x", live=False)
    )
    article = add(section, "sleep", live=False)
    told = of("page", answer(article, editor))

    assert told[section.pk]["path"] == "/living-well/"
    assert told[article.pk]["path"] == "/living-well/sleep/"


def test_page_that_was_never_saved_is_told(topic, editor):
    page = ArticlePage(topic_type="wellbeing", title="New", slug="new", summary="Not yet saved.")
    page.locale = topic.locale
    page.depth, page.path = topic.depth + 1, topic.path + "0001"
    begin, *told = answer(page, editor)

    assert begin["draft"] == 0
    assert of("page", told)[0]["path"] == "/medicines/new/"
    assert of("page", told)[0]["parent"] == topic.pk


def test_page_outside_the_exported_site_has_no_preview(editor):
    root = Page.objects.get(depth=1)
    elsewhere = root.add_child(instance=HomePage(title="Other", slug="other"))
    preview = Preview.objects.keep(elsewhere, user=editor, is_editing=True)
    token = preview.token(in_panel=True)

    got = Client().get("/api/export/v1/preview", {"token": token}, headers=TOKEN)
    assert got.status_code == 404


def test_every_token_that_opens_nothing_is_answered_alike(topic, editor):
    token = Preview.objects.keep(topic, user=editor, is_editing=True).token(in_panel=True)
    Preview.objects.all().delete()
    answers = [
        Client().get("/api/export/v1/preview", {"token": one}, headers=TOKEN)
        for one in (token, "nonsense", "", token[:-1])
    ]

    assert {one.status_code for one in answers} == {404}
    assert {one.content for one in answers} == {b'{"message": "This token opens no preview."}'}


def test_a_token_alone_or_a_session_is_not_enough(topic, editor):
    token = Preview.objects.keep(topic, user=editor, is_editing=True).token(in_panel=True)
    browser = Client()
    browser.force_login(editor)

    assert browser.get("/api/export/v1/preview", {"token": token}).status_code == 401
