"""When readers can comment on a page, as its editor sees and says it."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from cms.articles.models import ArticlePage
from cms.comments.commented_page import commenting_in_words
from cms.comments.models import CommentSettings, ReaderComment, State
from cms.comments.public_address import public_address
from cms.core.commenting import Mode
from tests.cms.comment_site import comment
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine():
    return article(topic())


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Takes comments."),
        ({"comments_mode": Mode.READ_ONLY}, "Takes no more comments."),
        ({"comments_mode": Mode.HIDDEN}, "Shows no comments."),
        ({"comments_close_on": "2999-03-01"}, "Takes comments until 1 March 2999."),
        ({"comments_close_on": "2026-03-01"}, "Takes no more comments since 1 March 2026."),
    ],
)
def test_moderator_reads_whether_the_page_takes_comments(admin_client, ketamine, said, words):
    ArticlePage.objects.update(**said)
    assert commenting_in_words(ArticlePage.objects.get()) == words
    one = comment(ketamine)
    address = reverse("wagtailsnippets_comments_readercomment:inspect", args=[one.pk])
    assert words in admin_client.get(address).content.decode()


def test_site_that_hides_comments_goes_before_a_page_that_opens_them(ketamine):
    ArticlePage.objects.update(comments_mode=Mode.OPEN)
    CommentSettings.objects.create(mode=Mode.READ_ONLY)
    assert commenting_in_words(ArticlePage.objects.get()) == "Takes comments."
    CommentSettings.objects.update(mode=Mode.HIDDEN)
    assert commenting_in_words(ArticlePage.objects.get()) == "Shows no comments."


def test_comment_is_found_on_the_page_of_comments_that_it_is_on(admin_client, ketamine):
    CommentSettings.objects.create(page_size=5)
    first = timezone.now()
    comments = [
        comment(ketamine, State.APPROVED, posted_at=first + timedelta(minutes=at // 2))
        for at in range(11)
    ]
    comment(ketamine, State.HELD, posted_at=first)
    comment(article(ketamine.get_parent(), "sleep"), State.APPROVED, posted_at=first)
    page = "https://www.plainleaf.test/medicines/ketamine/"
    found = [public_address(one) for one in comments]
    assert found[:5] == [f"{page}#comment-{one.pk}" for one in comments[:5]]
    assert found[5:10] == [f"{page}comments/2/#comment-{one.pk}" for one in comments[5:10]]
    assert found[10] == f"{page}comments/3/#comment-{comments[10].pk}"
    address = reverse("wagtailsnippets_comments_readercomment:inspect", args=[comments[10].pk])
    assert f'href="{found[10]}"' in admin_client.get(address).content.decode()


@pytest.mark.parametrize(
    "why", ["it is held", "the page hides comments", "the page is a draft", "the page is deleted"]
)
def test_comment_that_no_reader_sees_has_no_address(ketamine, why):
    one = comment(ketamine, State.HELD if why == "it is held" else State.APPROVED)
    match why:
        case "the page hides comments":
            ArticlePage.objects.update(comments_mode=Mode.HIDDEN)
        case "the page is a draft":
            ketamine.unpublish()
        case "the page is deleted":
            ketamine.delete()
    assert public_address(ReaderComment.objects.get(pk=one.pk)) == ""


def test_editor_chooses_among_the_modes_and_a_day(admin_client, ketamine):
    html = admin_client.get(reverse("wagtailadmin_pages:edit", args=[ketamine.pk])).content.decode()
    for words in ("As on the whole site", "Read only:", "Hidden:", 'name="comments_close_on"'):
        assert words in html


def test_draft_of_an_earlier_edition_stays_closed(ketamine):
    """It was saved when an article only said whether comments are open."""
    for slug, is_open in (("closed", False), ("open", True)):
        page = article(ketamine.get_parent(), slug, live=False)
        content = page.save_revision().content
        del content["comments_mode"], content["comments_close_on"]
        Revision.objects.filter(object_id=page.pk).update(
            content={**content, "comments_open": is_open}
        )
    migration = import_module("cms.articles.migrations.0004_comments_mode_and_closing_day")
    migration.keep_closed_in_revisions(apps, None)
    drafts = {page.slug: page.get_latest_revision_as_object() for page in ArticlePage.objects.all()}
    assert drafts["closed"].comments_mode == Mode.READ_ONLY
    assert drafts["open"].comments_mode == Mode.SITE
