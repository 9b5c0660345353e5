"""Who was told that the review of a page is due: each once a step."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from wagtail.models import Page


class ReviewReminder(models.Model):
    """One row a person, page, day it is due, and step; there before the mail goes out."""

    page = models.ForeignKey(
        Page, on_delete=models.CASCADE, related_name="+", help_text="The page to be reviewed."
    )
    due_on = models.DateField(help_text="The day by which it must be reviewed.")
    days_before = models.PositiveSmallIntegerField(
        help_text="The step: so many days before that day; 0 once it is past."
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Who was told.",
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["page", "due_on", "days_before", "user"], name="one_reminder_a_step"
            )
        ]

    def __str__(self) -> str:
        return f"Page {self.page_id}, due on {self.due_on}"
