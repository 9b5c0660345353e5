"""Who reviewed what readers get stays; versions that name somebody who is gone still open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from cms.articles.models import ArticlePage, Person
from tests.cms.review_site import decide, draft, edit, editor, newest, reviewer, submit, text
from tests.cms.safety.articles import day

pytestmark = pytest.mark.django_db


@pytest.fixture
def eve():
    return editor()


@pytest.fixture
def ada():
    return reviewer()


def approve(by, page, eve) -> ArticlePage:
    decide(by, submit(page, eve), "review", next_review_due=day(100), comment="")
    return ArticlePage.objects.get(pk=page.pk)


def test_reviewer_of_a_live_page_stays(eve, ada):
    approve(ada, draft(eve, title="Rest"), eve)
    names = "“Dr Ada Brown” is the reviewer of “Rest”"
    with pytest.raises(ProtectedError, match=names), transaction.atomic():
        ada.person.delete()
    with pytest.raises(ProtectedError), transaction.atomic():
        Person.objects.all().delete()
    assert Person.objects.filter(pk=ada.person.pk).exists()


def test_reviewer_of_a_scheduled_version_stays_while_it_is_scheduled(eve, ada):
    bo = reviewer("bo")
    page = approve(ada, draft(eve), eve)
    edit(page, eve, body=text("New."), go_live_at=timezone.now() + timedelta(days=1))
    approve(bo, page, eve)
    with pytest.raises(ProtectedError, match="Dr Bo Brown"), transaction.atomic():
        bo.person.delete()
    Revision.objects.update(approved_go_live_at=None)
    bo.person.delete()
    assert ArticlePage.objects.get(pk=page.pk).reviewer == ada.person


def test_admin_says_why_a_person_is_not_deleted(eve, ada, admin_client):
    approve(ada, draft(eve), eve)
    address = reverse("wagtailsnippets_articles_person:delete", args=[ada.person.pk])
    answer = admin_client.post(address, follow=True)
    [message] = answer.context["messages"]
    assert "is the reviewer of" in str(message)
    assert Person.objects.filter(pk=ada.person.pk).exists()


def test_old_version_opens_without_the_reviewer_who_is_gone(eve, ada, admin_client):
    page = approve(ada, draft(eve), eve)
    old = page.live_revision
    edit(page, eve, body=text("New."))
    page = approve(reviewer("bo"), page, eve)
    ada.person.delete()
    for name, args in (
        ("revisions_revert", [page.pk, old.pk]),
        ("revisions_compare", [page.pk, old.pk, page.latest_revision_id]),
        ("edit", [page.pk]),
        ("history", [page.pk]),
    ):
        address = reverse(f"wagtailadmin_pages:{name}", args=args)
        assert admin_client.get(address).status_code == 200, name


def test_draft_of_a_reviewer_who_is_gone_waits_for_a_review_again(eve, ada, admin_client):
    page = approve(ada, draft(eve), eve)
    page.unpublish()
    ada.person.delete()
    one = newest(page)
    assert one.reviewer is None
    for name in ("wagtailadmin_pages:edit", "safety:page"):
        assert admin_client.get(reverse(name, args=[page.pk])).status_code == 200
