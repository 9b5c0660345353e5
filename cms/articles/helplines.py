"""Whom readers can call, kept in one place so that a number changes everywhere at once."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.api import APIField
from wagtail.search import index

from cms.core.links import require_https

require_phone_number = RegexValidator(
    r"^\+?[0-9][0-9 ()-]{0,27}[0-9]$",
    "Give the number as a person dials it: digits and spaces, such as 0800 1111.",
)


class Helpline(index.Indexed, models.Model):
    name = models.CharField(
        max_length=120, help_text="What the service calls itself: “Samaritans”."
    )
    country = models.CharField(max_length=60, help_text="Where the number works: “United Kingdom”.")
    phone = models.CharField(
        max_length=30,
        blank=True,
        validators=[require_phone_number],
        help_text="The number to call, with spaces as people read it out.",
    )
    text_number = models.CharField(
        max_length=30,
        blank=True,
        validators=[require_phone_number],
        help_text="The number to send a text message to, if there is one.",
    )
    hours = models.CharField(
        max_length=120,
        blank=True,
        help_text="When someone answers: “Day and night, every day”.",
    )
    url = models.URLField(
        "address",
        max_length=500,
        blank=True,
        validators=[require_https],
        help_text="The service's own page, starting with https://.",
    )
    last_checked = models.DateField(
        help_text="When a person last made sure that the number and the hours are right."
    )
    show_after_comment = models.BooleanField(
        default=False,
        help_text="Offer this helpline to a reader who has just sent a comment.",
    )

    panels = [
        FieldPanel("name"),
        FieldPanel("country"),
        MultiFieldPanel(
            [
                FieldPanel("phone"),
                FieldPanel("text_number"),
                FieldPanel("url"),
                FieldPanel("hours"),
            ],
            heading="How to reach it",
        ),
        FieldPanel("last_checked"),
        FieldPanel("show_after_comment"),
    ]
    search_fields = [index.AutocompleteField("name"), index.SearchField("name")]
    api_fields = [
        APIField(name)
        for name in (
            "name",
            "country",
            "phone",
            "text_number",
            "hours",
            "url",
            "last_checked",
            "show_after_comment",
        )
    ]

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.country})"

    def clean(self) -> None:
        super().clean()
        if self.last_checked and self.last_checked > timezone.localdate():
            raise ValidationError(
                {"last_checked": "This day is still to come. Give the day on which it was checked."}
            )
        if not (self.phone or self.text_number or self.url):
            raise ValidationError(
                {"phone": "Give at least one way to reach it: a number or an address."}
            )
