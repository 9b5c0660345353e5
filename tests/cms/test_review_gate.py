"""The rules ask for the review: what no clinician has approved does not go live."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupApprovalTask, PageLogEntry, WorkflowTask

from cms.articles.models import ArticlePage
from cms.review.dates import default_due, latest_due
from cms.safety import catalogue
from cms.safety.dates import months_after
from cms.safety.judged import RefusedToGoLive
from cms.safety.limit_settings import LimitSettings
from cms.safety.rule import Rule
from tests.cms.review_site import (
    browser_of,
    decide,
    draft,
    edit,
    editor,
    reviewer,
    seen,
    submit,
    text,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def rules_on_reviews(monkeypatch: pytest.MonkeyPatch, rules: tuple[Rule, ...]) -> None:
    """S5 asks for the dates, S6 for the reviewer; what the others ask is not this module's."""
    monkeypatch.setattr(
        catalogue, "RULES", tuple(rule for rule in rules if rule.id in {"S5", "S6"})
    )


def approve(by, state) -> None:
    decide(by, state, "review", next_review_due=default_due(TODAY))


def live(page) -> ArticlePage:
    return ArticlePage.objects.get(pk=page.pk)


def dialog(by, page, state, action: str) -> str:
    """What a reviewer is shown before deciding."""
    address = reverse(
        "wagtailadmin_pages:collect_workflow_action_data", args=[page.pk, action, state.pk]
    )
    headers = {"x-requested-with": "XMLHttpRequest"}
    return browser_of(by).get(address, headers=headers).json()["html"]


REFUSED_AHEAD = "The rules will not let this version go live."


def test_the_dialog_says_beforehand_what_the_rules_would_refuse(
    monkeypatch: pytest.MonkeyPatch, rules: tuple[Rule, ...]
):
    monkeypatch.setattr(catalogue, "RULES", rules)
    writer, ada = editor(), reviewer()
    page = draft(writer)
    state = submit(page, writer)
    shown = dialog(ada, page, state, "review")
    assert REFUSED_AHEAD in shown
    assert "S22, " in shown  # it has no funding statement
    assert REFUSED_AHEAD not in dialog(ada, page, state, "reject")


def test_approval_that_the_rules_refuse_keeps_what_was_typed_in_the_dialog(
    monkeypatch: pytest.MonkeyPatch, rules: tuple[Rule, ...]
):
    monkeypatch.setattr(catalogue, "RULES", rules)
    writer, ada = editor(), reviewer()
    page = draft(writer)
    state = submit(page, writer)
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "review", state.pk])
    typed = {
        "revision": seen(page),
        "next_review_due": default_due(TODAY),
        "comment": "The dose is right now.",
    }
    headers = {"x-requested-with": "XMLHttpRequest"}
    shown = browser_of(ada).post(address, typed, headers=headers).json()["html"]
    assert "S22, " in shown
    assert "The dose is right now." in shown
    assert not live(page).live
    told = browser_of(ada).post(address, typed, follow=True).content.decode()
    assert "S22, " in told
    assert "What you had written: <q>The dose is right now.</q>" in told


def test_the_dialog_says_nothing_where_others_decide_after_it(
    monkeypatch: pytest.MonkeyPatch, rules: tuple[Rule, ...]
):
    monkeypatch.setattr(catalogue, "RULES", rules)
    writer, ada = editor(), reviewer()
    page = draft(writer)
    last = GroupApprovalTask.objects.create(name="Last look")
    WorkflowTask.objects.create(workflow=page.get_workflow(), task=last, sort_order=9)
    assert REFUSED_AHEAD not in dialog(ada, page, submit(page, writer), "review")


def test_the_dialog_counts_the_review_that_it_asks_for():
    writer, ada = editor(), reviewer()
    page = draft(writer)
    assert REFUSED_AHEAD not in dialog(ada, page, submit(page, writer), "review")


def test_article_that_nobody_reviewed_does_not_go_live():
    page = draft(editor())
    with pytest.raises(RefusedToGoLive, match="No clinician has reviewed this article yet"):
        page.get_latest_revision().publish()


def test_approved_article_goes_live():
    eve = editor()
    page = draft(eve)
    approve(reviewer(), submit(page, eve))
    assert live(page).live


def test_major_edit_does_not_go_live_until_it_is_approved_too():
    eve, ada = editor(), reviewer()
    page = draft(eve)
    approve(ada, submit(page, eve))
    page = edit(page, eve, body=text("Rest and drink."))
    with pytest.raises(RefusedToGoLive, match="has changed since Dr Ada Brown approved it"):
        page.get_latest_revision().publish()
    approve(ada, submit(page, eve))
    assert live(page).body[0].value.source == "<p>Rest and drink.</p>"


def test_minor_change_of_the_words_waits_for_a_reviewer():
    eve, ada = editor(), reviewer()
    page = draft(eve)
    approve(ada, submit(page, eve))
    page = edit(page, eve, body=text("Rest!"), change_kind="minor")
    with pytest.raises(RefusedToGoLive, match="has changed since"):
        page.get_latest_revision().publish()
    decide(ada, submit(page, eve), "keep", comment="Only a mark.")
    assert live(page).body[0].value.source == "<p>Rest!</p>"


def test_minor_change_around_the_words_goes_live_at_once():
    eve = editor()
    page = draft(eve)
    approve(reviewer(), submit(page, eve))
    page = edit(page, eve, audience="carers", change_kind="minor")
    page.get_latest_revision().publish()
    assert live(page).audience == "carers"


def test_limit_of_the_rules_is_the_latest_day_that_is_offered():
    LimitSettings.objects.create(review_months=12)
    assert default_due(TODAY) == latest_due(TODAY) == months_after(TODAY, 12)
    eve = editor()
    page = draft(eve)
    approve(reviewer(), submit(page, eve))
    assert live(page).next_review_due == months_after(TODAY, 12)


def test_approval_that_the_rules_refuse_leaves_everything_as_it_was(monkeypatch):
    """Another rule may find something: the reviewer reads it, and the page waits on."""
    eve = editor()
    page = draft(eve)
    state = submit(page, eve)
    LimitSettings.objects.create(review_months=12)
    monkeypatch.setattr("cms.review.forms.latest_due", lambda today: months_after(today, 36))
    with pytest.raises(RefusedToGoLive, match="more than 12 months"):
        decide(reviewer(), state, "review", next_review_due=months_after(TODAY, 20))
    state.refresh_from_db()
    assert state.status == "in_progress"
    assert not live(page).live
    assert live(page).latest_revision_id == page.latest_revision_id
    assert not PageLogEntry.objects.filter(page=page.pk, action="review.approve").exists()


def test_reviewer_who_becomes_an_author_takes_the_article_off_until_another_approves():
    eve, ada = editor(), reviewer()
    page = draft(eve)
    approve(ada, submit(page, eve))
    page = edit(page, eve, authors=[("author", {"person": ada.person})], change_kind="minor")
    with pytest.raises(RefusedToGoLive, match="one of those who wrote it"):
        page.get_latest_revision().publish()
    approve(reviewer("bo"), submit(page, eve))
    assert live(page).reviewer.name == "Dr Bo Brown"


def test_sample_goes_live_without_a_reviewer_and_not_with_one():
    eve, ada = editor(), reviewer()
    page = draft(eve, sample_content=True)
    page.get_latest_revision().publish()
    assert live(page).live
    page = edit(page, eve, sample_content=False)
    approve(ada, submit(page, eve))
    page = edit(page, eve, sample_content=True)
    with pytest.raises(RefusedToGoLive, match="and it names a reviewer"):
        page.get_latest_revision().publish()
