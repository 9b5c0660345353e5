"""Take the pictures of docs/editors.md again: ``python -m tests.browser.safety_screenshots``."""

from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.refused_drafts import make_drafts
from tests.live import REPOSITORY, Stack

IMAGES = REPOSITORY / "docs" / "images"
EDITOR, REVIEWER, PASSWORD = "eve", "ada", "a-password-for-pictures-only"

# A live article that promises too much, and a draft that says nothing of risks any more.
PREPARE = f"""
from django.contrib.auth.models import Group, User
from cms.articles.models import ArticlePage, Person

for name, group in (({EDITOR!r}, "Editors"), ({REVIEWER!r}, "Reviewers")):
    user = User.objects.create_user(name, password={PASSWORD!r})
    user.groups.add(Group.objects.get(name=group))
Person.objects.create(name="Ada Brown", role="Pharmacist", credential="MPharm", user=user)
articles = ArticlePage.objects.order_by("pk")
written, live = articles.get(slug="ketamine"), articles.get(slug="naloxone")
for article in (written, live):
    article.body.append(("heading", {{"text": "A miracle cure", "size": "section"}}))
for at in reversed(range(len(written.body))):
    if written.body[at].block_type == "risks":
        del written.body[at]
written.save_revision()
ArticlePage.objects.filter(pk=live.pk).update(body=live.body)
print(written.pk)
"""
# Apart, since whatever ``Stack.shell`` runs is judged by no rule.
JUDGE = """
from cms.articles.models import ArticlePage
from cms.safety.keeping import judge_pages
judge_pages(ArticlePage.objects.values_list("pk", flat=True))
"""


def take(page: Page, cms_url: str, article: int) -> None:
    log_in(page, cms_url, EDITOR)
    page.goto(f"{cms_url}/admin/pages/{article}/edit/")
    page.get_by_role("button", name="Toggle safety").click()
    page.locator('[data-side-panel="safety"]').wait_for()
    page.wait_for_timeout(1000)  # the panel slides in
    page.screenshot(path=IMAGES / "safety-panel.png")

    page.get_by_role("button", name="More actions").last.click()
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Not published.").first.wait_for()
    page.screenshot(path=IMAGES / "safety-refused.png")

    page.goto(f"{cms_url}/admin/safety/report/")
    page.get_by_role("region", name="Safety of pages").wait_for()
    page.screenshot(path=IMAGES / "safety-report.png")


def take_lists(page: Page, cms_url: str, in_bulk: str, on_schedule: str) -> None:
    """Of pages that were refused together."""
    page.goto(f"{cms_url}/admin/pages/{in_bulk}/")
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("link", name="Publish selected pages", exact=True).click()
    page.get_by_role("button", name="Yes, publish").click()
    page.get_by_text("was not published").first.wait_for()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1000)  # the messages fade in
    page.screenshot(path=IMAGES / "safety-bulk.png")

    page.goto(f"{cms_url}/admin/pages/{on_schedule}/")
    page.get_by_text("It was not published on its day.").first.wait_for()
    page.screenshot(path=IMAGES / "safety-schedule.png")


def take_dialog(page: Page, cms_url: str) -> None:
    """Of a reviewer who is about to approve."""
    log_in(page, cms_url, REVIEWER)
    row = page.get_by_role("row").filter(has_text="A shop for what needs a prescription")
    row.get_by_role("button", name="Actions").click()
    page.get_by_role("button", name="Approve as reviewed and publish").locator(
        "visible=true"
    ).click()
    page.get_by_text("The rules will not let this version go live").wait_for()
    page.wait_for_timeout(1000)  # the dialog slides in
    page.screenshot(path=IMAGES / "safety-workflow.png")


def log_in(page: Page, cms_url: str, name: str) -> None:
    page.goto(f"{cms_url}/admin/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{cms_url}/admin/")


def main() -> None:
    with TemporaryDirectory() as folder, Stack(Path(folder)) as stack:
        stack.manage("migrate", "--verbosity", "0")
        stack.manage("load_content")
        article = int(stack.shell(PREPARE).splitlines()[-1])
        stack.manage("shell", "--verbosity=0", "--command", JUDGE)
        stack.start_admin()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            screen = {"width": 1200, "height": 760}
            page = browser.new_page(viewport=screen)
            take(page, stack.cms_url, article)
            in_bulk, on_schedule = (
                make_drafts(stack, "sleep"),
                make_drafts(stack, "rest", "schedule"),
            )
            stack.manage("publish_scheduled")
            take_lists(page, stack.cms_url, in_bulk, on_schedule)
            make_drafts(stack, "night", "workflow")
            take_dialog(browser.new_page(viewport=screen), stack.cms_url)
            browser.close()
    for picture in IMAGES.glob("safety-*.png"):
        make_small(picture)


def make_small(picture: Path) -> None:
    """A page of the admin has few colours."""
    with Image.open(picture) as image:
        few = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(picture, optimize=True)


if __name__ == "__main__":
    main()
