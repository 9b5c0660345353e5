"""Addresses that mail to moderators leads to. The one to decide with is signed.

Its token is worth nothing without the login of the person it was made for: see
``docs/decisions/links-in-mail-ask-who-you-are.md``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.urls import reverse

from cms.comments.admin.queue_list import comment_url, list_url, reports_url, with_query
from cms.comments.models import ReaderComment
from cms.core.absolute import in_admin

PURPOSE = "plainleaf.comments.decide-by-mail"


class LinkError(Exception):
    """The link is of no use to whoever opened it, for whichever reason."""


class Seen(NamedTuple):
    """The comment that a mail named, as it was then."""

    comment: int
    version: int


def queue_address(**query: Any) -> str:
    return in_admin(list_url(**query))


def reports_address() -> str:
    return in_admin(reports_url())


def comment_address(comment: ReaderComment) -> str:
    return in_admin(comment_url(comment, list=list_url()))


def decide_address(comment: ReaderComment, user: Any) -> str:
    """For this person, to decide once on the comment as it is now."""
    token = signing.dumps([comment.pk, comment.version, user.pk], salt=PURPOSE)
    path = reverse(f"{ReaderComment.snippet_viewset.url_namespace}:by_mail")
    return in_admin(with_query(path, t=token))


def seen_in(token: str, user: Any) -> Seen:
    """What a token of ``user`` names. Raises ``LinkError``."""
    lasts = timedelta(hours=settings.PLAINLEAF_MAIL_LINK_HOURS)
    try:
        comment, version, person = signing.loads(token, salt=PURPOSE, max_age=lasts)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkError from error
    if person != user.pk:
        raise LinkError
    return Seen(comment, version)
