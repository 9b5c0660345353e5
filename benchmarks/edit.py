"""Change one word of one article and publish it: ``python -m benchmarks.edit 7``."""

from __future__ import annotations

import sys

import django

django.setup()

from benchmarks import articles  # noqa: E402
from cms.articles.models import ArticlePage  # noqa: E402


def edit(number: int) -> None:
    """Give article ``number`` a summary it has not had before, as an editor would."""
    slug = articles.article(number, of=number).slug
    page = ArticlePage.objects.get(slug=slug)
    page.summary = f"Edited {page.revisions.count() + 1} times."
    page.save_revision().publish()


if __name__ == "__main__":
    edit(int(sys.argv[1]))
