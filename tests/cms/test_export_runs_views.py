"""The admin's pages about the export: who sees them, what they say, what can be asked for."""

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from cms.core.groups import EDITORS, MODERATORS, REVIEWERS
from cms.export_feed.models import ExporterContact, ExportRequest, ExportRun
from cms.export_feed.requests import Verb, ask
from tests.cms.export_site import export, failure, finding, member, release, report, send
from tests.cms.feed_site import article, home, topic

pytestmark = pytest.mark.django_db

INDEX = reverse("site_export:index")


@pytest.fixture
def editor() -> Client:
    return member(EDITORS)


def words(answer) -> str:
    """What a person reads, with single spaces."""
    assert answer.status_code == 200, answer
    return " ".join(unescape(strip_tags(answer.content.decode())).split())


def status_words(client: Client) -> str:
    return words(client.get(reverse("site_export:results")))


@pytest.mark.parametrize(
    ("group", "may_view", "may_operate"),
    [(EDITORS, True, True), (REVIEWERS, True, False), (MODERATORS, False, False)],
)
def test_who_sees_and_who_operates(group, may_view, may_operate):
    export(releases=[release("r1", is_current=True), release("r0")])
    client = member(group)
    run = reverse("site_export:run", args=[ExportRun.objects.get().pk])
    for address in (INDEX, reverse("site_export:results"), run):
        assert (client.get(address).status_code == 200) is may_view
    assert ("Site export" in client.get(reverse("wagtailadmin_home")).content.decode()) is may_view
    for verb in ("export", "rollback", "resume"):
        client.post(reverse(f"site_export:{verb}"), {"release": "r0"})
    assert ExportRequest.objects.count() == (3 if may_operate else 0)
    if may_view:
        page = client.get(INDEX).content.decode()
        assert ("Export now" in page, "Roll back to this" in page) == (may_operate, may_operate)


def test_nobody_who_is_not_logged_in_sees_anything():
    assert Client().get(INDEX).status_code == 302


def test_superuser_may_everything():
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(INDEX).status_code == 200
    client.post(reverse("site_export:export"))
    assert ExportRequest.objects.get().asked_by.username == "root"


def test_says_that_nothing_was_exported(editor):
    assert "Nothing has been exported yet." in status_words(editor)


def test_says_since_when_the_site_is_live(editor):
    export()
    assert "Live since" in status_words(editor)
    assert "Readers get release r1" in status_words(editor)


def test_times_are_in_the_time_zone_of_the_user(editor):
    from wagtail.users.models import UserProfile

    export()
    profile = UserProfile.get_for_user(User.objects.get())
    profile.current_time_zone = "Asia/Kathmandu"
    profile.save()
    run = ExportRun.objects.get()
    from zoneinfo import ZoneInfo

    there = run.finished_at.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert f"{there:%H:%M}" in status_words(editor)


def test_says_how_much_waits(editor):
    export(minutes_ago=1)
    topic("one")
    topic("two")
    assert "Waiting: 2 changes are not on the site yet." in status_words(editor)


def test_says_why_an_export_failed(editor):
    send(failure("Pages 12 and 40 both want 'about/index.html'. Change one slug."))
    assert "Failed because: Pages 12 and 40 both want 'about/index.html'." in status_words(editor)


def test_says_that_a_rollback_holds_the_site(editor):
    held = [release("r2"), release("r1", is_current=True, is_pinned=True)]
    export(release="r2", outcome="held", pinned="r1", releases=held)
    told = status_words(editor)
    assert "Held at release r1 by a rollback." in told
    assert "Resume…" in told


def test_says_that_the_exporter_seems_stopped(editor):
    export()
    ExporterContact.objects.update(heard_at=timezone.now() - timedelta(minutes=20))
    assert "The exporter seems to have stopped." in status_words(editor)


def test_findings_lead_to_the_editor(editor):
    page = article(topic())
    export(findings=[finding(page, message="It has no heading.")], finding_count=1)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    run = reverse("site_export:run", args=[ExportRun.objects.get().pk])
    for address in (INDEX, run):
        answer = editor.get(address)
        assert "It has no heading." in words(answer)
        assert f'href="{edit}"' in answer.content.decode()


def test_site_is_not_called_live_without_its_refused_pages(editor):
    page, _ = article(topic(), "ketamine"), article(home(), "aspirin")
    export(findings=[finding(page, message="It has no heading.")], minutes_ago=2)
    told = status_words(editor)
    assert "but for 1 page. Readers keep its last good version" in told
    assert told.count("It has no heading.") == 1
    assert "Ketamine: It has no heading." in told
    assert "Readers have everything that is published." not in told
    at_home = words(editor.get(reverse("wagtailadmin_home")))
    assert "Ketamine: It has no heading." in at_home

    export(minutes_ago=1)
    assert "Readers have everything that is published." in status_words(editor)
    assert "It has no heading." not in words(editor.get(reverse("wagtailadmin_home")))


def test_refused_page_is_no_longer_told_when_it_was_published_again(editor):
    page = article(topic())
    export(findings=[finding(page)], minutes_ago=2)
    page.save_revision().publish()
    assert "Refused" not in status_words(editor)
    export(minutes_ago=1)
    assert "Readers have everything that is published." in status_words(editor)


def test_finding_about_a_deleted_page_has_no_link(editor):
    page = article(topic())
    export(findings=[finding(page, message="It has no heading.")], finding_count=1)
    page.delete()
    answer = editor.get(reverse("site_export:run", args=[ExportRun.objects.get().pk]))
    assert "It has no heading." in words(answer)
    assert f"/pages/{page.pk}/edit/" not in answer.content.decode()


def test_what_the_exporter_says_is_never_markup(editor):
    send(failure("<script>alert(1)</script>", findings=[finding(None, message="<b>x</b>")]))
    run = reverse("site_export:run", args=[ExportRun.objects.get().pk])
    for address in (INDEX, run):
        page = editor.get(address).content.decode()
        assert "<script>alert(1)" not in page
        assert "<b>x</b>" not in page


def test_run_that_has_more_findings_than_it_sent_says_so(editor):
    export(findings=[finding()], finding_count=900)
    told = words(editor.get(reverse("site_export:run", args=[ExportRun.objects.get().pk])))
    assert "The export had 900 findings. These are the first 1." in told


def test_rolling_back_is_confirmed_first(editor):
    export(releases=[release("r2", is_current=True), release("r1")])
    address = reverse("site_export:rollback")
    told = words(editor.get(f"{address}?release=r1"))
    assert "Readers get the site as it was when release r1 was made" in told
    assert not ExportRequest.objects.exists()

    answer = editor.post(address, {"release": "r1"}, follow=True)
    assert "Asked the exporter to roll the site back." in words(answer)
    assert "Roll back r1" in words(answer)
    request = ExportRequest.objects.get()
    assert (request.verb, request.release, request.asked_by.username) == (
        "rollback",
        "r1",
        "editors",
    )


@pytest.mark.parametrize("method", ["get", "post"])
def test_release_that_is_gone_cannot_be_chosen(editor, method):
    export()
    ask = getattr(editor, method)
    answer = ask(reverse("site_export:rollback"), {"release": "r0"}, follow=True)
    assert "The exporter has no release 'r0' any more." in words(answer)
    assert not ExportRequest.objects.exists()


def test_rollback_that_could_not_be_done_is_told(editor):
    export(minutes_ago=1)
    asked = ask(Verb.ROLLBACK, by=None, release="r0")
    send(failure("There is no release 'r0'.", request=asked.pk, reason="request"))
    told = status_words(editor)
    assert "Readers have everything that is published." in told
    assert "The site was not rolled back to r0. There is no release 'r0'." in told


def test_looking_asks_for_nothing(editor):
    export()
    for verb in ("export", "resume"):
        assert editor.get(reverse(f"site_export:{verb}")).status_code == 200
    assert not ExportRequest.objects.exists()


def test_home_tells_who_may_act_when_something_is_wrong(editor):
    at_home = reverse("wagtailadmin_home")
    export(minutes_ago=2)
    assert "Failed because" not in words(editor.get(at_home))
    send(failure("The disk is full.", minutes_ago=1))
    assert "The disk is full." in words(editor.get(at_home))
    assert "The disk is full." not in words(member(REVIEWERS).get(at_home))
    assert "The disk is full." not in words(member(MODERATORS).get(at_home))


def test_editor_of_a_page_says_where_it_stands(editor):
    page = article(topic())
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    waiting = editor.get(address)
    assert "Waiting for the next export" in words(waiting)
    assert f'src="/admin/site-export/pages/{page.pk}/" every="1"' in waiting.content.decode()

    export()
    live = editor.get(address)
    assert "Live since" in words(live)
    assert 'href="https://www.plainleaf.test/medicines/ketamine/"' in live.content.decode()
    assert f"/admin/site-export/pages/{page.pk}/" not in live.content.decode()


def test_fragment_of_a_page_is_what_the_script_shows(editor):
    page = article(topic())
    address = reverse("site_export:page", args=[page.pk])
    assert "Waiting for the next export" in words(editor.get(address))
    export()
    answer = editor.get(address)
    assert "Live since" in words(answer)
    assert "src=" not in answer.content.decode()
    assert "View on the site" in words(answer)


def test_fragment_of_a_page_is_for_those_who_find_it_in_the_admin():
    page = article(topic())
    address = reverse("site_export:page", args=[page.pk])
    assert member(REVIEWERS).get(address).status_code == 200
    assert member(MODERATORS).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_list_of_pages_says_where_each_stands(editor):
    medicines = topic()
    live = article(medicines, "ketamine")
    export(findings=[finding(live, message="It has no heading.")])
    article(medicines, "aspirin")
    article(medicines, "draft", live=False)
    told = words(editor.get(reverse("wagtailadmin_explore", args=[medicines.pk])))
    assert told.count("Waiting for the next export") == 1
    assert "Failed: It has no heading." in told


def test_list_of_pages_asks_once_for_all_rows(editor, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries_of(parent) -> int:
        editor.get(reverse("wagtailadmin_explore", args=[parent.pk]))
        with CaptureQueriesContext(connection) as asked:
            editor.get(reverse("wagtailadmin_explore", args=[parent.pk]))
        return sum("export_feed_" in query["sql"] for query in asked)

    few, many = topic("few"), topic("many")
    for n in range(2):
        article(few, f"few-{n}")
    for n in range(8):
        article(many, f"many-{n}")
    export()
    assert queries_of(few) == queries_of(many)


def test_rows_that_wait_ask_no_more_than_twice_a_second_together(editor):
    medicines = topic()
    for n in range(8):
        article(medicines, f"page-{n}")
    page = editor.get(reverse("wagtailadmin_explore", args=[medicines.pk])).content.decode()
    assert page.count('?short" every="4"') == 8


def test_page_outside_the_site_is_not_public(editor):
    assert "Not public" in words(
        editor.get(reverse("wagtailadmin_pages:edit", args=[article(home(), live=False).pk]))
    )


def test_held_run_is_told_in_the_list_of_runs(editor):
    send(report(outcome="held", pinned="r0", release="r2"))
    assert "Held by a rollback" in status_words(editor)


def test_open_request_can_be_withdrawn(editor):
    export()
    editor.post(reverse("site_export:resume"))
    address = reverse("site_export:withdraw", args=[ExportRequest.objects.get().pk])
    assert f'href="{address}"' in editor.get(INDEX).content.decode()
    assert "“Resume” was asked for just now" in words(editor.get(address))
    assert ExportRequest.objects.exists()
    assert "no longer asked for it" in words(editor.post(address, follow=True))
    assert not ExportRequest.objects.exists()


def test_answered_request_cannot_be_withdrawn(editor):
    editor.post(reverse("site_export:resume"))
    request = ExportRequest.objects.get()
    export(request=request.pk)
    address = reverse("site_export:withdraw", args=[request.pk])
    assert editor.get(address).status_code == 404
    assert "has answered already" in words(editor.post(address, follow=True))
    assert ExportRequest.objects.exists()


def test_only_who_operates_may_withdraw():
    request = ExportRequest.objects.create(verb="export")
    for group in (REVIEWERS, MODERATORS):
        member(group).post(reverse("site_export:withdraw", args=[request.pk]))
    assert ExportRequest.objects.exists()


def test_groups_can_be_given_the_permissions():
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    group = Group.objects.get(name=MODERATORS)
    page = words(client.get(reverse("wagtailusers_groups:edit", args=[group.pk])))
    assert "Can export now, roll the site back and resume" in page
