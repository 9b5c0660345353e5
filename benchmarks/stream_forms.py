"""What an editor's browser posts for the streams of articles: ``… benchmarks.stream_forms 7 8``.

The admin's page builds these fields with JavaScript, out of what is stored; this does it out of
the same. Prints JSON: ``{"7": {"page": 12, "fields": {"body-count": "13", …}}}``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import django

django.setup()

from wagtail import blocks  # noqa: E402
from wagtail.test.utils.form_data import nested_form_data, rich_text  # noqa: E402

from benchmarks import articles  # noqa: E402
from cms.articles.models import ArticlePage  # noqa: E402
from cms.core.citations import CitationsBlock  # noqa: E402


def stream_form(page: ArticlePage) -> dict[str, str]:
    """The fields of every stream of the article, as they are stored."""
    streams = {name: getattr(page, name) for name in page.get_streamfield_names()}
    posted = {
        name: _posted(stream.stream_block, stream.get_prep_value())
        for name, stream in streams.items()
    }
    return dict(nested_form_data(posted))


def _posted(block: blocks.Block, stored: Any) -> Any:
    if isinstance(block, blocks.BaseStreamBlock):
        return _listed([(one, block.child_blocks[one["type"]]) for one in stored])
    if isinstance(block, blocks.ListBlock):
        return _listed([(one, block.child_block) for one in stored])
    if isinstance(block, blocks.BaseStructBlock):
        fields = {
            name: _posted(child, stored.get(name)) for name, child in block.child_blocks.items()
        }
        # A box that is not ticked is not posted.
        return {name: value for name, value in fields.items() if value is not False}
    if isinstance(block, blocks.RichTextBlock):  # goes as the JSON of the browser's editor
        return rich_text(stored, features=block.features)
    if isinstance(block, CitationsBlock):
        return block.value_for_form(stored)
    return "" if stored is None else stored


def _listed(items: Sequence[tuple[Mapping[str, Any], blocks.Block]]) -> dict[str, Any]:
    """Of a StreamBlock or a ListBlock: each item with its place in the list."""
    posted = {
        str(order): {
            "type": stored["type"],
            "id": stored["id"],
            "value": _posted(block, stored["value"]),
            "order": str(order),
            "deleted": "",
        }
        for order, (stored, block) in enumerate(items)
    }
    return {"count": str(len(items)), **posted}


if __name__ == "__main__":
    forms = {}
    for number in sys.argv[1:]:
        page = ArticlePage.objects.get(slug=articles.slug_of(int(number)))
        forms[number] = {"page": page.pk, "fields": stream_form(page)}
    print(json.dumps(forms))
