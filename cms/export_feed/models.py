"""The journal of changes: what happened in the CMS, in the order it was committed."""

from django.db import models


class JournalCounter(models.Model):
    """One row, counting changes. Whoever counts holds it until their transaction ends.

    That is what makes the order of the numbers the order of the commits: a sequence would hand
    out 41 and 42 and let 42 be committed, and read, first.
    """

    last_number = models.PositiveBigIntegerField(
        default=0, help_text="The number of the latest change."
    )

    class Meta:
        verbose_name = "journal counter"
        default_permissions = ()


class Change(models.Model):
    """Something that may have changed the site: a hint where to look, never the content itself."""

    number = models.PositiveBigIntegerField(
        primary_key=True, help_text="Rises by one with each change."
    )
    kind = models.CharField(
        max_length=20, help_text="What changed, in the words of the export feed."
    )
    object_id = models.BigIntegerField(help_text="Which one of its kind.")
    made_at = models.DateTimeField(auto_now_add=True, help_text="When it was written down.")

    class Meta:
        ordering = ["number"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.number}: {self.kind} {self.object_id}"
