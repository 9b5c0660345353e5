"""An editor at work in the CMS, told what to do line by line: ``python -m benchmarks.edit``.

``edit 7`` publishes article 7 with another summary, ``touch 7`` only says in the journal that it
may have changed. Each is answered with one line: when the journal's entry was made, in seconds
since 1970. That is before it can be read by anybody.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

import django

django.setup()

from django.utils import timezone  # noqa: E402

from benchmarks import articles  # noqa: E402
from cms.articles.models import ArticlePage  # noqa: E402
from cms.export_feed.journal import record_change  # noqa: E402
from cms.export_feed.models import Change  # noqa: E402


def edit(page: ArticlePage) -> None:
    """Give the article a summary it has not had before."""
    page.summary = f"Edited {page.revisions.count() + 1} times."
    page.save_revision().publish()


def touch(page: ArticlePage) -> None:
    record_change("page", page.pk)


VERBS: dict[str, Callable[[ArticlePage], None]] = {"edit": edit, "touch": touch}


def do(verb: str, number: int) -> datetime:
    """Returns when the first entry of it was made in the journal."""
    page = ArticlePage.objects.get(slug=articles.slug_of(number))
    started = timezone.now()
    VERBS[verb](page)
    made_at: datetime = Change.objects.filter(made_at__gte=started).earliest("made_at").made_at
    return made_at


if __name__ == "__main__":
    print("ready", flush=True)
    for line in sys.stdin:
        verb, number = line.split()
        print(do(verb, int(number)).timestamp(), flush=True)
