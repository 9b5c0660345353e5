"""An article from its editor to a clinician and onto the site, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import faults
from tests.browser.conftest import PASSWORD
from tests.live import Stack

pytestmark = pytest.mark.browser
PATIENCE = 30_000

# A copy of a sample article for each test: whatever the rules ask of one, the sample has.
PREPARE = f"""
from django.contrib.auth.models import Group, User
from wagtail.models import Page
from cms.articles.models import ArticlePage, Person
from cms.safety.models import Reason

def account(name, group):
    user, new = User.objects.get_or_create(username=name)
    if new:
        user.set_password({PASSWORD!r})
        user.save()
        user.groups.add(Group.objects.get(name=group))
    return user

eve, ada = account("eve", "Editors"), account("ada", "Reviewers")
Person.objects.get_or_create(name="Dr Ada Brown", role="Pharmacist", credential="MPharm", user=ada)
sample = ArticlePage.objects.get(slug="ketamine")
page = sample.copy(
    update_attrs={{"slug": SLUG, "title": SLUG, "live": False, "owner": eve}},
    keep_live=False, copy_revisions=False, user=eve,
)
page = Page.objects.get(pk=page.pk).specific
page.sample_content = False
page.save_revision(user=eve)
for reason in Reason.objects.filter(page=sample.pk):
    reason.pk, reason.page_id = None, page.pk
    reason.save()
print(page.pk)
"""


@pytest.fixture
def slug(request: pytest.FixtureRequest) -> str:
    return request.function.__name__.removeprefix("test_").replace("_", "-")


@pytest.fixture
def page_id(stack: Stack, slug: str) -> str:
    return stack.shell(f"SLUG = {slug!r}\n{PREPARE}").strip().splitlines()[-1]


@pytest.fixture
def eve(stack: Stack, browser: Browser) -> Iterator[Page]:
    yield from logged_in(stack, browser, "eve")


@pytest.fixture
def ada(stack: Stack, browser: Browser) -> Iterator[Page]:
    yield from logged_in(stack, browser, "ada")


def logged_in(stack: Stack, browser: Browser, name: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{stack.cms_url}/admin/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{stack.cms_url}/admin/")
    yield page
    context.close()


def press(control: Locator, key: str = "Enter") -> None:
    """As somebody without a mouse: what cannot have the focus cannot be used."""
    control.focus()
    expect(control).to_be_focused()
    control.page.keyboard.press(key)


def choose(page: Page, action: str) -> None:
    """From the menu beside "Save draft", once the parts of the article are there."""
    expect(page.locator("[name=body-count]")).to_be_attached(timeout=PATIENCE)
    menu = page.locator("footer").get_by_role("button", name="More actions")
    expect(menu).to_have_attribute("aria-expanded", "false", timeout=PATIENCE)  # it listens
    press(menu)
    press(page.locator("footer").get_by_role("button", name=action))


def test_article_goes_live_after_a_clinician_approved_it(
    stack: Stack, slug: str, page_id: str, eve: Page, ada: Page
) -> None:
    edit = f"{stack.cms_url}/admin/pages/{page_id}/edit/"
    eve.goto(edit)
    choose(eve, "Submit to Clinical review")
    expect(eve.get_by_text("has been submitted for moderation")).to_be_visible(timeout=PATIENCE)

    ada.goto(f"{stack.cms_url}/admin/")
    waiting = ada.get_by_role("region", name="Awaiting your review")
    press(waiting.get_by_role("link", name=slug))
    expect(ada).to_have_url(edit, timeout=PATIENCE)
    choose(ada, "Approve as reviewed and publish")
    dialog = ada.locator(".modal.in")
    expect(dialog.get_by_label("Next review due")).to_be_visible(timeout=PATIENCE)
    for width in (320, 768, 1280):
        ada.set_viewport_size({"width": width, "height": 900})
        assert faults(ada, ".modal-content") == []
    press(dialog.get_by_role("button", name="Approve as reviewed and publish"))
    ada.wait_for_url(lambda url: url != edit, wait_until="commit")

    eve.goto(edit)
    panel = eve.get_by_role("region", name="Clinical review: Reviewed")
    if not panel.is_visible():
        press(eve.get_by_role("button", name="Toggle status"))
    expect(panel).to_contain_text("Reviewed by Dr Ada Brown (MPharm)")
    assert faults(eve, "[aria-labelledby=clinical-review]") == []
    stack.export()
    eve.goto(f"{stack.site_url}/medicines/{slug}/")
    expect(eve.get_by_text("Dr Ada Brown").first).to_be_visible()


def test_owner_is_told_why_not(stack: Stack, page_id: str, ada: Page) -> None:
    stack.shell(
        "from django.contrib.auth.models import User\n"
        "from wagtail.models import Page\n"
        f"page = Page.objects.get(pk={page_id}).specific\n"
        "ada = User.objects.get(username='ada')\n"
        f"Page.objects.filter(pk={page_id}).update(owner=ada)\n"
        "page = Page.objects.get(pk=page.pk).get_latest_revision_as_object()\n"
        "waits = page.current_workflow_state\n"
        "waits or page.get_workflow().start(page, User.objects.get(username='eve'))\n"
    )
    ada.goto(f"{stack.cms_url}/admin/pages/{page_id}/edit/")
    panel = ada.get_by_role("region", name="Clinical review")
    if not panel.is_visible():
        press(ada.get_by_role("button", name="Toggle status"))
    expect(panel).to_contain_text("You are the owner of this article.")
    press(ada.locator("footer").get_by_role("button", name="More actions"))
    expect(ada.locator("footer").get_by_role("button", name="Approve")).to_have_count(0)
