"""Approved comments come up for another look once the article that they are about is another one.

They stay public meanwhile. Why so, and what counts as another one:
docs/decisions/comments-are-looked-at-again-when-their-article-changed.md
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from wagtail.models import Page, Revision

from cms.articles.models import ArticlePage
from cms.articles.reviewed import is_minor_change
from cms.comments.comment_settings import CommentSettings
from cms.comments.models import Action, Channel, Event, ReaderComment, State

WORD = re.compile(r"\w+")


def article_published(instance: Page, revision: Revision | None = None, **kwargs: Any) -> None:
    """Ask for another look at the comments since which too many words of the article changed.

    Not after a change that a reviewer agreed is minor; its words count with the next major one.
    """
    least = CommentSettings.in_force().rereview_percent
    if not least or not isinstance(instance, ArticlePage) or is_minor_change(instance):
        return
    seen = to_ask_about(instance).annotate(seen=Coalesce(F("reviewed_revision"), F("revision")))
    revisions = list(seen.exclude(seen=None).values_list("seen", flat=True).distinct())
    changed = [number for number in revisions if percent_changed(number, instance) >= least]
    ask_again(seen.filter(seen__in=changed), by=None)


def to_ask_about(page: Page) -> QuerySet[ReaderComment]:
    """Its approved comments that do not wait for another look yet."""
    return ReaderComment.objects.filter(page=page.pk, state=State.APPROVED, rereview_since=None)


def ask_again(comments: QuerySet[ReaderComment], *, by: Any) -> int:
    """Bring these up for another look; how many there were. Readers see nothing of it."""
    now, batch = timezone.now(), uuid4()
    with transaction.atomic():
        asked = list(comments.order_by("pk").select_for_update())
        # Past the signal of a save: the site does not change, so nothing is to be exported.
        ReaderComment.objects.filter(pk__in=[one.pk for one in asked]).update(rereview_since=now)
        Event.objects.bulk_create(
            Event(
                comment=comment,
                actor=by,
                action=Action.ASKED_AGAIN,
                from_state=comment.state,
                to_state=comment.state,
                channel=Channel.ADMIN if by else Channel.PUBLISHING,
                version_after=comment.version,
                batch=batch,
            )
            for comment in asked
        )
    return len(asked)


def percent_changed(revision: int, page: ArticlePage) -> float:
    """How many of a hundred words differ between a revision and the page as it is now.

    100 where nobody can tell, as that revision was deleted.
    """
    stored = Revision.objects.filter(pk=revision).first()
    if stored is None:
        return 100.0
    return percent_other(words_of(stored.as_object()), words_of(page))


def percent_other(before: Counter[str], after: Counter[str]) -> float:
    """``"a b c d"`` and ``"a b c e"`` are 25 percent apart, in whatever order the words stand."""
    longest = max(before.total(), after.total())
    return 100 * (1 - (before & after).total() / longest) if longest else 0.0


def words_of(page: ArticlePage) -> Counter[str]:
    body = page.body.stream_block.get_searchable_content(page.body)
    return _counted([page.title, page.summary, *body])


def _counted(texts: Iterable[Any]) -> Counter[str]:
    return Counter(word for text in texts for word in WORD.findall(str(text).casefold()))
