"""Mail that goes out at once, and that whoever sends it tries again: to operators, to editors.

What must survive the process that sends it waits in the outbox of comments instead.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail

from cms.core.letters import one_line

logger = logging.getLogger(__name__)


def operators() -> list[str]:
    """Who is told when something is wrong with the site; nobody where nobody is named."""
    named: list[str] = settings.PLAINLEAF_ALERT_EMAILS
    return named or [address for _, address in settings.ADMINS]


def send(subject: str, body: str, to: Sequence[str]) -> bool:
    """Whether the mail server took the mail; true as well where nobody is to get it."""
    if not to:
        return True
    try:
        send_mail(one_line(f"[{settings.WAGTAIL_SITE_NAME}] {subject}"), body, None, list(to))
    except (SMTPException, OSError):
        logger.exception("The mail '%s' could not be sent.", subject)
        return False
    return True
