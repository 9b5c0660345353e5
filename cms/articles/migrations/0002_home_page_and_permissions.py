from django.db import migrations

from cms.core.groups import EDITORS, grant


def make_welcome_page_the_home_page(apps, schema_editor):
    """A new database has Wagtail's welcome page as its site's root: give it our type, in place."""
    Site = apps.get_model("wagtailcore", "Site")
    ContentType = apps.get_model("contenttypes", "ContentType")
    HomePage = apps.get_model("articles", "HomePage")
    plain, _ = ContentType.objects.get_or_create(app_label="wagtailcore", model="page")
    ours, _ = ContentType.objects.get_or_create(app_label="articles", model="homepage")
    for site in Site.objects.filter(is_default_site=True, root_page__content_type=plain):
        home = HomePage(page_ptr=site.root_page)
        for field in site.root_page._meta.concrete_fields:
            setattr(home, field.attname, getattr(site.root_page, field.attname))
        home.content_type = ours
        home.title = home.draft_title = "Plainleaf"
        home.save()
        Site.objects.filter(pk=site.pk).update(site_name="Plainleaf")


def let_editors_keep_helplines(apps, schema_editor):
    grant(
        apps,
        EDITORS,
        "articles",
        ["add_helpline", "change_helpline", "delete_helpline", "view_helpline"],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0001_initial"),
        ("core", "0002_groups"),
    ]

    operations = [
        migrations.RunPython(make_welcome_page_the_home_page, migrations.RunPython.noop),
        migrations.RunPython(let_editors_keep_helplines, migrations.RunPython.noop),
    ]
