"""What one person may ask for: all that is held about them, and that it be destroyed."""

from __future__ import annotations

import io
import json
import re
from html import unescape

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from cms.articles.models import ArticlePage
from cms.comments.data_log import DataEvent
from cms.comments.models import Event, ReaderComment, Reason, Report, StaffReply, State
from cms.comments.person import NOT_HANDED_OUT, everything_about
from cms.comments.receipts import shown
from cms.export_feed.models import Change
from tests.cms.comment_site import comment
from tests.cms.feed_site import article, topic
from tests.cms.test_comments_export import allowed
from tests.cms.test_comments_queue import INSPECT, LIST, QUEUE, said

PERSON = f"{QUEUE}:person"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine() -> ArticlePage:
    return article(topic(), title="Ketamine")


@pytest.fixture
def officer():
    return allowed("view_readercomment", "export_readercomment", "erase_readercomment")


def ask(client, asked: str, do: str = "find", *chosen: ReaderComment):
    versions = [f"{one.pk}:{one.version}" for one in chosen]
    return client.post(reverse(PERSON), {"asked": asked, "do": do, "chosen": versions})


def found(answer) -> list[str]:
    """The words of the comments in the answer."""
    return re.findall(r"Voice \w+", unescape(answer.content.decode()))


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("sam@example.org", " Sam@Example.ORG\n"),
        ("SAM@example.org", "sam @ example.org"),
        ("sam@example.org", "ｓａｍ＠example.org"),
        ("sam@bücher.example", "sam@XN--BCHER-KVA.example"),
        ("sam@xn--bcher-kva.example", "sam@BÜCHER.example"),
        ("s_m%x@example.org", "S_M%X@example.org"),
    ],
)
def test_address_is_found_however_it_is_written(officer, ketamine, written, asked):
    comment(ketamine, email=written, text="Voice one")
    comment(ketamine, State.SPAM, email=written, text="Voice two")
    for other in ("sam@example.com", "xsam@example.org", "sxm-x@example.org", ""):
        comment(ketamine, email=other, text="Voice other")
    answer = ask(officer, asked)
    assert found(answer) == ["Voice one", "Voice two"]
    assert "2 comments found" in answer.content.decode()


@pytest.mark.parametrize("how", [shown, str.lower, lambda code: f" {code} "])
def test_receipt_finds_its_comment_and_offers_the_rest_of_its_address(officer, ketamine, how):
    """It does not show the rest: whoever has a receipt need not have the address."""
    one = comment(ketamine, email="sam@example.org", text="Voice one")
    comment(ketamine, email="Sam@example.org", text="Voice two")
    answer = ask(officer, how(one.receipt))
    assert found(answer) == ["Voice one"]
    assert "1 more comment names the same address." in answer.content.decode()


@pytest.mark.parametrize("asked", ["nobody@example.org", "AAAA-AAAA-AAAA"])
def test_nothing_found_is_said_plainly(officer, ketamine, asked):
    comment(ketamine, email="sam@example.org")
    page = ask(officer, asked).content.decode()
    assert "Nothing found" in page
    assert f"No comment is held under <bdi>{asked}</bdi>." in page


@pytest.mark.parametrize("asked", ["Sam", "K7QF-2M9X", "<b>x</b>"])
def test_what_is_neither_is_refused_and_kept_in_the_field(officer, asked):
    answer = ask(officer, asked)
    assert answer.status_code == 422
    page = unescape(answer.content.decode())
    assert f"'{asked}' is neither an e-mail address nor a receipt code" in page
    assert f'value="{asked}"' in page


def test_everything_that_is_held_is_handed_out(officer, ketamine, admin_user):
    one = comment(ketamine, name="Zoë", text="Call me: BP < 120 & > 80", email="sam@example.org")
    Reason.objects.create(comment=one, rule="personal_data", field="text", start=0, end=7)
    one.move_to(State.REJECTED, by=admin_user, reason="Names a person")
    comment(ketamine, text="Voice of somebody else", email="ann@example.org")
    answer = ask(officer, "sam@example.org", "hand_out")
    assert answer["Content-Disposition"].startswith("attachment;")
    [held] = json.loads(answer.getvalue())
    assert (held["name"], held["text"]) == ("Zoë", "Call me: BP < 120 & > 80")
    assert (held["email"], held["receipt"]) == ("sam@example.org", shown(one.receipt))
    assert held["reasons"] == [{"rule": "personal_data", "words": "Call me", "note": ""}]
    [event] = held["history"]
    assert (event["from"], event["to"], event["reason"]) == ("held", "rejected", "Names a person")
    assert "admin" not in json.dumps(held["history"]).replace('"by_way_of": "admin"', "")
    assert (DataEvent.objects.get().action, DataEvent.objects.get().number) == ("handed_out", 1)


def test_nothing_that_is_stored_about_a_comment_is_left_out(ketamine):
    """Whoever adds a field or a table says here whether its reader gets it."""
    held = everything_about(comment(ketamine))
    stored = {field.name for field in ReaderComment._meta.concrete_fields}
    assert stored - set(held) == NOT_HANDED_OUT - {"receipt"}
    elsewhere = {field.name for field in ReaderComment._meta.related_objects}
    assert elsewhere == {
        *("reasons", "events", "reply", "original", "mail_subscription", "reports"),
    }
    assert {"reasons", "history", "reply", "as_typed", "mail", "reports"} <= set(held)


def test_erasing_destroys_all_of_a_person_and_nothing_else(officer, ketamine):
    mine = [
        comment(ketamine, state, email="sam@example.org", name="Sam", text="Voice mine")
        for state in (State.APPROVED, State.HELD, State.URGENT, State.SPAM, State.HIDDEN)
    ]
    other = comment(ketamine, email="ann@example.org", text="Voice other")
    answer = ask(officer, "Sam@example.org", "erase", *mine)
    assert said(answer) == "Erased: 5."
    for one in mine:
        one.refresh_from_db()
        assert (one.state, one.name, one.text, one.email) == (State.ERASED, "", "", "")
    other.refresh_from_db()
    assert other.text == "Voice other"
    assert Event.objects.filter(to_state="erased").values("batch").distinct().count() == 1
    assert DataEvent.objects.get().number == 5
    assert "Nothing found" in ask(officer, "sam@example.org").content.decode()
    told = Change.objects.filter(kind="comment").values_list("object_id", flat=True)
    assert set(told) & {one.pk for one in mine} == {mine[0].pk}


def test_reply_of_the_staff_is_handed_out_and_outlives_the_comment(officer, ketamine):
    one = comment(ketamine, State.APPROVED, email="sam@example.org", text="Voice one")
    StaffReply.objects.create(comment=one, text="Ask us.", posted_at=timezone.now())
    [held] = json.loads(ask(officer, "sam@example.org", "hand_out").getvalue())
    assert held["reply"]["text"] == "Ask us."
    ask(officer, "sam@example.org", "erase", one)
    assert StaffReply.objects.get().text == "Ask us."


def report(about: ReaderComment, text: str, **values) -> Report:
    return Report.objects.create(
        **{
            "page": about.page,
            "translation_key": about.translation_key,
            "locale": "en",
            "comment": about,
            "named": str(about.pk),
            "reason": "abusive",
            "text": text,
            "received_at": timezone.now(),
            "idempotency_key": text,
            "payload_digest": "0" * 64,
            **values,
        }
    )


def test_whose_comment_was_reported_reads_that_it_was_and_not_what_the_other_wrote(
    officer, ketamine
):
    one = comment(ketamine, email="sam@example.org")
    report(one, "Words of another reader")
    answer = ask(officer, "sam@example.org", "hand_out").getvalue().decode()
    assert [told["reason"] for told in json.loads(answer)[0]["reports"]] == ["abusive"]
    assert "Words of another reader" not in answer


def test_receipt_of_a_report_finds_it_hands_it_out_and_erases_it(officer, ketamine):
    about = comment(ketamine, State.APPROVED, text="Voice one")
    one = report(about, "It names <b>me</b>", network="ab" * 8)
    page = ask(officer, one.receipt).content.decode()
    assert "It names &lt;b&gt;me&lt;/b&gt;" in page
    assert "Voice one" not in page
    [held] = json.loads(ask(officer, one.receipt, "hand_out").getvalue())
    assert (held["text"], held["network"]) == ("It names <b>me</b>", "ab" * 8)
    erased = {"asked": one.receipt, "do": "erase", "chosen": f"report:{one.pk}"}
    assert said(officer.post(reverse(PERSON), erased)) == "Erased: 1."
    one.refresh_from_db()
    assert (one.text, one.network, one.payload_digest) == ("", "", "")
    about.refresh_from_db()
    assert about.text == "Voice one"


def test_receipt_of_an_erased_comment_still_finds_its_history(officer, ketamine):
    one = comment(ketamine, text="Voice one")
    ask(officer, one.receipt, "erase", one)
    page = ask(officer, one.receipt).content.decode()
    assert "Erased comment" in page
    assert 'value="erase"' not in page
    [held] = json.loads(ask(officer, one.receipt, "hand_out").getvalue())
    assert (held["text"], held["history"][-1]["to"]) == ("", "erased")


def test_only_what_was_shown_is_erased(officer, ketamine):
    """One comment came, another was decided on, since the page was opened."""
    one = comment(ketamine, email="sam@example.org")
    comment(ketamine, email="sam@example.org")
    answer = ask(officer, "sam@example.org", "erase", one)
    assert answer.status_code == 409
    assert said(answer).startswith("Nothing was erased: these comments changed")
    assert not ReaderComment.objects.filter(state=State.ERASED).exists()


def test_finding_asks_before_anything_is_erased(officer, ketamine):
    comment(ketamine, email="sam@example.org")
    page = ask(officer, "sam@example.org").content.decode()
    assert "This cannot be undone." in page
    assert not ReaderComment.objects.filter(state=State.ERASED).exists()


def test_each_right_is_asked_for_by_itself(ketamine):
    one = comment(ketamine, email="sam@example.org", text="Voice one")
    eraser = allowed("erase_readercomment")
    assert ask(eraser, "sam@example.org", "hand_out").status_code == 302
    page = ask(eraser, "sam@example.org").content.decode()
    assert "Download all" not in page
    assert reverse(INSPECT, args=[one.pk]) not in page
    exporter = allowed("view_readercomment", "export_readercomment")
    assert ask(exporter, "sam@example.org", "erase", one).status_code == 302
    assert 'value="erase"' not in ask(exporter, "sam@example.org").content.decode()
    nobody = allowed("view_readercomment", "moderate_readercomment", "configure_readercomment")
    assert ask(nobody, "sam@example.org").status_code == 302
    assert "A person&#x27;s data" not in nobody.get(f"{reverse(LIST)}?tab=all").content.decode()
    one.refresh_from_db()
    assert one.state == State.HELD


def test_queue_leads_there_and_the_address_stands_in_no_address(officer, ketamine):
    assert reverse(PERSON) in officer.get(f"{reverse(LIST)}?tab=all").content.decode()
    comment(ketamine, email="sam@example.org", text="Voice one")
    answer = officer.get(f"{reverse(PERSON)}?asked=sam@example.org&do=find")
    assert found(answer) == []


def test_log_is_shown_without_the_address(officer, ketamine):
    comment(ketamine, email="sam@example.org")
    ask(officer, "sam@example.org", "hand_out").getvalue()
    page = officer.get(reverse(PERSON)).content.decode()
    assert "Handed out all about a person, 1 comment, by with 3" in page
    assert "sam@example.org" not in page


def test_command_hands_out_and_erases(ketamine, tmp_path, monkeypatch):
    one = comment(ketamine, email="sam@example.org", text="Voice one")
    to = tmp_path / "sam.json"
    monkeypatch.setattr("sys.stdin", io.StringIO("Sam@Example.org\n"))
    call_command("comments_of", "-", f"--output={to}")
    assert json.loads(to.read_text())[0]["text"] == "Voice one"
    assert to.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr("builtins.input", lambda asked: "no")
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("comments_of", one.receipt, "--erase")
    out = io.StringIO()
    call_command("comments_of", one.receipt, "--erase", "--yes", stdout=out)
    assert out.getvalue() == "Erased 1.\n"
    one.refresh_from_db()
    assert one.state == State.ERASED
    assert one.events.get().channel == "command"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("ann@example.org", "Nothing is held under this address or receipt."),
        ("ann", "'ann' is neither an e-mail address nor a receipt code"),
    ],
)
def test_command_says_when_it_finds_nothing(asked, message):
    with pytest.raises(CommandError, match=message):
        call_command("comments_of", asked)


def test_command_that_can_ask_nobody_says_so(ketamine, monkeypatch):
    one = comment(ketamine, email="sam@example.org")
    monkeypatch.setattr("sys.stdin", io.StringIO("sam@example.org\n"))
    with pytest.raises(CommandError, match="Nothing was erased: .* Give '--yes'"):
        call_command("comments_of", "-", "--erase")
    one.refresh_from_db()
    assert one.state == State.HELD
