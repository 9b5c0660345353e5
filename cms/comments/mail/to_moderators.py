"""When moderators are told that comments wait, and in which words.

Urgent ones at once, the others now and then together, and a list of other people when nobody looks
at an urgent one. Never a word that a reader wrote, nor a name or an address of one: mail is read
by more programs than its owner. Suspected spam is counted and never a cause.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from cms.comments.admin.reason_words import reasons_in_words
from cms.comments.mail import links
from cms.comments.mail.outbox import OutgoingMail, Purpose, put
from cms.comments.mail.wishes import moderators_who_wish
from cms.comments.models import ReaderComment, State
from cms.comments.report import Report, ReportQuerySet
from cms.core.letters import Letter, one_line
from cms.core.post import operators

# Other things happen to a comment that is urgent already.
BECAME_URGENT = Q(events__to_state=State.URGENT) & ~Q(events__from_state=State.URGENT)
COMMENTS_AT_ONCE = 1000  # told of in one transaction


def tell_of_urgent(key: str, *, by: int | None) -> bool:
    """A comment or a report is urgent: who wishes gets a mail, but for who made it so.

    ``key`` names what happened, once. One mail for all that is urgent: whoever has one waiting
    needs no other. Says whether there is mail to send now.
    """
    users = list(moderators_who_wish("urgent").exclude(pk=by or 0))
    # Locked, so that none of these is sent before this transaction ends, without its news.
    waiting = OutgoingMail.objects.waiting().filter(purpose=Purpose.URGENT, user__in=users)
    told = {mail.user_id for mail in waiting.order_by("pk").select_for_update()}
    now = timezone.now()
    untold = [user for user in users if user.pk not in told]
    for user in untold:
        due_at = _next(user, now)
        put(Purpose.URGENT, key=f"{key}:{user.pk}", now=now, due_at=due_at, user=user)
    return bool(untold)


def _next(user: Any, now: datetime) -> datetime:
    """At once; of a flood, a mail every so often, with all that came meanwhile."""
    gap = timedelta(minutes=settings.PLAINLEAF_MAIL_URGENT_MINUTES)
    last = OutgoingMail.objects.filter(
        purpose=Purpose.URGENT, user=user, settled_at__gt=now - gap
    ).aggregate(last=Max("settled_at"))["last"]
    return last + gap if last else now


def tell_of_new(now: datetime) -> None:
    """Everybody who wishes is told of what came in to review since the last time."""
    if not settings.PLAINLEAF_MAIL_DIGEST_MINUTES:
        return
    recently = now - timedelta(minutes=settings.PLAINLEAF_MAIL_DIGEST_MINUTES)
    if OutgoingMail.objects.filter(purpose=Purpose.DIGEST, made_at__gt=recently).exists():
        return
    with transaction.atomic():
        untold = ReaderComment.objects.filter(state=State.HELD, told_at=None)
        found = list(untold.order_by("pk").select_for_update()[:COMMENTS_AT_ONCE])
        reports = Report.objects.open().filter(told_at=None, is_urgent=False)
        is_news = bool(found) or reports.exists()
        users = list(moderators_who_wish("digest")) if is_news else []
        if not users:
            return
        ReaderComment.objects.filter(pk__in=[comment.pk for comment in found]).update(told_at=now)
        ReaderComment.objects.filter(state=State.SPAM, told_at=None).update(told_at=now)
        reports.update(told_at=now)
        waiting = OutgoingMail.objects.waiting().filter(purpose=Purpose.DIGEST, user__in=users)
        told = {mail.user_id for mail in waiting.order_by("pk").select_for_update()}
        for user in users:
            if user.pk not in told:  # else the one that waits tells of these too
                key = f"{now.isoformat()}:{user.pk}"
                put(Purpose.DIGEST, key=key, now=now, user=user, since=now)


def escalate(now: datetime) -> None:
    """Nobody looked at an urgent comment, or settled an urgent report, for too long: other people
    are told, again and again."""
    addresses = escalation_addresses()
    every = timedelta(minutes=settings.PLAINLEAF_MAIL_ESCALATE_MINUTES)
    if not every or not addresses:
        return
    lasts = every * (settings.PLAINLEAF_MAIL_ESCALATE_TIMES + 1)
    with transaction.atomic():
        unseen = unseen_urgent(now).filter(
            Q(told_at=None)
            | Q(told_at__lt=F("urgent_at"))
            | Q(told_at__lte=now - every, urgent_at__gt=now - lasts)
        )
        numbers = list(unseen.values_list("pk", flat=True)[:COMMENTS_AT_ONCE])
        list(ReaderComment.objects.lock(numbers))
        numbers = list(unseen.filter(pk__in=numbers).values_list("pk", flat=True))
        reports = open_urgent(now).filter(
            Q(told_at=None) | Q(told_at__lte=now - every, received_at__gt=now - lasts)
        )
        if not (reports.update(told_at=now) or numbers):
            return
        ReaderComment.objects.filter(pk__in=numbers).update(told_at=now)
        waiting = OutgoingMail.objects.waiting().filter(purpose=Purpose.ESCALATION)
        told = {mail.address for mail in waiting.order_by("pk").select_for_update()}
        for address in addresses:
            if address not in told:
                key = f"{now.isoformat()}:{address}"
                put(Purpose.ESCALATION, key=key, now=now, address=address)


def escalation_addresses() -> list[str]:
    """Who hears when moderators do not; those who look after exports where nobody is named."""
    named: list[str] = settings.PLAINLEAF_ESCALATION_EMAILS
    return named or operators()


def unseen_urgent(now: datetime) -> QuerySet[ReaderComment]:
    """Urgent for longer than moderators have, the longest first, and no person looked."""
    every = timedelta(minutes=settings.PLAINLEAF_MAIL_ESCALATE_MINUTES)
    became_urgent = Max("events__at", filter=BECAME_URGENT)
    return (
        ReaderComment.objects.filter(state=State.URGENT, seen_at=None)
        .annotate(urgent_at=became_urgent)
        .filter(urgent_at__lte=now - every)
        .order_by("urgent_at", "pk")
    )


def open_urgent(now: datetime) -> ReportQuerySet:
    """Reports that tell of a crisis, and that nobody settled in the time that moderators have."""
    every = timedelta(minutes=settings.PLAINLEAF_MAIL_ESCALATE_MINUTES)
    urgent: ReportQuerySet = Report.objects.open().filter(is_urgent=True)
    return urgent.filter(received_at__lte=now - every)


def urgent(mail: OutgoingMail) -> Letter | None:
    if not _may_hear(mail, "urgent"):
        return None
    comments = _shown(ReaderComment.objects.filter(state=State.URGENT).order_by("-pk"))
    reports = Report.objects.open().filter(is_urgent=True).count()
    if not (comments["count"] or reports):
        return None
    return _letter(
        mail.user.email,
        f"Urgent: {_counted_together(comments['count'], reports)}",
        "urgent",
        comments=comments,
        reports=reports,
        user=mail.user,
        queue_url=links.queue_address(tab="urgent"),
    )


def digest(mail: OutgoingMail) -> Letter | None:
    """What came in since, as far as nobody decided on it meanwhile."""
    if not _may_hear(mail, "digest"):
        return None
    came_in = ReaderComment.objects.filter(told_at__gte=mail.since)
    comments = _shown(came_in.filter(state=State.HELD).order_by("pk"))
    reports = Report.objects.open().filter(told_at__gte=mail.since).count()
    if not (comments["count"] or reports):
        return None
    waiting = ReaderComment.objects.waiting().count()
    return _letter(
        mail.user.email,
        f"{_counted_together(comments['count'], reports)} to review",
        "digest",
        comments=comments,
        reports=reports,
        user=mail.user,
        waiting=waiting,
        spam=came_in.filter(state=State.SPAM).count(),
        queue_url=links.queue_address(),
    )


def escalation(mail: OutgoingMail) -> Letter | None:
    now = max(mail.made_at, timezone.now())
    comments, reports = _shown(unseen_urgent(now)), open_urgent(now).count()
    if not (comments["count"] or reports):
        return None
    return _letter(
        mail.address,
        f"Nobody looked: {_counted_together(comments['count'], reports, 'urgent ')}",
        "escalation",
        comments=comments,
        reports=reports,
        user=None,
        minutes=settings.PLAINLEAF_MAIL_ESCALATE_MINUTES,
        queue_url=links.queue_address(tab="urgent"),
    )


def _may_hear(mail: OutgoingMail, wish: Any) -> bool:
    return moderators_who_wish(wish).filter(pk=mail.user_id).exists()


def _shown(comments: QuerySet[ReaderComment]) -> dict[str, Any]:
    """The first of them, and how many there are in all."""
    most = settings.PLAINLEAF_MAIL_COMMENTS_NAMED
    first = comments.select_related("page").prefetch_related("reasons")[:most]
    return {"count": comments.count(), "first": list(first)}


def _letter(to: str, subject: str, template: str, /, **context: Any) -> Letter:
    shown, user = context.pop("comments"), context.pop("user")
    lines = [_line(comment, user) for comment in shown["first"]]
    body = render_to_string(
        f"comments/mail/{template}.txt",
        {
            "count": shown["count"],
            "lines": lines,
            "more": shown["count"] - len(lines),
            "reports_url": links.reports_address(),
            "hours": settings.PLAINLEAF_MAIL_LINK_HOURS,
            **context,
        },
    )
    return Letter(to=to, subject=subject, body=body)


def _line(comment: ReaderComment, user: Any) -> dict[str, Any]:
    """What may be said of one comment: where it stands, why it waits, since when."""
    return {
        "title": one_line(comment.page.title) if comment.page else "",
        "why": [one_line(reason) for reason in reasons_in_words(comment)],
        "received_at": comment.received_at,
        "url": links.decide_address(comment, user) if user else links.comment_address(comment),
    }


def _counted_together(comments: int, reports: int, kind: str = "") -> str:
    """``"2 reader comments and 1 report"``"""
    said = [(comments, f"{kind}reader comment"), (reports, f"{kind}report")]
    return " and ".join(_counted(count, noun) for count, noun in said if count)


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
