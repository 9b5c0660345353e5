"""Where on the site a comment is: its page may show as many as follow on pages of their own."""

from __future__ import annotations

from django.db.models import Case, F, Q, When

from cms.comments.models import CommentSettings, ReaderComment, State


def public_address(comment: ReaderComment) -> str:
    """``"https://example.org/ketamine/comments/2/#comment-8"``; empty where no reader finds it.

    As of the next export. When an earlier comment leaves, a later one may move up by a page.
    """
    shown = (
        ReaderComment.objects.publishable()
        .filter(page=comment.page_id)
        # What is left of an erased one has the time of its reply: see the export feed.
        .annotate(
            shown_at=Case(
                When(state=State.ERASED, then=F("reply__posted_at")), default=F("posted_at")
            )
        )
    )
    place = shown.filter(pk=comment.pk).values_list("shown_at", flat=True).first()
    if comment.page is None or place is None:
        return ""
    before = shown.filter(Q(shown_at__lt=place) | Q(shown_at=place, pk__lt=comment.pk)).count()
    number = before // CommentSettings.in_force().page_size + 1
    below = f"comments/{number}/" if number > 1 else ""
    return f"{comment.page.specific.get_full_url()}{below}#comment-{comment.pk}"
