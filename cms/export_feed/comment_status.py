"""Whether what moderators decided is what readers get, comment by comment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Min
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from wagtail.models import Page

from cms.comments.models import ReaderComment, State
from cms.core.site import sites_of
from cms.export_feed.models import Change
from cms.export_feed.page_status import (
    Exports,
    LastChange,
    PageState,
    exports_of,
    last_numbers,
    public_among,
)
from cms.export_feed.site_status import DEFAULT_SITE

MOST_ASKED_IN_A_SECOND = 2  # by all rows of a list together, however many of them wait


class CommentState(StrEnum):
    LIVE = "live"
    WAITING = "waiting"
    CHANGING = "changing"  # readers get an earlier version of it
    HELD = "held"
    FAILED = "failed"
    LEAVING = "leaving"
    NOT_PUBLIC = "not_public"


class CommentStatus(NamedTuple):
    """``since`` is when readers first got it as it is now, where that is known; ``reason`` why
    they do not get it."""

    state: CommentState
    since: datetime | None = None
    reason: str = ""

    @property
    def is_settled(self) -> bool:
        """False while the next run of the exporter may make it another."""
        return self.state in {CommentState.LIVE, CommentState.NOT_PUBLIC, CommentState.HELD}


def comment_fragments(comments: Sequence[ReaderComment]) -> dict[int, SafeString]:
    """What a row of the queue says of each, where there is something to say."""
    now = timezone.now()
    statuses = comment_statuses(comments, now)
    unsettled = sum(not status.is_settled for status in statuses.values())
    every = max(1, unsettled // MOST_ASKED_IN_A_SECOND)
    return {
        number: render_to_string(
            "export_feed/comment_status.html",
            {"comment_id": number, "status": status, "every": every},
        )
        for number, status in statuses.items()
    }


def comment_statuses(
    comments: Iterable[ReaderComment], now: datetime
) -> Mapping[int, CommentStatus]:
    """By number, in a number of queries that does not grow with the comments; without those that
    never concerned readers."""
    comments = list(comments)
    changes = Change.objects.filter(kind="comment", object_id__in=[one.pk for one in comments])
    last = last_numbers(changes)
    concerned = [one for one in comments if one.pk in last or one.state == State.APPROVED]
    if not concerned:
        return {}
    first = dict(
        changes.order_by()
        .values_list("object_id")
        .annotate(first=Min("number"))
        .exclude(first=None)
    )
    ids = [one.pk for one in concerned]
    shown = set(ReaderComment.objects.publishable().filter(pk__in=ids).values_list("pk", flat=True))
    pages = Page.objects.filter(pk__in={one.page_id for one in concerned if one.page_id})
    sites = sites_of(dict(pages.values_list("pk", "url_path")))
    exports: dict[int | None, Exports] = dict(exports_of(sites, now).items())
    if any(one.page_id is None for one in concerned):
        exports[None] = Exports.about((), now, DEFAULT_SITE)
    public = public_among(sites, now)
    return {
        one.pk: _status_of(
            one,
            exports[one.page_id],
            LastChange(own=last.get(one.pk, 0), nearby=last.get(one.pk, 0)),
            first.get(one.pk),
            is_shown=one.pk in shown and one.page_id in public,
        )
        for one in concerned
    }


def _status_of(
    comment: ReaderComment,
    exports: Exports,
    change: LastChange,
    first: int | None,
    *,
    is_shown: bool,
) -> CommentStatus:
    served = exports.served
    if not is_shown or comment.page is None:
        is_there = served is not None and change.own > served.journal_number
        return CommentStatus(CommentState.LEAVING if is_there else CommentState.NOT_PUBLIC)
    found = exports.of_public(comment.page, change)
    if found.state != PageState.WAITING:
        return CommentStatus(CommentState(found.state), found.since, found.reason)
    was_there = served is not None and first is not None and first <= served.journal_number
    return CommentStatus(
        CommentState.CHANGING if was_there else CommentState.WAITING, reason=found.reason
    )
