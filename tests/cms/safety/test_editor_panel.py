"""The panel "Safety" of the editor: findings of what is typed, and reasons for warnings."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import PageLogEntry

from cms.articles.models import ArticlePage
from cms.safety.findings import WHOLE_PAGE, Finding, Place, Severity
from cms.safety.models import Reason
from cms.safety.rule import Rule
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db

MUST_NOT_SHOUT = "The title shouts. Write it in small letters."
MAY_NOT_PROMISE = "The part promises. Say what is known."


def made_of(page: Any, limits: Any, today: Any) -> Any:
    """Two rules of the tests' own: what is shown, not what is found, is looked at here."""
    if page.title.isupper():
        place = Place("field", path="title", field="title", label="Title")
        yield Finding("S1", Severity.BLOCK, place, MUST_NOT_SHOUT)
    for block in page.blocks:
        if "promise" in str(block.value):
            place = Place(
                "block", path=block.path, block_id=block.id, field="body", label="Heading (part 1)"
            )
            yield Finding("S13", Severity.WARN, place, MAY_NOT_PROMISE, about="promise")
    yield Finding("S15", Severity.INFO, WHOLE_PAGE, "It reads well.")


@pytest.fixture(autouse=True)
def two_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Rule("S1", "No shouting", Severity.BLOCK, (), made_of)
    monkeypatch.setattr("cms.safety.catalogue.RULES", (rule,))


def person(name: str, *groups: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.org")
    user.groups.add(*Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def olga() -> User:
    return person("olga", "Editors")


@pytest.fixture
def editor(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def draft(title: str = "KETAMINE", words: str = "A promise") -> ArticlePage:
    page = article(topic(), "ketamine", live=False, title=title, body=[heading(words)])
    page.save_revision()
    return page


def heading(words: str) -> tuple[str, dict[str, str]]:
    return "heading", {"text": words, "size": "section"}


def typed(page: ArticlePage, client: Client, **values: str) -> dict[str, str]:
    """What the browser would post of the editing form, with some fields typed over."""
    answer = client.get(f"/admin/pages/{page.pk}/edit/")
    form = answer.context["form"]
    data = {
        bound.html_name: value
        for bound in form
        if isinstance(value := bound.value(), str | int) and not isinstance(value, bool)
    }
    [block] = page.body.raw_data
    return {
        **{key: str(value) for key, value in data.items()},
        **{f"{name}-count": "0" for name in page.get_streamfield_names()},
        "body-count": "1",
        "body-0-type": "heading",
        "body-0-id": block["id"],
        "body-0-order": "0",
        "body-0-deleted": "",
        "body-0-value-text": block["value"]["text"],
        "body-0-value-size": "section",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        **values,
    }


def ask(client: Client, page: ArticlePage, **values: str) -> Any:
    return client.post(f"/admin/safety/pages/{page.pk}/typed/", typed(page, client, **values))


def panel_of(html: str) -> str:
    return re.split(r'data-side-panel="safety"', html)[-1].split("</safety-findings>")[0]


def test_the_editor_opens_with_the_findings_as_saved(editor: Client) -> None:
    page = draft()
    panel = panel_of(editor.get(f"/admin/pages/{page.pk}/edit/").content.decode())

    assert MUST_NOT_SHOUT in panel
    assert MAY_NOT_PROMISE in panel
    assert "1 to mend, 1 warning without a reason, 1 more." in panel


def test_what_is_typed_is_judged_and_not_stored(editor: Client) -> None:
    page = draft(title="Ketamine", words="Nothing")
    answer = ask(editor, page, title="KETAMINE!")

    assert answer.status_code == 200
    assert MUST_NOT_SHOUT in answer.content.decode()
    assert 'data-open="1"' in answer.content.decode()
    page.refresh_from_db()
    assert page.title == "Ketamine"
    assert page.revisions.count() == 1


def test_what_is_mended_is_found_no_more(editor: Client) -> None:
    answer = ask(editor, draft(words="Nothing"), title="Ketamine").content.decode()

    assert MUST_NOT_SHOUT not in answer
    assert "Nothing keeps this page from going live; 1 to read." in answer


def test_a_finding_leads_to_its_part_of_the_form(editor: Client) -> None:
    page = draft()
    part = page.body.raw_data[0]["id"]
    answer = ask(editor, page).content.decode()

    assert f'href="/admin/pages/{page.pk}/edit/#:w:contentpath=body.{part}"' in answer
    assert f'href="/admin/pages/{page.pk}/edit/#:w:contentpath=title"' in answer


def test_a_form_that_is_no_page_says_so(editor: Client) -> None:
    page = draft()
    answer = ask(editor, page, **{"go_live_at": "never"})

    assert answer.status_code == 422
    assert "cannot be read" in answer.json()["message"]


def test_a_page_that_was_never_saved_is_judged(editor: Client) -> None:
    parent = topic()
    url = f"/admin/safety/typed/articles/articlepage/{parent.pk}/"
    answer = editor.post(url, typed(draft_of(parent), editor, title="KETAMINE", slug="new"))

    assert answer.status_code == 200
    assert MUST_NOT_SHOUT in answer.content.decode()
    assert "Save a draft first to give a reason." in answer.content.decode()


def draft_of(parent: Any) -> ArticlePage:
    page = article(parent, "other", live=False, body=[heading("A promise")])
    page.save_revision()
    return page


def test_the_form_for_a_new_page_has_the_panel(editor: Client) -> None:
    answer = editor.get(f"/admin/pages/add/articles/articlepage/{topic().pk}/").content.decode()

    assert "stands here once you have typed something" in panel_of(answer)


def test_findings_are_for_those_who_may_change_the_page(client: Client) -> None:
    page = draft()
    client.force_login(person("mo", "Moderators"))

    for path in ("typed/", "reason/", "reason/back/", ""):
        url = f"/admin/safety/pages/{page.pk}/{path}"
        answer = client.post(url) if path else client.get(url)
        assert answer.status_code == 302
        assert answer["Location"] == "/admin/"


def test_judging_asks_no_more_for_a_longer_page(
    editor: Client, django_assert_num_queries: Any
) -> None:
    page = draft()
    data = typed(page, editor)
    many = {**data, "body-count": "40"}
    for number in range(40):
        many |= {
            key.replace("body-0-", f"body-{number}-"): value
            for key, value in data.items()
            if key.startswith("body-0-")
        }
        many |= {f"body-{number}-id": "", f"body-{number}-order": str(number)}
    url = f"/admin/safety/pages/{page.pk}/typed/"
    editor.post(url, data)
    with CaptureQueriesContext(connection) as few:
        editor.post(url, data)
    with CaptureQueriesContext(connection) as more:
        assert editor.post(url, many).content.decode().count(MAY_NOT_PROMISE) == 40

    assert len(more.captured_queries) <= len(few.captured_queries)


def warning(page: ArticlePage) -> str:
    return f"S13:{page.body.raw_data[0]['id']}:promise"


def give(client: Client, page: ArticlePage, text: str, **headers: str) -> Any:
    url = f"/admin/safety/pages/{page.pk}/reason/"
    return client.post(url, {"key": warning(page), "text": text}, headers=headers)


def test_a_reason_stands_with_its_finding_who_gave_it_and_when(editor: Client) -> None:
    page = draft()
    give(editor, page, "The law says so.")
    answer = ask(editor, page).content.decode()

    assert "The law says so." in answer
    assert "olga" in answer
    assert "1 to mend, 2 more." in answer


def test_a_reason_is_in_the_history_of_the_page(editor: Client, olga: User) -> None:
    page = draft()
    give(editor, page, "The law says so.")
    editor.post(f"/admin/safety/pages/{page.pk}/reason/back/", {"key": warning(page)})

    entries = PageLogEntry.objects.filter(page=page.pk, action__startswith="safety.")
    assert [(entry.message, entry.user) for entry in entries.order_by("pk")] == [
        ("Gave a reason for S13: The law says so.", olga),
        ("Took the reason for S13 back: The law says so.", olga),
    ]
    assert (
        "Gave a reason for S13" in editor.get(f"/admin/pages/{page.pk}/history/").content.decode()
    )


def test_a_reason_that_is_taken_back_is_asked_for_again(editor: Client) -> None:
    page = draft()
    give(editor, page, "The law says so.")
    editor.post(f"/admin/safety/pages/{page.pk}/reason/back/", {"key": warning(page)})

    assert not Reason.objects.exists()
    assert "1 warning without a reason" in ask(editor, page).content.decode()


def test_a_reason_holds_while_the_words_around_it_change(editor: Client) -> None:
    page = draft()
    give(editor, page, "The law says so.")

    answer = ask(editor, page, **{"body-0-value-text": "Another promise"}).content.decode()
    assert "The law says so." in answer


def test_a_reason_does_not_hold_for_another_part(editor: Client) -> None:
    page = draft()
    give(editor, page, "The law says so.")
    other = {"body-0-id": "11111111-1111-4111-8111-111111111111"}

    assert "The law says so." not in ask(editor, page, **other).content.decode()


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_a_reason_without_words_or_with_too_many_is_refused(editor: Client, text: str) -> None:
    assert give(editor, draft(), text, accept="application/json").status_code == 422
    assert not Reason.objects.exists()


def test_a_reason_for_what_the_page_does_not_have_is_refused(editor: Client) -> None:
    page = draft(words="Nothing")
    answer = give(editor, page, "The law says so.", accept="application/json")

    assert answer.status_code == 409
    assert "Save the draft first" in answer.json()["message"]


def test_what_must_be_mended_takes_no_reason(editor: Client) -> None:
    page = draft()
    url = f"/admin/safety/pages/{page.pk}/reason/"
    editor.post(url, {"key": "S1:title", "text": "I like it."})

    assert not Reason.objects.exists()


def test_without_a_script_there_is_a_page_with_the_same_forms(editor: Client) -> None:
    page = draft()
    answer = give(editor, page, "<b>The law</b>").headers["Location"]
    html = editor.get(answer).content.decode()

    assert answer == f"/admin/safety/pages/{page.pk}/"
    assert "The reason is recorded." in html
    assert "&lt;b&gt;The law&lt;/b&gt;" in html
    assert "Take the reason back" in html
