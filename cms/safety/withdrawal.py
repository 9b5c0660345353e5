"""A page that somebody took off the site at once, and that stays off until it is let back."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django_tasks import task
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.admin.utils import get_user_display_name
from wagtail.log_actions import log
from wagtail.models import Page, Site

from cms.core.absolute import in_admin
from cms.core.letters import one_line
from cms.core.post import operators, send
from cms.safety.findings import WHOLE_PAGE, Finding, Severity

WITHDRAWN, LET_BACK = "safety.withdraw", "safety.let_back"


class Withdrawal(models.Model):
    """While there is one, no draft, schedule or workflow brings the page back."""

    page = models.OneToOneField(
        Page,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="urgent_withdrawal",
        help_text="The page that was taken off.",
    )
    reason = models.TextField(
        max_length=500, help_text="Why it must not be read. Editors and operators read this."
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who took it off.",
    )
    at = models.DateTimeField(help_text="When it was taken off.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Page {self.page_id}, withdrawn"


class RefusedToWithdraw(ValueError):  # noqa: N818 it is what happened
    """Of a front page: without one there is no site, and no export that could take it away."""

    def __init__(self, page: Page) -> None:
        super().__init__(
            f"'{page.title}' is the front page of a site, or lies above it: the whole site would "
            "go with it. Publish a version without what is wrong, or an earlier one."
        )


def carries_a_site(page: Page) -> bool:
    """Whether it is the front page of a site, or lies above one."""
    return Site.objects.filter(root_page__path__startswith=page.path).exists()


def withdraw(page: Page, *, reason: str, by: Any) -> Withdrawal:
    """Take the page off the site now. The operators get a mail, and its history says it.

    Pages below it leave with it, and come back with it. Raises ``RefusedToWithdraw``.
    """
    with transaction.atomic():
        # Locked, as a page is that is being published; anew, as a stale one would harm the tree.
        page = Page.objects.select_for_update(no_key=True).get(pk=page.pk).specific
        if carries_a_site(page):
            raise RefusedToWithdraw(page)
        withdrawal, _ = Withdrawal.objects.update_or_create(
            page_id=page.pk, defaults={"reason": reason, "by": by, "at": timezone.now()}
        )
        if page.live:
            UnpublishPageAction(page, user=by).execute(skip_permission_checks=True)
        page.revisions.exclude(approved_go_live_at=None).update(approved_go_live_at=None)
        log(instance=page, action=WITHDRAWN, user=by, data={"reason": reason})
        transaction.on_commit(partial(_tell_soon, page.pk), robust=True)
    return withdrawal


def let_back(page: Page, *, reason: str, by: Any) -> None:
    """It may go live again, and does when somebody publishes it."""
    with transaction.atomic():
        if Withdrawal.objects.filter(page_id=page.pk).delete()[0]:
            log(instance=page, action=LET_BACK, user=by, data={"reason": reason})


def withdrawn(page: Page) -> tuple[Finding, ...]:
    """What keeps a page from going live while it is withdrawn; the rules have no say in it."""
    withdrawal = Withdrawal.objects.select_related("by").filter(page_id=page.pk).first()
    if not (page.pk and withdrawal):
        return ()
    name = get_user_display_name(withdrawal.by) if withdrawal.by else "somebody"
    day = timezone.localtime(withdrawal.at)
    return (
        Finding(
            "withdrawn",
            Severity.BLOCK,
            WHOLE_PAGE,
            f"{name} took this page off the site on {day:%-d %B %Y at %H:%M}: "
            f"“{withdrawal.reason}” When that is mended, end the withdrawal in the Safety panel, "
            "then publish.",
        ),
    )


def _tell_soon(page_id: int) -> None:
    tell_operators.enqueue(page_id)


@task()
def tell_operators(page_id: int) -> None:
    """Nobody waits for the mail server; what it refuses is in the log and in the report."""
    withdrawal = Withdrawal.objects.select_related("page", "by").filter(page_id=page_id).first()
    if withdrawal:
        send(*letter(withdrawal), operators())


def letter(withdrawal: Withdrawal) -> tuple[str, str]:
    """Subject and words of the mail to operators."""
    words = render_to_string(
        "safety/mail/withdrawn.txt",
        {
            "withdrawal": withdrawal,
            "title": one_line(withdrawal.page.title),
            "by": get_user_display_name(withdrawal.by) if withdrawal.by else "somebody",
            "url": in_admin(reverse("safety:page", args=[withdrawal.page_id])),
        },
    )
    return f"withdrawn: {one_line(withdrawal.page.title)}", words
