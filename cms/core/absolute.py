"""Addresses as they stand in mail: whole, on the host that whoever gets the mail can reach."""

from __future__ import annotations

from django.conf import settings


def in_admin(path: str) -> str:
    """``/admin/reports/`` becomes ``https://admin.example.org/admin/reports/``."""
    return f"{settings.WAGTAILADMIN_BASE_URL}{path}"


def on_site(path: str) -> str:
    """``/comments/mail/`` becomes ``https://www.example.org/comments/mail/``."""
    return f"{settings.PLAINLEAF_SITE_URL}{path}"
