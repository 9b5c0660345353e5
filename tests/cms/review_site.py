"""People and articles for the tests of the clinical review."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from wagtail.models import Page, TaskState

from cms.articles.models import ArticlePage, Person
from cms.core.groups import EDITORS, REVIEWERS
from cms.review.seen import seen_as
from tests.cms.feed_site import article, topic


def user(name: str, *groups: str) -> User:
    one = User.objects.create_user(name)
    one.groups.add(*Group.objects.filter(name__in=groups))
    return one


def person(of: User | None = None, **values: Any) -> Person:
    values = {"name": "Dr Ada Brown", "role": "Pharmacist", "credential": "MPharm", **values}
    return Person.objects.create(user=of, **values)


def reviewer(name: str = "ada", **values: Any) -> User:
    one = user(name, REVIEWERS)
    person(one, **{"name": f"Dr {name.title()} Brown", **values})
    return one


def editor(name: str = "eve") -> User:
    return user(name, EDITORS)


def draft(by: User, parent: Page | None = None, **fields: Any) -> ArticlePage:
    """An article that was never public, written by its owner."""
    one = article(
        parent or topic(), **{"live": False, "owner": by, "body": text("Rest."), **fields}
    )
    one.save_revision(user=by)
    return newest(one)


def text(words: str) -> list[Any]:
    return [("rich_text", f"<p>{words}</p>")]


def newest(page: Page) -> Any:
    return Page.objects.get(pk=page.pk).get_latest_revision_as_object()


def edit(page: Page, by: User, **values: Any) -> ArticlePage:
    one = newest(page)
    for name, value in values.items():
        setattr(one, name, value)
    one.save_revision(user=by)
    return newest(page)


def submit(page: Page, by: User) -> TaskState:
    """Into the workflow that stands above the page."""
    fresh = newest(page)
    state = fresh.get_workflow().start(fresh, by)
    return state.current_task_state.specific


def actions_of(user: User, page: Page) -> list[str]:
    one = newest(page)
    return [name for name, _, _ in one.current_workflow_task.get_actions(one, user)]


def decide(by: User, state: TaskState, action: str, **data: Any) -> None:
    """On the newest version, where no other ``revision`` is said to have been seen."""
    data = {"revision": seen(state.workflow_state.content_object), **data}
    state.task.specific.on_action(state, by, action, **data)


def seen(page: Page) -> str:
    """What a form that is opened now says about the version it shows."""
    return seen_as(newest(page).latest_revision)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def dialog(by: User, page: Page, state: TaskState, action: str, **data: Any) -> HttpResponse:
    """What the dialog of the dashboard sends; the answer is after all redirects."""
    data = {"revision": seen(page), **data}
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, action, state.pk])
    return browser_of(by).post(address, data, follow=True)
