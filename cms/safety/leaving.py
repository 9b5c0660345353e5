"""Tell by mail which pages left the site because they do not pass the rules any more."""

from __future__ import annotations

import logging

from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import task
from wagtail.models import Page

from cms.core.absolute import in_admin
from cms.core.letters import one_line
from cms.core.post import operators, send
from cms.safety.judged import words_of
from cms.safety.models import PageVerdict
from cms.safety.refused import blocks_of

logger = logging.getLogger(__name__)


@task()
def tell_of_pages_that_left(page_ids: list[int]) -> None:
    """One mail to the operators about all of them, and one to each owner about theirs.

    Of a page that was mended meanwhile nobody need be told.
    """
    unfit = PageVerdict.objects.filter(pk__in=page_ids, is_fit=False).order_by("pk")
    verdicts = list(unfit.select_related("page__owner"))
    for verdict in verdicts:
        logger.error("'%s' left the site: the rules refuse it.", verdict.page.title)
    to_whom: dict[str, list[PageVerdict]] = {}
    for verdict in verdicts:
        owner = verdict.page.owner
        addresses = [*operators(), owner.email if owner and owner.is_active else ""]
        for address in dict.fromkeys(filter(None, addresses)):
            to_whom.setdefault(address, []).append(verdict)
    for address, theirs in to_whom.items():
        send(_subject(theirs), _body(theirs), [address])


def _subject(verdicts: list[PageVerdict]) -> str:
    if len(verdicts) == 1:
        return f"'{verdicts[0].page.title}' left the site"
    return f"{len(verdicts)} pages left the site"


def _body(verdicts: list[PageVerdict]) -> str:
    pages = [
        {
            "title": one_line(verdict.page.title),
            "address": in_admin(_editor_of(verdict.page)),
            "findings": [words_of(found) for found in blocks_of(verdict)],
        }
        for verdict in verdicts
    ]
    return render_to_string("safety/left.txt", {"pages": pages})


def _editor_of(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])
