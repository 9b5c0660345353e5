"""Two reviewers at once, and an editor who saves while one approves, on a real Postgres."""

import pytest

pytestmark = pytest.mark.postgres

SITE = """
import threading
from django.db import connection
from cms.articles.models import ArticlePage
from cms.articles.reviewed import review_stands
from cms.review.dates import default_due
from cms.review.refused import RefusedReview
from django.utils import timezone
from tests.cms.review_site import *
from wagtail.models import PageLogEntry, Revision

eve, ada, bo = editor(), reviewer("ada"), reviewer("bo")
page = draft(eve)
state = submit(page, eve)
opened = seen(page)
start = threading.Barrier(2)
refused = []

def approve(by):
    start.wait()
    try:
        fresh = type(state).objects.get(pk=state.pk)
        decide(by, fresh, "review", next_review_due=default_due(timezone.localdate()),
               comment="", revision=opened)
    except RefusedReview as error:
        refused.append(str(error))

def at_once(*works):
    def run(work):
        work()
        connection.close()
    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""


def test_of_two_approvals_one_counts_and_the_other_is_told(on_postgres):
    output = on_postgres(
        SITE
        + """
at_once(lambda: approve(ada), lambda: approve(bo))
live = ArticlePage.objects.get(pk=page.pk)
print(PageLogEntry.objects.filter(action="review.approve").count(), review_stands(live))
print(len(refused), "has decided" in refused[0])
"""
    )
    assert output.split() == ["1", "True", "1", "True"]


@pytest.mark.parametrize("attempt", range(3))
def test_what_is_saved_while_one_approves_never_goes_live_as_reviewed(on_postgres, attempt):
    """The editor has the page open from before, and saves at that moment."""
    output = on_postgres(
        SITE
        + """
opened = newest(page)
opened.body = text("Take it all.")

def save():
    start.wait()
    opened.save_revision(user=eve)

at_once(lambda: approve(ada), save)
live = ArticlePage.objects.get(pk=page.pk)
words = live.body[0].value.source
latest = live.get_latest_revision_as_object()
print(live.live, words == "<p>Rest.</p>", bool(refused), review_stands(live))
print(latest.body[0].value.source == "<p>Take it all.</p>", review_stands(latest))
"""
    )
    first, second = output.splitlines()
    live, is_approved_text, was_refused, stands = first.split()
    assert (live, was_refused, stands) in {("True", "False", "True"), ("False", "True", "False")}
    assert is_approved_text == "True"
    assert second.split()[1] == "False"
