"""Every kind of page that readers meet is HTML that no parser has to mend, in order, with ids."""

from __future__ import annotations

from collections import Counter

import html5lib
import pytest

from tests.browser.reader_pages import PAGES

from .site_in_view import Outline


@pytest.mark.parametrize("name", PAGES)
def test_page_is_valid_with_its_headings_in_order_and_no_id_twice(name):
    html = PAGES[name].body
    html5lib.HTMLParser(strict=True).parse(html)
    outline = Outline(html)
    assert outline.headings.count(1) == 1
    assert outline.is_in_order()
    assert [one for one, count in Counter(outline.ids).items() if count > 1] == []
    labels = Counter(
        (tag, said["aria-label"]) for tag, said in outline.tags if said.get("aria-label")
    )
    assert [one for one, count in labels.items() if count > 1] == []
