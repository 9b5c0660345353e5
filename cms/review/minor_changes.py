"""A minor change that went live is part of what a review holds for: the next one is compared to it.

So the kind of a change speaks of one change. Without this, an article that once had a minor change
would have to call each later one minor, too.
"""

from __future__ import annotations

from typing import Any

from wagtail.models import Revision

from cms.articles.digest import digest_of
from cms.articles.models import ArticlePage
from cms.articles.reviewed import is_minor_change


def page_published(instance: Any, revision: Revision, **kwargs: Any) -> None:
    if not isinstance(instance, ArticlePage) or not is_minor_change(instance):
        return
    digest = digest_of(instance)
    if digest == instance.reviewed_digest:
        return
    instance.reviewed_digest = digest
    ArticlePage.objects.filter(pk=instance.pk).update(reviewed_digest=digest)
    # Its editor begins with this version.
    content = {**revision.content, "reviewed_digest": digest}
    Revision.objects.filter(pk=revision.pk).update(content=content)
