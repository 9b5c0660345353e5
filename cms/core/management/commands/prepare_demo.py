"""``manage.py prepare_demo``: what a demo's database needs. Safe to run at every start."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import BaseCommand, call_command

from cms.core.demo.folder import DemoFolder
from cms.core.groups import EDITORS, MODERATORS, REVIEWERS
from cms.core.site import point_default_site

GROUPS = {"editor": EDITORS, "reviewer": REVIEWERS, "moderator": MODERATORS}


class Command(BaseCommand):
    help = "Migrates, loads the sample content into an empty site and makes the demo's logins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="The demo's folder; it holds the passwords.")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        # Loaded once only: what a person changes in the demo is theirs to keep.
        if not apps.get_model("articles", "ArticlePage").objects.exists():
            call_command("load_content")
        point_default_site(settings.PLAINLEAF_SITE_URL)
        for role, password in DemoFolder(folder).secrets().passwords.items():
            make_user(role, password)


def make_user(role: str, password: str) -> None:
    """One login a role, named after it; only ``admin`` may do everything."""
    user, is_new = get_user_model().objects.get_or_create(
        username=role,
        defaults={
            "email": f"{role}@example.org",
            "is_staff": role not in GROUPS,
            "is_superuser": role not in GROUPS,
        },
    )
    if is_new:
        user.set_password(password)
        user.save()
        if role in GROUPS:
            user.groups.add(Group.objects.get(name=GROUPS[role]))
