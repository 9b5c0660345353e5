"""A reader asks for mail about a comment, on the real edge, CMS and exporter, mail and all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup

from tests.live import Stack, wait_until

pytestmark = pytest.mark.end_to_end

KETAMINE = "/medicines/ketamine/"
READER = "quokka@example.org"
WORDS = "Xylophone, and thank you."


@pytest.fixture
def stack(tmp_path: Path, sample_stack: Callable[[Path], Stack]) -> Iterator[Stack]:
    with sample_stack(tmp_path) as stack:
        stack.start_cms()
        stack.export()
        stack.start_edge()
        yield stack


def test_reader_is_asked_then_told_and_can_stop_it(stack: Stack) -> None:
    form = BeautifulSoup(requests.get(stack.site_url + KETAMINE).text, "html.parser")
    fields = {
        one["name"]: one.get("value", "")
        for one in form.select("#comment-form input, #comment-form textarea")
    }
    assert fields["notify"] == "yes"  # what the box says when it is ticked
    fields |= {"name": "Sam", "text": WORDS, "email": READER}
    assert requests.post(f"{stack.site_url}/comments", data=fields).status_code == 200
    wait_until(lambda: asked(stack, "one.text") == WORDS, "the comment to reach the CMS")

    [ask] = post(stack)
    assert ask["To"] == READER
    confirm = link(ask, stack, "confirm")
    for _ in range(2):
        page = requests.get(confirm)
        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
    requests.head(confirm)
    assert asked(stack, "one.mail_subscription.confirmed_at") == "None"
    assert requests.post(confirm).status_code == 200
    wait_until(
        lambda: asked(stack, "one.mail_subscription.confirmed_at") != "None", "the confirmation"
    )

    stack.shell(
        "from cms.comments.models import *\n"
        "ReaderComment.objects.get(email='quokka@example.org').move_to(State.APPROVED, by=None)"
    )
    assert post(stack) == []
    stack.export()
    [news] = post(stack)
    address, _, anchor = link(news, stack, "").partition("#")
    page = BeautifulSoup(requests.get(address).text, "html.parser")
    assert WORDS in page.find(id=anchor).text
    assert post(stack) == []

    stop = re.fullmatch(r"<(\S+)>", news["List-Unsubscribe"].strip())
    assert stop
    one_click = requests.post(stop[1], data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    wait_until(lambda: asked(stack, "repr(one.email)") == "''", "the address to be forgotten")
    for file in stack.public.rglob("*"):
        assert not file.is_file() or READER.encode() not in file.read_bytes()
    for name in ("edge", "cms"):
        assert READER not in stack.log(name)
        assert confirm.rsplit("/", 1)[1] not in stack.log(name)


def asked(stack: Stack, what: str) -> str:
    """Something of the newest comment of the CMS, or nothing while there is none of ours."""
    return stack.shell(
        "from cms.comments.models import ReaderComment\n"
        "one = ReaderComment.objects.filter(name='Sam').order_by('-pk').first()\n"
        f"print({what} if one else '')"
    ).strip()


def post(stack: Stack) -> list[EmailMessage]:
    """What the schedule sends to readers now; Django's console shows it instead."""
    stack.manage("tell_readers")
    said = stack.manage("send_due_mail")
    mails = [
        message_from_string(one.strip(), policy=policy.default)
        for one in said.split("-" * 79)
        if "Message-ID" in one
    ]
    return [one for one in mails if one["To"] == READER]


def link(mail: EmailMessage, stack: Stack, act: str) -> str:
    """The first address in a mail, or that of a button."""
    found = re.findall(rf"{stack.site_url}/\S+", mail.get_content())
    return next(one for one in found if f"/comments/mail/{act}/" in one or not act)
