from django.db import migrations

from cms.core.groups import EDITORS, REVIEWERS, grant


def let_editors_export(apps, schema_editor):
    grant(apps, EDITORS, "export_feed", ["view_exportrun", "operate_exportrun"])
    grant(apps, REVIEWERS, "export_feed", ["view_exportrun"])


class Migration(migrations.Migration):
    dependencies = [("export_feed", "0003_runs_and_requests"), ("core", "0002_groups")]

    operations = [migrations.RunPython(let_editors_export, migrations.RunPython.noop)]
