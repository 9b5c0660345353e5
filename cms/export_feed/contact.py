"""When the exporter was last heard of: it asks for the cursor all the time, and sends its runs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

# The exporter asks every second; writing that down each time would tell nobody more.
WRITTEN_EVERY = timedelta(seconds=10)


class ExporterContact(models.Model):
    """One row a site; that of the default one is the first."""

    heard_at = models.DateTimeField(help_text="When the exporter last asked or told something.")

    class Meta:
        verbose_name = "contact with the exporter"
        default_permissions = ()


def note_contact(now: datetime, site_id: int | None) -> None:
    """Remember that the exporter is there; writes at most once in ``WRITTEN_EVERY``."""
    heard_at = last_contact(site_id)
    if heard_at is None or now - heard_at >= WRITTEN_EVERY:
        ExporterContact.objects.update_or_create(pk=row_of(site_id), defaults={"heard_at": now})


def last_contact(site_id: int | None) -> datetime | None:
    """Right to within ``WRITTEN_EVERY``; none before the first."""
    heard = ExporterContact.objects.filter(pk=row_of(site_id))
    return heard.values_list("heard_at", flat=True).first()


def row_of(site_id: int | None) -> int:
    """The key of what is kept once a site. That of the default one, which has no id, is first."""
    return 1 + (site_id or 0)
