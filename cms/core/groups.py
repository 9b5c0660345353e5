"""Who may do what in the admin, group by group. Migrations grant; nothing else does.

Editors      write, publish and withdraw pages; keep images, documents, helplines and menus;
             export now, roll the site back, resume
Reviewers    change, publish and lock pages: clinicians, who approve what editors submit; see
             where the export stands
Moderators   decide on readers' comments, and touch nothing else
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.management import create_permissions

EDITORS = "Editors"
REVIEWERS = "Reviewers"
MODERATORS = "Moderators"


def permissions_of(apps: Any, app_label: str, codenames: Iterable[str]) -> list[Any]:
    """The permissions of one app, as a migration's ``apps`` has them, made when still missing.

    Django makes them only after the last migration. Raises ``LookupError`` naming a codename that
    no model of the app declares.
    """
    config = apps.get_app_config(app_label)
    before = getattr(config, "models_module", None)
    config.models_module = True  # a migration's app config has none, and would be passed over
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = before
    found = {
        permission.codename: permission
        for permission in apps.get_model("auth", "Permission").objects.filter(
            content_type__app_label=app_label
        )
    }
    missing = sorted(set(codenames) - set(found))
    if missing:
        raise LookupError(f"No model of '{app_label}' declares the permission '{missing[0]}'.")
    return [found[codename] for codename in codenames]


def grant(apps: Any, group_name: str, app_label: str, codenames: Iterable[str]) -> None:
    """Let a group do something with every object of a model, in a migration.

    ``grant(apps, EDITORS, "articles", ["add_helpline", "change_helpline"])``
    """
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=group_name)
    group.permissions.add(*permissions_of(apps, app_label, codenames))
