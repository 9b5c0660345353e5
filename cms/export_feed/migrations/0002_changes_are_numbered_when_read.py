from django.db import migrations, models

import cms.export_feed.models


class Migration(migrations.Migration):
    """The journal begins anew: a change is a hint, and an exporter whose cursor is unknown reads
    the whole site."""

    dependencies = [
        ("export_feed", "0001_initial"),
    ]

    operations = [
        migrations.DeleteModel(name="Change"),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(blank=True, db_index=True, help_text="Which batch it was numbered with; empty until a reader has seen it.", null=True)),
                ("counted_at", models.DateTimeField(blank=True, help_text="When it got its number: the same as its whole batch.", null=True)),
                ("kind", models.CharField(help_text="What changed, in the words of the export feed.", max_length=20)),
                ("type", models.CharField(blank=True, help_text="Which type of snippet; empty for everything else.", max_length=100)),
                ("object_id", models.BigIntegerField(help_text="Which one of its kind.")),
                ("with_descendants", models.BooleanField(default=False, help_text="All that lies below it in its tree may have changed with it.")),
                ("made_at", models.DateTimeField(auto_now_add=True, help_text="When it was written down.")),
            ],
            options={
                "ordering": ["pk"],
                "default_permissions": (),
                "indexes": [models.Index(fields=["kind", "object_id"], name="change_by_object")],
            },
        ),
        migrations.AddField(
            model_name="journalcounter",
            name="epoch",
            field=models.CharField(default=cms.export_feed.models.new_epoch, help_text="Tells this journal from any other.", max_length=32),
        ),
        migrations.AddField(
            model_name="journalcounter",
            name="counted_at",
            field=models.DateTimeField(blank=True, help_text="When the latest batch got its number.", null=True),
        ),
        migrations.AlterField(
            model_name="journalcounter",
            name="last_number",
            field=models.PositiveBigIntegerField(default=0, help_text="The number of the latest batch of changes."),
        ),
    ]
