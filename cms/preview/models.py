"""What an editor typed and has not published: one row a user and page, gone when it is old."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.db import models
from django.utils import timezone
from wagtail.models import Page

from cms.preview.shared import SharedDraft as SharedDraft

MAX_AGE = timedelta(minutes=15)
SALT = "cms.preview"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a token opens: a draft, for whom, and whether the editor's panel frames it."""

    page: Page
    user: Any
    in_panel: bool


class PreviewManager(models.Manager["Preview"]):
    def keep(self, page: Page, *, user: Any, is_editing: bool) -> Preview:
        """Store the page as it is now, saved or not, in place of this user's last draft of it.

        A draft that is being typed and a saved revision that is looked at have a row each, so
        that one never shows up in the frame of the other.
        """
        self.purge()
        where = page.pk or f"{page._meta.label} under {page.get_parent().pk}"
        page.set_url_path(page.get_parent())  # the slug may have just been typed
        preview, _ = self.update_or_create(
            user=user,
            subject=f"{'form' if is_editing else 'revision'} {where}",
            defaults={
                "content_type": ContentType.objects.get_for_model(page),
                "content": page.to_json(),
                "updated_at": timezone.now(),
            },
        )
        return preview

    def shown_by(self, token: str) -> Shown:
        """The draft a token opens.

        Raises ``Preview.DoesNotExist`` alike for a token that is forged, older than ``MAX_AGE``,
        of a row that is gone, of a page that is, or of a user who may no longer edit it.
        """
        try:
            claim = signing.loads(token, salt=SALT, max_age=MAX_AGE)
        except signing.BadSignature as error:
            raise self.model.DoesNotExist("The token opens no preview.") from error
        preview = self.select_related("user", "content_type").get(key=claim["key"])
        if not preview.user.has_perm("wagtailadmin.access_admin"):  # nobody inactive has it
            raise self.model.DoesNotExist("The token opens no preview.")
        page = preview.as_page()
        if page.pk and not _may_see(page.pk, preview.user):
            raise self.model.DoesNotExist("The token opens no preview.")
        return Shown(page=page, user=preview.user, in_panel=claim["in_panel"])

    def purge(self, now: datetime | None = None) -> int:
        """Delete every draft that no token can open any more; answers how many."""
        return self.filter(updated_at__lt=(now or timezone.now()) - MAX_AGE).delete()[0]


def _may_see(page_id: int, user: Any) -> bool:
    """Whether the page is still there, and this user is one of those to whom the admin shows it."""
    page = Page.objects.filter(pk=page_id).first()
    if page is None:
        return False
    permissions = page.permissions_for_user(user)
    return bool(permissions.can_edit() or permissions.can_publish())


class Preview(models.Model):
    """A draft, waiting for the edge to fetch it. Its key is opaque and means nothing elsewhere."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=255)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    content = models.TextField()
    updated_at = models.DateTimeField(db_index=True)

    objects = PreviewManager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "subject"], name="preview_one_a_user_and_page")
        ]

    def __str__(self) -> str:
        return f"{self.subject}, {self.updated_at}"

    def token(self, *, in_panel: bool) -> str:
        """Opens this row for ``MAX_AGE``, whatever it then holds: a frame in flight still loads."""
        return signing.dumps({"key": self.key.hex, "in_panel": in_panel}, salt=SALT)

    def url(self, *, in_panel: bool) -> str:
        """Where the edge shows it: on the page's own site, framable by the admin alone."""
        query = urlencode({"token": self.token(in_panel=in_panel)})
        return f"{self.as_page().site_address}/preview?{query}"

    def as_page(self) -> Page:
        """The page as it was kept; without a ``pk`` when it was never saved."""
        page = self.content_type.model_class().from_json(self.content)
        page.pk = json.loads(self.content)["pk"]
        dates = Page.objects.filter(pk=page.pk).values("first_published_at", "last_published_at")
        for name, instant in (dates.first() or {}).items():
            setattr(page, name, instant)  # JSON cut them to milliseconds
        return page
