"""A link in a moderator's mail shows the comment to who it is for, and a button decides, once."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail, signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.comments.mail.links import PURPOSE
from cms.comments.mail.sending import send_round
from cms.comments.models import ReaderComment, State
from cms.comments.redacting import redact
from cms.comments.redaction import Span
from cms.core.groups import EDITORS, MODERATORS
from tests.cms.comment_site import comment, submission, told
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> ReaderComment:
    return comment(article(topic()), text="Xylophone & <b>x</b>")


def person(name: str, group: str = MODERATORS) -> tuple[User, Client]:
    user = User.objects.create_user(username=name, email=f"{name}@example.org")
    user.groups.add(Group.objects.get(name=group))
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    return user, browser


def link_for(user: User) -> str:
    """The way to decide that the mail to ``user`` offers: the path and the token."""
    send_round(timezone.now() + timedelta(seconds=1))
    [one] = [one for one in mail.outbox if one.to == [user.email]]
    [address] = re.findall(r"https://admin\.plainleaf\.test(/\S+\?t=\S+)", one.body)
    return address


def press(browser: Client, address: str, decision: str):
    """What the button of the page posts; the page must have one for it."""
    page = browser.get(address).content.decode()
    assert f'name="decision" value="{decision}"' in page
    return post(browser, address, decision, follow=True)


def post(browser: Client, address: str, decision: str, **how):
    browser.get(reverse("wagtailadmin_account"))
    csrf = browser.cookies["plainleaf_csrf"].value
    return browser.post(address, {"decision": decision, "csrfmiddlewaretoken": csrf}, **how)


def state_of(comment: ReaderComment) -> str:
    return ReaderComment.objects.get(pk=comment.pk).state


def test_link_shows_the_comment_and_changes_nothing(held):
    mo, browser = person("mo")
    address = link_for(mo)
    for method in (browser.get, browser.head, browser.get):
        answer = method(address)
        assert answer.status_code == 200
        assert answer["Referrer-Policy"] == "strict-origin"
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
    page = browser.get(address).content.decode()
    assert "Xylophone &amp; &lt;b&gt;x&lt;/b&gt;" in page
    offered = re.findall(r'name="decision" value="(\w+)"', page)
    assert offered == ["approve", "reject", "spam"]  # what is not public cannot be hidden
    held.refresh_from_db()
    assert (held.state, held.version, held.events.count()) == (State.HELD, 1, 0)


def test_only_opening_it_oneself_counts_as_having_looked(held):
    mo, browser = person("mo")
    address = link_for(mo)
    browser.head(address)
    browser.get(address, headers={"Sec-Purpose": "prefetch"})
    Client().get(address)
    held.refresh_from_db()
    assert held.seen_at is None
    browser.get(address)
    held.refresh_from_db()
    assert held.seen_at is not None


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        ("approve", State.APPROVED),
        ("reject", State.REJECTED),
        ("spam", State.SPAM),
    ],
)
def test_button_decides_and_history_says_it_was_by_mail(held, decision, state):
    mo, browser = person("mo")
    answer = press(browser, link_for(mo), decision)
    assert state_of(held) == state
    event = held.events.get()
    assert (event.actor, event.channel) == (mo, "mail")
    assert "This was changed since the mail was sent." in answer.content.decode()


def test_second_press_changes_nothing_and_says_who_decided_what_and_when(held):
    mo, browser = person("mo")
    address = link_for(mo)
    press(browser, address, "reject")
    answer = post(browser, address, "approve", follow=True)
    assert state_of(held) == State.REJECTED
    page = answer.content.decode()
    assert "Nothing was changed." in page
    assert re.search(r"<time[^>]*>[^<]+</time>: Became &#x27;Rejected&#x27;, by mo", page)
    assert 'name="decision"' not in page


def test_link_after_somebody_else_decided_says_who_and_changes_nothing(held):
    mo, browser = person("mo")
    ada, _ = person("ada")
    address = link_for(mo)
    held.move_to(State.APPROVED, by=ada)
    page = browser.get(address).content.decode()
    assert re.search(r"Became &#x27;Approved&#x27;, by ada", page)
    assert 'name="decision"' not in page
    post(browser, address, "reject")
    assert state_of(held) == State.APPROVED


def test_link_of_a_version_that_came_back_is_spent_too(held):
    mo, browser = person("mo")
    address = link_for(mo)
    held.move_to(State.APPROVED, by=mo)
    held.move_to(State.HELD, by=mo)
    post(browser, address, "approve")
    assert state_of(held) == State.HELD


@pytest.mark.parametrize("decision", ["erase", "hide", "urgent", "hold", "", "approve reject"])
def test_nothing_else_can_be_decided_by_a_link(held, decision):
    mo, browser = person("mo")
    mo.user_permissions.set(mo.groups.get().permissions.all())
    answer = post(browser, link_for(mo), decision, follow=True)
    assert state_of(held) == State.HELD
    page = answer.content.decode()
    assert "Choose one of the buttons." in page or "Nothing was changed." in page


def test_stranger_is_asked_to_log_in_and_comes_back(held):
    mo, _ = person("mo")
    address = link_for(mo)
    for method in (Client().get, Client().post):
        answer = method(address)
        assert answer.status_code == 302
        assert answer.url.startswith("/admin/login/?next=")
        assert parse_qs(urlsplit(answer.url).query)["next"] == [address]
    assert state_of(held) == State.HELD


def test_button_of_another_site_is_refused(held):
    mo, browser = person("mo")
    address = link_for(mo)
    assert browser.post(address, {"decision": "approve"}).status_code == 403
    assert state_of(held) == State.HELD


def wrong_links(address: str, user: User, held: ReaderComment) -> dict[str, str]:
    path, _, token = address.partition("?t=")
    claims = [held.pk, held.version, user.pk]
    return {
        "no token": path,
        "garbled": f"{address}x",
        "cut off": address[:-3],
        "not ours": f"{path}?t=abc:def:ghi",
        "another comment": f"{path}?t={signing.dumps([10**6, 1, user.pk], salt=PURPOSE)}",
        "another purpose": f"{path}?t={signing.dumps(claims, salt='something.else')}",
        "another key": f"{path}?t={signing.dumps(claims, key='k' * 50, salt=PURPOSE)}",
        "another shape": f"{path}?t={signing.dumps('text', salt=PURPOSE)}",
    }


def test_every_wrong_link_gets_one_and_the_same_page(held, settings):
    mo, browser = person("mo")
    ada, other = person("ada")
    address = link_for(mo)
    pages = set()

    def open_it(address: str, browser: Client = browser) -> None:
        for answer in (browser.get(address), post(browser, address, "approve")):
            assert answer.status_code == 404
            assert "no-store" in answer["Cache-Control"]
            page = answer.content.decode()
            assert "This link cannot be used" in page
            assert "Xylophone" not in page
            assert reverse("wagtailsnippets_comments_readercomment:list") in page
            pages.add(re.search(r'<div class="nice-padding">.*?</div>', page, re.DOTALL)[0])

    for wrong in wrong_links(address, mo, held).values():
        open_it(wrong)
    open_it(address, other)  # of another person, who may moderate
    settings.PLAINLEAF_MAIL_LINK_HOURS = 0
    open_it(address)
    settings.PLAINLEAF_MAIL_LINK_HOURS = 72
    assert browser.get(address).status_code == 200
    mo.groups.set([Group.objects.get(name=EDITORS)])
    open_it(address)  # of somebody who may not moderate any more
    assert len(pages) == 1
    assert state_of(held) == State.HELD


def test_link_of_a_person_who_left_leads_to_the_login(held):
    mo, browser = person("mo")
    address = link_for(mo)
    User.objects.filter(pk=mo.pk).update(is_active=False)
    assert browser.get(address).status_code == 302
    assert browser.post(address, {"decision": "approve"}).status_code in (302, 403)
    assert state_of(held) == State.HELD


def test_link_works_for_as_long_as_the_setting_says(held, monkeypatch):
    mo, browser = person("mo")
    address = link_for(mo)
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 71.9 * 3600)
    assert browser.get(address).status_code == 200
    monkeypatch.setattr(signing.time, "time", lambda: now + 72.1 * 3600)
    assert browser.get(address).status_code == 404


def test_token_is_in_no_log(held, caplog):
    mo, browser = person("mo")
    address = link_for(mo)
    token = address.partition("?t=")[2]
    browser.get(address)
    browser.post(address, {"decision": "approve"})
    press(browser, address, "approve")
    browser.get(address[:-1])
    assert token[:30] not in caplog.text


def test_secret_of_a_link_is_not_stored(held):
    mo, _ = person("mo")
    token = link_for(mo).partition("?t=")[2]
    from cms.comments.mail.outbox import OutgoingMail

    for row in OutgoingMail.objects.values():
        assert token[:30] not in str(row)


def test_marks_of_a_redacted_comment_are_on_the_words_that_gave_the_reason():
    """Reasons count the words as they were typed, before a mark took the place of some."""
    told(submission(article(topic()), text="Maria says: buy at https://shop.example now."))
    found = ReaderComment.objects.get()
    mo, browser = person("mo")
    redact(found, [Span("text", 0, 5)], by=mo, seen_version=found.version)
    page = browser.get(link_for(mo)).content.decode()
    marked = re.findall(r"<mark[^>]*><span[^>]*>[^<]*</span>([^<]*)</mark>", page)
    assert marked == ["https://shop.example"]
