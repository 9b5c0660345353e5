"""An article from its editor to a clinician and onto the site, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import faults
from tests.browser.conftest import PASSWORD
from tests.browser.refused_drafts import make_drafts, said_of_faults
from tests.live import Stack

pytestmark = pytest.mark.browser
PATIENCE = 30_000

ACCOUNTS = f"""
from django.contrib.auth.models import Group, User
from cms.articles.models import Person

for name, group in (("eve", "Editors"), ("ada", "Reviewers")):
    user = User.objects.create_user(name, password={PASSWORD!r})
    user.groups.add(Group.objects.get(name=group))
Person.objects.create(name="Dr Ada Brown", role="Pharmacist", credential="MPharm", user=user)
"""

# A copy of a sample article for each test: whatever the rules ask of one, the sample has.
PREPARE = """
from django.contrib.auth.models import User
from wagtail.models import Page
from cms.articles.models import ArticlePage
from cms.safety.models import Reason

eve = User.objects.get(username="eve")
sample = ArticlePage.objects.get(slug="ketamine")
page = sample.copy(
    update_attrs={"slug": SLUG, "title": SLUG, "live": False, "owner": eve},
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


@pytest.fixture(scope="module")
def accounts(stack: Stack) -> None:
    stack.shell(ACCOUNTS)


@pytest.fixture
def slug(request: pytest.FixtureRequest) -> str:
    return request.function.__name__.removeprefix("test_").replace("_", "-")


@pytest.fixture
def page_id(stack: Stack, slug: str, accounts: None) -> str:
    return stack.shell(f"SLUG = {slug!r}\n{PREPARE}").strip().splitlines()[-1]


@pytest.fixture
def eve(stack: Stack, browser: Browser, accounts: None) -> Iterator[Page]:
    yield from logged_in(stack, browser, "eve")


@pytest.fixture
def ada(stack: Stack, browser: Browser, accounts: None) -> Iterator[Page]:
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


# An approved article whose words changed since, as its editor says in a small way.
CHANGED = """
from django.contrib.auth.models import User
from tests.cms.review_site import decide, edit, newest, submit
from cms.review.dates import default_due
import django.utils.timezone

eve, ada = User.objects.get(username="eve"), User.objects.get(username="ada")
due = default_due(django.utils.timezone.localdate())
decide(ada, submit(newest(page), eve), "review", next_review_due=due)
page = edit(page, eve, summary=newest(page).summary + " Ask a pharmacist.", change_kind="minor")
submit(page, eve)
"""


def in_dialog(ada: Page, action: str) -> Locator:
    """Opened from the editor with the keyboard; the focus is in it, and axe finds nothing."""
    choose(ada, action)
    dialog = ada.get_by_role("dialog")
    expect(dialog.get_by_role("button", name=action)).to_be_visible(timeout=PATIENCE)
    expect(ada.locator(".modal.in")).to_be_visible()
    assert faults(ada, ".modal-content") == []
    return dialog


def test_reviewer_keeps_the_review_with_the_keyboard(
    stack: Stack, slug: str, page_id: str, ada: Page
) -> None:
    stack.shell(
        f"from wagtail.models import Page\npage = Page.objects.get(pk={page_id})\n{CHANGED}"
    )
    edit = f"{stack.cms_url}/admin/pages/{page_id}/edit/"
    ada.goto(edit)
    action = "Keep reviewed: the change is minor"
    dialog = in_dialog(ada, action)
    expect(dialog.get_by_text("Ask a pharmacist.").first).to_be_visible()  # what changed
    press(dialog.get_by_role("button", name=action))
    told = dialog.get_by_text("Say why the review still holds after this change.")
    expect(told).to_be_visible(timeout=PATIENCE)
    why = dialog.get_by_role("textbox", name="Why it is a minor change")
    expect(why).to_have_attribute("aria-invalid", "true")
    why.focus()
    ada.keyboard.type("It only says whom to ask.")
    press(dialog.get_by_role("button", name=action))
    ada.wait_for_url(lambda url: url != edit, wait_until="commit")
    expect(ada.get_by_role("status").filter(has_text="keeps the review of")).to_be_visible()


def test_reviewer_requests_changes_with_the_keyboard(
    stack: Stack, slug: str, page_id: str, eve: Page, ada: Page
) -> None:
    stack.shell(
        "from django.contrib.auth.models import User\n"
        "from tests.cms.review_site import newest, submit\n"
        "from wagtail.models import Page\n"
        f"submit(Page.objects.get(pk={page_id}), User.objects.get(username='eve'))\n"
    )
    edit = f"{stack.cms_url}/admin/pages/{page_id}/edit/"
    ada.goto(edit)
    dialog = in_dialog(ada, "Request changes")
    dialog.get_by_role("textbox", name="What has to change").focus()
    ada.keyboard.type("Say more of the risks.")
    press(dialog.get_by_role("button", name="Request changes"))
    ada.wait_for_url(lambda url: url != edit, wait_until="commit")

    eve.goto(edit)
    panel = eve.get_by_role("region", name="Clinical review")
    if not panel.is_visible():
        press(eve.get_by_role("button", name="Toggle status"))
    expect(panel).to_contain_text("Say more of the risks.")


def test_the_dialog_of_each_faulty_article_says_what_to_mend(stack: Stack, ada: Page) -> None:
    make_drafts(stack, "to-review", "workflow")
    ada.goto(f"{stack.cms_url}/admin/")
    waiting = ada.get_by_role("region", name="Awaiting your review")
    for title, rule in said_of_faults().items():
        row = waiting.get_by_role("row").filter(has=ada.get_by_role("link", name=title))
        if rule == "S6":  # nobody decides about what they wrote
            expect(row).to_have_count(0)
            continue
        menu = row.get_by_role("button", name="Actions")
        press(menu)
        expect(menu).to_have_attribute("aria-expanded", "true")
        action = "Approve" if rule == "S5" else "Approve as reviewed and publish"
        press(ada.get_by_role("button", name=action, exact=True).and_(ada.locator(":visible")))
        dialog = ada.locator(".modal.in")
        expect(dialog).to_contain_text("will not let this version go live", timeout=PATIENCE)
        expect(dialog.get_by_role("listitem").filter(has_text=f"{rule}, ")).not_to_have_count(0)
        press(dialog.get_by_role("button", name="Close"))
        # While it fades away it takes the focus back.
        expect(ada.locator(".modal, .modal-backdrop")).to_have_count(0)
