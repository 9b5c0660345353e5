"""What holds for the comments of one page, now and at an earlier time."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from wagtail.models import Page, PageLogEntry, Revision

from cms.articles.models import ArticlePage
from cms.comments.asked_once import once
from cms.comments.models import CommentSettings
from cms.core.commenting import Commenting, Mode, SiteCommenting

PUBLISHED = "wagtail.publish"
NOT_AT_ALL = Commenting(Mode.HIDDEN, None)  # a page that is no article shows no comments


def commenting_of(page: Page) -> Commenting:
    """As it is now."""
    article = page.specific
    if not isinstance(article, ArticlePage):
        return NOT_AT_ALL
    return CommentSettings.in_force().commenting.on(
        article.comments_mode, article.comments_close_on, article.last_published_at
    )


def was_open(page: Page, at: datetime) -> bool:
    """Whether readers could send comments then.

    The page is taken as it was published then. What held for the whole site is known since it was
    last changed; of the time before, what the edge let in is believed.
    """
    article = page.specific
    if not isinstance(article, ArticlePage):
        return False
    settings = settings_now()
    site = settings.commenting
    if settings.mode_since and at < settings.mode_since:
        site = SiteCommenting(Mode.OPEN, 0)
    mode, close_on = article.comments_mode, article.comments_close_on
    if article.last_published_at and at < article.last_published_at:
        mode, close_on = _said_at(article, at)
    return site.on(mode, close_on, article.last_published_at).is_open_at(at)


def revision_at(page: Page, at: datetime) -> int | None:
    """The revision that readers had before them."""
    revision = _revision_before(page, at)
    return page.live_revision_id if revision is None else revision


def commenting_in_words(page: Page) -> str:
    """For a moderator: ``"Takes comments until 1 March 2027."``"""
    commenting = commenting_of(page)
    if commenting.mode == Mode.HIDDEN:
        return "Shows no comments."
    if commenting.close_on is None:
        return "Takes comments." if commenting.mode == Mode.OPEN else "Takes no more comments."
    day = f"{commenting.close_on:%-d %B %Y}"
    if commenting.is_open_at(timezone.now()):
        return f"Takes comments until {day}."
    return f"Takes no more comments since {day}."


def _said_at(article: ArticlePage, at: datetime) -> tuple[str, date | None]:
    """Mode and closing day in the version that was published last before then."""
    revision = Revision.objects.filter(pk=_revision_before(article, at)).first()
    if revision is None:
        return article.comments_mode, article.comments_close_on
    version = revision.as_object()
    return version.comments_mode, version.comments_close_on


def _revision_before(page: Page, at: datetime) -> int | None:
    """What had been published last by then, where that is known."""
    return next((revision for since, revision in _publications(page) if since <= at), None)


@once
def _publications(page: Page) -> list[tuple[datetime, int]]:
    """When which revision was published, the newest first."""
    entries = PageLogEntry.objects.filter(page=page, action=PUBLISHED).exclude(revision=None)
    return list(entries.order_by("-timestamp").values_list("timestamp", "revision_id"))


@once
def settings_now() -> CommentSettings:
    return CommentSettings.in_force()
