"""Mail to those who look after a page, when its review is due: each step is told once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from wagtail.models import Page

from cms.core.absolute import in_admin
from cms.core.groups import REVIEWERS
from cms.core.letters import one_line
from cms.core.post import send
from cms.safety.grounds import day_of
from cms.safety.models import PageVerdict, ReviewReminder


class Told(NamedTuple):
    """A page, and the step that it has come to."""

    page: Page
    due_on: date
    days_before: int


def remind(now: datetime) -> int:
    """Tell the owner of each live page, and the reviewers, of a review that comes nearer.

    One mail a person with all that is new to them; how many mails the server took. What it did
    not take is told the next time.
    """
    told_of = list(steps(day_of(now)))
    reviewers = list(_reviewers()) if told_of else []
    to_whom: dict[Any, list[Told]] = {}
    for told in told_of:
        owner = told.page.owner
        people = [*reviewers, *([owner] if owner and owner.is_active and owner.email else [])]
        for user in dict.fromkeys(people):
            to_whom.setdefault(user, []).append(told)
    return sum(_remind(user, theirs) for user, theirs in to_whom.items())


def steps(today: date) -> Iterator[Told]:
    """Of each live page whose review is due soon, the last step that it has come to.

    ``[60, 30, 7]``: one that is due in 20 days is at the step of 30; one that is past, at 0.
    """
    days = sorted(one for one in settings.PLAINLEAF_REVIEW_REMINDER_DAYS if one)
    until = today + timedelta(days=days[-1] if days else -1)  # the day itself is not over yet
    verdicts = PageVerdict.objects.filter(review_due__lte=until)
    for verdict in verdicts.select_related("page__owner").order_by("review_due", "pk"):
        left = (verdict.review_due - today).days
        step = 0 if left < 0 else next(one for one in days if left <= one)
        yield Told(verdict.page, verdict.review_due, step)


def _remind(user: Any, told_of: list[Told]) -> bool:
    """Claimed before it is sent, so that nobody sends it as well."""
    new = [told for told in told_of if _claimed(user, told)]
    if not new:
        return False
    if send(_subject(new), _body(new), [user.email]):
        return True
    for told in new:
        _rows(user, told).delete()
    return False


def _claimed(user: Any, told: Told) -> bool:
    """Whether this person was told of neither this step nor a later one."""
    past = ReviewReminder.objects.filter(
        page_id=told.page.pk, due_on=told.due_on, user=user, days_before__lte=told.days_before
    )
    if past.exists():
        return False
    try:
        with transaction.atomic():
            ReviewReminder.objects.create(
                page_id=told.page.pk, due_on=told.due_on, days_before=told.days_before, user=user
            )
    except IntegrityError:  # another process was faster
        return False
    return True


def _rows(user: Any, told: Told) -> QuerySet[ReviewReminder]:
    return ReviewReminder.objects.filter(
        page_id=told.page.pk, due_on=told.due_on, days_before=told.days_before, user=user
    )


def _reviewers() -> QuerySet[Any]:
    users: QuerySet[Any] = (
        get_user_model()
        .objects.filter(groups__name=REVIEWERS, is_active=True)
        .exclude(email="")
        .order_by("pk")
    )
    return users


def _subject(told_of: list[Told]) -> str:
    overdue = sum(told.days_before == 0 for told in told_of)
    due = len(told_of) - overdue
    said = [f"{overdue} overdue"] if overdue else []
    said += [f"{due} due soon"] if due else []
    return f"reviews of pages: {', '.join(said)}"


def _body(told_of: list[Told]) -> str:
    pages = [
        {
            "title": one_line(told.page.title),
            "due_on": told.due_on,
            "is_overdue": told.days_before == 0,
            "url": in_admin(reverse("wagtailadmin_pages:edit", args=[told.page.pk])),
        }
        for told in told_of
    ]
    report = in_admin(f"{reverse('safety:report')}?state=due")
    return render_to_string("safety/mail/reviews.txt", {"pages": pages, "report_url": report})
