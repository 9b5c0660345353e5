from django.db import migrations, models

READ_ONLY = "read_only"
ROWS_AT_ONCE = 500


def keep_closed_what_was(apps, schema_editor):
    """What was open follows the whole site from now on, which is open until somebody closes it."""
    articles = apps.get_model("articles", "ArticlePage").objects
    articles.filter(comments_open=False).update(comments_mode=READ_ONLY)


def keep_closed_in_revisions(apps, schema_editor):
    """A draft or an earlier version that is published later says what it said."""
    revisions = apps.get_model("wagtailcore", "Revision").objects.filter(
        content_type__app_label="articles", content_type__model="articlepage"
    )
    changed = []
    for revision in revisions.only("pk", "content").iterator(chunk_size=ROWS_AT_ONCE):
        if revision.content.pop("comments_open", True) is False:
            revision.content["comments_mode"] = READ_ONLY
            changed.append(revision)
        if len(changed) == ROWS_AT_ONCE:
            revisions.bulk_update(changed, ["content"])
            changed.clear()
    revisions.bulk_update(changed, ["content"], batch_size=ROWS_AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0003_articles_by_their_review"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [
        migrations.AddField(
            model_name='articlepage',
            name='comments_close_on',
            field=models.DateField(blank=True, help_text='From the start of this day (UTC) readers can send no more comments; those that are there stay. Leave it empty to keep them open.', null=True, verbose_name='close comments on'),
        ),
        migrations.AddField(
            model_name='articlepage',
            name='comments_mode',
            field=models.CharField(choices=[('site', 'As on the whole site'), ('open', 'Open: comments are shown, and readers can send them'), ('read_only', 'Read only: comments are shown, and nobody can send one'), ('hidden', 'Hidden: no comment is shown, and nobody can send one')], default='site', help_text='Whether readers can send comments and see those of others. A moderator reads each before it is shown. What you hide can be shown again; nothing is deleted.', max_length=10, verbose_name='comments'),
        ),
        migrations.RunPython(keep_closed_what_was, migrations.RunPython.noop),
        migrations.RunPython(keep_closed_in_revisions, migrations.RunPython.noop),
        migrations.RemoveField("articlepage", "comments_open"),
        migrations.AddIndex(
            "articlepage",
            models.Index(fields=["comments_close_on"], name="article_comments_close_on"),
        ),
    ]
