"""Nothing that the rules refuse goes live, whichever door somebody tries."""

import socket
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.models import (
    GroupApprovalTask,
    Page,
    PageLogEntry,
    Revision,
    Site,
    TaskState,
    Workflow,
    WorkflowState,
    WorkflowTask,
)

from cms.articles.models import ArticlePage, HomePage
from cms.core.models import SiteSettings
from cms.safety.judged import RefusedToGoLive
from cms.safety.models import PageVerdict, Reason
from cms.safety.public import public_pages
from tests.cms.feed_site import topic
from tests.cms.safety.articles import (
    FAULTS,
    SOURCES,
    day,
    faulty_article,
    fit_article,
    saved,
    typed,
)

pytestmark = pytest.mark.django_db
# What a form refuses by itself never comes before the rules.
SAID_BY_THE_FIELD = {"a picture without alt text": "Please add some alt text for your image"}
each_fault = pytest.mark.parametrize("fault", FAULTS)


def is_public(page: Page) -> bool:
    return public_pages().filter(pk=page.pk).exists()


def is_live(page: Page) -> bool:
    return Page.objects.get(pk=page.pk).live


def edit_url(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def said(response) -> str:
    """What stands above the page that the browser ends at, with the tags around it."""
    return response.content.decode()


def bulk_url(*pages: Page) -> str:
    chosen = "&".join(f"id={page.pk}" for page in pages)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    return f"{address}?{chosen}&next=/admin/"


def test_an_article_without_fault_goes_live_by_code():
    page = fit_article()
    page.get_latest_revision().publish()
    assert is_live(page)
    assert is_public(page)


@each_fault
def test_code_is_refused(fault):
    page, rule = faulty_article(fault)
    with pytest.raises(RefusedToGoLive, match=rf"\b{rule}, "):
        page.get_latest_revision().publish()
    assert not is_live(page)


@each_fault
def test_the_action_that_the_editor_uses_is_refused(fault):
    """It is no method of the page that could be ours."""
    page, rule = faulty_article(fault)
    action = PublishPageRevisionAction(page.get_latest_revision())
    with pytest.raises(RefusedToGoLive, match=rf"\b{rule}, "):
        action.execute(skip_permission_checks=True)
    assert not is_live(page)


@each_fault
def test_the_editor_says_why_and_keeps_what_was_typed(fault, admin_client):
    page, rule = faulty_article(fault)
    fields = {**typed(page), "title": "As it was typed", "action-publish": "1"}
    response = admin_client.post(edit_url(page), fields)
    assert response.status_code == 200
    assert SAID_BY_THE_FIELD.get(fault, f"{rule}, ") in said(response)
    assert "As it was typed" in said(response)
    assert not is_live(page)
    if fault not in SAID_BY_THE_FIELD:
        assert "Not published. What you typed is here" in said(response)
        assert "could not be saved" not in said(response)


def test_the_form_for_a_new_page_says_why_too(admin_client):
    page, _ = faulty_article("benefits without risks")
    address = reverse(
        "wagtailadmin_pages:add", args=["articles", "articlepage", page.get_parent().pk]
    )
    fields = {**typed(page), "title": "A new one", "slug": "a-new-one", "action-publish": "1"}
    response = admin_client.post(address, fields)
    assert "Not published. What you typed is here" in said(response)
    assert "S6, " in said(response)
    assert not Page.objects.filter(slug="a-new-one").exists()


def test_who_may_not_change_a_locked_page_is_told_of_the_lock(client):
    """Not that a draft of it could be saved."""
    page, _ = faulty_article("benefits without risks")
    locker = get_user_model().objects.create_superuser("locker", password="x")
    Page.objects.filter(pk=page.pk).update(locked=True, locked_by=locker, locked_at=timezone.now())
    client.force_login(get_user_model().objects.create_superuser("other", password="x"))
    response = client.post(edit_url(page), {**typed(page), "action-publish": "1"})
    assert "could not be saved as it is locked" in said(response)
    assert "Not published." not in said(response)


WITHOUT_ALT_TEXT = "a picture without alt text"


def banner(response) -> str:
    """What stands above the form, with what it links to."""
    [told] = [str(one) for one in response.context["messages"]]
    return told


@pytest.mark.parametrize(
    ("button", "words"), [("publish", "Not published."), ("submit", "Not submitted.")]
)
def test_what_a_field_refuses_hides_nothing_that_the_rules_find(button, words, admin_client):
    page, _ = faulty_article(WITHOUT_ALT_TEXT)
    spoil, _ = FAULTS["benefits without risks"]
    spoil(page)
    response = admin_client.post(edit_url(page), {**typed(saved(page)), f"action-{button}": "1"})
    told = banner(response)
    assert words in told
    assert "Please add some alt text" in told
    assert "S1, " in told
    assert ("S6, " in told) is (button == "publish")  # to submit it asks for the review
    assert "could not be saved" not in said(response)


def test_a_draft_with_a_fault_is_submitted_where_the_fields_are_right(admin_client):
    page, _ = faulty_article("benefits without risks")
    response = admin_client.post(edit_url(page), {**typed(page), "action-submit": "1"})
    assert response.status_code == 302


def test_each_thing_that_was_refused_leads_to_its_place(admin_client):
    page, _ = faulty_article(WITHOUT_ALT_TEXT)
    [figure] = [part for part in page.body if part.block_type == "image"]
    fields = {**typed(page), "summary": "", "action-publish": "1"}
    told = banner(admin_client.post(edit_url(page), fields))
    assert 'data-path="summary">Summary: This field is required.</a>' in told
    part = f'data-path="body.{figure.id}">'
    assert f"{part}Body, part " in told
    assert f"{part}S17, " in told


@each_fault
def test_a_draft_can_always_be_saved(fault, admin_client):
    page, _ = faulty_article(fault)
    response = admin_client.post(edit_url(page), {**typed(page), "title": "A better title"})
    assert response.status_code == 302
    assert Page.objects.get(pk=page.pk).draft_title == "A better title"


def test_the_editor_publishes_what_has_no_fault(admin_client):
    page = fit_article()
    response = admin_client.post(edit_url(page), {**typed(page), "action-publish": "1"})
    assert response.status_code == 302, said(response)
    assert is_public(page)


def test_the_editor_says_all_at_once(admin_client):
    page, _ = faulty_article("benefits without risks")
    page.funding = ""
    saved(page)
    response = admin_client.post(edit_url(page), {**typed(page), "action-publish": "1"})
    assert "S1, " in said(response)
    assert "S22, " in said(response)


@each_fault
def test_bulk_publishing_names_the_refused_and_publishes_the_others(fault, admin_client):
    medicines = topic()
    refused, rule = faulty_article(fault, parent=medicines, slug="refused", title="The refused")
    medicines.refresh_from_db()
    other = fit_article(medicines, "other")
    response = admin_client.post(bulk_url(refused, other), follow=True)
    assert "“The refused” was not published" in said(response)
    assert f"{rule}, " in said(response)
    assert "1 page has been published" in said(response)
    assert (is_live(refused), is_live(other)) == (False, True)


def test_bulk_publishing_of_a_section_asks_each_page_below(admin_client):
    medicines = topic(live=False)
    medicines.save_revision()
    refused, _ = faulty_article("benefits without risks", parent=medicines, slug="refused")
    medicines.refresh_from_db()
    other = fit_article(medicines, "other")
    admin_client.post(bulk_url(medicines), {"include_descendants": "on"})
    assert (is_live(medicines), is_live(refused), is_live(other)) == (True, False, True)


def in_workflow(page: Page, user) -> WorkflowState:
    workflow = Workflow.objects.create(name="Moderation")
    task = GroupApprovalTask.objects.create(name="Look at it")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    return workflow.start(page, user)


@each_fault
def test_a_workflow_says_why_and_stays_where_it_is(fault, admin_client, admin_user):
    page, rule = faulty_article(fault)
    state = in_workflow(page, admin_user)
    task_state = state.current_task_state
    approve = reverse(
        "wagtailadmin_pages:workflow_action", args=[page.pk, "approve", task_state.pk]
    )
    response = admin_client.post(approve, follow=True)
    assert f"{rule}, " in said(response)
    assert not is_live(page)
    state.refresh_from_db()
    task_state.refresh_from_db()
    assert state.status == WorkflowState.STATUS_IN_PROGRESS
    assert task_state.status == TaskState.STATUS_IN_PROGRESS


def test_the_dialog_of_a_workflow_leads_to_the_reasons(admin_client, admin_user):
    page, rule = faulty_article("benefits without risks")
    task_state = in_workflow(page, admin_user).current_task_state
    approve = reverse(
        "wagtailadmin_pages:workflow_action", args=[page.pk, "approve", task_state.pk]
    )
    response = admin_client.post(approve, headers={"X-Requested-With": "XMLHttpRequest"})
    assert response.json()["redirect"] == edit_url(page)
    assert f"{rule}, " in said(admin_client.get(edit_url(page)))


@each_fault
def test_approving_in_the_editor_keeps_the_text_and_says_why(fault, admin_client, admin_user):
    page, rule = faulty_article(fault)
    in_workflow(page, admin_user)
    action = {"action-workflow-action": "1", "workflow-action-name": "approve"}
    fields = {**typed(page), "title": "As it was typed", **action}
    response = admin_client.post(edit_url(page), fields, follow=True)
    assert SAID_BY_THE_FIELD.get(fault, f"{rule}, ") in said(response)
    assert "As it was typed" in said(response)
    assert not is_live(page)


def schedule(page: Page, when) -> Revision:
    """As if it had been approved before the rules, or the clock, went on."""
    page.go_live_at = when
    revision = page.save_revision()
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=when)
    return revision


@each_fault
def test_the_schedule_refuses_one_and_publishes_the_others(fault, mailoutbox, settings):
    settings.ADMINS = [("Ops", "ops@example.org")]
    medicines = topic()
    refused, rule = faulty_article(fault, parent=medicines, slug="refused")
    medicines.refresh_from_db()
    other = fit_article(medicines, "other")
    due = timezone.now() - timedelta(minutes=5)
    revision = schedule(refused, due)
    schedule(other, due + timedelta(minutes=1))
    call_command("publish_scheduled")
    assert (is_live(refused), is_live(other)) == (False, True)
    revision.refresh_from_db()
    assert revision.approved_go_live_at is None
    assert f"{rule}, " in PageLogEntry.objects.filter(page=refused.pk).latest("timestamp").message
    [mail] = mailoutbox
    assert mail.to == ["ops@example.org"]
    assert f"{rule}, " in mail.body


def test_a_page_that_fails_otherwise_keeps_its_schedule_and_stops_no_other(monkeypatch):
    medicines = topic()
    broken = fit_article(medicines, "broken")
    medicines.refresh_from_db()
    other = fit_article(medicines, "other")
    due = timezone.now() - timedelta(minutes=5)
    revision = schedule(broken, due)
    schedule(other, due + timedelta(minutes=1))
    publish = Revision.publish

    def fail_for_one(self, **kwargs):
        if self.pk == revision.pk:
            raise RuntimeError("the disk is full")
        return publish(self, **kwargs)

    monkeypatch.setattr(Revision, "publish", fail_for_one)
    with pytest.raises(CommandError, match="1 page"):
        call_command("publish_scheduled")
    revision.refresh_from_db()
    assert revision.approved_go_live_at == due
    assert is_live(other)


def test_expired_pages_leave_and_one_that_fails_stops_no_other(monkeypatch):
    medicines = topic()
    first, second = fit_article(medicines, "first"), fit_article(medicines, "second")
    for page in (first, second):
        page.get_latest_revision().publish()
        Page.objects.filter(pk=page.pk).update(expire_at=timezone.now() - timedelta(minutes=1))
    unpublish = Page.unpublish

    def fail_for_one(self, **kwargs):
        if self.pk == first.pk:
            raise RuntimeError("locked")
        return unpublish(self, **kwargs)

    monkeypatch.setattr(Page, "unpublish", fail_for_one)
    with pytest.raises(CommandError):
        call_command("publish_scheduled")
    assert (is_live(first), is_live(second)) == (True, False)


@each_fault
def test_a_version_that_would_be_refused_on_its_day_is_not_scheduled(fault):
    page, rule = faulty_article(fault)
    page.go_live_at = timezone.now() + timedelta(days=3)
    with pytest.raises(RefusedToGoLive, match=rf"\b{rule}, "):
        page.save_revision().publish()
    assert not page.revisions.exclude(approved_go_live_at=None).exists()


def test_a_schedule_is_judged_as_of_its_day(admin_client):
    """The review is fine today, and overdue for too long by then."""
    page = fit_article(last_reviewed=day(-700), next_review_due=day(1))
    page.go_live_at = timezone.now() + timedelta(days=200)
    with pytest.raises(RefusedToGoLive, match=r"\bS5, "):
        page.save_revision().publish()


def test_a_refused_update_leaves_what_is_live_and_its_schedule_as_they_are():
    page = fit_article()
    page.get_latest_revision().publish()
    later = ArticlePage.objects.get(pk=page.pk)
    later.go_live_at = timezone.now() + timedelta(days=3)
    later.save_revision().publish()
    spoilt = ArticlePage.objects.get(pk=page.pk)
    spoilt.funding = ""
    with pytest.raises(RefusedToGoLive):
        spoilt.save_revision().publish()
    assert ArticlePage.objects.get(pk=page.pk).funding
    assert page.revisions.exclude(approved_go_live_at=None).count() == 1
    assert is_public(page)


def test_a_warning_needs_a_reason():
    page = fit_article(sources=[])
    Reason.objects.all().delete()
    with pytest.raises(RefusedToGoLive, match="give a reason in the Safety panel"):
        page.get_latest_revision().publish()
    for finding in page.refusals():
        Reason.objects.create(
            page=page, finding_key=finding.key, rule=finding.rule, text="There are no others."
        )
    page.get_latest_revision().publish()
    assert is_public(page)


def test_an_alias_is_judged_with_its_source():
    page = fit_article()
    page.get_latest_revision().publish()
    alias = ArticlePage.objects.get(pk=page.pk).create_alias(
        parent=topic("living"), update_slug="alias"
    )
    assert PageVerdict.objects.filter(pk=alias.pk).exists()
    ArticlePage.objects.filter(pk=page.pk).update(funding="")
    stored = ArticlePage.objects.get(pk=page.pk)
    with pytest.raises(RefusedToGoLive):
        stored.save_revision().publish()
    assert ArticlePage.objects.get(pk=alias.pk).funding


def test_an_alias_of_a_draft_is_not_public():
    page, _ = faulty_article("benefits without risks")
    alias = page.create_alias(parent=topic("living"), update_slug="alias")
    assert not is_public(alias)


def test_a_copy_that_is_to_be_live_needs_a_review_of_its_own():
    page = fit_article()
    page.get_latest_revision().publish()
    with pytest.raises(RefusedToGoLive, match=r"\bS6, "):
        ArticlePage.objects.get(pk=page.pk).copy(update_attrs={"slug": "copy"}, keep_live=True)


def copied(page: Page, client, **fields):
    values = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": page.get_parent().pk}
    return client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), {**values, **fields})


def test_the_form_for_copies_says_that_a_copy_would_be_refused(admin_client):
    page = fit_article()
    page.get_latest_revision().publish()
    response = copied(page, admin_client, publish_copies="on")
    assert "The copy of “Sleep” would be refused: S6, " in said(response)
    assert not Page.objects.filter(slug="copy").exists()


def test_a_copy_as_a_draft_is_made(admin_client):
    page = fit_article()
    page.get_latest_revision().publish()
    assert copied(page, admin_client).status_code == 302
    assert not Page.objects.get(slug="copy").live


def test_a_page_that_code_makes_live_without_publishing_is_judged():
    page, _ = faulty_article("benefits without risks")
    page.live = True
    page.save()
    assert not is_public(page)


def test_a_row_that_was_made_live_behind_our_back_is_not_public():
    page, _ = faulty_article("benefits without risks")
    Page.objects.filter(pk=page.pk).update(live=True)
    assert not is_public(page)


def test_reverting_to_a_version_that_is_refused_is_refused():
    page, rule = faulty_article("benefits without risks")
    bad = page.get_latest_revision()
    page = ArticlePage.objects.get(pk=page.pk)
    page.body = [block for block in page.body.get_prep_value() if block["type"] != "benefits"]
    saved(page)
    page.get_latest_revision().publish()
    with pytest.raises(RefusedToGoLive, match=rf"\b{rule}, "):
        bad.publish(previous_revision=bad)
    assert is_public(page)


def test_a_moved_page_keeps_its_verdict():
    page = fit_article()
    page.get_latest_revision().publish()
    Page.objects.get(pk=page.pk).move(topic("living"), pos="last-child")
    assert is_public(page)


def test_publishing_calls_no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was called")

    page = fit_article()
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    page.get_latest_revision().publish()
    assert is_live(page)


def test_a_dry_run_of_the_schedule_changes_nothing():
    page, _ = faulty_article("benefits without risks")
    revision = schedule(page, timezone.now() - timedelta(minutes=5))
    call_command("publish_scheduled", dryrun=True, stdout=StringIO())
    revision.refresh_from_db()
    assert revision.approved_go_live_at


def test_somebody_without_the_right_to_publish_is_not_asked_by_the_rules(client):
    """Wagtail's own refusal comes first."""
    page, _ = faulty_article("benefits without risks")
    user = get_user_model().objects.create_user("reader", password="x")
    client.force_login(user)
    assert client.post(bulk_url(page)).status_code == 302
    assert not is_live(page)


def withdrawn_without_a_reason() -> ArticlePage:
    """A draft that its own fields refuse: readers are told why a page was withdrawn."""
    page = fit_article(slug="unsaid")
    page.withdrawn_on = day(0)
    page.save_revision(clean=False)
    return page


SAYS_WHY = "Say why the article was withdrawn"


def test_bulk_publishing_names_what_the_fields_refuse_and_publishes_the_others(admin_client):
    bad = withdrawn_without_a_reason()
    good = fit_article(parent=bad.get_parent())
    answer = admin_client.post(bulk_url(bad, good), follow=True)
    assert SAYS_WHY in said(answer)
    assert (is_live(bad), is_live(good)) == (False, True)


def test_the_schedule_ends_for_what_the_fields_refuse():
    page = withdrawn_without_a_reason()
    due = timezone.now() - timedelta(minutes=5)
    Revision.objects.filter(pk=page.latest_revision_id).update(approved_go_live_at=due)
    call_command("publish_scheduled")
    assert not Revision.objects.exclude(approved_go_live_at=None).exists()
    [entry] = PageLogEntry.objects.filter(page=page, action="safety.schedule_refused")
    assert SAYS_WHY in entry.data["findings"][0]


def test_what_the_fields_refuse_is_not_scheduled():
    page = withdrawn_without_a_reason()
    page.go_live_at = timezone.now() + timedelta(days=1)
    revision = page.save_revision(clean=False)
    with pytest.raises(RefusedToGoLive, match=SAYS_WHY):
        revision.publish()


def article_with_an_answered_warning() -> ArticlePage:
    long = ["Rest is good for you. ", "Many people sleep better. "]
    page = fit_article(sources=OLD_SOURCES, body=[("rich_text", f"<p>{''.join(long)}</p>")])
    assert Reason.objects.filter(page=page).exists()
    page.get_latest_revision().publish()
    return ArticlePage.objects.get(pk=page.pk)


OLD_SOURCES = [(kind, {**value, "published": "2000-01-01"}) for kind, value in SOURCES]


def test_an_alias_has_the_reasons_of_its_source():
    page = article_with_an_answered_warning()
    alias = page.create_alias(parent=topic("others"), update_slug="other")
    assert is_public(alias)
    assert PageVerdict.objects.get(pk=alias.pk).warnings_open == 0


def test_an_alias_of_an_alias_has_the_review_of_the_original():
    page = fit_article()
    page.get_latest_revision().publish()
    others = topic("others")
    live = ArticlePage.objects.get(pk=page.pk)
    first = live.create_alias(parent=others, update_slug="first")
    others.refresh_from_db()
    second = first.create_alias(parent=others, update_slug="second")
    assert second.alias_of_id == page.pk
    assert is_public(second)


def test_a_warning_that_is_answered_later_stops_no_source_of_an_alias():
    page = fit_article()
    page.get_latest_revision().publish()
    page = ArticlePage.objects.get(pk=page.pk)
    alias = page.create_alias(parent=topic("others"), update_slug="other")
    page.sources = OLD_SOURCES
    saved(page).get_latest_revision().publish()
    assert is_public(page)
    assert is_public(alias)


def test_an_alias_on_a_site_that_it_may_not_be_on_stops_no_source():
    page = fit_article()
    page.get_latest_revision().publish()
    page = ArticlePage.objects.get(pk=page.pk)
    other = another_site(advice_statement="")
    alias = page.create_alias(parent=other.root_page, update_slug="other")
    page.funding = "A charity paid for it."
    saved(page).get_latest_revision().publish()
    assert is_public(page)
    assert not PageVerdict.objects.get(pk=alias.pk).is_fit


def another_site(**shared) -> Site:
    root = Page.objects.get(depth=1).add_child(instance=HomePage(title="Two", slug="two"))
    site = Site.objects.create(hostname="two.example.org", root_page=root)
    SiteSettings.objects.update_or_create(site=site, defaults=shared)
    return site


def test_pages_below_one_that_is_moved_to_another_site_are_judged_by_it():
    page = fit_article()
    page.get_latest_revision().publish()
    other = another_site(advice_statement="")
    page.get_parent().move(other.root_page, pos="last-child")
    assert not PageVerdict.objects.get(pk=page.pk).is_fit
