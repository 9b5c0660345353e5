"""Which addresses the live pages cite, noted as they are published."""

from __future__ import annotations

from wagtail.models import Page

from cms.safety.judged import JudgedPage
from cms.safety.sources.source_checks import cite


def page_published(instance: Page, **kwargs: object) -> None:
    if instance.live and isinstance(instance, JudgedPage):
        cite(instance, instance.cited_addresses())


def note_all() -> None:
    """Read anew what all live pages cite: those too that no signal told of."""
    for page in Page.objects.live().specific().iterator(chunk_size=100):
        page_published(page)
