"""Many publishers at once, each with a section of its own, and a reader that follows them."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from django.contrib.auth.models import User
from django.db import connections, transaction
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.images.models import Image
from wagtail.models import Locale, Page, PageViewRestriction, Site

from cms.articles.models import ArticlePage, HomePage, TopicPage
from cms.comments.models import ReaderComment, State
from cms.export_feed.models import Change
from tests.cms.feed_site import picture
from tests.cms.follower import Follower, whole_site

ARTICLES = 12
# Treebeard gives out places below a parent without a lock: two that add to one parent at once
# collide. So each publisher adds and moves below topics of its own only.
TOPICS = 2
MODERATOR = "moderator"
ACTIONS = {"edit": 30, "bulk": 25, "flip": 12, "move": 10, "delete": 8, "add": 8}
# What is public changes with each of these too, and no page is saved.
ACTIONS |= {"restrict": 8, "redirect": 8, "comment": 12, "image": 6}


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
    User.objects.create_superuser(MODERATOR)
    sections = []
    for number in range(publishers):
        topics = [
            home.add_child(instance=TopicPage(title="T", slug=f"t{number}-{one}", summary="S"))
            for one in range(TOPICS)
        ]
        Image.objects.create(title=title_of_image(topics[0].pk), file=picture(60, 50))
        for one in range(ARTICLES):
            add_article(topics[one % TOPICS], f"a{number}-{one}", topics[0].pk)
        sections.append([topic.pk for topic in topics])
    return sections


def title_of_image(section: int) -> str:
    """Which image the articles of a section show; a section has the name of its first topic."""
    return f"Image of {section}"


def add_article(topic: Page, slug: str, section: int) -> None:
    image = Image.objects.get(title=title_of_image(section))
    Page.objects.get(pk=topic.pk).add_child(
        instance=ArticlePage(
            topic_type="wellbeing",
            title=slug,
            slug=slug,
            summary="S",
            body=[("image", {"image": image, "caption": ""})],
        )
    )


def write(topics: list[int], changes: int) -> int:
    """Make at least this many changes in a section; return how many."""
    choose = random.Random(topics[0])
    made = 0
    while made < changes:
        made += change(topics, choose, f"{topics[0]}-{made}")
    return made


def change(topics: list[int], choose: random.Random, word: str) -> int:
    """One action of a publisher; return how many things it changed."""
    topic = Page.objects.get(pk=choose.choice(topics))
    found = list(topic.get_children())
    page = choose.choice(found).specific if found else None
    match choose.choices([*ACTIONS], [*ACTIONS.values()])[0]:
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
        case "restrict" if page:
            restrict_or_lift(page)
        case "redirect" if page:
            redirect(page, word)
        case "comment" if page:
            comment(page, word)
        case "image":
            image = Image.objects.get(title=title_of_image(topics[0]))
            colour = (choose.randrange(256), choose.randrange(256), choose.randrange(256))
            image.file = picture(60, 50, colour=colour)
            image.save()
        case _:
            add_article(topic, f"n{word}", topics[0])
    return 1


def restrict_or_lift(page: Page) -> None:
    restriction = page.view_restrictions.first()
    if restriction:
        restriction.delete()
    else:
        PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)


def redirect(page: Page, word: str) -> None:
    """From one more old path, or from one less."""
    there = list(page.redirect_set.order_by("pk"))
    if len(there) > 1:
        there[0].delete()
    else:
        Redirect.objects.create(old_path=f"/old-{word}", redirect_page=page)


def comment(page: Page, word: str) -> None:
    """One comes in and is approved; the one before is hidden."""
    moderator = User.objects.get(username=MODERATOR)
    for shown in page.reader_comments.filter(state=State.APPROVED):
        shown.move_to(State.HIDDEN, by=moderator)
    came = ReaderComment.objects.create(
        page=page,
        translation_key=page.translation_key,
        locale="en-gb",
        idempotency_key=word,
        name="Sam",
        text=f"Thank you for {word}",
        state=State.HELD,
        received_at=timezone.now(),
        posted_at=timezone.now(),
    )
    came.move_to(State.APPROVED, by=moderator)
