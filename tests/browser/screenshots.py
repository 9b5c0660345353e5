"""Take the pictures of docs/moderators.md again: ``python -m tests.browser.screenshots``."""

from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from tests.browser.safety_screenshots import make_small
from tests.live import REPOSITORY, Stack

IMAGES = REPOSITORY / "docs" / "images"
MODERATOR, PASSWORD = "maria", "a-password-for-pictures-only"

# A few reasons for the comments of the sample content, as the rules would have found them.
PREPARE = f"""
import datetime as dt
from django.contrib.auth.models import Group, User
from cms.comments.models import ReaderComment, Reason, State

maria = User.objects.create_user({MODERATOR!r}, password={PASSWORD!r})
maria.groups.add(Group.objects.get(name="Moderators"))

def mark(words, rule):
    comment = ReaderComment.objects.get(text__contains=words)
    start = comment.text.index(words)
    Reason.objects.create(
        comment=comment, rule=rule, field="text", start=start, end=start + len(words)
    )
    return comment

mark("I do not feel safe tonight", "crisis")
mark("https://spam.example/deals", "links")
mark("How much do other people have?", "dosing")
import json
from cms.comments.intake import take
from tests.cms.test_comments_reports import report

reported = ReaderComment.objects.filter(state=State.APPROVED).exclude(page=None).first()
for reason, words in (
    ("dangerous_advice", "Nobody should try this at home."), ("dangerous_advice", ""), ("other", "")
):
    take(json.dumps(report(reported.page, reported, reason=reason, text=words)).encode())
take(json.dumps(report(reported.page, text="The opening hours have changed.")).encode())

seen = mark("changed my dose", "dosing")
seen.move_to(State.REJECTED, by=maria, reason="Medical advice")
seen.move_to(State.HELD, by=maria)
"""


def take(page: Page, cms_url: str) -> None:
    page.goto(f"{cms_url}/admin/login/")
    page.fill("#id_username", MODERATOR)
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")

    queue = f"{cms_url}/admin/reader-comments/"
    page.goto(f"{queue}?tab=held")
    for key in "jjx":
        page.keyboard.press(key)
    page.screenshot(path=IMAGES / "queue.png")

    page.goto(f"{queue}?tab=held&q=dose")
    page.get_by_role("link", name="Robin").click()
    page.get_by_role("heading", name="History").wait_for()
    page.screenshot(path=IMAGES / "queue-comment.png")

    page.keyboard.press("d")
    page.get_by_role("checkbox", name="The whole name").check()
    page.locator("#redact").screenshot(path=IMAGES / "queue-redact.png")
    page.keyboard.press("Escape")
    page.locator("#reply-heading").click()
    page.keyboard.press("w")
    page.get_by_role("textbox", name="Reply", exact=True).fill(
        "Doses differ from person to person, so we do not publish them. "
        "Your clinic can tell you why yours changed."
    )
    page.get_by_role("textbox", name="Name (optional)").fill("Maria, pharmacist")
    page.locator("#reply").screenshot(path=IMAGES / "queue-reply.png")

    page.goto(f"{queue}reports/")
    page.get_by_role("heading", name="3 reports").wait_for()
    page.screenshot(path=IMAGES / "queue-reports.png")

    page.goto(f"{queue}?tab=held")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys of the queue").screenshot(path=IMAGES / "queue-keys.png")


def main() -> None:
    with TemporaryDirectory() as folder, Stack(Path(folder)) as stack:
        stack.manage("migrate", "--verbosity", "0")
        stack.manage("load_content")
        stack.shell(PREPARE)
        stack.start_admin()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            take(browser.new_page(viewport={"width": 1200, "height": 760}), stack.cms_url)
            browser.close()
    for picture in IMAGES.glob("queue*.png"):
        make_small(picture)


if __name__ == "__main__":
    main()
