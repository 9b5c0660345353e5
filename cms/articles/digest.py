"""What an article says to its readers, as two short strings that differ where the words do.

A clinician approves words. ``digest_of(page)`` is kept with the approval and compared later: its
first half covers the words that only a reviewer may change and call it minor, its second half what
stands around them. Each field of an article is in one of the three sets below; every block is in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import orjson
from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.models import Page

if TYPE_CHECKING:
    from cms.articles.models import ArticlePage

WORDS = frozenset(
    {"title", "summary", "key_points", "body", "jurisdiction", "legal_status"}
    # Read before the page is, and often instead of it.
    | {"seo_title", "search_description"}
    # Who paid, who gains, and what a statement rests on: an owner alone changes none of it.
    | {"funding", "conflicts", "sources"}
)
DETAILS = frozenset({"topic_type", "audience", "synonyms", "authors"})
STAMP = ("reviewer", "last_reviewed", "next_review_due", "reviewed_digest")
NOT_READ = (
    (frozenset(field.name for field in Page._meta.concrete_fields) - WORDS)
    | frozenset(STAMP)
    | {
        "page_ptr",
        "change_kind",
        "change_note",
        "comments_mode",
        "comments_close_on",
        "sample_content",
        # To withdraw an article is urgent, and the notice says nothing about health.
        "withdrawn_on",
        "withdrawn_reason",
        "replacement_page",
    }
)

DIGEST_BYTES = 15
# Draftail gives each paragraph a key when it is first opened there: nobody reads it.
EDITORS_KEY = re.compile(r'\s+data-block-key="[^"]*"')


def digest_of(page: ArticlePage) -> str:
    """``"<30 hex digits>.<30 hex digits>"``: of the words, and of the details."""
    return f"{_hash(page, WORDS)}.{_hash(page, DETAILS)}"


def same_words(digest: str, other: str) -> bool:
    return digest.partition(".")[0] == other.partition(".")[0]


def _hash(page: ArticlePage, names: Iterable[str]) -> str:
    said = {name: _said(page, name) for name in names}
    # The page itself is part of it, so that a copy does not carry the review of its original.
    whole = [page.alias_of_id or page.pk, _without_empty(said)]
    text = orjson.dumps(whole, default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=DIGEST_BYTES).hexdigest()


def _said(page: ArticlePage, name: str) -> Any:
    field = page._meta.get_field(name)
    if isinstance(field, StreamField):
        stored = orjson.dumps(getattr(page, name).get_prep_value(), default=str)
        return _in_block(field.stream_block, orjson.loads(stored))
    value = field.value_from_object(page)
    return None if value == field.get_default() else value


def _in_block(block: blocks.Block | None, stored: Any) -> Any:
    """A stored value without what nobody reads: ids, editors' keys, what is empty or as ever.

    What equals the default counts as absent, so that a part of a block that is new in a release
    clears no review.
    """
    match block, stored:
        case blocks.BaseStreamBlock(), list():
            return [
                [child["type"], _in_block(block.child_blocks.get(child["type"]), child["value"])]
                for child in stored
            ]
        case blocks.ListBlock(), list():
            items = [item["value"] if _is_list_item(item) else item for item in stored]
            return [_in_block(block.child_block, item) for item in items]
        case blocks.BaseStructBlock(), dict():
            return _without_empty(
                {
                    name: _in_block(block.child_blocks.get(name), value)
                    for name, value in stored.items()
                }
            )
        case _, str():
            text = _without_keys(stored)
            return None if block is not None and text == block.meta.default else text
        case _:
            return _without_ids(stored)


def _is_list_item(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == "item" and "value" in item


def _without_ids(value: Any) -> Any:
    """Of a block that stores plain JSON, such as a table."""
    if isinstance(value, dict):
        return _without_empty(
            {name: _without_ids(one) for name, one in value.items() if name != "id"}
        )
    if isinstance(value, list):
        return [_without_ids(one) for one in value]
    return _without_keys(value) if isinstance(value, str) else value


def _without_keys(text: str) -> str:
    return EDITORS_KEY.sub("", text) if "data-block-key" in text else text


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in values.items()
        if value is not None and value is not False and value not in ("", [], {})
    }
