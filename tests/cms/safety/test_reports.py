"""The reports about safety and sources, and what the admin's first page counts."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from cms.articles.models import ArticlePage
from cms.safety.findings import Finding, Place, Severity, as_json
from cms.safety.grounds import day_of
from cms.safety.models import PageVerdict, Reason, SourceCheck
from cms.safety.sources.source_checks import cite
from cms.safety.withdrawal import withdraw
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db

REPORT, SOURCES = "/admin/safety/report/", "/admin/safety/sources/"
BODY = Place("block", path="body.1", block_id="b1", field="body", label="Benefits (part 1)")
BLOCK = Finding("S1", Severity.BLOCK, BODY, "Risks are missing.")
WARN = Finding("S13", Severity.WARN, BODY, "It promises.", about="cure")


@pytest.fixture
def editor(client: Client) -> Client:
    user = User.objects.create_user("olga", "olga@example.org")
    user.groups.add(Group.objects.get(name="Editors"))
    client.force_login(user)
    return client


@pytest.fixture
def parent() -> Any:
    return topic()


def page_with(parent: Any, slug: str, *findings: Finding, **values: Any) -> ArticlePage:
    """A live page with a verdict of the test's own."""
    page = article(parent, slug)
    blocks = [one for one in findings if one.severity is Severity.BLOCK]
    named = dict.fromkeys(one.rule for one in findings)
    PageVerdict.objects.update_or_create(
        page_id=page.pk,
        defaults={
            "is_fit": not blocks,
            "fit_until": None,
            "unfit_since": timezone.now() if blocks else None,
            "findings": [as_json(one) for one in findings],
            "warnings_open": sum(one.severity is Severity.WARN for one in findings),
            "rules_named": f" {' '.join(named)} " if named else "",
            "next_judgement_on": day_of(timezone.now()) + timedelta(days=1),
            "judged_at": timezone.now(),
            **values,
        },
    )
    return page


def in_days(days: int) -> date:
    return day_of(timezone.now()) + timedelta(days=days)


def titles(client: Client, url: str = REPORT, **query: str) -> list[str]:
    verdicts = client.get(url, query).context["object_list"]
    return [
        verdict.page.title for verdict in verdicts if isinstance(verdict.page.specific, ArticlePage)
    ]


def test_pages_that_are_off_the_site_come_first(editor: Client, parent: Any) -> None:
    page_with(parent, "calm")
    page_with(parent, "warned", WARN)
    page_with(parent, "off", BLOCK)

    assert titles(editor) == ["Off", "Warned", "Calm"]
    assert f"Off the site since {timezone.localdate():%-d %B %Y}" in read(editor)


def test_whatever_the_rules_found_comes_before_pages_without_findings(
    editor: Client, parent: Any
) -> None:
    page_with(parent, "calm", review_due=in_days(1))
    page_with(parent, "answered", WARN, warnings_open=0)
    page_with(parent, "warned", WARN)
    page_with(parent, "late", WARN, warnings_open=0, fit_until=in_days(0))

    assert titles(editor) == ["Late", "Warned", "Answered", "Calm"]


def read(client: Client, url: str = REPORT, **query: str) -> str:
    html: str = client.get(url, query).content.decode()
    return html


def test_each_finding_leads_to_its_part(editor: Client, parent: Any) -> None:
    page = page_with(parent, "off", BLOCK)

    assert f'href="/admin/pages/{page.pk}/edit/#:w:contentpath=body.b1"' in read(editor)


def test_the_reason_stands_with_its_warning(editor: Client, parent: Any) -> None:
    page = page_with(parent, "warned", WARN)
    Reason.objects.create(page=page, finding_key=WARN.key, rule="S13", text="A <quote> of the law.")

    assert "A &lt;quote&gt; of the law." in read(editor)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "refused"}, ["Off", "Late"]),
        ({"state": "open"}, ["Warned"]),
        ({"state": "warned"}, ["Warned", "Answered"]),
        ({"state": "overdue"}, ["Late"]),
        ({"state": "due"}, ["Late", "Soon"]),
        ({"rule": "S1"}, ["Off"]),
        ({"rule": "S13"}, ["Warned", "Answered"]),
        ({"title": "war"}, ["Warned"]),
    ],
)
def test_filters(editor: Client, parent: Any, query: dict[str, str], found: list[str]) -> None:
    page_with(parent, "off", BLOCK)
    page_with(parent, "warned", WARN)
    page_with(parent, "answered", WARN, warnings_open=0)
    page_with(parent, "late", review_due=in_days(-91), fit_until=in_days(-1))
    page_with(parent, "soon", review_due=in_days(30))
    page_with(parent, "calm", review_due=in_days(31))

    assert sorted(titles(editor, **query)) == sorted(found)


def test_the_file_has_a_line_a_finding_and_no_formula(editor: Client, parent: Any) -> None:
    page = page_with(parent, "off", BLOCK, WARN)
    ArticlePage.objects.filter(pk=page.pk).update(title="=HYPERLINK(1)")
    text = b"".join(editor.get(REPORT, {"export": "csv", "state": "refused"}).streaming_content)
    rows = list(csv.DictReader(io.StringIO(text.decode())))

    assert [row["Page"] for row in rows] == ["'=HYPERLINK(1)"] * 2
    assert [(row["Rule"], row["Severity"], row["Place"]) for row in rows] == [
        ("S1", "Must be mended", "Benefits (part 1)"),
        ("S13", "Warning", "Benefits (part 1)"),
    ]


def test_the_file_begins_with_what_was_taken_off_whatever_is_filtered(
    editor: Client, parent: Any
) -> None:
    page_with(parent, "calm")
    by = User.objects.get(username="olga")
    withdraw(page_with(parent, "gone"), reason="=It names a wrong dose.", by=by)
    text = b"".join(editor.get(REPORT, {"export": "csv", "state": "overdue"}).streaming_content)

    [row] = csv.DictReader(io.StringIO(text.decode()))
    assert (row["Page"], row["Severity"]) == ("Gone", "Taken off the site by a person")
    assert (row["Reason given"], row["Given by"]) == ("'=It names a wrong dose.", "olga")
    assert row["Stands"] == f"Off the site since {timezone.localdate():%-d %B %Y}"


def test_the_file_can_be_xlsx(editor: Client, parent: Any) -> None:
    page_with(parent, "off", BLOCK)

    assert editor.get(REPORT, {"export": "xlsx"}).getvalue().startswith(b"PK")


def test_fifty_pages_a_page_and_few_queries(
    editor: Client, parent: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(55):
        page = page_with(parent, f"warned-{number}", WARN)
        Reason.objects.create(page=page, finding_key=WARN.key, rule="S13", text="So it is.")
    editor.get(REPORT)

    with django_assert_max_num_queries(30):
        answer = editor.get(REPORT)
    assert len(answer.context["object_list"]) == 50


@pytest.mark.parametrize("url", [REPORT, SOURCES])
def test_reports_are_for_those_who_work_on_pages(client: Client, parent: Any, url: str) -> None:
    user = User.objects.create_user("mo")
    user.groups.add(Group.objects.get(name="Moderators"))
    client.force_login(user)

    assert client.get(url).status_code == 302
    assert "Safety of pages" not in client.get("/admin/").content.decode()


def test_dead_sources_are_listed_with_the_pages_that_cite_them(editor: Client, parent: Any) -> None:
    page = page_with(parent, "ketamine")
    cite(page, ["https://a.example/gone", "https://b.example/there"])
    SourceCheck.objects.filter(url="https://a.example/gone").update(
        status=404, dead_since=date(2026, 3, 3), failing_since=date(2026, 3, 2)
    )
    dead = read(editor, SOURCES, state="dead")

    assert "Dead since 3 March 2026: the server answers 404" in dead
    assert f'/admin/pages/{page.pk}/edit/#:w:contentpath=sources">Ketamine</a>' in dead
    assert "https://b.example/there" not in dead
    assert "https://b.example/there" in read(editor, SOURCES, state="new")
    assert b"Cited by" in b"".join(editor.get(SOURCES, {"export": "csv"}).streaming_content)


def test_the_first_page_counts_what_is_to_be_done(editor: Client, parent: Any) -> None:
    assert "Safety of pages</h2>" not in read(editor, "/admin/")
    page_with(parent, "off", BLOCK)
    page_with(parent, "warned", WARN)
    page_with(parent, "late", review_due=in_days(-1))
    page = page_with(parent, "soon", review_due=in_days(3))
    cite(page, ["https://a.example/gone"])
    SourceCheck.objects.update(dead_since=date(2026, 3, 3))
    html = read(editor, "/admin/")

    for words in (
        f'<a href="{REPORT}?state=refused">1 page refused by the rules, and off the site</a>',
        f'<a href="{REPORT}?state=overdue">1 review overdue</a>',
        f'<a href="{REPORT}?state=due">1 review due within 30 days</a>',
        f'<a href="{REPORT}?state=open">1 page with a warning that has no reason</a>',
        f'<a href="{SOURCES}?state=dead">1 source dead</a>',
    ):
        assert words in html
