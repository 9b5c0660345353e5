"""How a comment was typed, as long as that is known after words were removed."""

from __future__ import annotations

from django.db import models

LONGEST_NAME = 320  # code points: a character that a reader types can be many


class Original(models.Model):
    """A comment as it was typed, for a while after words were removed from it."""

    comment = models.OneToOneField(
        "comments.ReaderComment", on_delete=models.CASCADE, related_name="original"
    )
    name = models.CharField(max_length=LONGEST_NAME)
    text = models.TextField()
    redactions_before = models.JSONField(
        default=list, help_text="What was removed before the last redaction."
    )
    kept_since = models.DateTimeField(help_text="When words were last removed.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Comment {self.comment_id} as it was typed"
