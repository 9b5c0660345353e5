"""Verdicts stay right when pages, limits and the daily round meet."""

import pytest

SITE = """
import importlib, threading
from django.db import connection
from django.utils import timezone
from cms.articles.models import ArticlePage
from cms.safety import catalogue
from cms.safety.grounds import grounds_now
from cms.safety.judged import RefusedToGoLive, judged
from cms.safety.keeping import judge_due, judge_pages
from cms.safety.models import LimitSettings, PageVerdict
from cms.safety.public import public_pages
from tests.cms.safety.articles import day, fit_article

importlib.reload(catalogue)  # the rules are to apply here
# Overdue by 50 days: fit by the limit of 90, and not by one of 10.
page = fit_article(last_reviewed=day(-400), next_review_due=day(-50))

def at_once(*works):
    start, failed = threading.Barrier(len(works)), []
    def run(work):
        start.wait()
        try:
            work()
        except Exception as error:
            failed.append(error)
        connection.close()
    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert not failed, failed

def publish():
    try:
        page.get_latest_revision().publish()
    except RefusedToGoLive:
        pass

def is_public():
    return public_pages().filter(pk=page.pk).exists()
"""
LIMITS_CHANGE = """
def be_stricter():
    limits = LimitSettings.load()
    limits.overdue_days = 10
    limits.save()
    judge_due(timezone.now())

at_once(publish, be_stricter)
judge_due(timezone.now())  # as the schedule does each minute
print(is_public())
"""
ROUND_MEETS_EDITS = """
publish()

def edit():
    for number in range(6):
        version = ArticlePage.objects.get(pk=page.pk)
        version.funding = "" if number % 2 == 0 else "The site paid for it."
        version.save()

def go_round():
    for _ in range(6):
        judge_pages([page.pk])

at_once(edit, go_round, go_round)
grounds = grounds_now()
now = judged(ArticlePage.objects.get(pk=page.pk), grounds, day(0))
print(PageVerdict.objects.get(pk=page.pk).is_fit == now.is_fit)
"""


@pytest.mark.postgres
def test_limits_that_change_while_a_page_is_published_hold_for_it(on_postgres):
    assert on_postgres(SITE + LIMITS_CHANGE).split() == ["False"]


@pytest.mark.postgres
def test_the_round_never_puts_an_older_verdict_in_place_of_a_newer(on_postgres):
    assert on_postgres(SITE + ROUND_MEETS_EDITS).split() == ["True"]


SCHEDULE_MEETS_EDITOR = """
import time
from datetime import timedelta
from django.db import transaction
from wagtail.models import Page, Revision
from cms.safety.management.commands.publish_scheduled import publish as publish_due

page.change_note = "Due"
due = page.save_revision()
Revision.objects.filter(pk=due.pk).update(approved_go_live_at=timezone.now() - timedelta(minutes=1))
page.change_note = "Mended"
mended = page.save_revision()
locked = threading.Event()

def editor():
    with transaction.atomic():
        Page.objects.select_for_update().get(pk=page.pk)
        locked.set()
        time.sleep(1)  # the schedule comes to the page meanwhile
        mended.publish()

def schedule():
    locked.wait()
    assert publish_due(due.pk)

at_once(editor, schedule)
print(ArticlePage.objects.get(pk=page.pk).change_note)
"""


def test_the_schedule_never_puts_an_older_version_over_a_newer(on_postgres):
    assert on_postgres(SITE + SCHEDULE_MEETS_EDITOR).split() == ["Mended"]
