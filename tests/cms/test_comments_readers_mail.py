"""A reader gets mail about a comment only who asked for it, confirmed it, and while it is true."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from cms.comments.mail.outbox import OutgoingMail
from cms.comments.mail.sending import send_round
from cms.comments.models import MailSubscription, ReaderComment, State
from cms.comments.replying import remove_reply, write_reply
from cms.core.commenting import Mode
from cms.core.management.commands.run_schedule import JOBS
from cms.export_feed.live_comments import tell_readers
from tests.cms.comment_site import submission as record_for
from tests.cms.comment_site import told
from tests.cms.export_site import export
from tests.cms.feed_site import article, topic

READER = "reader@example.org"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine():
    return article(topic())


@pytest.fixture
def staff() -> User:
    return User.objects.create_user(username="staff", email="staff@example.org")


def later(**time: float) -> datetime:
    return timezone.now() + timedelta(**time)


def send(page, /, **values) -> ReaderComment:
    """A reader's comment, with the box ticked unless said otherwise."""
    record = record_for(page, **{"email": READER, "notify": True, **values})
    assert told(record)["status"] == 201
    return ReaderComment.objects.get(idempotency_key=record["id"])


def post_goes(**when: float) -> list[tuple[str, str]]:
    """What the scheduler sends now: recipients and subjects, without the site's name."""
    before = len(mail.outbox)
    tell_readers(later(**when))
    send_round(later(**when))
    return [(one.to[0], one.subject.removeprefix("[Plainleaf] ")) for one in mail.outbox[before:]]


def link(act: str, body: str = "") -> str:
    """The token of the last mail's link."""
    body = body or mail.outbox[-1].body
    [token] = set(re.findall(rf"https://www\.plainleaf\.test/comments/mail/{act}/(\S+)", body))
    assert re.fullmatch(r"[A-Za-z0-9_:=.-]{20,400}", token)
    return token


def press(act: str, token: str, at: datetime | None = None) -> None:
    """What the edge sends when a reader pressed the button behind a link."""
    record = {
        "kind": f"mail_{act}",
        "id": f"{act}{token}"[:64],
        "token": token,
        "received_at": (at or timezone.now()).isoformat(),
    }
    assert told(record)["status"] == 200


def confirmed(page, /, **values) -> ReaderComment:
    one = send(page, **values)
    assert post_goes() == [(values.get("email", READER), ASK)]
    press("confirm", link("confirm"))
    return one


ASK = "Do you want mail about your comment?"
LIVE = "Your comment is on our site"
REPLY = "There is a reply to your comment"


def test_reader_who_asked_and_confirmed_is_told_once_it_is_live(ketamine, staff):
    one = confirmed(ketamine)
    assert post_goes() == []
    one.move_to(State.APPROVED, by=staff)
    assert post_goes() == []  # approved, and not on the site yet
    export()
    assert post_goes() == [(READER, LIVE)]
    assert (
        f"https://www.plainleaf.test/medicines/ketamine/#comment-{one.pk}" in mail.outbox[-1].body
    )
    export()
    assert post_goes() == []


def test_who_did_not_ask_gets_no_mail_whatever_happens(ketamine, staff):
    one = send(ketamine, notify=False)
    one.move_to(State.APPROVED, by=staff)
    one.refresh_from_db()
    write_reply(one, name="", text="Thank you.", by=staff)
    export()
    assert post_goes() == []
    assert not MailSubscription.objects.exists()


def test_edge_that_does_not_know_of_mail_asks_for_none(ketamine):
    record = record_for(ketamine, email=READER)
    assert "notify" not in record
    assert told(record)["status"] == 201
    assert post_goes() == []


def test_notify_must_be_true_or_false(ketamine):
    answer = told(record_for(ketamine, email=READER, notify="yes"))
    assert (answer["status"], answer["message"]) == (400, "'notify' must be true or false.")


def test_box_without_an_address_leads_nowhere(ketamine):
    send(ketamine, email="")
    assert post_goes() == []


def test_nothing_is_sent_to_who_did_not_confirm(ketamine, staff):
    one = send(ketamine)
    assert post_goes() == [(READER, ASK)]
    one.move_to(State.APPROVED, by=staff)
    export()
    assert post_goes() == []


def test_no_mail_holds_what_was_written_or_an_address(ketamine, staff):
    one = confirmed(ketamine, name="Zacharias", text="Xylophone https://evil.example")
    one.move_to(State.APPROVED, by=staff)
    export()
    post_goes()
    one.refresh_from_db()
    write_reply(one, name="Ada", text="Quotation of the staff.", by=staff)
    export()
    assert post_goes() == [(READER, REPLY)]
    assert len(mail.outbox) == 3
    for letter in mail.outbox:
        for private in (READER, "Zacharias", "Xylophone", "evil.example", "Ada", "Quotation"):
            assert private not in letter.body + letter.subject
        assert "Ketamine" not in letter.subject
        message = letter.message()
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert (
            f"/comments/mail/unsubscribe/{link('unsubscribe', letter.body)}>"
            in message["List-Unsubscribe"]
        )


def test_address_typed_by_others_gets_one_mail_whatever_is_sent(ketamine):
    for number in range(5):
        send(ketamine, text=f"Number {number}.")
    send(ketamine, text="Another.", email="READER@Example.org")
    send(ketamine, text="Yet another.", email="reader+x@example.org")
    assert post_goes() == [(READER, ASK)]
    for days in range(0, 30, 3):
        send(ketamine, text=f"Later {days}.")
        assert post_goes(days=days) == []


def test_address_that_did_not_confirm_is_asked_again_after_the_pause(ketamine, settings):
    settings.PLAINLEAF_READER_MAIL_PAUSE_DAYS = 10
    send(ketamine)
    assert post_goes() == [(READER, ASK)]
    MailSubscription.objects.update(asked_at=later(days=-11))
    OutgoingMail.objects.all().delete()
    send(ketamine, text="Another.")
    assert post_goes() == [(READER, ASK)]


def test_second_comment_of_a_reader_is_asked_about_when_the_first_is_confirmed(ketamine):
    send(ketamine)
    second = send(ketamine, text="And one more thing.")
    assert post_goes() == [(READER, ASK)]
    press("confirm", link("confirm"))
    assert post_goes() == [(READER, ASK)]
    press("confirm", link("confirm"))
    assert second.mail_subscription.confirmed_at
    assert post_goes() == []


def test_suspected_spam_makes_us_write_to_nobody_until_a_person_says_it_is_none(ketamine, staff):
    one = send(ketamine, signals=["honeypot"])
    assert post_goes() == []
    one.move_to(State.HELD, by=staff)
    assert post_goes() == [(READER, ASK)]


def test_comment_taken_for_spam_before_the_mail_went_is_asked_about_when_it_is_none(
    ketamine, staff
):
    one = send(ketamine)
    one.move_to(State.SPAM, by=staff)
    assert post_goes() == []
    one.move_to(State.HELD, by=staff)
    assert post_goes() == [(READER, ASK)]


@pytest.mark.parametrize("state", [State.REJECTED, State.HIDDEN, State.SPAM])
def test_comment_that_is_not_published_is_no_mail(ketamine, staff, state):
    one = confirmed(ketamine)
    if state == State.HIDDEN:
        one.move_to(State.APPROVED, by=staff)
    one.move_to(state, by=staff)
    export()
    assert post_goes() == []


def test_comment_hidden_before_the_mail_went_is_told_when_it_comes_back(ketamine, staff):
    one = confirmed(ketamine)
    one.move_to(State.APPROVED, by=staff)
    export()
    tell_readers(later())
    one.move_to(State.HIDDEN, by=staff)
    assert post_goes() == []
    one.move_to(State.APPROVED, by=staff)
    assert post_goes() == []
    export()
    assert post_goes() == [(READER, LIVE)]


def test_confirmation_after_it_is_live_is_not_too_late(ketamine, staff):
    one = send(ketamine)
    post_goes()
    token = link("confirm")
    one.move_to(State.APPROVED, by=staff)
    export()
    assert post_goes() == []
    press("confirm", token)
    assert post_goes() == [(READER, LIVE)]


def test_page_that_left_the_site_is_no_mail(ketamine, staff):
    one = confirmed(ketamine)
    one.move_to(State.APPROVED, by=staff)
    ketamine.unpublish()
    export()
    assert post_goes() == []


def test_comment_on_a_page_that_hides_comments_is_told_when_they_are_shown(ketamine, staff):
    one = confirmed(ketamine)
    one.move_to(State.APPROVED, by=staff)
    set_mode(ketamine, Mode.HIDDEN)
    export()
    assert post_goes() == []
    set_mode(ketamine, Mode.READ_ONLY)
    export()
    assert post_goes() == [(READER, LIVE)]


def set_mode(page, mode: Mode) -> None:
    page.refresh_from_db()
    page.comments_mode = mode
    page.save_revision().publish()


def test_comment_and_reply_that_go_out_together_are_one_mail(ketamine, staff):
    one = confirmed(ketamine)
    write_reply(one, name="", text="Thank you.", by=staff)
    one.refresh_from_db()
    one.move_to(State.APPROVED, by=staff)
    export()
    assert post_goes() == [(READER, LIVE)]
    assert "with a reply from us" in mail.outbox[-1].body
    export()
    assert post_goes() == []


def test_reply_is_told_once_it_is_live_and_a_change_of_it_is_not(ketamine, staff):
    one = confirmed(ketamine)
    one.move_to(State.APPROVED, by=staff)
    export()
    assert post_goes() == [(READER, LIVE)]
    one.refresh_from_db()
    write_reply(one, name="", text="Thank you.", by=staff)
    assert post_goes() == []
    export()
    assert post_goes() == [(READER, REPLY)]
    one.refresh_from_db()
    write_reply(one, name="", text="Thank you very much.", by=staff)
    export()
    assert post_goes() == []
    one.refresh_from_db()
    remove_reply(one, by=staff)
    one.refresh_from_db()
    write_reply(one, name="", text="Another one.", by=staff)
    export()
    assert post_goes() == [(READER, REPLY)]


def test_who_answers_their_own_comment_is_not_told(ketamine, staff):
    one = confirmed(ketamine, email=staff.email)
    one.move_to(State.APPROVED, by=staff)
    export()
    assert post_goes() == [(staff.email, LIVE)]
    one.refresh_from_db()
    write_reply(one, name="", text="I forgot this.", by=staff)
    export()
    assert post_goes() == []


def test_stop_ends_the_mail_and_forgets_the_address(ketamine, staff):
    one = confirmed(ketamine)
    one.move_to(State.APPROVED, by=staff)
    export()
    assert post_goes() == [(READER, LIVE)]
    press("unsubscribe", link("unsubscribe"))
    one.refresh_from_db()
    assert one.email == ""
    write_reply(one, name="", text="Thank you.", by=staff)
    export()
    assert post_goes() == []
    send(ketamine, text="In the same name.")
    assert post_goes() == []


def test_who_never_wrote_stops_all_that_others_sent_in_their_name(ketamine):
    for number in range(3):
        send(ketamine, text=f"Number {number}.")
    post_goes()
    confirm = link("confirm")
    press("unsubscribe", link("unsubscribe"))
    assert not ReaderComment.objects.exclude(email="").exists()
    press("confirm", confirm)
    assert not MailSubscription.objects.filter(confirmed_at__isnull=False).exists()
    assert post_goes() == []


def test_stop_leaves_another_confirmed_comment_of_the_reader_alone(ketamine, staff):
    first = confirmed(ketamine)
    stop = link("unsubscribe")
    second = confirmed(ketamine, text="And one more thing.")
    press("unsubscribe", stop)
    for one in (first, second):
        one.refresh_from_db()
        one.move_to(State.APPROVED, by=staff)
    export()
    assert post_goes() == [(READER, LIVE)]
    assert f"#comment-{second.pk}" in mail.outbox[-1].body


def test_link_is_good_for_its_days_by_the_clock_of_the_edge(ketamine):
    one = send(ketamine)
    post_goes()
    token = link("confirm")
    press("confirm", token, at=later(days=7, minutes=1))
    one.mail_subscription.refresh_from_db()
    assert one.mail_subscription.confirmed_at is None
    press("confirm", token, at=later(days=6, hours=23))
    one.mail_subscription.refresh_from_db()
    assert one.mail_subscription.confirmed_at


def test_link_of_no_use_is_acknowledged_and_in_no_log(ketamine, caplog):
    one = send(ketamine)
    post_goes()
    confirm, stop = link("confirm"), link("unsubscribe")
    caplog.set_level("INFO")
    for act, token in [
        ("confirm", stop),  # of another purpose
        ("unsubscribe", confirm),
        ("confirm", f"{confirm}x"),
        ("confirm", "a" * 40),
        ("unsubscribe", "b" * 40),
    ]:
        press(act, token)
        assert token not in caplog.text
    one.mail_subscription.refresh_from_db()
    assert (one.mail_subscription.confirmed_at, one.mail_subscription.stopped_at) == (None, None)
    assert "was of no use" in caplog.text
    press("confirm", confirm)
    press("confirm", confirm)
    press("unsubscribe", stop)
    press("unsubscribe", stop)
    assert MailSubscription.objects.get().stopped_at


def test_days_to_confirm_run_from_when_the_mail_went(ketamine):
    """The mail server was away for five days."""
    one = send(ketamine)
    assert post_goes(days=5) == [(READER, ASK)]
    press("confirm", link("confirm"), at=later(days=11))
    assert one.mail_subscription.confirmed_at


def test_erasing_leaves_of_a_reader_who_got_mail_a_hash_and_when_that_was(ketamine, staff):
    one = confirmed(ketamine)
    one.move_to(State.ERASED, by=staff)
    [left] = MailSubscription.objects.values()
    assert re.fullmatch("[0-9a-f]{32}", left["address_hash"])
    assert left["made_at"] == left["asked_at"]
    assert not any(left[name] for name in ("comment_id", "told_live_at", "told_reply_at"))
    assert not OutgoingMail.objects.filter(comment=one).exists()
    export()
    assert post_goes() == []
    send_round(later(days=31))
    assert not MailSubscription.objects.exists()


def test_erasing_leaves_no_trace_of_a_reader_who_got_no_mail(ketamine, staff):
    send(ketamine).move_to(State.ERASED, by=staff)
    assert not MailSubscription.objects.exists()
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("state", [State.ERASED, State.SPAM])
def test_comment_that_went_before_its_question_was_sent_lets_the_next_be_asked_about(
    ketamine, staff, state
):
    first = send(ketamine)
    second = send(ketamine, text="And one more thing.")
    first.move_to(state, by=staff)
    assert post_goes() == [(READER, ASK)]
    press("confirm", link("confirm"))
    assert second.mail_subscription.confirmed_at


def test_comment_that_went_while_its_question_was_made_lets_the_next_be_asked_about(
    ketamine, staff
):
    """The round that sends had taken the mail already."""
    first = send(ketamine)
    send(ketamine, text="And one more thing.")
    OutgoingMail.objects.update(state="sending", claimed_at=later(hours=-1))
    first.move_to(State.ERASED, by=staff)
    assert post_goes() == [(READER, ASK)]


@pytest.mark.parametrize("presses_stop", [False, True])
def test_address_is_left_alone_for_its_days_though_the_comment_was_erased(
    ketamine, staff, presses_stop
):
    one = send(ketamine)
    assert post_goes() == [(READER, ASK)]
    if presses_stop:
        press("unsubscribe", link("unsubscribe"))
    one.refresh_from_db()
    one.move_to(State.ERASED, by=staff)
    for days in (0, 8, 15, 29):
        send(ketamine, text=f"By a stranger, {days} days later.")
        assert post_goes(days=days) == []
    send_round(later(days=31))
    MailSubscription.objects.all().delete()  # those of the stranger
    send(ketamine, text="Long after.")
    assert post_goes(days=31) == [(READER, ASK)]


def test_links_still_work_when_the_comment_was_erased(ketamine, staff):
    one = send(ketamine)
    post_goes()
    confirm, stop = link("confirm"), link("unsubscribe")
    one.move_to(State.ERASED, by=staff)
    second = send(ketamine, text="And one more thing.")
    press("confirm", confirm)
    assert post_goes() == [(READER, ASK)]
    press("unsubscribe", stop)
    second.refresh_from_db()
    assert second.email == ""


def test_address_that_retention_forgot_gets_no_mail(ketamine, staff):
    one = confirmed(ketamine)
    one.move_to(State.APPROVED, by=staff)
    ReaderComment.objects.update(email="")
    export()
    assert post_goes() == []


def test_subscriptions_are_forgotten_when_they_lead_nowhere(ketamine, staff):
    kept = confirmed(ketamine)
    kept.move_to(State.APPROVED, by=staff)
    send(ketamine, text="Never confirmed.", email="other@example.org")
    post_goes()
    send_round(later(days=29))
    assert MailSubscription.objects.count() == 2
    send_round(later(days=31))
    assert [one.comment for one in MailSubscription.objects.all()] == [kept]
    ReaderComment.objects.update(email="")
    send_round(later(days=31))
    assert not MailSubscription.objects.exists()


def test_page_that_could_not_be_made_is_not_live(ketamine, staff):
    """It keeps its last good version, without the comment."""
    from tests.cms.export_site import finding

    one = confirmed(ketamine)
    one.move_to(State.APPROVED, by=staff)
    export(findings=[finding(ketamine, severity="refused")])
    assert post_goes() == []
    export()
    assert post_goes() == [(READER, LIVE)]


def test_schedule_tells_readers_before_it_sends():
    commands = [job.command for job in JOBS if job.every_seconds == 60]
    assert commands.index("tell_readers") < commands.index("send_due_mail")
    call_command("tell_readers")
