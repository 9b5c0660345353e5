"""Which mail about reader comments a moderator wishes to get."""

from __future__ import annotations

from typing import Any, Literal

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from wagtail.permissions import policy_registry


class ModeratorMailWishes(models.Model):
    """Who has no row wishes all of it: an urgent comment must not wait for a setting."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reader_comment_mail"
    )
    urgent = models.BooleanField(
        "urgent reader comments",
        default=True,
        help_text="A mail at once when a reader comment may need help fast.",
    )
    digest = models.BooleanField(
        "new reader comments",
        default=True,
        help_text="A mail now and then that says how many came in, while any do.",
    )

    class Meta:
        default_permissions = ()


def moderators_who_wish(wish: Literal["urgent", "digest"]) -> QuerySet[Any]:
    """Active people who may decide on comments, have an address, and did not say no."""
    policy = policy_registry.get_by_type(apps.get_model("comments", "ReaderComment"))
    moderators = policy.users_with_permission("moderate")
    declined = ModeratorMailWishes.objects.filter(**{wish: False}).values("user")
    users: QuerySet[Any] = moderators.exclude(email="").exclude(pk__in=declined).order_by("pk")
    return users
