"""What readers report: from the line of the edge to the moderator who settles it."""

from __future__ import annotations

import re
import threading
import uuid
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.comments.admin.reports_view import with_places
from cms.comments.models import CommentSettings, Event, ReaderComment, Reason, Report, State
from cms.comments.rules import Rule
from cms.core.groups import EDITORS, MODERATORS, REVIEWERS
from tests.cms.comment_site import comment, told
from tests.cms.feed_site import article, topic
from tests.cms.test_comments_queue import browser_of, decide, said

REPORTS = "wagtailsnippets_comments_readercomment:reports"
SETTLE = "wagtailsnippets_comments_readercomment:settle"
INSPECT = "wagtailsnippets_comments_readercomment:inspect"
UNDO = "wagtailsnippets_comments_readercomment:undo"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine() -> Any:
    return article(topic())


@pytest.fixture
def seen(ketamine: Any) -> ReaderComment:
    return comment(ketamine, State.APPROVED, name="Robin", text="Take it twice a day.")


@pytest.fixture
def moderator() -> Client:
    return browser_of(MODERATORS)


def report(page: Any, about: ReaderComment | None = None, /, **values: Any) -> dict[str, Any]:
    """A line of the edge about a comment, or about the page."""
    return {
        "kind": "report",
        "id": uuid.uuid4().hex,
        "page": str(page.translation_key),
        "locale": page.locale.language_code,
        "comment": str(about.pk) if about else "",
        "reason": "dangerous_advice" if about else "wrong",
        "text": "",
        "received_at": "2026-11-25T14:00:00+00:00",
        "signals": [],
        "network": "",
        **values,
    }


def page_of(client: Client, **query: str) -> str:
    answer = client.get(reverse(REPORTS), query)
    assert answer.status_code == 200
    return words(answer.content.decode())


def words(html: str) -> str:
    main = html[html.index("<main") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def settle(client: Client, *reports: Report, **fields: str) -> Any:
    numbers = ",".join(str(one.pk) for one in reports)
    here = reverse(REPORTS)
    return client.post(reverse(SETTLE), {"reports": numbers, "next": here, **fields}, follow=True)


# How a report arrives.


def test_report_of_a_comment_is_kept_and_changes_nothing_that_readers_see(ketamine, seen):
    version = seen.version
    line = report(ketamine, seen, text="<b>No</b> & never 👩‍👩‍👧")
    assert told(line) == {"id": line["id"], "status": 201}
    kept = Report.objects.get()
    assert (kept.comment, kept.page_id, kept.reason) == (seen, ketamine.pk, "dangerous_advice")
    assert (kept.text, kept.is_open, kept.is_urgent) == ("<b>No</b> & never 👩‍👩‍👧", True, False)
    seen.refresh_from_db()
    assert (seen.state, seen.version) == (State.APPROVED, version)
    assert ReaderComment.objects.publishable().count() == 1


def test_report_again_is_one_row_and_another_with_its_id_is_a_conflict(ketamine, seen):
    line = report(ketamine, seen, text="Look.")
    assert [told(line)["status"], told(line)["status"]] == [201, 200]
    for change in ({"text": "Other."}, {"reason": "abusive"}, {"comment": "", "reason": "other"}):
        answer = told(line | change)
        assert (answer["status"], answer["code"]) == (422, "conflict")
    assert Report.objects.get().text == "Look."
    assert [one.action for one in Event.objects.all()] == ["reported"]


@pytest.mark.django_db(transaction=True)
def test_report_at_the_same_time_is_one_row(ketamine, seen):
    line, statuses = report(ketamine, seen), []

    def deliver() -> None:
        statuses.append(told(line)["status"])
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 200, 200, 201]
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason": "wrong"}, "'reason' must be one of 'dangerous_advice', "),
        ({"comment": "", "reason": "abusive"}, "'reason' must be one of 'wrong', "),
        ({"comment": 7}, "'comment' must be a text"),
        ({"text": None}, "'text' must be a text"),
        ({"page": "here"}, "'page' must be a UUID"),
        ({"received_at": "today"}, "'received_at' must be an instant"),
    ],
)
def test_malformed_report_is_refused_naming_the_field(ketamine, seen, change, sentence):
    answer = told(report(ketamine, seen) | change)
    assert (answer["status"], answer["code"]) == (400, "malformed")
    assert sentence in answer["message"]
    assert not Report.objects.exists()


def test_words_of_a_crisis_make_a_report_urgent_and_first(ketamine, seen, moderator):
    told(report(ketamine, text="A typing error."))
    told(report(ketamine, seen, text="I am going to kill myself."))
    assert [one.text[:4] for one in Report.objects.filter(is_urgent=True)] == ["I am"]
    shown = page_of(moderator)
    assert shown.index("Urgent: crisis words") < shown.index("A typing error.")


def test_words_of_a_crisis_in_the_settings_make_a_report_urgent(ketamine):
    CommentSettings(crisis_words="purple elephant").save()
    told(report(ketamine, text="It says to see the purple elephant."))
    assert Report.objects.get().is_urgent


def test_report_of_what_is_gone_is_taken_and_shown_as_such(ketamine, seen, moderator):
    seen.move_to(State.HIDDEN, by=None)
    told(report(ketamine, seen, text="I saw it on an old page."))
    told(report(ketamine, None, comment="99999999", reason="other", text="Which one?"))
    told(report(ketamine, None, comment="a-stranger's", reason="other"))
    gone = report(ketamine, text="Gone.") | {"page": str(uuid.uuid4())}
    assert told(gone)["status"] == 201
    shown = page_of(moderator)
    assert "the comment by Robin on" in shown
    assert "Hidden Readers do not see it any more." in shown
    assert shown.count("of a comment that is not known, on") == 2
    assert "of the page a page that was deleted" in shown


def test_comment_of_another_page_is_not_what_the_reader_meant(ketamine, seen):
    other = article(topic("another"), "esketamine")
    told(report(other, seen))
    assert (Report.objects.get().comment, Report.objects.get().page_id) == (None, other.pk)


# What moderators see.


def test_reports_of_one_thing_are_one_entry_with_their_number(ketamine, seen, moderator):
    for reason in ("dangerous_advice", "dangerous_advice", "abusive"):
        told(report(ketamine, seen, reason=reason))
    told(report(ketamine, text="The dose table is empty."))
    shown = page_of(moderator)
    assert "3 reports of the comment by Robin" in shown
    assert "Dangerous advice × 2 Abusive" in shown
    assert "Take it twice a day." in shown
    assert f"1 report of the page {ketamine.title}" in shown
    assert "The dose table is empty." in shown


def test_reports_are_counted_in_the_tab_the_menu_and_on_the_first_page(ketamine, seen, moderator):
    comment(ketamine, State.HELD)
    for about in (seen, seen, None):
        told(report(ketamine, about))
    queue = moderator.get(reverse("wagtailsnippets_comments_readercomment:list"), follow=True)
    assert "Reports 3" in words(queue.content.decode())
    assert "4 reader comments" in queue.content.decode()
    home = words(moderator.get(reverse("wagtailadmin_home")).content.decode())
    assert "3 reports by readers are open, the oldest for" in home
    assert "1 reader comment waits" in home


def test_comment_says_itself_that_it_was_reported(ketamine, seen, moderator):
    told(report(ketamine, seen, text="It frightened me."))
    page = words(moderator.get(reverse(INSPECT, args=[seen.pk])).content.decode())
    assert "What readers reported Dangerous advice" in page
    assert "It frightened me." in page
    assert "A reader reported it (edge)" in page
    assert "Reported by a reader" in page


def test_editor_of_the_page_is_led_to_whoever_may_edit_it(ketamine, django_user_model):
    told(report(ketamine))
    edit = reverse("wagtailadmin_pages:edit", args=[ketamine.pk])
    admin = Client()
    admin.force_login(django_user_model.objects.create_superuser("root"))
    assert edit in admin.get(reverse(REPORTS)).content.decode()
    assert edit not in browser_of(MODERATORS).get(reverse(REPORTS)).content.decode()


def test_markup_in_a_report_is_text(ketamine, seen, moderator):
    told(report(ketamine, seen, text="<script>alert(1)</script><img src=x onerror=alert(1)>"))
    for url in (reverse(REPORTS), reverse(INSPECT, args=[seen.pk])):
        html = moderator.get(url).content.decode()
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_receipt_finds_a_report(ketamine, seen, moderator):
    told(report(ketamine, seen, text="Mine."))
    told(report(ketamine, text="Not mine."))
    receipt = Report.objects.get(text="Mine.").receipt
    shown = page_of(moderator, receipt=f"{receipt[:4]}-{receipt[4:8]}-{receipt[8:]}".lower())
    assert "Mine." in shown
    assert "Not mine." not in shown
    assert "No report has the receipt nothing" in page_of(moderator, receipt="nothing")


@pytest.mark.parametrize("value", ["0", "-1", "x", "99", "1e9"])
def test_page_of_reports_that_is_none_is_the_nearest(ketamine, moderator, value):
    told(report(ketamine, text="Only one."))
    assert "Only one." in page_of(moderator, p=value)


# What moderators do.


def test_settled_report_leaves_the_list_with_who_when_and_why(ketamine, seen, moderator):
    told(report(ketamine, seen))
    answer = settle(moderator, *Report.objects.all(), note="Within our rules.")
    assert "1 report is settled." in said(answer)
    assert "No report is open." in page_of(moderator)
    settled = page_of(moderator, settled="1")
    assert "Closed: settled , by moderators" in settled.replace("settled,", "settled ,")
    assert "Within our rules." in settled
    seen.refresh_from_db()
    assert seen.state == State.APPROVED
    assert [one.action for one in seen.events.all()] == ["reported", "reports_settled"]


def test_settled_reports_are_opened_again_together(ketamine, seen, moderator):
    for _ in range(2):
        told(report(ketamine, seen))
    settle(moderator, *Report.objects.all())
    batch = Report.objects.first().batch
    here = reverse(REPORTS)
    answer = moderator.post(reverse(SETTLE), {"batch": batch, "next": here}, follow=True)
    assert "2 reports are open again." in said(answer)
    assert Report.objects.open().count() == 2
    again = moderator.post(reverse(SETTLE), {"batch": batch, "next": here}, follow=True)
    assert "open already" in said(again)


@pytest.mark.parametrize(
    ("keys", "after"),
    [
        ([4], ["/list"]),
        ([4, 6], ["/list#reports-6", "/list#reports-4"]),
        ([4, 6, 9], ["/list#reports-6", "/list#reports-9", "/list#reports-6"]),
    ],
)
def test_list_goes_on_with_the_next_entry_or_the_one_before(keys, after):
    entries = with_places([{"key": key} for key in keys], "/list")
    assert [entry["after"] for entry in entries] == after
    assert [entry["place"] for entry in entries] == [f"/list#reports-{key}" for key in keys]


def test_report_that_came_meanwhile_stays_open(ketamine, seen, moderator):
    told(report(ketamine, seen))
    looked_at = list(Report.objects.all())
    told(report(ketamine, seen, text="Came later."))
    settle(moderator, *looked_at)
    assert [one.text for one in Report.objects.open()] == ["Came later."]


def test_second_moderator_is_told_who_settled(ketamine, moderator):
    told(report(ketamine))
    settle(browser_of(MODERATORS, "maria"), *Report.objects.all())
    answer = settle(moderator, *Report.objects.all(), note="Me too.")
    assert "'maria' settled these reports meanwhile" in said(answer)
    assert Report.objects.get().note == ""


@pytest.mark.parametrize("decision", ["hide", "spam"])
def test_decision_against_a_comment_settles_its_reports_and_undo_opens_them(
    ketamine, seen, moderator, decision
):
    told(report(ketamine, seen))
    told(report(ketamine))
    decide(moderator, decision, seen)
    assert [one.comment for one in Report.objects.open()] == [None]
    batch = Event.objects.filter(action="moved").get().batch
    moderator.post(reverse(UNDO, args=[batch]))
    assert Report.objects.open().count() == 2
    seen.refresh_from_db()
    assert seen.state == State.APPROVED


def test_undo_opens_no_report_that_a_person_settled_before(ketamine, seen, moderator):
    told(report(ketamine, seen))
    settle(moderator, *Report.objects.all())
    decide(moderator, "hide", seen)
    batch = Event.objects.filter(action="moved").get().batch
    moderator.post(reverse(UNDO, args=[batch]))
    assert not Report.objects.open().exists()


def test_comment_that_goes_back_to_review_keeps_its_reports_open(ketamine, seen, moderator):
    told(report(ketamine, seen))
    decide(moderator, "hold", seen)
    assert Report.objects.open().count() == 1


def test_erasing_a_comment_destroys_the_words_of_its_reports(ketamine, seen):
    line = report(ketamine, seen, text="He wrote: take it twice a day.", network="9c4be0f1a2d37788")
    told(line)
    seen.move_to(State.ERASED, by=None)
    kept = Report.objects.get()
    assert (kept.text, kept.network, kept.payload_digest) == ("", "", "")
    assert (kept.reason, kept.settled_how) == ("dangerous_advice", "erased")
    assert told(line)["status"] == 200
    assert Report.objects.get().text == ""


def test_decision_is_taken_from_the_list_of_reports_and_leads_back_to_it(ketamine, seen, moderator):
    told(report(ketamine, seen))
    here = reverse(REPORTS)
    html = moderator.get(here).content.decode()
    assert f'name="chosen" value="{seen.pk}:{seen.version}"' in html
    answer = decide(moderator, "hide", seen, next=here, back=here)
    assert answer.redirect_chain[-1][0] == here
    assert "is hidden" in said(answer)
    assert "Undo" in said(answer)


# Who may.


def test_who_sees_and_does_not_moderate_has_no_button(ketamine, django_user_model):
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user("reader-of-queues")
    for codename in ("view_readercomment", "access_admin"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    client = Client()
    client.force_login(user)
    told(report(ketamine, text="Look at this."))
    html = client.get(reverse(REPORTS)).content.decode()
    assert "Look at this." in html
    assert "Settle the report" not in html
    settle(client, *Report.objects.all())
    assert Report.objects.open().count() == 1


@pytest.mark.parametrize("group", [EDITORS, REVIEWERS])
def test_others_see_no_report(ketamine, group):
    told(report(ketamine, text="Look at this."))
    client = browser_of(group)
    answer = client.get(reverse(REPORTS), follow=True)
    assert "Look at this." not in answer.content.decode()
    settle(client, *Report.objects.all())
    assert Report.objects.open().count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reports": ""}, "No report was named"),
        ({"reports": "x,-1"}, "No report was named"),
        ({"reports": "99999999"}, "not there any more"),
        ({"batch": "x"}, "nothing to open again"),
        ({"note": "n" * 201}, "at most 200 characters"),
    ],
)
def test_odd_request_changes_nothing_and_says_why(ketamine, moderator, fields, sentence):
    told(report(ketamine))
    answer = settle(moderator, *Report.objects.all(), **fields)
    assert sentence in said(answer)
    assert Report.objects.open().count() == 1


def test_words_of_a_settled_report_are_forgotten_in_time(ketamine, seen):
    for text in ("Open and old.", "Settled and old.", "Settled now."):
        told(report(ketamine, seen, text=text, network="9c4be0f1a2d37788"))
    settled = Report.objects.exclude(text="Open and old.")
    settled.settle(by=None, how="settled", batch=uuid.uuid4())
    old = timezone.now() - timedelta(days=91)
    Report.objects.filter(text="Settled and old.").update(settled_at=old)
    call_command("forget_comments")
    assert [one.text for one in Report.objects.order_by("pk")] == [
        "Open and old.",
        "",
        "Settled now.",
    ]
    assert {one.reason for one in Report.objects.all()} == {"dangerous_advice"}


@pytest.mark.parametrize("decision", ["hide", "spam"])
def test_report_that_tells_of_a_crisis_stays_open_whatever_becomes_of_its_comment(
    ketamine, seen, moderator, decision
):
    told(report(ketamine, seen, text="I am going to kill myself."))
    told(report(ketamine, seen, text="Rude."))
    decide(moderator, decision, seen)
    assert [one.text for one in Report.objects.open()] == ["I am going to kill myself."]
    assert "I am going to kill myself." in page_of(moderator)
    ReaderComment.objects.get().move_to(State.ERASED, by=None)
    assert not Report.objects.open().exists()


def test_two_reasons_of_one_kind_take_further_reports(ketamine, seen, moderator):
    """As two reports that came at once may leave them."""
    for _ in range(2):
        Reason.objects.create(comment=seen, rule=Rule.REPORTED)
    assert told(report(ketamine, seen))["status"] == 201


def flood(page: Any, about: ReaderComment) -> None:
    """Forty reports of no haste, and before them one of great haste."""
    told(report(page, about, text="I am going to kill myself."))
    for number in range(40):
        Report.objects.create(
            comment=about,
            page=page,
            translation_key=page.translation_key,
            locale=page.locale.language_code,
            named=str(about.pk),
            reason="abusive",
            text=f"Rude {number}.",
            received_at=timezone.now(),
            idempotency_key=f"flood {number}",
        )


def test_of_many_reports_few_are_read_and_the_urgent_one_is_among_them(
    ketamine, seen, moderator, monkeypatch
):
    flood(ketamine, seen)
    read: list[int] = []
    from_db = Report.from_db

    def counted(*args: Any) -> Report:
        read.append(1)
        return from_db(*args)

    monkeypatch.setattr(Report, "from_db", counted)
    inspect = words(moderator.get(reverse(INSPECT, args=[seen.pk])).content.decode())
    for shown in (inspect, page_of(moderator)):
        assert "Abusive × 40 Dangerous advice" in shown
        assert "I am going to kill myself." in shown
        assert "And 21 more." in shown
        assert "Settle these 20 of 41 reports" in shown
    assert len(read) == 40


def test_decision_about_what_was_reported_takes_a_reason(ketamine, seen, moderator):
    told(report(ketamine, seen))
    html = moderator.get(reverse(REPORTS)).content.decode()
    form = html[html.index('class="queue-row__decisions"') :].partition("</form>")[0]
    assert 'name="reason" maxlength="40" list="suggested-reasons"' in form
    assert '<option value="Medical advice">' in html.partition('id="suggested-reasons"')[2]


def test_no_words_are_settled_that_were_not_shown(ketamine, seen, moderator):
    flood(ketamine, seen)
    Report.objects.filter(text__in=["Rude 0.", "Rude 1."]).update(text="")
    Report.objects.filter(text="Rude 2.").update(text="", is_urgent=True)
    html = moderator.get(reverse(REPORTS)).content.decode()
    [numbers] = re.findall(r'name="reports" value="([\d,]+)"', html)
    moderator.post(reverse(SETTLE), {"reports": numbers, "next": reverse(REPORTS)})
    still_open = Report.objects.open()
    assert still_open.count() == 41 - 20 - 2  # what was shown, and what says no more than "abusive"
    assert all(words_of not in html for words_of in still_open.values_list("text", flat=True))


def test_reports_that_are_settled_while_the_list_is_made_are_left_out(ketamine, seen, moderator):
    told(report(ketamine, seen, text="Settled meanwhile."))
    meanwhile = [Report.objects.all()]

    def settle_after_the_list(execute: Any, sql: str, *args: Any) -> Any:
        found = execute(sql, *args)
        if "has_urgent" in sql and "LIMIT" in sql and meanwhile:
            meanwhile.pop().settle(by=None, how="settled", batch=uuid.uuid4())
        return found

    with connection.execute_wrapper(settle_after_the_list):
        assert "Settled meanwhile." not in page_of(moderator)
    assert not meanwhile
