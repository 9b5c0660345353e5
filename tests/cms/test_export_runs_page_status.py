"""An editor is told whether what they published is what readers get."""

from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.models import Page

from cms.export_feed.models import ExporterContact, ExportRun
from cms.export_feed.page_status import PageState, PageStatus, page_status, page_statuses
from tests.cms.export_site import export, failure, finding, send
from tests.cms.feed_site import article, home, make_private, topic

pytestmark = pytest.mark.django_db


def status_of(page: Page) -> PageStatus:
    return page_status(Page.objects.get(pk=page.pk), timezone.now())


def state_of(page: Page) -> PageState:
    return status_of(page).state


def publish(page: Page) -> None:
    page = page.specific_class.objects.get(pk=page.pk)
    page.save_revision().publish()


def test_published_page_waits_then_is_live_since_the_run_that_read_it():
    page = article(topic())
    assert state_of(page) == PageState.WAITING

    told = export()
    status = status_of(page)
    assert status.state == PageState.LIVE
    assert status.since.isoformat() == told["finished_at"].replace("Z", "+00:00")


def test_page_stays_live_since_its_own_change_whatever_else_is_exported():
    page = article(topic(), "ketamine")
    export(minutes_ago=30)
    since = status_of(page).since
    article(topic("health"), "sleep")
    export()
    assert status_of(page).since == since


def test_page_that_is_published_again_waits_again():
    page = article(topic())
    export()
    publish(page)
    assert state_of(page) == PageState.WAITING
    export()
    assert state_of(page) == PageState.LIVE


def test_page_whose_change_has_been_read_and_not_exported_still_waits():
    from tests.cms.export_site import cursor

    page = article(topic())
    export()
    publish(page)
    cursor()
    assert state_of(page) == PageState.WAITING


def test_run_that_changed_nothing_confirms_the_page():
    page = article(topic())
    export()
    publish(page)
    export(outcome="unchanged")
    assert state_of(page) == PageState.LIVE


@pytest.mark.parametrize("of", ["page", "topic"])
def test_private_page_is_not_public_and_says_why(of):
    page = article(topic())
    private = page if of == "page" else page.get_parent()
    make_private(private)
    status = page_status(page, timezone.now())
    assert status.state == PageState.NOT_PUBLIC
    assert "a static site cannot ask for a password" in status.reason


def test_draft_is_not_public():
    export()
    assert state_of(article(topic(), live=False)) == PageState.NOT_PUBLIC


def test_draft_below_a_renamed_page_never_was_on_the_site():
    medicines = topic()
    page = article(medicines, live=False)
    export()
    medicines.refresh_from_db()
    medicines.slug = "drugs"
    medicines.save()
    assert state_of(page) == PageState.NOT_PUBLIC


def test_saving_a_draft_of_a_live_page_leaves_it_live():
    page = article(topic())
    export()
    page.title = "Draft"
    page.save_revision()
    assert state_of(page) == PageState.LIVE


def test_unpublished_page_leaves_with_the_next_export():
    page = article(topic())
    publish(page)
    export()
    page.refresh_from_db()
    page.unpublish()
    assert state_of(page) == PageState.LEAVING
    export()
    assert state_of(page) == PageState.NOT_PUBLIC


def test_page_below_a_private_one_leaves_with_the_next_export():
    medicines = topic()
    page = article(medicines)
    publish(page)
    export()
    make_private(medicines)
    assert state_of(page) == PageState.LEAVING
    export()
    assert state_of(page) == PageState.NOT_PUBLIC


def test_page_below_a_renamed_one_waits():
    medicines = topic()
    page = article(medicines)
    export()
    medicines.refresh_from_db()
    medicines.slug = "drugs"
    medicines.save()
    assert state_of(page) == PageState.WAITING


def test_refused_page_says_why():
    page = article(topic())
    export(findings=[finding(page, message="It has no heading.")])
    status = status_of(page)
    assert (status.state, status.reason) == (PageState.FAILED, "It has no heading.")


def test_refusal_ends_with_a_change_of_the_page():
    page = article(topic())
    export(findings=[finding(page)], minutes_ago=2)
    publish(page)
    assert state_of(page) == PageState.WAITING
    export(minutes_ago=1)
    assert state_of(page) == PageState.LIVE


def test_refusal_ends_with_the_export_that_no_longer_names_it():
    page = article(topic())
    export(findings=[finding(page)], minutes_ago=3)
    export(findings=[finding(page)], minutes_ago=2)
    assert state_of(page) == PageState.FAILED
    export(minutes_ago=1)
    assert state_of(page) == PageState.LIVE


def test_refusal_stands_while_exports_fail():
    page = article(topic())
    export(findings=[finding(page, message="No heading.")], minutes_ago=2)
    send(failure(minutes_ago=1))
    assert status_of(page).reason == "No heading."


def test_warning_stands_after_an_export_that_did_not_make_the_page():
    page = article(topic())
    export(findings=[finding(page, "warning", "A link was dropped.")], minutes_ago=2)
    export(minutes_ago=1)
    assert status_of(page).warnings == ("A link was dropped.",)


def test_finding_of_one_page_says_nothing_of_another():
    first, second = article(topic(), "first"), article(home(), "second")
    export(findings=[finding(first)])
    assert state_of(second) == PageState.LIVE


def test_warning_does_not_make_a_page_fail():
    page = article(topic())
    export(findings=[finding(page, "warning", "A link was dropped.")])
    status = status_of(page)
    assert (status.state, status.warnings) == (PageState.LIVE, ("A link was dropped.",))


def test_page_that_waits_while_exports_fail_says_why():
    export(minutes_ago=1)
    page = article(topic())
    send(failure("The disk is full."))
    status = status_of(page)
    assert (status.state, status.reason) == (PageState.FAILED, "The disk is full.")


def test_page_that_is_out_does_not_fail_with_the_next_run():
    page = article(topic())
    export(minutes_ago=1)
    send(failure())
    assert state_of(page) == PageState.LIVE


def test_page_published_after_the_held_release_is_held_back():
    old = article(topic(), "old")
    export(release="r1", minutes_ago=3)
    new = article(topic("health"), "new")
    export(release="r2", minutes_ago=2)
    export(release="r2", outcome="held", pinned="r1", minutes_ago=1)
    assert (state_of(old), state_of(new)) == (PageState.LIVE, PageState.HELD)
    assert status_of(new).reason == "r1"

    export(release="r2", reason="resume")
    assert state_of(new) == PageState.LIVE


def test_rollback_itself_does_not_bring_the_newest_pages_to_the_old_release():
    from cms.export_feed.requests import Verb, ask

    export(release="r1", minutes_ago=3)
    new = article(topic(), "new")
    export(release="r2", minutes_ago=2)
    asked = ask(Verb.ROLLBACK, by=None, release="r1")
    export(release="r1", pinned="r1", reason="request", request=asked.pk, minutes_ago=1)
    assert state_of(new) == PageState.HELD


def test_how_long_is_not_claimed_when_older_runs_have_been_forgotten(settings):
    page = article(topic())
    export(minutes_ago=9)
    settings.PLAINLEAF_RUNS_KEPT = 2
    export(minutes_ago=8)
    export(minutes_ago=7)
    assert ExportRun.objects.count() == 2
    status = status_of(page)
    assert (status.state, status.since) == (PageState.LIVE, None)


def test_many_pages_take_no_more_queries_than_two(django_assert_num_queries):
    parents = [topic(f"topic-{n}") for n in range(3)]
    pages = [article(parent, f"{parent.slug}-{n}") for parent in parents for n in range(4)]
    export(findings=[finding(page, "warning") for page in pages])
    pages = list(Page.objects.filter(pk__in=[page.pk for page in pages]))
    now = timezone.now() + timedelta(seconds=1)
    with django_assert_num_queries(17):
        page_statuses(pages[:2], now)
    with django_assert_num_queries(17):
        assert len(page_statuses(pages, now)) == 12


def test_waiting_page_says_when_the_exporter_is_silent():
    export()
    page = article(topic())
    assert status_of(page).reason == ""
    ExporterContact.objects.update(heard_at=timezone.now() - timedelta(minutes=6))
    assert "The exporter seems to have stopped" in status_of(page).reason
    ExporterContact.objects.all().delete()
    assert status_of(page).reason == "No exporter has been heard of yet."
