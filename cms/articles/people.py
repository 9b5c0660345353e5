"""Who wrote and who reviewed articles: named once, shown wherever they did."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.api import APIField
from wagtail.search import index

from cms.core.links import require_https


class Person(index.Indexed, models.Model):
    """``user`` is for the admin alone: readers, the API and the feed never learn of it."""

    name = models.CharField(max_length=120, help_text="As readers see it: “Dr Maria Brown”.")
    role = models.CharField(
        max_length=120,
        blank=True,
        help_text="What the person does: “Consultant anaesthetist”. Whoever reviews needs one.",
    )
    credential = models.CharField(
        max_length=120,
        blank=True,
        help_text="Degrees, and the register the person is on: “MBBS, FRCA; GMC 1234567”. "
        "Whoever reviews needs one.",
    )
    profile_url = models.URLField(
        "profile",
        max_length=500,
        blank=True,
        validators=[require_https],
        help_text="A page about the person, such as at the employer, starting with https://.",
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="person",
        help_text="The account this person works with here. Never shown to readers; "
        "by it, nobody can review what they wrote.",
    )

    panels = [
        FieldPanel("name"),
        MultiFieldPanel(
            [FieldPanel("role"), FieldPanel("credential"), FieldPanel("profile_url")],
            heading="What readers learn of the person",
        ),
        FieldPanel("user"),
    ]
    search_fields = [index.AutocompleteField("name"), index.SearchField("name")]
    api_fields = [APIField(name) for name in ("name", "role", "credential", "profile_url")]

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return f"{self.name} ({self.role})" if self.role else self.name
