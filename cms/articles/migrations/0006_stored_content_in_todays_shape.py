from uuid import uuid4

from django.db import migrations
from wagtail.blocks.migrations.migrate_operation import MigrateStreamData
from wagtail.blocks.migrations.operations import BaseBlockOperation

from cms.articles.source_keys import keys_for
from cms.core.groups import EDITORS, grant

KEPT_BY_EDITORS = ("person", "glossaryterm")


class GroupRisks(BaseBlockOperation):
    """A bare list of risks becomes one group of them, of no special kind."""

    operation_name_fragment = "group_risks"

    def apply(self, risks):
        if "items" not in risks:
            return risks
        group = {"kind": "general", "frequency": "", "items": risks["items"], "sources": []}
        kept = {name: value for name, value in risks.items() if name != "items"}
        return {**kept, "groups": [{"type": "item", "value": group, "id": str(uuid4())}]}


class GiveKeys(BaseBlockOperation):
    """Every source gets the key it would get if it were saved today."""

    operation_name_fragment = "give_keys"

    def apply(self, sources):
        keys = keys_for([source["value"] for source in sources])
        return [
            {**source, "value": {**source["value"], "key": key}}
            for source, key in zip(sources, keys, strict=True)
        ]


def let_editors_keep_people_and_terms(apps, schema_editor):
    actions = ("add", "change", "delete", "view")
    grant(
        apps,
        EDITORS,
        "articles",
        [f"{action}_{model}" for model in KEPT_BY_EDITORS for action in actions],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0005_people_glossary_and_facts_of_articles"),
        ("core", "0002_groups"),
    ]

    operations = [
        *(
            MigrateStreamData("articles", model, "body", [(GroupRisks(), "risks")])
            for model in ("HomePage", "ArticlePage", "StandardPage")
        ),
        MigrateStreamData("articles", "ArticlePage", "sources", [(GiveKeys(), "")]),
        migrations.RunPython(let_editors_keep_people_and_terms, migrations.RunPython.noop),
    ]
