from django.db import migrations

from cms.core.groups import EDITORS, MODERATORS, REVIEWERS, grant, permissions_of

FILE_ACTIONS = {
    "wagtailimages": ["add_image", "change_image", "choose_image"],
    "wagtaildocs": ["add_document", "change_document", "choose_document"],
}
PAGE_ACTIONS = {
    EDITORS: ["add_page", "change_page", "publish_page", "bulk_delete_page"],
    REVIEWERS: ["change_page", "publish_page", "lock_page", "unlock_page"],
    MODERATORS: [],
}


def set_up_groups(apps, schema_editor):
    for name, page_actions in PAGE_ACTIONS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        take_back_what_wagtail_grants(group)
        grant(apps, name, "wagtailadmin", ["access_admin"])
        grant_on_tree(apps, group, page_actions)
    grant(apps, EDITORS, "core", ["change_sitesettings"])
    grant(
        apps,
        EDITORS,
        "wagtailredirects",
        ["add_redirect", "change_redirect", "delete_redirect"],
    )
    for app_label, codenames in FILE_ACTIONS.items():
        grant_on_files(apps, EDITORS, app_label, codenames)
        grant_on_files(apps, REVIEWERS, app_label, codenames[-1:])
    send_reviews_to_reviewers(apps)


def take_back_what_wagtail_grants(group):
    group.permissions.remove(
        *group.permissions.filter(content_type__app_label__in=["wagtailimages", "wagtaildocs"])
    )
    group.page_permissions.all().delete()
    group.collection_permissions.all().delete()


def grant_on_tree(apps, group, codenames):
    root = apps.get_model("wagtailcore", "Page").objects.get(depth=1)
    for permission in permissions_of(apps, "wagtailcore", codenames):
        group.page_permissions.create(page=root, permission=permission)


def grant_on_files(apps, group_name, app_label, codenames):
    group = apps.get_model("auth", "Group").objects.get(name=group_name)
    root = apps.get_model("wagtailcore", "Collection").objects.get(depth=1)
    for permission in permissions_of(apps, app_label, codenames):
        group.collection_permissions.create(collection=root, permission=permission)


def send_reviews_to_reviewers(apps):
    """Wagtail's own workflow asks its Moderators, who are not ours: they read comments."""
    groups = apps.get_model("auth", "Group").objects
    for task in apps.get_model("wagtailcore", "GroupApprovalTask").objects.filter(
        name="Moderators approval"
    ):
        task.groups.set([groups.get(name=REVIEWERS)])
        task.name = "Review"
        task.save()
    apps.get_model("wagtailcore", "Workflow").objects.filter(name="Moderators approval").update(
        name="Review"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
        ("wagtailadmin", "0005_editingsession_is_editing"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtaildocs", "0014_alter_document_file_size"),
        ("wagtailimages", "0027_image_description"),
        ("wagtailredirects", "0008_add_verbose_name_plural"),
    ]

    operations = [migrations.RunPython(set_up_groups, migrations.RunPython.noop)]
