"""Comments as a reader pages through them, and as one who leads the moderators hides them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.live import Stack

pytestmark = pytest.mark.browser

ARTICLE = "/medicines/ketamine/"
COMMENTS = """
from datetime import timedelta
from django.utils import timezone
from cms.articles.models import ArticlePage
from cms.comments.models import CommentSettings, ReaderComment, State
CommentSettings.objects.create(page_size=5)
page = ArticlePage.objects.get(slug="ketamine")
page.reader_comments.update(state=State.HELD)  # those of the sample
for at in range(1, 13):
    ReaderComment.objects.create(
        page=page, translation_key=page.translation_key, locale="en", name=f"Reader {at}",
        text=f"Remark {at}.", state=State.APPROVED, idempotency_key=f"remark-{at}",
        received_at=timezone.now(), posted_at=timezone.now() + timedelta(seconds=at),
    )
"""


@pytest.fixture(scope="module")
def site(stack: Stack) -> Stack:
    """An article with a dozen comments, of which five go on a page."""
    stack.shell(COMMENTS)
    stack.export()
    return stack


def remarks(page: Page) -> list[str]:
    return page.locator(".comment__text").all_inner_texts()


def said(first: int, last: int) -> list[str]:
    return [f"Remark {at}." for at in range(first, last + 1)]


def test_reader_pages_through_the_comments_and_comes_to_the_form(site: Stack, page: Page) -> None:
    page.goto(site.site_url + ARTICLE)
    expect(page.get_by_role("heading", name="Comments (12)")).to_be_visible()
    assert remarks(page) == said(1, 5)
    page.get_by_role("link", name="Next page").click()
    assert remarks(page) == said(6, 10)
    page.get_by_role("link", name="Previous page").click()
    expect(page.get_by_role("heading", name="Comments (12)")).to_be_in_viewport()
    page.get_by_role("link", name="Newest comments").click()
    assert remarks(page) == said(11, 12)
    page.get_by_role("link", name="Leave a comment").click()
    expect(page.get_by_role("textbox", name="Name")).to_be_visible()
    assert page.url == f"{site.site_url}{ARTICLE}#comment-form"


def set_mode(site: Stack, admin: Page, mode: str) -> None:
    admin.goto(f"{site.cms_url}/admin/settings/comments/commentsettings/")
    admin.get_by_role("combobox", name="Comments on the whole site").select_option(mode)
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("Reader comments updated.")).to_be_visible()
    site.export()


def test_lead_hides_all_comments_and_shows_them_again(site: Stack, admin: Page) -> None:
    admin.goto(f"{site.cms_url}/admin/reader-comments/?tab=approved")
    admin.get_by_role("link", name="Reader 7", exact=True).click()
    admin.get_by_role("link", name="Its place on the site").click()
    assert admin.url.startswith(f"{site.site_url}{ARTICLE}comments/2/#comment-")
    assert "Remark 7." in remarks(admin)

    set_mode(site, admin, "hidden")
    admin.goto(site.site_url + ARTICLE)
    expect(admin.get_by_role("heading", name="Comments")).to_have_count(0)
    assert "Remark" not in admin.content()
    assert admin.goto(f"{site.site_url}{ARTICLE}comments/2/").status == 404
    left = [
        path
        for path in (site.folder / "public").rglob("*.html")
        if b"Remark 7." in path.read_bytes()
    ]
    assert left == []

    set_mode(site, admin, "open")
    admin.goto(f"{site.site_url}{ARTICLE}comments/2/")
    assert remarks(admin) == said(6, 10)
