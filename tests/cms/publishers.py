"""Many publishers at once, each with a section of its own, and a reader that follows them."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from django.db import connections, transaction
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from cms.articles.models import ArticlePage, HomePage, TopicPage
from cms.export_feed.models import Change
from tests.cms.follower import Follower, whole_site

ARTICLES = 12
# Treebeard gives out places below a parent without a lock: two that add to one parent at once
# collide. So each publisher adds and moves below topics of its own only.
TOPICS = 2
ACTIONS = ("edit", "bulk", "flip", "move", "delete", "add")
WEIGHTS = (30, 25, 12, 10, 8, 8)


def publish_and_follow(*, publishers: int, changes: int) -> Counter[str]:
    """Let ``publishers`` make ``changes`` each; return what the reader saw.

    Raises ``AssertionError`` where what the reader was told is not the whole site in the end.
    """
    sections = build_site(publishers)
    follower, seen = Follower(), Counter[str]()
    follower.read(timezone.now())
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(publishers, mp_context=fork) as pool:
        writing = [pool.submit(write, topics, changes) for topics in sections]
        while not all(one.done() for one in writing):
            follower.read(timezone.now())
            seen["readings"] += 1
            seen["full"] += follower.was_full
            time.sleep(0.05)
        seen["done"] = sum(one.result() for one in writing)
    follower.read(timezone.now())
    seen["full"] += follower.was_full
    assert follower.site == whole_site(timezone.now())
    seen["journaled"] = Change.objects.count()
    return seen


def build_site(publishers: int) -> list[list[int]]:
    """The ids of each publisher's topics."""
    Locale.objects.get_or_create(language_code="en-gb")
    root = Page.objects.get(depth=1)
    home = root.add_child(instance=HomePage(title="Home", slug="home-of-many"))
    Site.objects.update(root_page=home)
    sections = []
    for number in range(publishers):
        topics = [
            home.add_child(instance=TopicPage(title="T", slug=f"t{number}-{one}", summary="S"))
            for one in range(TOPICS)
        ]
        for one in range(ARTICLES):
            add_article(topics[one % TOPICS], f"a{number}-{one}")
        sections.append([topic.pk for topic in topics])
    return sections


def add_article(topic: Page, slug: str) -> None:
    Page.objects.get(pk=topic.pk).add_child(
        instance=ArticlePage(topic_type="wellbeing", title=slug, slug=slug, summary="S", body=[])
    )


def write(topics: list[int], changes: int) -> int:
    """Make at least this many changes in a section; return how many."""
    choose = random.Random(topics[0])
    made = 0
    while made < changes:
        made += change(topics, choose, f"{topics[0]}-{made}")
    return made


def change(topics: list[int], choose: random.Random, word: str) -> int:
    """One action of a publisher; return how many pages it changed."""
    topic = Page.objects.get(pk=choose.choice(topics))
    found = list(topic.get_children())
    page = choose.choice(found).specific if found else None
    match choose.choices(ACTIONS, WEIGHTS)[0]:
        case "edit" if page:
            page.title = word
            page.save_revision().publish()
        case "bulk" if found:
            some = choose.sample(found, min(len(found), 5))
            with transaction.atomic():
                for one in some:
                    one.title = word
                    one.save()
            return len(some)
        case "flip" if page and page.live:
            page.unpublish()
        case "flip" if page:
            page.save_revision().publish()
        case "move" if page:
            target = Page.objects.get(pk=choose.choice(topics))
            page.move(target, pos=choose.choice(("first-child", "last-child")))
        case "delete" if len(found) > ARTICLES // 2:
            page.delete()
        case _:
            add_article(topic, f"n{word}")
    return 1
