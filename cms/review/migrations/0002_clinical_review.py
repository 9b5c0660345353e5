from django.db import migrations

from cms.core.groups import REVIEWERS

NAME = "Clinical review"
OLD = "Review"  # Wagtail's own, whose approval names no reviewer


def review_all_content(apps, schema_editor):
    """One workflow with one task, for the whole tree of pages."""
    model = {
        name: apps.get_model("wagtailcore", name)
        for name in ("Page", "Workflow", "WorkflowPage", "WorkflowTask")
    }
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="review", model="clinicalreviewtask"
    )
    task = apps.get_model("review", "ClinicalReviewTask").objects.create(
        name=NAME, content_type=content_type
    )
    task.groups.add(apps.get_model("auth", "Group").objects.get(name=REVIEWERS))
    workflow = model["Workflow"].objects.create(name=NAME)
    model["WorkflowTask"].objects.create(workflow=workflow, task=task, sort_order=0)
    root = model["Page"].objects.get(depth=1)
    retire_what_asked_before(apps)
    model["WorkflowPage"].objects.update_or_create(page=root, defaults={"workflow": workflow})


def retire_what_asked_before(apps):
    """What waits in it is withdrawn: an editor submits it again, to the new one."""
    old = apps.get_model("wagtailcore", "Workflow").objects.filter(name=OLD)
    states = apps.get_model("wagtailcore", "WorkflowState").objects.filter(
        workflow__in=old, status__in=["in_progress", "needs_changes"]
    )
    apps.get_model("wagtailcore", "TaskState").objects.filter(
        workflow_state__in=states, status="in_progress"
    ).update(status="cancelled")
    states.update(status="cancelled")
    apps.get_model("wagtailcore", "WorkflowPage").objects.filter(workflow__in=old).delete()
    apps.get_model("wagtailcore", "Task").objects.filter(workflow_tasks__workflow__in=old).update(
        active=False
    )
    old.update(active=False)


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0001_initial"),
        ("core", "0002_groups"),
    ]

    operations = [migrations.RunPython(review_all_content, migrations.RunPython.noop)]
