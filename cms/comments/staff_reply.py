"""What the staff answers a reader, below the comment."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class StaffReply(models.Model):
    """The answer of the staff to one comment: public as long as the comment is."""

    comment = models.OneToOneField(
        "comments.ReaderComment", on_delete=models.CASCADE, related_name="reply"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who wrote it. Never published.",
    )
    name = models.CharField(
        max_length=80,
        blank=True,
        help_text="Published with the reply, before the badge of the team; empty for the badge "
        "alone.",
    )
    text = models.TextField(help_text="Plain text, published with the comment.")
    posted_at = models.DateTimeField(help_text="The time that is published with it.")
    stands_alone = models.BooleanField(
        default=False,
        editable=False,
        help_text="The comment was public when it was erased, so that the reply stays.",
    )

    class Meta:
        verbose_name = "reply of the staff"
        verbose_name_plural = "replies of the staff"
        default_permissions = ()

    def __str__(self) -> str:
        return f"Reply to comment {self.comment_id}"
