"""Where the thresholds of the rules are kept: in the admin, under Settings, a field for each."""

from __future__ import annotations

from dataclasses import fields

from django.core.validators import MinValueValidator
from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

from cms.safety.limits import Limits


@register_setting(icon="sliders")
class LimitSettings(BaseGenericSetting):
    """One row. Its fields are those of ``Limits``, with their defaults and words."""

    panels = [FieldPanel(limit.name) for limit in fields(Limits)]

    class Meta:
        verbose_name = "limits of the safety rules"
        default_permissions = ("change",)

    @classmethod
    def in_force(cls) -> Limits:
        """As they are stored, never from a cache: a verdict must not rest on old ones."""
        stored = cls.objects.first()
        if stored is None:
            return Limits()
        return Limits(**{limit.name: getattr(stored, limit.name) for limit in fields(Limits)})


for _limit in fields(Limits):
    LimitSettings.add_to_class(
        _limit.name,
        models.PositiveSmallIntegerField(
            default=_limit.default,
            validators=[MinValueValidator(1)],
            help_text=_limit.metadata["help_text"],
        ),
    )
