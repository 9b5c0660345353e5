"""Comments as a file: what is in it, what a spreadsheet makes of it, who may have it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from cms.articles.models import ArticlePage
from cms.comments import export as export_module
from cms.comments.data_log import DataEvent
from cms.comments.models import ReaderComment, Reason, StaffReply, State
from cms.core.cells import cell
from tests.cms.comment_site import comment
from tests.cms.feed_site import article, topic
from tests.cms.test_comments_queue import LIST, QUEUE

EXPORT = f"{QUEUE}:export"
ODD = 'BP < 120 & > 80, <b>x</b>, a<b\n"quoted"; Zoë 👩‍👩‍👧 ‮rtl'
FIRST, SECOND, THIRD = (
    dt.datetime(2026, 11, 25, hour, tzinfo=dt.timezone(dt.timedelta(hours=11)))
    for hour in (9, 10, 11)
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine() -> ArticlePage:
    return article(topic(), title="Ketamine")


@pytest.fixture
def exporter() -> Client:
    return allowed("view_readercomment", "export_readercomment")


def allowed(*codenames: str) -> Client:
    """Somebody with the admin and exactly these permissions."""
    user = User.objects.create_user(username=f"with {len(codenames)}")
    user.user_permissions.add(*Permission.objects.filter(codename__in=[*codenames, "access_admin"]))
    client = Client()
    client.force_login(user)
    return client


def export(client: Client, format: str, query: str = "tab=all", **fields: str):
    there = f"{reverse(EXPORT)}?list={reverse(LIST)}%3F{query.replace('&', '%26')}"
    return client.post(there, {"format": format, **fields})


def rows_of(answer) -> list[dict[str, str]]:
    text = answer.getvalue().decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_json_is_exactly_what_readers_wrote(exporter, ketamine):
    one = comment(ketamine, name="Zoë", text=ODD, received_at=FIRST, posted_at=FIRST)
    Reason.objects.create(comment=one, rule="links")
    [row] = json.loads(export(exporter, "json").getvalue())
    assert (row["name"], row["text"], row["page"], row["state"]) == ("Zoë", ODD, "Ketamine", "held")
    assert row["received_at"] == "2026-11-24T22:00:00+00:00"
    assert (row["reasons"], row["moderated_at"]) == (["links"], None)
    assert "email" not in row


def test_reply_of_the_staff_stands_beside_its_comment(exporter, ketamine):
    one = comment(ketamine)
    StaffReply.objects.create(comment=one, text="=Ask us.", posted_at=one.posted_at)
    assert rows_of(export(exporter, "csv"))[0]["reply"] == "'=Ask us."


def test_csv_is_exactly_what_readers_wrote(exporter, ketamine):
    comment(ketamine, text=ODD)
    answer = export(exporter, "csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    [row] = rows_of(answer)
    assert (row["text"], row["has_link"]) == (ODD, "no")


def test_comments_come_in_the_order_of_their_readers(exporter, ketamine):
    for at, text in ((SECOND, "second"), (THIRD, "third"), (FIRST, "first")):
        comment(ketamine, text=text, received_at=at)
    assert [row["text"] for row in rows_of(export(exporter, "csv"))] == ["first", "second", "third"]
    texts = [row["text"] for row in json.loads(export(exporter, "json").getvalue())]
    assert texts == ["first", "second", "third"]


@pytest.mark.parametrize("format", ["csv", "json"])
def test_export_of_nothing_is_an_empty_file(exporter, format):
    answer = export(exporter, format)
    assert (rows_of(answer) if format == "csv" else json.loads(answer.getvalue())) == []


@pytest.mark.parametrize(
    "text",
    [
        *("=cmd|'/C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\rA1", "\n=1", " =1", "\u00a0=1"),
        *("\u200b=1", "\ufeff+1", "\u2060\u200d -1", "\u202e@x", "＝1+1", "＠x", "\u3000＋1"),
    ],
)
def test_no_cell_is_a_formula(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["BP < 120 & > 80", "a=b", "1-2", "'=1", "", "5 + 5", "me@x.org"])
def test_cell_that_is_no_formula_stays_as_it_is(text):
    assert cell(text) == text


def test_address_is_handed_out_only_when_it_is_asked_for(exporter, ketamine):
    comment(ketamine, email="sam@example.org")
    assert b"sam@example.org" not in export(exporter, "csv").getvalue()
    [row] = rows_of(export(exporter, "csv", with_email="on"))
    assert row["email"] == "sam@example.org"
    told = [event.about.get("with") for event in DataEvent.objects.order_by("pk")]
    assert told == [None, "e-mail addresses"]


def test_file_holds_what_the_list_shows(exporter, ketamine):
    comment(ketamine, State.APPROVED, text="Voice one")
    comment(ketamine, State.APPROVED, text="Voice two")
    comment(ketamine, State.HELD, text="Voice one again")
    rows = rows_of(export(exporter, "csv", "tab=approved&q=one"))
    assert [row["text"] for row in rows] == ["Voice one"]


def test_export_is_noted_without_the_words_that_were_searched(exporter, ketamine):
    comment(ketamine, name="Sam Smith", text="Voice")
    export(exporter, "csv", "tab=held&q=Sam Smith&age=last-day&network=abcd")
    [event] = DataEvent.objects.all()
    assert (event.actor.username, event.action, event.number) == ("with 2", "exported", 0)
    assert event.about == {
        "format": "csv",
        "tab": "held",
        "q": "(not kept)",
        "age": "last-day",
        "network": "(not kept)",
    }
    for change in (event.save, event.delete):
        with pytest.raises(TypeError):
            change()


def test_filter_that_makes_no_sense_hands_out_nothing(exporter, ketamine):
    comment(ketamine, text="Voice")
    answer = export(exporter, "csv", "tab=all&age=eternal")
    assert answer.status_code == 422
    assert "A filter of the list makes no sense, so nothing was exported." in str(answer.content)
    assert not DataEvent.objects.exists()


def test_unknown_format_is_refused_in_words(exporter):
    answer = export(exporter, "xlsx")
    assert answer.status_code == 422
    assert "xlsx is not one of the available choices" in answer.content.decode()


def test_only_who_may_export_gets_a_file_and_the_way_to_it(exporter, ketamine):
    comment(ketamine)
    listed = exporter.get(f"{reverse(LIST)}?tab=held").content.decode()
    assert "Export these comments" in listed
    moderator = allowed("view_readercomment", "moderate_readercomment", "erase_readercomment")
    assert "Export these" not in moderator.get(f"{reverse(LIST)}?tab=held").content.decode()
    assert export(moderator, "csv").status_code == 302  # Wagtail's way of refusing
    assert not DataEvent.objects.exists()


def test_wagtails_own_export_of_the_list_is_closed(exporter, ketamine):
    comment(ketamine)
    answer = exporter.get(f"{reverse(LIST)}?tab=held&export=csv")
    assert answer["Content-Type"].startswith("text/html")


def test_page_says_what_each_column_means(exporter):
    page = exporter.get(reverse(EXPORT)).content.decode()
    assert "The code that its reader has." in page
    assert "That you export is noted." in page


def test_file_is_kept_by_nothing_on_its_way(exporter):
    answer = export(exporter, "json")
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))
    assert answer["Content-Disposition"].startswith('attachment; filename="reader-comments-')


def test_comments_are_read_a_few_at_a_time(ketamine, monkeypatch, django_assert_num_queries):
    for at in range(5):
        comment(ketamine, text=f"Voice {at}")
    monkeypatch.setattr(export_module, "ROWS_AT_ONCE", 2)
    pieces = export_module.exported(ReaderComment.objects.all(), "json")
    with django_assert_num_queries(2):  # the comments, and the reasons of the first two
        assert "Voice 0" in next(pieces)
    with django_assert_num_queries(2):  # the reasons of the others, two by two
        assert "Voice 4" in "".join(pieces)


def test_command_writes_a_file_that_only_its_owner_may_read(ketamine, tmp_path: Path):
    comment(ketamine, State.APPROVED, text=ODD, email="sam@example.org")
    comment(ketamine, State.SPAM, text="Buy now")
    to = tmp_path / "comments.csv"
    call_command("export_comments", "--format=csv", f"--output={to}", "--state=approved")
    assert to.stat().st_mode & 0o777 == 0o600
    [row] = csv.DictReader(io.StringIO(to.read_bytes().decode(), newline=""))
    assert row["text"] == ODD
    assert "sam@example.org" not in to.read_text()
    assert DataEvent.objects.get().about == {
        "format": "csv",
        "state": "approved",
        "by_way_of": "command",
    }


def test_command_writes_json_to_its_output(ketamine):
    comment(ketamine, text=ODD, email="sam@example.org")
    out = io.StringIO()
    call_command("export_comments", "--with-email", stdout=out)
    [row] = json.loads(out.getvalue())
    assert (row["text"], row["email"]) == (ODD, "sam@example.org")


def test_command_overwrites_nothing_and_says_where_it_cannot_write(ketamine, tmp_path: Path):
    there = tmp_path / "there.json"
    there.write_text("dear to somebody")
    with pytest.raises(CommandError, match=r"there.json' is there already. Name a file that is"):
        call_command("export_comments", f"--output={there}")
    assert there.read_text() == "dear to somebody"
    with pytest.raises(CommandError, match=r"no/such' could not be written"):
        call_command("export_comments", f"--output={tmp_path}/no/such")
