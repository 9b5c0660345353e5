"""Why a comment waits for a moderator."""

from __future__ import annotations

from django.db import models

from cms.comments.rules.checkers import LONGEST_NOTE


class Reason(models.Model):
    """Why a comment waits: the rule, and the words that it matched.

    ``start`` and ``end`` count code points of the comment's ``field`` as it was typed; once that
    is forgotten, of what is left.
    """

    comment = models.ForeignKey(
        "comments.ReaderComment", on_delete=models.CASCADE, related_name="reasons"
    )
    rule = models.CharField(max_length=30, help_text="The code of the rule.")
    field = models.CharField(max_length=10, blank=True, help_text="Where: 'name' or 'text'.")
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True, help_text="More, in words.")

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        indexes = [models.Index(fields=["rule", "comment"], name="comment_reason_rule")]

    def __str__(self) -> str:
        return self.rule
