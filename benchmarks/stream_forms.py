"""What an editor's browser posts for the body of articles: ``… benchmarks.stream_forms 7 8``.

The admin's page builds these fields with JavaScript, out of what is stored; this does it out of
the same. Prints JSON: ``{"7": {"page": 12, "fields": {"body-count": "13", …}}}``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import django

django.setup()

from wagtail.test.utils.form_data import nested_form_data, rich_text  # noqa: E402

from benchmarks import articles  # noqa: E402
from cms.articles.models import ArticlePage  # noqa: E402


def stream_form(page: ArticlePage) -> dict[str, str]:
    """The fields of ``body`` and, empty, of ``sources``."""
    blocks = {str(order): form for order, form in enumerate(_blocks(page))}
    body = {"count": str(len(blocks)), **blocks}
    return dict(nested_form_data({"body": body, "sources": {"count": "0"}}))


def _blocks(page: ArticlePage) -> Iterator[dict[str, Any]]:
    rich_text_block = page.body.stream_block.child_blocks["rich_text"]
    for order, stored in enumerate(page.body.raw_data):
        value = stored["value"]
        if stored["type"] == "rich_text":  # goes as the JSON of the editor in the browser
            value = rich_text(value, features=rich_text_block.features)
        yield {
            "type": stored["type"],
            "id": stored["id"],
            "value": _ticked(value),
            "order": str(order),
            "deleted": "",
        }


def _ticked(value: Any) -> Any:
    """A box that is not ticked is not posted."""
    if not isinstance(value, Mapping):
        return value
    return {name: _ticked(part) for name, part in value.items() if part is not False}


if __name__ == "__main__":
    forms = {}
    for number in sys.argv[1:]:
        page = ArticlePage.objects.get(slug=articles.slug_of(int(number)))
        forms[number] = {"page": page.pk, "fields": stream_form(page)}
    print(json.dumps(forms))
