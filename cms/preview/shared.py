"""A draft that an editor showed to somebody without a login: a link that ends and can be ended."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import F
from django.utils import timezone
from wagtail.models import Page

SALT = "cms.preview.shared"
KEPT_AFTER_END = timedelta(days=30)


class SharedDraftQuerySet(models.QuerySet["SharedDraft"]):
    def open(self, now: datetime) -> SharedDraftQuerySet:
        return self.filter(ends_at__gt=now)


class SharedDraftManager(models.Manager.from_queryset(SharedDraftQuerySet)):  # type: ignore[misc]
    def share(self, page: Page, *, by: Any, note: str = "") -> SharedDraft:
        """A new link to a page, good for ``PLAINLEAF_SHARE_DAYS``."""
        days = timedelta(days=settings.PLAINLEAF_SHARE_DAYS)
        return self.create(page_id=page.pk, made_by=by, note=note, ends_at=timezone.now() + days)

    def opened_by(self, token: str, now: datetime) -> SharedDraft:
        """The link a token belongs to, counted as opened once more.

        Raises ``SharedDraft.DoesNotExist`` alike for a token that is forged, of a link that has
        ended or is gone, or of somebody who may no longer edit the page.
        """
        try:
            key = uuid.UUID(signing.loads(token, salt=SALT))
        except (signing.BadSignature, ValueError) as error:
            raise self.model.DoesNotExist("The token opens no draft.") from error
        shared = self.open(now).select_related("page", "made_by").get(key=key)
        if not may_share(shared.page, shared.made_by):
            raise self.model.DoesNotExist("The token opens no draft.")
        self.filter(pk=shared.pk).update(openings=F("openings") + 1, last_opened_at=now)
        return shared

    def end_from(self, page: Page) -> None:
        """End all links to this page and to those below it."""
        now = timezone.now()
        self.open(now).filter(page__path__startswith=page.path).update(ends_at=now)

    def purge(self, now: datetime | None = None) -> int:
        """Forget links that ended ``KEPT_AFTER_END`` ago; answers how many."""
        return self.filter(ends_at__lt=(now or timezone.now()) - KEPT_AFTER_END).delete()[0]


class SharedDraft(models.Model):
    """A link to the newest saved draft of a page. It holds no text of it: that is read when it is
    opened, so that a reviewer who was sent one link sees what was mended since."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    note = models.CharField(
        "who it is for",
        max_length=120,
        blank=True,
        help_text="For you and your colleagues: whom you send the link to.",
    )
    made_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(db_index=True)
    openings = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True)

    objects = SharedDraftManager()

    class Meta:
        default_permissions = ()
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"link to page {self.page_id}, until {self.ends_at}"

    @property
    def is_open(self) -> bool:
        return self.ends_at > timezone.now()

    def end(self) -> None:
        """From now on it opens nothing; one that has ended already keeps the moment it did."""
        now = timezone.now()
        type(self).objects.open(now).filter(pk=self.pk).update(ends_at=now)

    def url(self) -> str:
        """Where the edge shows it, on the origin of the page's site. The token names nothing."""
        token = signing.dumps(self.key.hex, salt=SALT)
        return f"{self.page.specific.site_address}/preview?{urlencode({'token': token})}"

    def as_page(self) -> Page:
        """The newest draft that was saved; the live page where nothing was saved after it."""
        page = self.page.get_latest_revision_as_object()
        page.set_url_path(page.get_parent())  # a draft may have a slug of its own
        return page


def may_share(page: Page, user: Any) -> bool:
    """Whether someone may show drafts of a page to others: whoever may edit it."""
    return bool(
        settings.PLAINLEAF_SHARE_DAYS
        and user.is_active
        and user.has_perm("wagtailadmin.access_admin")
        and page.permissions_for_user(user).can_edit()
    )


def end_with_withdrawal(instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """A receiver: what is taken off the site at once is not read through older links either."""
    if not raw:
        SharedDraft.objects.end_from(instance.page)
