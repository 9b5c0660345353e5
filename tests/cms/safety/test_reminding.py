"""Mail when the review of a page comes nearer: to its owner and the reviewers, each step once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from smtplib import SMTPException

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from wagtail.models import Page, Site

from cms.safety.models import PageVerdict, ReviewReminder
from cms.safety.reminding import remind

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def person(name: str, *groups: str, **values: object) -> User:
    user = User.objects.create_user(name, f"{name}@example.org", **values)
    user.groups.add(*Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def owner() -> User:
    return person("olga", "Editors")


@pytest.fixture
def page(owner: User) -> Page:
    home = Site.objects.get(is_default_site=True).root_page
    child: Page = home.add_child(instance=Page(title="Ketamine", slug="ketamine", owner=owner))
    return child


def due(page: Page, days: int) -> None:
    """Let its review be due so many days after NOW."""
    PageVerdict.objects.update_or_create(
        page_id=page.pk,
        defaults={
            "is_fit": True,
            "next_judgement_on": NOW.date(),
            "judged_at": NOW,
            "review_due": NOW.date() + days * DAY,
        },
    )


def told() -> list[tuple[str, str]]:
    said = [(one.to[0], one.subject.partition("] ")[2]) for one in mail.outbox]
    mail.outbox.clear()
    return sorted(said)


def test_the_owner_and_the_reviewers_hear_of_a_review_that_is_due_soon(page: Page) -> None:
    person("rita", "Reviewers")
    due(page, 25)

    assert remind(NOW) == 2
    assert "Ketamine" in mail.outbox[0].body
    assert f"/admin/pages/{page.pk}/edit/" in mail.outbox[0].body
    assert told() == [
        ("olga@example.org", "reviews of pages: 1 due soon"),
        ("rita@example.org", "reviews of pages: 1 due soon"),
    ]


def test_each_step_is_told_once(page: Page) -> None:
    due(page, 60)
    told_on = []
    for day in range(64):
        remind(NOW + day * DAY)
        remind(NOW + day * DAY + timedelta(hours=1))
        if told():
            told_on.append(60 - day)

    assert told_on == [60, 30, 7, -1]


def test_a_page_that_is_reviewed_begins_anew(page: Page) -> None:
    due(page, 5)
    remind(NOW)
    due(page, 30)
    mail.outbox.clear()

    remind(NOW)

    assert told() == [("olga@example.org", "reviews of pages: 1 due soon")]


def test_a_page_far_from_its_review_is_nobodys_mail(page: Page) -> None:
    due(page, 61)

    assert remind(NOW) == 0


def test_one_mail_tells_of_all_pages(page: Page, owner: User) -> None:
    other = page.get_parent().add_child(instance=Page(title="Sleep", slug="sleep", owner=owner))
    due(page, 5)
    due(other, -3)
    remind(NOW)

    assert told() == [("olga@example.org", "reviews of pages: 1 overdue, 1 due soon")]


def test_who_left_gets_no_mail(page: Page, owner: User) -> None:
    person("rolf", "Reviewers", is_active=False)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    due(page, 5)

    assert remind(NOW) == 0


def test_the_days_are_a_setting(page: Page, settings: object) -> None:
    settings.PLAINLEAF_REVIEW_REMINDER_DAYS = [10]
    due(page, 20)

    assert remind(NOW) == 0
    assert remind(NOW + 10 * DAY) == 1


def test_without_days_only_an_overdue_review_is_told(page: Page, settings: object) -> None:
    settings.PLAINLEAF_REVIEW_REMINDER_DAYS = []
    due(page, 0)

    assert remind(NOW) == 0
    assert remind(NOW + DAY) == 1


def test_what_the_mail_server_did_not_take_is_told_the_next_time(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    due(page, 5)

    def refuse(*args: object, **kwargs: object) -> None:
        raise SMTPException

    with monkeypatch.context() as away:
        away.setattr("cms.core.post.send_mail", refuse)
        assert remind(NOW) == 0
    assert not ReviewReminder.objects.exists()
    assert remind(NOW) == 1


def test_a_title_of_many_lines_stays_one(page: Page) -> None:
    Page.objects.filter(pk=page.pk).update(title="Ketamine\nBcc: all@example.org")
    due(page, 5)
    remind(NOW)

    assert "\nKetamine Bcc: all@example.org\n" in mail.outbox[0].body
