from django.db import migrations

from cms.comments.receipts import receipt_of
from cms.core.groups import MODERATORS, grant

ROWS_AT_ONCE = 1000


def give_receipts(apps, schema_editor):
    comments = apps.get_model("comments", "ReaderComment").objects
    changed = []
    for comment in comments.only("pk", "idempotency_key").iterator(chunk_size=ROWS_AT_ONCE):
        comment.receipt = receipt_of(comment.idempotency_key)
        changed.append(comment)
        if len(changed) == ROWS_AT_ONCE:
            comments.bulk_update(changed, ["receipt"])
            changed.clear()
    comments.bulk_update(changed, ["receipt"], batch_size=ROWS_AT_ONCE)


def forget_digests_of_erased(apps, schema_editor):
    """What was short could be guessed from its digest."""
    erased = apps.get_model("comments", "ReaderComment").objects.filter(state="erased")
    erased.update(payload_digest="")


def let_moderators_erase(apps, schema_editor):
    """As they could before it was a permission of its own."""
    grant(apps, MODERATORS, "comments", ["erase_readercomment"])


class Migration(migrations.Migration):
    dependencies = [("comments", "0003_history"), ("core", "0002_groups")]

    operations = [
        migrations.RunPython(give_receipts, migrations.RunPython.noop),
        migrations.RunPython(forget_digests_of_erased, migrations.RunPython.noop),
        migrations.RunPython(let_moderators_erase, migrations.RunPython.noop),
    ]
