"""A clinical review on its way from one database to another: it holds for the words it was given.

An approval is of words, and a file can be written by anybody. So a dump ties them together by a
digest, and a review is believed only while the file says what was approved. Whoever changes a word
in the file gets an article without a review, as in the editor.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from wagtail.models import Page

from cms.articles.digest import DETAILS, STAMP, WORDS, digest_of
from cms.articles.models import ArticlePage
from cms.articles.reviewed import review_stands
from cms.content_files.reading import PageHead


def words_in_file(path: str, title: str, fields: Mapping[str, Any]) -> str:
    """The path is part of it, so that a copy does not carry the review of its original."""
    said = {name: value for name, value in fields.items() if name in WORDS | DETAILS | set(STAMP)}
    text = json.dumps([path, title, said], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=15).hexdigest()


def stamp_review(page: Page, head: PageHead) -> bool:
    """Let the review that a file tells of stand, if it is of these words; whether that is new."""
    if not isinstance(page, ArticlePage):
        return False
    told = head.reviewed_words and head.reviewed_words == words_in_file(
        head.path, head.title, head.fields
    )
    digest = digest_of(page) if told else ""
    if page.reviewed_digest == digest:
        return False
    page.reviewed_digest = digest
    return True


def reviewed_words(page: Page, path: str, fields: Mapping[str, Any]) -> str:
    """What a dump says of a review; nothing where it does not stand any more."""
    if not isinstance(page, ArticlePage) or not review_stands(page):
        return ""
    return words_in_file(path, page.title, fields)
