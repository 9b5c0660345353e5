from django.db import migrations

from cms.core.groups import MODERATORS, grant


def let_moderators_moderate(apps, schema_editor):
    grant(apps, MODERATORS, "comments", ["view_readercomment", "moderate_readercomment"])


class Migration(migrations.Migration):
    dependencies = [("comments", "0001_initial"), ("core", "0002_groups")]

    operations = [migrations.RunPython(let_moderators_moderate, migrations.RunPython.noop)]
