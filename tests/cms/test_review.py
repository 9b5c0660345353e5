"""A clinician approves one version of an article, and that one goes live as reviewed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.actions.convert_alias import ConvertAliasPageAction
from wagtail.models import GroupApprovalTask, PageLogEntry, Workflow, WorkflowTask

from cms.articles.models import ArticlePage
from cms.articles.reviewed import review_stands
from cms.comments.models import State
from cms.core.groups import REVIEWERS
from cms.review.models import ClinicalReviewTask
from cms.review.refused import RefusedReview
from cms.safety.dates import months_after
from tests.cms.comment_site import comment
from tests.cms.feed_site import topic
from tests.cms.review_site import (
    actions_of,
    browser_of,
    decide,
    dialog,
    draft,
    edit,
    editor,
    newest,
    person,
    reviewer,
    seen,
    submit,
    text,
    user,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DUE = months_after(TODAY, 24)


@pytest.fixture
def eve() -> User:
    return editor()


@pytest.fixture
def ada() -> User:
    return reviewer()


def approve(by: User, state, **data) -> None:
    decide(by, state, "review", **{"next_review_due": DUE, "comment": "", **data})


def reviewed(eve: User, ada: User, **fields) -> ArticlePage:
    """Live, and its review stands."""
    page = draft(eve, **fields)
    approve(ada, submit(page, eve))
    return ArticlePage.objects.get(pk=page.pk)


def told(answer) -> list[str]:
    return [str(one).strip() for one in answer.context["messages"]]


def history(page: ArticlePage) -> list[tuple[str, str]]:
    entries = PageLogEntry.objects.filter(page=page.pk, action__startswith="review.")
    return [(one.action, one.user.username) for one in entries.order_by("pk")]


def test_status_panel_says_that_it_waits(eve):
    page = draft(eve)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert "Clinical review: Not reviewed yet" in browser_of(eve).get(address).text
    submit(page, eve)
    panel = browser_of(eve).get(address).text
    assert "Clinical review: Waiting for a reviewer" in panel
    assert "Submit it for clinical review" not in panel


def test_whole_tree_is_reviewed_by_the_group_of_reviewers(eve):
    page = draft(eve)
    assert page.get_workflow().name == "Clinical review"
    assert [one.name for one in ClinicalReviewTask.objects.get().groups.all()] == [REVIEWERS]
    assert [one.name for one in Workflow.objects.active()] == ["Clinical review"]


def test_approved_version_is_live_with_who_when_and_until_when(eve, ada):
    page = reviewed(eve, ada)
    assert page.live
    assert not page.has_unpublished_changes
    assert page.reviewer == ada.person
    assert (page.last_reviewed, page.next_review_due) == (TODAY, DUE)
    assert review_stands(page)


def test_review_is_offered_with_a_date_two_years_from_now(eve, ada):
    page = draft(eve)
    state = submit(page, eve)
    assert actions_of(ada, page) == ["review", "reject"]
    address = reverse(
        "wagtailadmin_pages:collect_workflow_action_data", args=[page.pk, "review", state.pk]
    )
    form = browser_of(ada).get(address).json()["html"]
    assert f'value="{DUE}"' in form
    assert f'name="revision" value="{seen(page)}"' in form


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (TODAY, "must be after today"),
        (months_after(TODAY, 36) + timedelta(days=1), "at the latest"),
        ("soon", "valid date"),
        ("", "required"),
    ],
)
def test_next_review_has_its_limits(eve, ada, due, words):
    page = draft(eve)
    state = submit(page, eve)
    with pytest.raises(RefusedReview, match=words):
        approve(ada, state, next_review_due=due)
    assert not ArticlePage.objects.get(pk=page.pk).live


def test_months_end_with_their_last_day():
    assert months_after(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_after(date(2026, 11, 26), 24) == date(2028, 11, 26)


def test_user_who_is_nobody_cannot_approve(eve):
    page = draft(eve)
    state = submit(page, eve)
    nobody = user("nobody", REVIEWERS)
    assert actions_of(nobody, page) == []
    with pytest.raises(RefusedReview, match="nobody under People"):
        approve(nobody, state)


@pytest.mark.parametrize("missing", ["role", "credential"])
def test_person_without_role_or_credential_cannot_approve(eve, missing):
    page = draft(eve)
    state = submit(page, eve)
    with pytest.raises(RefusedReview, match="no role or no credential"):
        approve(reviewer("bo", **{missing: " "}), state)


def test_owner_cannot_approve(ada, eve):
    page = draft(eve, owner=ada)
    state = submit(page, eve)
    assert actions_of(ada, page) == []
    with pytest.raises(RefusedReview, match="owner of this article"):
        approve(ada, state)


def test_night_of_summer_time_is_the_day_that_the_rules_go_by(ada, eve, monkeypatch):
    page = draft(eve)
    state = submit(page, eve)
    night = datetime(2027, 6, 1, 23, 30, tzinfo=UTC)  # in London it is the second of June
    monkeypatch.setattr(timezone, "now", lambda: night)
    approve(ada, state)
    assert newest(page).last_reviewed == date(2027, 6, 1)


def test_author_in_the_byline_cannot_approve(ada, eve):
    page = draft(eve, authors=[("author", {"person": ada.person})])
    state = submit(page, eve)
    assert actions_of(ada, page) == []
    with pytest.raises(RefusedReview, match="author of this article"):
        approve(ada, state)


def test_author_who_stands_twice_under_people_cannot_approve(ada, eve):
    twin = person(name="ada brown")
    page = draft(eve, authors=[("author", {"person": twin})])
    state = submit(page, eve)
    assert actions_of(ada, page) == []
    assert waiting_for(ada) == set()
    with pytest.raises(RefusedReview, match="is called “Dr Ada Brown”, too"):
        approve(ada, state)


def test_who_edited_since_the_last_review_cannot_approve(ada, eve):
    page = edit(draft(eve), ada, body=text("Rest and drink."))
    state = submit(page, eve)
    assert actions_of(ada, page) == []
    with pytest.raises(RefusedReview, match="changed this article since"):
        approve(ada, state)


def test_who_edited_before_the_last_review_can_approve(ada, eve):
    page = edit(draft(eve), ada, body=text("Rest and drink."))
    approve(reviewer("bo"), submit(page, eve))
    page = edit(page, eve, body=text("Rest and drink water."))
    approve(ada, submit(page, eve))
    assert ArticlePage.objects.get(pk=page.pk).reviewer == ada.person


def test_approving_makes_nobody_an_editor(ada, eve):
    page = edit(reviewed(eve, ada), eve, body=text("Rest and drink."))
    approve(ada, submit(page, eve))
    assert review_stands(ArticlePage.objects.get(pk=page.pk))


def test_new_address_makes_nobody_an_editor(ada, eve):
    page = edit(draft(eve), ada, slug="moved")
    approve(ada, submit(page, eve))
    assert ArticlePage.objects.get(pk=page.pk).reviewer == ada.person


def test_who_is_no_reviewer_decides_nothing(eve):
    page = draft(eve)
    state = submit(page, eve)
    other = editor("olga")
    person(other)
    assert actions_of(other, page) == []
    with pytest.raises(RefusedReview, match="cannot be decided"):
        approve(other, state)


def test_administrator_needs_a_person_too(eve):
    page = draft(eve)
    state = submit(page, eve)
    root = User.objects.create_superuser("root")
    with pytest.raises(RefusedReview, match="nobody under People"):
        approve(root, state)
    person(root)
    approve(root, state)
    assert ArticlePage.objects.get(pk=page.pk).reviewer == root.person


def test_refusal_is_told_in_words_above_the_page(eve, ada):
    page = draft(eve, owner=ada)
    state = submit(page, eve)
    answer = dialog(ada, page, state, "review", next_review_due=DUE)
    assert answer.redirect_chain == [(reverse("wagtailadmin_pages:edit", args=[page.pk]), 302)]
    assert "You are the owner of this article. Somebody else has to review it." in told(answer)
    assert not ArticlePage.objects.get(pk=page.pk).live


def test_refusal_is_told_in_the_dialog(eve, ada):
    page = draft(eve, owner=ada)
    state = submit(page, eve)
    address = reverse(
        "wagtailadmin_pages:collect_workflow_action_data", args=[page.pk, "review", state.pk]
    )
    answer = browser_of(ada).get(address, headers={"x-requested-with": "XMLHttpRequest"})
    assert "You are the owner of this article." in answer.json()["html"]


def in_dialog(by: User, page: ArticlePage, state, action: str, **data) -> str:
    """What the dialog shows after a script has sent it."""
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, action, state.pk])
    headers = {"x-requested-with": "XMLHttpRequest"}
    answer = browser_of(by).post(address, {"revision": seen(page), **data}, headers=headers)
    return answer.json().get("html", "")


WORDS = {"comment": "The dose is right now."}


def test_dialog_that_is_refused_keeps_what_was_typed(eve, ada):
    page = draft(eve)
    state = submit(page, eve)
    opened = seen(page)
    edit(page, eve, body=text("Take it all."))
    data = {"next_review_due": DUE, "revision": opened, **WORDS}
    shown = in_dialog(ada, page, state, "review", **data)
    assert "The page was changed after you opened it." in shown
    assert "The dose is right now." in shown
    assert f'value="{opened}"' in shown  # sent again, it is still not what is there now
    assert not ArticlePage.objects.get(pk=page.pk).live


def test_refusal_without_a_dialog_tells_again_what_was_typed(eve, ada):
    page = draft(eve, owner=ada)
    answer = dialog(ada, page, submit(page, eve), "review", next_review_due=DUE, **WORDS)
    assert "What you had written: <q>The dose is right now.</q>" in told(answer)


def test_refusal_in_the_editor_tells_again_what_was_typed(eve, ada):
    page = draft(eve, owner=ada)
    submit(page, eve)
    answer = browser_of(ada).post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        {
            "action-workflow-action": "true",
            "workflow-action-name": "review",
            "workflow-action-extra-data": '{"comment": "<b>Right</b>"}',
        },
        follow=True,
    )
    assert "What you had written: <q>&lt;b&gt;Right&lt;/b&gt;</q>" in told(answer)


def test_reviewer_is_told_who_is_named_until_when_and_that_it_is_live(eve, ada):
    page = draft(eve)
    answer = dialog(ada, page, submit(page, eve), "review", next_review_due=DUE)
    assert told(answer) == [
        f"“Ketamine” is approved as reviewed by Dr Ada Brown, until {DUE:%-d %B %Y}. "
        "It is live: readers see this version within seconds."
    ]


def test_reviewer_is_told_when_it_will_be_live(eve, ada):
    later = timezone.localtime(timezone.now() + timedelta(days=3))
    page = draft(eve, go_live_at=later)
    answer = dialog(ada, page, submit(page, eve), "review", next_review_due=DUE)
    assert f"It goes live on {later:%-d %B %Y at %H:%M}." in told(answer)[0]


def test_reviewer_is_told_who_decides_next(eve, ada):
    page = draft(eve)
    last = GroupApprovalTask.objects.create(name="Last look")
    WorkflowTask.objects.create(workflow=page.get_workflow(), task=last, sort_order=9)
    answer = dialog(ada, page, submit(page, eve), "review", next_review_due=DUE)
    assert "“Last look” is the next step, and decides whether it goes live." in told(answer)[0]


def test_reviewer_who_keeps_a_review_is_told_which(eve, ada):
    page = edit(reviewed(eve, ada), eve, body=text("Rest!"), change_kind="minor")
    answer = dialog(reviewer("bo"), page, submit(page, eve), "keep", comment="Only a mark.")
    assert f"“Ketamine” keeps the review of {TODAY:%-d %B %Y} by Dr Ada Brown." in told(answer)[0]


@pytest.mark.parametrize(
    ("is_live", "words"), [(True, "Readers see what they saw before."), (False, "It is not live")]
)
def test_reviewer_who_asks_for_changes_is_told_who_has_it_now(eve, ada, is_live, words):
    page = edit(reviewed(eve, ada), eve, body=text("Rest!")) if is_live else draft(eve)
    answer = dialog(ada, page, submit(page, eve), "reject", comment="No source.")
    [said] = told(answer)
    assert said.startswith("“Ketamine” goes back to eve with your words.")
    assert words in said


def test_version_that_came_after_the_approved_one_is_not_published(eve, ada):
    page = draft(eve)
    state = submit(page, eve)
    opened = seen(page)
    edit(page, eve, body=text("Take it all."))
    with pytest.raises(RefusedReview, match="changed after you opened it"):
        approve(ada, state, revision=opened)
    page = ArticlePage.objects.get(pk=page.pk)
    assert (page.live, page.reviewer, history(page)) == (False, None, [])


def test_words_that_were_saved_over_the_version_that_was_read_are_not_approved(eve, ada):
    """As Wagtail does while an editor types."""
    page = draft(eve)
    state = submit(page, eve)
    opened = seen(page)
    typing = newest(page)
    typing.body = text("Take it all.")
    typing.save_revision(user=eve, overwrite_revision=typing.latest_revision)
    assert newest(page).latest_revision_id == page.latest_revision_id
    with pytest.raises(RefusedReview, match="changed after you opened it"):
        approve(ada, state, revision=opened)
    assert not ArticlePage.objects.get(pk=page.pk).live


@pytest.mark.parametrize("nothing", ["", "12", "soon"])
def test_decision_that_does_not_say_what_was_seen_is_refused(eve, ada, nothing):
    page = draft(eve)
    state = submit(page, eve)
    with pytest.raises(RefusedReview):
        approve(ada, state, revision=nothing)
    assert not ArticlePage.objects.get(pk=page.pk).live


def test_editor_over_which_somebody_typed_approves_nothing(eve, ada):
    page = draft(eve)
    submit(page, eve)
    number, _, saved_at = seen(page).partition("@")
    typing = newest(page)
    typing.body = text("Take it all.")
    typing.save_revision(user=eve, overwrite_revision=typing.latest_revision)
    answer = browser_of(ada).post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        {
            "action-workflow-action": "true",
            "workflow-action-name": "review",
            "loaded_revision_id": number,
            "loaded_revision_created_at": saved_at,
        },
        follow=True,
    )
    assert "The page was changed after you opened it." in told(answer)[0]


def test_editor_that_was_opened_on_an_older_version_approves_nothing(eve, ada):
    page = draft(eve)
    submit(page, eve)
    edit(page, eve, body=text("Take it all."))
    answer = browser_of(ada).post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        {
            "action-workflow-action": "true",
            "workflow-action-name": "review",
            "workflow-action-extra-data": f'{{"next_review_due": "{DUE}"}}',
            "loaded_revision_id": str(page.latest_revision_id),
        },
        follow=True,
    )
    assert "The page was changed after you opened it." in told(answer)[0]
    assert not ArticlePage.objects.get(pk=page.pk).live
    assert newest(page).body[0].value.source == "<p>Take it all.</p>"


def test_second_reviewer_is_told_that_the_first_was_faster(eve, ada):
    page = draft(eve)
    state = submit(page, eve)
    approve(ada, state)
    with pytest.raises(RefusedReview, match="ada has decided"):
        approve(reviewer("bo"), state)
    assert ArticlePage.objects.get(pk=page.pk).reviewer == ada.person


def test_rejecting_needs_words_and_gives_them_to_the_editor(eve, ada):
    page = draft(eve)
    state = submit(page, eve)
    with pytest.raises(RefusedReview, match="Say what has to change"):
        decide(ada, state, "reject", comment=" ")
    decide(ada, state, "reject", comment="No source says so.")
    assert newest(page).current_workflow_state.status == "needs_changes"
    assert history(page) == [("review.reject", "ada")]
    state.refresh_from_db()
    assert state.comment == "No source says so."


def test_major_edit_clears_the_review_and_says_so_once(eve, ada):
    page = reviewed(eve, ada)
    edit(page, eve, body=text("Rest and drink."))
    page = edit(page, eve, body=text("Rest and drink water."))
    assert not review_stands(page)
    assert review_stands(ArticlePage.objects.get(pk=page.pk))  # readers have what was approved
    assert history(page) == [("review.approve", "ada"), ("review.clear", "eve")]


def test_words_called_minor_by_their_editor_wait_for_a_reviewer(eve, ada):
    page = edit(reviewed(eve, ada), eve, body=text("Rest!"), change_kind="minor")
    assert not review_stands(page)
    submit(page, eve)
    assert actions_of(ada, page) == ["keep", "review", "reject"]


def test_reviewer_keeps_the_review_and_its_dates(eve, ada):
    page = reviewed(eve, ada)
    ArticlePage.objects.filter(pk=page.pk).update(last_reviewed=date(2026, 1, 5))
    page = edit(page, eve, body=text("Rest!"), change_kind="minor", last_reviewed=date(2026, 1, 5))
    bo = reviewer("bo")
    with pytest.raises(RefusedReview, match="Say why the review still holds"):
        decide(bo, state := submit(page, eve), "keep")
    decide(bo, state, "keep", comment="Only a mark.")
    page = ArticlePage.objects.get(pk=page.pk)
    assert review_stands(page)
    assert page.body[0].value.source == "<p>Rest!</p>"
    assert (page.reviewer, page.last_reviewed) == (ada.person, date(2026, 1, 5))
    assert history(page)[-1] == ("review.keep", "bo")


def test_nobody_keeps_the_review_of_their_own_words(eve, ada):
    page = edit(reviewed(eve, ada), ada, body=text("Rest!"), change_kind="minor")
    submit(page, eve)
    assert actions_of(ada, page) == []


def test_major_change_cannot_be_kept(eve, ada):
    page = edit(reviewed(eve, ada), eve, body=text("Rest!"))
    state = submit(page, eve)
    with pytest.raises(RefusedReview, match="cannot be decided"):
        decide(ada, state, "keep", comment="Only a mark.")


@pytest.mark.parametrize(("kind", "stands"), [("minor", True), ("major", False)])
def test_editor_says_whether_a_change_around_the_words_is_minor(eve, ada, kind, stands):
    page = edit(reviewed(eve, ada), eve, audience="carers", change_kind=kind)
    assert review_stands(page) is stands


@pytest.mark.parametrize("field", ["funding", "conflicts"])
def test_no_owner_alone_changes_what_is_disclosed(eve, ada, field):
    page = edit(reviewed(eve, ada), eve, **{field: "A maker paid."}, change_kind="minor")
    assert not review_stands(page)


def test_kind_of_a_change_speaks_of_one_change(eve, ada):
    page = edit(reviewed(eve, ada), eve, audience="carers", change_kind="minor")
    page.get_latest_revision().publish()
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    form = browser_of(eve).get(address).context["form"]
    assert form["change_kind"].value() == "major"
    assert review_stands(edit(page, eve, slug="moved", change_kind="major"))
    assert not review_stands(edit(page, eve, audience="patients", change_kind="major"))


def test_draft_keeps_what_its_editor_calls_the_change(eve, ada):
    page = edit(reviewed(eve, ada), eve, audience="carers", change_kind="minor")
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    form = browser_of(eve).get(address).context["form"]
    assert form["change_kind"].value() == "minor"


def test_new_address_clears_nothing(eve, ada):
    page = edit(reviewed(eve, ada), eve, slug="moved")
    assert review_stands(page)
    submit(page, eve)
    assert actions_of(ada, page) == ["review", "approve", "reject"]


def test_going_back_to_the_approved_version_brings_its_review_back(eve, ada):
    page = reviewed(eve, ada)
    approved = page.live_revision
    edit(page, eve, body=text("Take it all."))
    page = edit(page, eve, body=approved.as_object().body)
    assert review_stands(page)


def test_draft_begun_before_the_approval_takes_no_review_away(eve, ada):
    page = draft(eve)
    stale = newest(page)
    approve(ada, submit(page, eve))
    stale.slug = "moved"
    stale.save_revision(user=eve)
    assert review_stands(newest(page))


def test_form_that_claims_a_review_has_none(eve, ada):
    page = draft(eve)
    claimed = edit(page, eve, reviewer=ada.person, last_reviewed=TODAY, reviewed_digest="made.up")
    assert (claimed.reviewer, claimed.last_reviewed) == (None, None)


def test_copy_is_not_reviewed(eve, ada):
    page = reviewed(eve, ada)
    copied = page.copy(update_attrs={"slug": "copied"})
    assert not review_stands(copied)
    assert not review_stands(newest(copied))


def converted(page: ArticlePage, by: User, **fields) -> ArticlePage:
    """An alias of the article elsewhere, turned into a page of its own."""
    alias = ArticlePage.objects.get(pk=page.pk).create_alias(
        parent=topic("others"), update_slug="other"
    )
    ArticlePage.objects.filter(pk=alias.pk).update(**fields)
    ConvertAliasPageAction(ArticlePage.objects.get(pk=alias.pk), user=by).execute()
    return ArticlePage.objects.get(pk=alias.pk)


def test_alias_that_becomes_a_page_keeps_the_review_of_its_words(eve, ada):
    page = converted(reviewed(eve, ada), eve)
    assert page.live
    assert review_stands(page)
    assert review_stands(newest(page))
    assert (page.reviewer, page.next_review_due) == (ada.person, DUE)
    assert history(page) == [("review.keep", "eve")]
    assert not review_stands(edit(page, eve, body=text("Rest and drink.")))


def test_alias_of_what_is_not_reviewed_claims_no_review(eve, ada):
    """Its words were changed past the CMS since the approval."""
    original = reviewed(eve, ada)
    page = converted(original, eve, summary="Something else.")
    assert (page.reviewer, page.last_reviewed, page.reviewed_digest) == (None, None, "")
    assert newest(page).reviewer is None
    assert history(page) == []
    assert review_stands(ArticlePage.objects.get(pk=original.pk))


def test_alias_that_its_reviewer_owns_loses_the_review_with_its_conversion(eve, ada):
    page = converted(reviewed(eve, ada), eve, owner=ada)
    assert page.reviewer is None


def test_approved_for_later_keeps_its_review_until_then(eve, ada):
    page = reviewed(eve, ada)
    later = timezone.now() + timedelta(days=3)
    page = edit(page, eve, body=text("New text."), go_live_at=later)
    approve(reviewer("bo"), submit(page, eve))
    live = ArticlePage.objects.get(pk=page.pk)
    assert live.body[0].value.source == "<p>Rest.</p>"
    assert review_stands(live)
    assert live.reviewer == ada.person
    scheduled = live.get_scheduled_revision_as_object()
    assert review_stands(scheduled)
    assert scheduled.reviewer.user.username == "bo"


def test_sample_content_is_approved_without_a_reviewer(eve, ada):
    page = draft(eve, sample_content=True)
    state = submit(page, eve)
    assert actions_of(ada, page) == ["approve", "reject"]
    with pytest.raises(RefusedReview):
        approve(ada, state)
    decide(ada, state, "approve")
    page = ArticlePage.objects.get(pk=page.pk)
    assert (page.live, page.reviewer, page.reviewed_digest) == (True, None, "")


def test_other_pages_are_approved_as_ever(ada, eve):
    page = topic(live=False)
    page.save_revision(user=eve)
    state = submit(page, eve)
    assert actions_of(ada, page) == ["approve", "reject"]
    decide(ada, state, "approve")
    assert type(page).objects.get(pk=page.pk).live


def test_dashboard_lists_what_waits_for_this_reviewer(eve, ada):
    parent = topic()
    theirs = draft(eve, parent, slug="theirs", title="To look at")
    own = draft(eve, parent, slug="own", title="Of my own", owner=ada)
    submit(theirs, eve)
    submit(own, eve)
    page = browser_of(ada).get(reverse("wagtailadmin_home")).content.decode()
    waiting = page.partition('id="awaiting-review')[2].partition("</table>")[0]
    assert "To look at" in waiting
    assert "Of my own" not in waiting


def waiting_for(by: User) -> set[str]:
    states = ClinicalReviewTask.objects.get().get_task_states_user_can_moderate(by)
    return {state.revision.content_object.slug for state in states}


def test_list_of_what_waits_is_of_what_one_can_decide(eve, ada):
    parent = topic()
    pages = [
        draft(eve, parent, slug="theirs"),
        draft(eve, parent, slug="owned", owner=ada),
        draft(eve, parent, slug="written", authors=[("author", {"person": ada.person})]),
        edit(draft(eve, parent, slug="edited"), ada, body=text("Rest and drink.")),
        edit(draft(eve, parent, slug="moved"), ada, slug="moved-on"),
        draft(eve, parent, slug="sample", sample_content=True, owner=ada),
    ]
    for page in pages:
        submit(page, eve)
    offered = {page.slug for page in pages if actions_of(ada, page)}
    assert offered == {"theirs", "moved-on", "sample"}
    assert waiting_for(ada) == {"theirs", "moved", "sample"}  # by the addresses they have now
    assert waiting_for(user("nobody", REVIEWERS)) == {"sample"}


def test_list_of_what_waits_takes_as_many_queries_for_one_page_as_for_three(eve, ada):
    parent = topic()
    submit(draft(eve, parent, slug="first"), eve)
    waiting_for(ada)  # content types are remembered from then on

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            list(ClinicalReviewTask.objects.get().get_task_states_user_can_moderate(ada))
        return len(queries)

    with_one = count()
    for slug in ("second", "third"):
        submit(draft(eve, parent, slug=slug), eve)
    assert count() == with_one


def test_history_says_who_which_version_and_why(eve, ada):
    page = draft(eve)
    at = timezone.localtime(page.latest_revision.created_at)
    approve(ada, submit(page, eve), comment="Checked against the two sources.")
    address = reverse("wagtailadmin_pages:history", args=[page.pk])
    shown = unescape(browser_of(eve).get(address).content.decode())
    version = f"the version saved on {at:%-d %B %Y at %H:%M} by eve"
    assert f"Approved {version} as reviewed by Dr Ada Brown (MPharm)" in shown
    assert "Checked against the two sources." in shown


def card(by: User, page: ArticlePage) -> str:
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    shown = unescape(browser_of(by).get(address).content.decode())
    return shown.partition('id="clinical-review"')[2].partition("</section>")[0]


def test_card_says_where_the_review_stands(eve, ada):
    page = draft(eve)
    assert "Not reviewed yet" in card(eve, page)
    approve(ada, submit(page, eve))
    assert "Clinical review: Reviewed" in (shown := card(eve, page))
    assert (
        f"Reviewed by Dr Ada Brown (MPharm) on {TODAY:%-d %B %Y}, in the version saved on " in shown
    )
    assert f"Next review is due on {DUE:%-d %B %Y}." in shown
    edit(page, eve, body=text("Rest and drink."))
    assert "Review does not hold" in (shown := card(eve, page))
    assert "Compare with the reviewed version" in shown
    edit(page, eve, change_kind="minor")
    assert "Waiting to be kept" in card(eve, page)


def test_card_says_what_a_reviewer_asked_for_until_it_is_submitted_again(eve, ada):
    page = draft(eve)
    state = submit(page, eve)
    decide(ada, state, "reject", comment="No source says so.")
    assert "ada asked for changes: “No source says so.”" in (shown := card(eve, page))
    assert "Submit it for clinical review." in shown
    newest(page).current_workflow_state.resume(eve)
    assert "asked for changes" not in (shown := card(eve, page))
    assert "It is submitted." in shown


def test_card_tells_a_reviewer_why_not(eve, ada):
    page = draft(eve, owner=ada)
    submit(page, eve)
    assert "You are the owner of this article." in card(ada, page)
    assert "You are the owner" not in card(eve, page)


def test_card_of_sample_content_names_no_reviewer(eve):
    assert "No clinician reviews it" in card(eve, draft(eve, sample_content=True))


def test_dialog_to_keep_shows_what_changed(eve, ada):
    page = edit(reviewed(eve, ada), eve, body=text("Rest a lot."), change_kind="minor")
    state = submit(page, eve)
    address = reverse(
        "wagtailadmin_pages:collect_workflow_action_data", args=[page.pk, "keep", state.pk]
    )
    form = browser_of(ada).get(address).json()["html"]
    assert "What changed since the review" in form
    assert '<span class="addition">' in form
    assert "a lot" in form


def test_change_that_a_reviewer_agreed_is_minor_brings_up_no_comments(eve, ada):
    page = reviewed(eve, ada)
    shown = comment(page)
    shown.move_to(State.APPROVED, by=None)
    page = edit(page, eve, body=text("Repose."), change_kind="minor")
    decide(reviewer("bo"), submit(page, eve), "keep", comment="The same in other words.")
    shown.refresh_from_db()
    assert shown.rereview_since is None
    page = edit(page, eve, body=text("Repose now."), change_kind="major")
    approve(ada, submit(page, eve))
    shown.refresh_from_db()
    assert shown.rereview_since


def test_version_that_the_reviewers_own_form_saved_is_approved(eve, ada):
    """Wagtail saves one before it approves, also where nothing was changed."""
    page = draft(eve)
    state = submit(page, eve)
    opened = seen(page)
    edit(page, ada)
    approve(ada, state, revision=opened)
    assert ArticlePage.objects.get(pk=page.pk).reviewer == ada.person


def test_version_of_somebody_else_below_the_reviewers_own_is_noticed(eve, ada):
    page = draft(eve)
    state = submit(page, eve)
    opened = seen(page)
    edit(page, eve, body=text("Take it all."))
    edit(page, ada, body=page.body)
    with pytest.raises(RefusedReview):
        approve(ada, state, revision=opened)


def test_who_typed_over_what_they_approved_cannot_approve_that(eve, ada):
    page = reviewed(eve, ada)
    typing = newest(page)
    typing.body = text("Words of Ada.")
    typing.save_revision(user=ada, overwrite_revision=typing.latest_revision)
    submit(page, eve)
    assert actions_of(ada, page) == []


def test_who_approved_and_typed_nothing_can_approve_again_though_older_versions_are_gone(eve, ada):
    page = reviewed(eve, ada)
    call_command("purge_revisions")
    page = edit(page, eve, body=text("Rest and drink."))
    approve(ada, submit(page, eve))
    assert ArticlePage.objects.get(pk=page.pk).reviewer == ada.person


def test_who_edited_cannot_approve_though_that_version_is_gone(eve, ada):
    page = draft(eve)
    one = newest(page)
    one.body = text("Words of Ada.")
    theirs = one.save_revision(user=ada, log_action=True)
    edit(page, eve, summary="Another.")
    call_command("purge_revisions")
    assert not page.revisions.filter(pk=theirs.pk).exists()
    submit(page, eve)
    assert actions_of(ada, page) == []
