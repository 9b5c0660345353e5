"""``manage.py set_up``: what must be true before the CMS serves. Safe to run at every start."""

import os
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError, call_command

from cms.core.site import point_default_site

ADMIN_VARIABLES = (
    "DJANGO_SUPERUSER_USERNAME",
    "DJANGO_SUPERUSER_EMAIL",
    "DJANGO_SUPERUSER_PASSWORD",
)


class Command(BaseCommand):
    help = (
        "Migrates the database, makes the first administrator from the environment where there "
        "is none, and points the default site at PLAINLEAF_SITE_URL."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        make_first_admin()
        point_default_site(settings.PLAINLEAF_SITE_URL)


def make_first_admin() -> None:
    """Once there is an administrator, the variables are not looked at and can be removed.

    Raises ``CommandError`` naming the variable that is missing, or too weak a password.
    """
    if get_user_model().objects.filter(is_superuser=True, is_active=True).exists():
        return
    for variable in ADMIN_VARIABLES:
        if not os.environ.get(variable):
            raise CommandError(
                f"There is no administrator yet, and {variable} is not set. Set it for the first "
                "start; .env.example lists every variable."
            )
    try:
        validate_password(os.environ["DJANGO_SUPERUSER_PASSWORD"])
    except ValidationError as error:
        raise CommandError(f"DJANGO_SUPERUSER_PASSWORD: {' '.join(error.messages)}") from error
    call_command("createsuperuser", interactive=False, verbosity=0)
