"""An alias that becomes a page of its own says, at that moment, what a clinician approved.

So it keeps the review, if one stood: its next change clears it, as on any article. A copy is
another matter: it is made to say something else, and begins without a review.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from wagtail.models import PageLogEntry

from cms.articles.digest import STAMP, digest_of
from cms.articles.models import ArticlePage
from cms.articles.reviewed import review_stands
from cms.review.log import KEPT, write


def article_is_saved(
    instance: ArticlePage, update_fields: Collection[str] | None = None, **kwargs: Any
) -> None:
    """Before the first of the saves by which Wagtail converts an alias."""
    if instance.alias_of_id is not None or "alias_of_id" not in (update_fields or ()):
        return
    alias = ArticlePage.objects.filter(pk=instance.pk, alias_of__isnull=False).first()
    if alias is None:
        return
    if review_stands(alias) and alias.reviewer.user_id != alias.owner_id:
        instance.reviewed_digest = digest_of(instance)
    else:
        for name in STAMP:
            field = ArticlePage._meta.get_field(name)
            setattr(instance, field.attname, field.get_default())
    stamp = {name: getattr(instance, name) for name in STAMP}
    ArticlePage.objects.filter(pk=instance.pk).update(**stamp)


def history_is_written(instance: PageLogEntry, created: bool, **kwargs: Any) -> None:
    """That it was an alias is said in the history; so is what it kept."""
    if not created or instance.action != "wagtail.convert_alias":
        return
    page = ArticlePage.objects.filter(pk=instance.page_id).first()
    if page is None or not review_stands(page):
        return
    write(
        KEPT,
        page,
        instance.revision,
        by=instance.user,
        sentence=f"Kept the review of {page.last_reviewed:%-d %B %Y} by {page.reviewer.name}, "
        "which these words had as an alias",
    )
