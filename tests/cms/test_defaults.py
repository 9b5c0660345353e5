import json

import pytest
from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageBlock

from cms.articles.models import ArticlePage
from cms.export_feed.defaults import with_defaults
from tests.cms.feed_site import article, topic
from tests.cms.test_export_feed import records

FIELD = StreamField(
    [
        (
            "callout",
            blocks.StructBlock(
                [
                    ("title", blocks.CharBlock()),
                    ("severity", blocks.CharBlock(default="caution")),
                    ("picture", ImageBlock(required=False)),
                    ("points", blocks.ListBlock(blocks.CharBlock(), default=[])),
                    (
                        "steps",
                        blocks.ListBlock(
                            blocks.StructBlock(
                                [("text", blocks.CharBlock()), ("more", blocks.RichTextBlock())]
                            ),
                            default=[],
                        ),
                    ),
                ]
            ),
        ),
        ("text", blocks.CharBlock()),
    ]
)
WHOLE = {
    "title": "Stop",
    "severity": "serious",
    "picture": {"image": 7, "alt_text": "A leaf", "decorative": False},
    "points": [],
    "steps": [{"type": "item", "value": {"text": "Ask", "more": ""}, "id": "b"}],
}


def completed(value: object) -> object:
    stored = json.dumps([{"type": "callout", "value": value, "id": "a"}])
    return json.loads(with_defaults(FIELD, stored))[0]["value"]


def without(name: str) -> dict:
    return {key: value for key, value in WHOLE.items() if key != name}


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("title", None),
        ("severity", "caution"),
        ("picture", {"image": None, "alt_text": None, "decorative": None}),
        ("points", []),
    ],
)
def test_sub_block_that_came_later_has_its_default(name, default):
    assert completed(without(name)) == without(name) | {name: default}


def test_sub_block_that_came_later_to_a_block_in_a_list_has_its_default():
    steps = [{"type": "item", "value": {"text": "Ask"}, "id": "b"}]
    assert completed(WHOLE | {"steps": steps}) == WHOLE


@pytest.mark.parametrize(
    "stored",
    [
        json.dumps([{"type": "callout", "value": WHOLE, "id": "a"}], indent=1),
        '[{"type":"text","value":"x","id":"a"}]',
        '[{"type":"gone","value":{},"id":"a"}]',
        '[{"type":"callout","value":"once a text","id":"a"}, "nonsense"]',
        "[]",
    ],
)
def test_what_lacks_nothing_or_has_another_form_is_left_as_it_is(stored):
    assert with_defaults(FIELD, stored) == stored


@pytest.mark.django_db
def test_feed_of_a_page_saved_before_its_block_grew_has_every_sub_block(client):
    page = article(topic())
    body = [{"type": "risk_callout", "value": {"title": "Stop", "text": ""}, "id": "a"}]
    ArticlePage.objects.filter(pk=page.pk).update(body=body)
    [told] = [record for record in records(client, "page") if record["id"] == page.pk]
    assert told["fields"]["body"][0]["value"] == {
        "title": "Stop",
        "kind": "general",
        "text": "",
        "severity": "caution",
        "helpline": None,
    }
