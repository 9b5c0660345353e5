"""The history notes the first version that is not what was approved any more."""

from __future__ import annotations

from typing import Any

from wagtail.models import Revision

from cms.articles.models import ArticlePage
from cms.articles.reviewed import Changed, changed_since_review, has_been_reviewed, review_stands
from cms.review.log import APPROVED, CLEARED, KEPT, last_entry, write

SENTENCES = {
    Changed.WORDS: "Changed what was reviewed: a clinician has to look at it again",
    Changed.DETAILS: "Changed what stands around the reviewed text, as a major change",
}


def revision_saved(instance: Revision, raw: bool = False, **kwargs: Any) -> None:
    """Once after each approval, however many versions follow."""
    if raw:
        return  # read from a dump, with what the history says of it
    model = instance.content_type.model_class()
    if model is None or not issubclass(model, ArticlePage):
        return
    if not instance.content.get("reviewed_digest"):
        return  # most versions, and to read a version takes its time
    page = instance.as_object()
    if not has_been_reviewed(page) or review_stands(page):
        return
    last = last_entry(page, APPROVED, KEPT, CLEARED)
    if last is None or last.action != CLEARED:
        sentence = SENTENCES[changed_since_review(page)]
        write(CLEARED, page, instance, by=instance.user, sentence=sentence)
