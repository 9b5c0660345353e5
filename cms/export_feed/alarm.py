"""Since when exports fail or stand still, and whether the operators know."""

from __future__ import annotations

from django.db import models


class ExportAlarm(models.Model):
    """One row a site, that of the default one is the first: empty while all is well."""

    began_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when exports fail or stand still."
    )
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="When the operators were last told."
    )

    class Meta:
        verbose_name = "export alarm"
        default_permissions = ()
