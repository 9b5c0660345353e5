"""Moderators are told what waits: urgent at once, others together, and other people if need be."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.comments.mail import sending
from cms.comments.mail.outbox import MailState, OutgoingMail
from cms.comments.mail.sending import CLAIM_LASTS, send_due, send_round
from cms.comments.models import ReaderComment, State
from cms.comments.replying import write_reply
from cms.comments.report import Report
from cms.core.groups import MODERATORS
from cms.core.management.commands.run_schedule import JOBS
from tests.cms.comment_site import comment, told
from tests.cms.comment_site import submission as record_for
from tests.cms.feed_site import article, topic
from tests.cms.mail_server import mail_server as mail_server
from tests.cms.test_comments_reports import report

CRISIS = "I want to end my life."

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine():
    return article(topic())


@pytest.fixture(autouse=True)
def escalation_list(settings) -> None:
    settings.PLAINLEAF_ESCALATION_EMAILS = ["on-call@example.org"]


def moderator(name: str = "mo", **wishes: bool) -> User:
    user = User.objects.create_user(username=name, email=f"{name}@example.org")
    user.groups.add(Group.objects.get(name=MODERATORS))
    if wishes:
        browser = Client()
        browser.force_login(user)
        form = account_form(browser, user)
        form |= {f"reader_comment_mail-{wish}": "on" for wish, is_on in wishes.items() if is_on}
        assert browser.post(reverse("wagtailadmin_account"), form).status_code == 302
    return user


def account_form(browser: Client, user: User) -> dict[str, str]:
    page = browser.get(reverse("wagtailadmin_account"))
    assert "reader_comment_mail-urgent" in page.content.decode()
    return {
        "name_email-first_name": "Mo",
        "name_email-last_name": "Derator",
        "name_email-email": user.email,
        "theme-theme": "system",
        "theme-contrast": "system",
        "theme-density": "default",
        "locale-preferred_language": "",
        "locale-current_time_zone": "",
    }


def later(**time: float) -> datetime:
    return timezone.now() + timedelta(**time)


def sent() -> list[tuple[str, str]]:
    return [(one.to[0], one.subject) for one in mail.outbox]


def urgent(page, **values):
    """Comes in as any comment does, with words that make it urgent."""
    assert told(record_for(page, text=CRISIS, **values))["status"] == 201
    return ReaderComment.objects.latest("pk")


def test_urgent_comment_is_told_at_once_to_each_who_moderates(
    ketamine, django_capture_on_commit_callbacks
):
    moderator("mo")
    moderator("ada")
    User.objects.create_user(username="reader", email="nobody@example.org")
    with django_capture_on_commit_callbacks(execute=True):
        urgent(ketamine)
    assert sent() == [
        ("mo@example.org", "[Plainleaf] Urgent: 1 reader comment"),
        ("ada@example.org", "[Plainleaf] Urgent: 1 reader comment"),
    ]
    assert all(one.to == [one.to[0]] and not one.cc + one.bcc for one in mail.outbox)


def test_mail_to_a_moderator_says_where_and_why_and_never_what_or_who(ketamine):
    moderator()
    record = record_for(
        ketamine, name="Zacharias Quill", text=f"{CRISIS} Xylophone.", email="zq@example.org"
    )
    told(record)
    send_due(timezone.now())
    [one] = mail.outbox
    everything = one.message().as_string() + one.body
    assert "On “Ketamine”" in one.body
    assert "Why it waits: Crisis words" in one.body
    for private in ("Zacharias", "Quill", "Xylophone", "end my life", "zq@example.org"):
        assert private not in everything
    assert "https://admin.plainleaf.test/admin/snippets/" not in one.body  # the menu's own path
    assert "https://admin.plainleaf.test/admin/reader-comments/by-mail/?t=" in one.body
    assert one.message()["Auto-Submitted"] == "auto-generated"


def test_each_wish_of_the_account_is_kept(ketamine):
    moderator("only_urgent", urgent=True, digest=False)
    moderator("only_digest", urgent=False, digest=True)
    urgent(ketamine)
    told(record_for(ketamine))
    send_round(later())
    assert sent() == [
        ("only_urgent@example.org", "[Plainleaf] Urgent: 1 reader comment"),
        ("only_digest@example.org", "[Plainleaf] 1 reader comment to review"),
    ]


def test_account_of_who_does_not_moderate_offers_no_such_mail():
    user = User.objects.create_superuser(username="someone", email="someone@example.org")
    browser = Client()
    browser.force_login(user)
    assert b"reader_comment_mail" in browser.get(reverse("wagtailadmin_account")).content
    user.is_superuser = False
    user.save()
    user.groups.add(Group.objects.get(name="Editors"))
    assert b"reader_comment_mail" not in browser.get(reverse("wagtailadmin_account")).content


def test_who_makes_a_comment_urgent_is_not_told_of_it(ketamine):
    mo = moderator("mo")
    moderator("ada")
    held = comment(ketamine)
    held.move_to(State.URGENT, by=mo)
    send_due(later())
    assert sent() == [("ada@example.org", "[Plainleaf] Urgent: 1 reader comment")]


def test_flood_of_urgent_comments_is_a_mail_a_minute_with_all_of_them(ketamine):
    moderator()
    urgent(ketamine)
    send_due(later())
    for _ in range(30):
        urgent(ketamine)
    send_due(later(seconds=30))
    assert len(sent()) == 1
    send_due(later(seconds=70))
    assert sent()[1:] == [("mo@example.org", "[Plainleaf] Urgent: 31 reader comments")]
    assert "And 11 more." in mail.outbox[1].body


def test_urgent_comment_somebody_decided_on_meanwhile_is_not_told(ketamine):
    moderator("mo")
    one = urgent(ketamine)
    one.move_to(State.HELD, by=moderator("ada"))
    assert send_due(later()) == 0
    assert sent() == []
    assert not OutgoingMail.objects.exists()


def test_who_may_not_moderate_any_more_gets_nothing(ketamine):
    mo = moderator()
    urgent(ketamine)
    mo.groups.clear()
    send_due(later())
    assert sent() == []


def test_digest_gathers_what_came_in_and_counts_spam(ketamine):
    moderator()
    told(record_for(ketamine, text="One."))
    told(record_for(ketamine, text="Buy now", signals=["honeypot"]))
    send_round(later())
    for number in range(3):
        told(record_for(ketamine, text=f"Number {number}."))
    told(record_for(ketamine, text="Buy more", signals=["honeypot"]))
    send_round(later(minutes=5))
    assert sent() == [("mo@example.org", "[Plainleaf] 1 reader comment to review")]
    send_round(later(minutes=16))
    assert sent()[1:] == [("mo@example.org", "[Plainleaf] 3 reader comments to review")]
    assert "In all, 4 comments wait." in mail.outbox[1].body
    assert "1 was set aside as suspected spam." in mail.outbox[1].body
    send_round(later(minutes=40))
    assert len(sent()) == 2


def test_suspected_spam_alone_is_no_mail(ketamine):
    moderator()
    for number in range(50):
        told(record_for(ketamine, text=f"Buy {number}", signals=["honeypot"]))
    for minutes in (0, 20, 40):
        send_round(later(minutes=minutes))
    assert sent() == []


def test_digest_interval_is_a_setting_and_nought_is_none(ketamine, settings):
    moderator()
    settings.PLAINLEAF_MAIL_DIGEST_MINUTES = 0
    told(record_for(ketamine))
    send_round(later(hours=5))
    assert sent() == []
    settings.PLAINLEAF_MAIL_DIGEST_MINUTES = 60
    send_round(later(hours=6))
    told(record_for(ketamine, text="Another."))
    send_round(later(hours=6, minutes=59))
    assert len(sent()) == 1
    send_round(later(hours=7, minutes=1))
    assert len(sent()) == 2


def test_digests_that_could_not_go_out_are_one_when_they_can(ketamine, settings):
    moderator()
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    for hour in range(3):
        told(record_for(ketamine, text=f"Number {hour}."))
        send_round(later(hours=hour))
    settings.EMAIL_BACKEND = working
    send_round(later(hours=3))
    assert sent() == [("mo@example.org", "[Plainleaf] 3 reader comments to review")]


def test_urgent_comment_nobody_looks_at_is_told_to_others_every_half_hour(ketamine, settings):
    settings.PLAINLEAF_MAIL_ESCALATE_TIMES = 3
    urgent(ketamine)
    for minutes in range(0, 240, 5):
        send_round(later(minutes=minutes, seconds=1))
    assert (
        sent()
        == [("on-call@example.org", "[Plainleaf] Nobody looked: 1 urgent reader comment")] * 3
    )
    assert "by-mail" not in mail.outbox[0].body
    assert CRISIS not in mail.outbox[0].body


def test_escalation_ends_when_a_moderator_looks(ketamine):
    one = urgent(ketamine)
    browser = Client()
    browser.force_login(moderator(urgent=False, digest=False))
    send_round(later(minutes=31))
    assert len(sent()) == 1
    address = reverse("wagtailsnippets_comments_readercomment:inspect", args=[one.pk])
    browser.get(address, headers={"Sec-Purpose": "prefetch;prerender"})
    browser.head(address)
    send_round(later(minutes=62))
    assert len(sent()) == 2
    browser.get(address)
    send_round(later(minutes=93))
    assert len(sent()) == 2


def test_escalation_falls_to_those_who_look_after_exports(ketamine, settings):
    settings.PLAINLEAF_ESCALATION_EMAILS = []
    settings.PLAINLEAF_ALERT_EMAILS = ["operators@example.org"]
    urgent(ketamine)
    send_round(later(minutes=31))
    assert [to for to, _ in sent()] == ["operators@example.org"]


def test_title_cannot_add_a_header_nor_a_line(settings):
    page = article(topic(), title="Pain\r\nBcc: victim@example.org\n\n\u202eevil")
    moderator()
    settings.WAGTAIL_SITE_NAME = "Plainleaf\nBcc: victim@example.org"
    urgent(page)
    send_due(later())
    [one] = mail.outbox
    message = one.message()
    assert message["Bcc"] is None
    assert one.recipients() == ["mo@example.org"]
    assert "On “Pain Bcc: victim@example.org evil”" in one.body


def test_schedule_sends_each_minute():
    [job] = [job for job in JOBS if job.command == "send_due_mail"]
    assert job.every_seconds == 60


def test_mail_server_that_is_down_costs_no_comment_and_no_try(
    ketamine, settings, django_capture_on_commit_callbacks
):
    moderator()
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    with django_capture_on_commit_callbacks(execute=True):
        urgent(ketamine)
    for minutes in range(1, 60):
        send_due(later(minutes=minutes))
    waiting = OutgoingMail.objects.get()
    assert (waiting.state, waiting.attempts) == (MailState.WAITING, 0)
    settings.EMAIL_BACKEND = working
    send_due(later(minutes=61))
    assert len(sent()) == 1


@pytest.mark.parametrize(
    ("stage", "answer"),
    [
        ("CONNECT", "421 busy"),
        ("CONNECT", "554 no"),
        ("CONNECT", "drop"),
        ("CONNECT", "hang"),
        ("EHLO", "hang"),
        ("MAIL", "451 later"),
        ("MAIL", "530 log in"),
        ("MAIL", "hang"),
        ("RCPT", "451 later"),
        ("RCPT", "drop"),
        ("DATA", "452 full"),
        ("DATA", "hang"),
        ("BODY", "451 later"),
        ("BODY", "554 looks bad"),
        ("BODY", "drop"),
        ("BODY", "hang"),
    ],
)
def test_mail_refused_at_any_stage_goes_out_once_later(
    ketamine, mail_server, django_capture_on_commit_callbacks, stage, answer
):
    moderator()
    mail_server.refuse = {stage: answer}
    with django_capture_on_commit_callbacks(execute=True):
        urgent(ketamine)
    assert ReaderComment.objects.count() == 1
    assert mail_server.accepted == []
    assert OutgoingMail.objects.get().last_error
    mail_server.refuse = {}
    send_due(later(minutes=2))
    send_due(later(minutes=60))
    assert [one["To"] for one in mail_server.accepted] == ["mo@example.org"]
    assert OutgoingMail.objects.get().state == MailState.SENT


@pytest.mark.parametrize("answer", ["500 what", "drop", "hang"])
def test_mail_that_was_taken_is_not_sent_again_for_a_bad_goodbye(ketamine, mail_server, answer):
    moderator()
    mail_server.refuse = {"QUIT": answer}
    urgent(ketamine)
    assert send_due(later()) == 1
    send_due(later(minutes=60))
    assert len(mail_server.accepted) == 1


def test_crash_between_taken_and_noted_sends_once_more_with_the_same_id(
    ketamine, mail_server, monkeypatch
):
    moderator()
    urgent(ketamine)

    def crash(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_mark_sent", crash)
        with pytest.raises(KeyboardInterrupt):
            send_due(later())
    send_due(later(minutes=1))
    assert len(mail_server.accepted) == 1
    send_due(later(minutes=1) + CLAIM_LASTS)
    send_due(later(hours=2))
    first, second = mail_server.accepted
    assert first["Message-ID"] == second["Message-ID"] != None  # noqa: E711


def test_one_mail_that_is_refused_holds_up_no_other(ketamine, mail_server, settings):
    settings.PLAINLEAF_MAIL_TRIES = 1
    for name in ("mo", "ada", "bo"):
        moderator(name)
    urgent(ketamine)
    mail_server.refuse = {"RCPT": "451 later"}
    send_due(later())
    assert OutgoingMail.objects.filter(state=MailState.PARKED).count() == 3


def test_mail_given_up_is_said_in_the_admin_and_to_monitoring_and_sent_on_demand(
    ketamine, mail_server, settings, caplog
):
    settings.PLAINLEAF_MAIL_TRIES = 3
    mo = moderator()
    browser = Client()
    browser.force_login(mo)
    call_command("check_mail")
    urgent(ketamine)
    mail_server.refuse = {"MAIL": "451 later"}
    for hours in range(5):
        send_due(later(hours=hours))
    assert OutgoingMail.objects.get().state == MailState.PARKED
    assert "is given up after 3 tries: it answered 451" in caplog.text
    assert "mo@example.org" not in caplog.text
    with pytest.raises(CommandError, match=r"given up: 1\. .*The last error: it answered 451\."):
        call_command("check_mail")
    assert b"given up: 1." in browser.get(reverse("wagtailadmin_home")).content

    mail_server.refuse = {}
    call_command("send_due_mail", "--parked", verbosity=0)
    assert len(mail_server.accepted) == 1
    call_command("check_mail")
    assert b"given up" not in browser.get(reverse("wagtailadmin_home")).content


def test_mail_that_waits_too_long_is_told_to_monitoring(ketamine):
    moderator()
    urgent(ketamine)
    call_command("check_mail")
    OutgoingMail.objects.update(due_at=later(minutes=-16))
    with pytest.raises(CommandError, match="is late: 1, for more than 15 minutes"):
        call_command("check_mail")


def test_address_that_is_none_holds_up_no_other(ketamine, mail_server):
    User.objects.filter(pk=moderator("broken").pk).update(email="no address@\nexample.org")
    moderator("mo")
    urgent(ketamine)
    send_due(later())
    assert [one["To"] for one in mail_server.accepted] == ["mo@example.org"]


def test_address_that_does_not_exist_is_given_up_at_once(ketamine, mail_server):
    moderator()
    urgent(ketamine)
    mail_server.refuse = {"RCPT": "550 no such user mo@example.org"}
    send_due(later())
    given_up = OutgoingMail.objects.get()
    assert given_up.state == MailState.PARKED
    assert given_up.last_error == "it refused the address with 550"


def test_mail_that_cannot_be_made_is_logged_and_holds_up_no_other(ketamine, monkeypatch, caplog):
    ill = moderator("ill")
    moderator("mo")
    urgent(ketamine)
    make = sending.LETTERS["urgent"]

    def make_or_fail(one):
        if one.user == ill:
            raise ZeroDivisionError
        return make(one)

    monkeypatch.setattr(sending, "LETTERS", {**sending.LETTERS, "urgent": make_or_fail})
    send_due(later())
    assert [to for to, _ in sent()] == ["mo@example.org"]
    assert "cannot be made" in caplog.text


def test_rows_of_the_outbox_are_forgotten(ketamine, settings):
    moderator()
    settings.PLAINLEAF_MAIL_DAYS_KEPT = 2
    urgent(ketamine)
    send_round(later())
    send_round(later(days=1, hours=23))
    assert OutgoingMail.objects.filter(purpose="urgent").exists()
    send_round(later(days=2, minutes=1))
    assert not OutgoingMail.objects.filter(purpose="urgent").exists()


def reported(page, about=None, **values):
    record = report(page, about, received_at=timezone.now().isoformat(), **values)
    assert told(record)["status"] == 201


def test_report_that_tells_of_a_crisis_is_told_at_once_and_to_others_until_settled(
    ketamine, django_capture_on_commit_callbacks, settings
):
    settings.PLAINLEAF_MAIL_ESCALATE_TIMES = 2
    moderator()
    with django_capture_on_commit_callbacks(execute=True):
        reported(ketamine, text=CRISIS)
    assert sent() == [("mo@example.org", "[Plainleaf] Urgent: 1 report")]
    assert "1 report from readers: https://admin.plainleaf.test/admin/" in mail.outbox[0].body
    assert CRISIS not in mail.outbox[0].body
    for minutes in range(1, 180, 10):
        send_round(later(minutes=minutes))
    assert sent()[1:] == [("on-call@example.org", "[Plainleaf] Nobody looked: 1 urgent report")] * 2


def test_settled_report_is_told_to_nobody(ketamine):
    moderator()
    reported(ketamine, text=CRISIS)
    reported(ketamine)
    Report.objects.all().settle(by=None, how="settled", batch=uuid.uuid4())
    send_round(later())
    send_round(later(minutes=40))
    assert sent() == []


def test_reports_are_told_in_the_digest_once(ketamine):
    moderator()
    shown = comment(ketamine, State.APPROVED)
    reported(ketamine, shown)
    reported(ketamine, text="Out of date.")
    told(record_for(ketamine))
    send_round(later())
    assert sent() == [("mo@example.org", "[Plainleaf] 1 reader comment and 2 reports to review")]
    reported(ketamine, text="Still out of date.")
    send_round(later(minutes=16))
    assert sent()[1:] == [("mo@example.org", "[Plainleaf] 1 report to review")]
    assert "Out of date" not in "".join(one.body for one in mail.outbox)
    send_round(later(minutes=40))
    assert len(sent()) == 2


def test_what_else_happens_to_an_urgent_comment_is_no_new_alert(ketamine):
    one = urgent(ketamine)
    send_round(later(minutes=31))
    moderator()
    reported(ketamine, one)
    write_reply(one, name="", text="Thank you.", by=None)
    send_due(later(minutes=32))
    assert [to for to, _ in sent()] == ["on-call@example.org"]
