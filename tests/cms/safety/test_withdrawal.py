"""A page is taken off the site at once, and nothing but a person brings it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageLogEntry

from cms.articles.models import ArticlePage
from cms.safety.judged import RefusedToGoLive
from cms.safety.models import Withdrawal
from cms.safety.withdrawal import RefusedToWithdraw, let_back, tell_operators, withdraw
from tests.cms.feed_site import article, home, ids, topic

pytestmark = pytest.mark.django_db

WHY = "The dose was wrong."


@pytest.fixture(autouse=True)
def no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of these tests pass: what takes them off the site here is a person."""
    monkeypatch.setattr("cms.safety.catalogue.RULES", ())


def person(name: str, *groups: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.org")
    user.groups.add(*Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def page() -> ArticlePage:
    return published(article(topic(), "ketamine", live=False))


def published(page: ArticlePage) -> ArticlePage:
    page.save_revision().publish()
    live: ArticlePage = ArticlePage.objects.get(pk=page.pk)
    assert live.live
    return live


def is_live(page: Page) -> bool:
    return Page.objects.get(pk=page.pk).live


def test_readers_lose_it_at_once(page: ArticlePage, client: Client) -> None:
    assert page.pk in ids(client, "page")

    withdraw(page, reason=WHY, by=None)

    assert not is_live(page)
    assert page.pk not in ids(client, "page")


def test_pages_below_it_leave_with_it(page: ArticlePage, client: Client) -> None:
    withdraw(page.get_parent().specific, reason=WHY, by=None)

    assert page.pk not in ids(client, "page")
    assert is_live(page)


def test_no_draft_brings_it_back(page: ArticlePage) -> None:
    withdraw(page, reason=WHY, by=person("olga"))
    page = ArticlePage.objects.get(pk=page.pk)

    with pytest.raises(RefusedToGoLive, match=r"olga took this page off the site.*The dose was"):
        page.save_revision().publish()
    assert not is_live(page)


def test_no_schedule_brings_it_back(page: ArticlePage) -> None:
    page.go_live_at = timezone.now() + timedelta(hours=1)
    revision = page.save_revision()
    revision.publish()
    withdraw(page, reason=WHY, by=None)
    revision.refresh_from_db()
    assert revision.approved_go_live_at is None

    revision.approved_go_live_at = timezone.now() - timedelta(minutes=1)
    revision.save()  # as one that was scheduled at the same moment
    call_command("publish_scheduled", verbosity=0)

    assert not is_live(page)


def test_it_goes_live_again_when_somebody_ended_it_and_published(page: ArticlePage) -> None:
    withdraw(page, reason=WHY, by=None)
    let_back(page, reason="The dose is gone.", by=None)
    assert not is_live(page)

    published(ArticlePage.objects.get(pk=page.pk))


def test_the_history_says_who_and_why(page: ArticlePage) -> None:
    olga = person("olga")
    withdraw(page, reason=WHY, by=olga)
    let_back(page, reason="Mended.", by=olga)

    entries = PageLogEntry.objects.filter(page=page.pk, action__startswith="safety.")
    assert [(entry.message, entry.user) for entry in entries.order_by("pk")] == [
        ("Took it off the site at once: The dose was wrong.", olga),
        ("Ended the withdrawal: Mended.", olga),
    ]


def test_the_operators_get_a_mail(page: ArticlePage, settings: object) -> None:
    settings.PLAINLEAF_ALERT_EMAILS = ["operators@example.org"]
    withdraw(page, reason=WHY, by=person("olga"))
    tell_operators.call(page.pk)

    [told] = mail.outbox
    assert told.to == ["operators@example.org"]
    assert told.subject.endswith("withdrawn: Ketamine")
    assert WHY in told.body
    assert f"/admin/safety/pages/{page.pk}/" in told.body


def test_a_page_that_was_a_draft_all_along_can_be_kept_from_going_live(page: ArticlePage) -> None:
    page.unpublish()
    withdraw(page, reason=WHY, by=None)

    with pytest.raises(RefusedToGoLive):
        ArticlePage.objects.get(pk=page.pk).save_revision().publish()


def url(page: Page, verb: str = "withdraw") -> str:
    return f"/admin/safety/pages/{page.pk}/{verb}/"


@pytest.mark.parametrize("group", ["Editors", "Reviewers"])
def test_whoever_publishes_finds_the_button_and_is_asked_first(
    page: ArticlePage, client: Client, group: str
) -> None:
    client.force_login(person("olga", group))

    assert url(page) in client.get(f"/admin/pages/{page.pk}/edit/").content.decode()
    assert "Nothing brings it back by itself" in client.get(url(page)).content.decode()
    assert is_live(page)
    client.post(url(page), {"reason": WHY})
    assert not is_live(page)
    assert Withdrawal.objects.get(pk=page.pk).reason == WHY
    client.post(url(page, "let-back"), {"reason": "Mended."})
    assert not Withdrawal.objects.exists()


def test_without_a_reason_nothing_happens(page: ArticlePage, client: Client) -> None:
    client.force_login(person("olga", "Editors"))

    assert "This field is required" in client.post(url(page), {"reason": " "}).content.decode()
    assert is_live(page)


def test_the_front_page_of_a_site_is_not_taken_off(client: Client) -> None:
    """All would leave with it, and no export would be left to take anything away."""
    client.force_login(person("olga", "Editors"))
    front = home()
    with pytest.raises(RefusedToWithdraw, match="is the front page of a site"):
        withdraw(front, reason=WHY, by=None)

    said = client.post(url(front), {"reason": WHY}).content.decode()

    assert "is the front page of a site" in said
    assert is_live(front)
    assert not Withdrawal.objects.exists()


def test_nobody_else_takes_a_page_off(page: ArticlePage, client: Client) -> None:
    client.force_login(person("mo", "Moderators"))

    assert client.post(url(page), {"reason": WHY}).status_code == 302
    assert is_live(page)


def test_the_editor_says_that_it_is_off_and_what_the_rules_find(
    page: ArticlePage, client: Client
) -> None:
    client.force_login(person("olga", "Editors"))
    withdraw(page, reason=WHY, by=None)
    shown = client.get(f"/admin/pages/{page.pk}/edit/").content.decode()

    assert "took this page off the site" in shown
    assert "End the withdrawal" in client.get(f"/admin/safety/pages/{page.pk}/").content.decode()


@pytest.mark.parametrize(
    "door",
    [
        "revision.publish()",
        # As the editor does, which calls no method of ours before the page is saved.
        "PublishPageRevisionAction(revision).execute(skip_permission_checks=True)",
    ],
)
def test_a_page_that_is_being_published_at_that_moment_is_off_in_the_end(
    on_postgres: Callable[[str], str], door: str
) -> None:
    said = on_postgres(
        """
        import threading, time
        from wagtail.actions.publish_page_revision import PublishPageRevisionAction
        from django.db import connections
        from cms.articles.models import TopicPage
        from cms.safety import catalogue, judged
        from cms.safety.withdrawal import withdraw
        from wagtail.models import Page, Site

        catalogue.RULES = ()
        home = Site.objects.get(is_default_site=True).root_page
        page = home.add_child(instance=TopicPage(title="Sleep", slug="sleep", summary="Sleep."))
        revision = page.save_revision()
        is_judging = threading.Event()
        judge = judged.judge

        def slowly(*args):
            is_judging.set()
            time.sleep(1)  # between the look at whether it is withdrawn, and the save
            return judge(*args)

        judged.judge = slowly

        def publish():
            try:
                DOOR
            except judged.RefusedToGoLive:
                pass
            connections.close_all()

        publisher = threading.Thread(target=publish)
        publisher.start()
        is_judging.wait()
        withdraw(page, reason="Wrong.", by=None)
        publisher.join()
        print("live" if Page.objects.get(pk=page.pk).live else "off")
        """.replace("DOOR", door)
    )

    assert said.split()[-1] == "off"


def test_form_of_a_withdrawn_page_leads_to_the_end_of_the_withdrawal(
    page: ArticlePage, admin_client: Client
) -> None:
    edit, back = (
        reverse(name, args=[page.pk]) for name in ("wagtailadmin_pages:edit", "safety:let_back")
    )
    assert back not in admin_client.get(edit).text
    withdraw(page, reason=WHY, by=None)
    form = admin_client.get(edit).text
    assert form.count(back) == 2  # above the form, and in the Safety panel
    assert "This page is off the site" in form


def test_report_begins_with_what_a_person_took_off(page: ArticlePage, admin_client: Client) -> None:
    withdraw(page, reason=WHY, by=None)
    report = admin_client.get(reverse("safety:report")).text
    assert "Taken off the site by a person" in report
    assert report.index(WHY) < report.index('id="listing-results"')
