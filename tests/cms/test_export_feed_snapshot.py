"""A feed is one state of the CMS, whoever writes while it streams."""

import threading

import orjson
import pytest
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from cms.articles.models import ArticlePage, HomePage
from cms.export_feed.stream import feed_chunks

BODY = orjson.dumps([{"type": "rich_text", "value": "x" * 20_000, "id": "1"}]).decode()


@pytest.mark.django_db(transaction=True, databases=["default", "feed"], serialized_rollback=True)
def test_writers_go_on_while_a_feed_streams_and_it_does_not_see_them():
    build_site()
    chunks = feed_chunks(timezone.now())
    received = [next(chunks)]
    writer = threading.Thread(target=change_every_title)
    writer.start()
    writer.join(timeout=10)
    assert not writer.is_alive()
    received.extend(chunks)
    titles = titles_of(b"".join(received))
    assert titles == ["Home", *["Before"] * 9]
    assert titles_of(b"".join(feed_chunks(timezone.now()))) == ["Home", *["After"] * 9]


def build_site() -> None:
    """Over 64 KiB of pages, so that a feed of them comes in more than one chunk."""
    Locale.objects.get_or_create(language_code="en-gb")
    root = Page.objects.filter(depth=1).first() or Page.add_root(title="Root", slug="root")
    home = root.add_child(instance=HomePage(title="Home", slug="home-of-the-snapshot"))
    for number in range(9):
        home.add_child(
            instance=ArticlePage(
                topic_type="wellbeing", title="Before", slug=f"a{number}", summary="S", body=BODY
            )
        )
    Site.objects.all().delete()
    Site.objects.create(hostname="site.test", root_page=home, is_default_site=True)


def change_every_title() -> None:
    from django.db import connection

    Page.objects.filter(title="Before").update(title="After")
    connection.close()


def titles_of(feed: bytes) -> list[str]:
    records = [orjson.loads(line) for line in feed.splitlines()]
    assert records[-1]["kind"] == "end"
    pages = [record for record in records if record["kind"] == "page"]
    return [page["title"] for page in sorted(pages, key=lambda page: page["path"])]


@pytest.mark.postgres
def test_on_postgres_a_feed_does_not_see_what_is_committed_meanwhile(on_postgres):
    output = on_postgres(
        """
        import threading
        from django.db import connections
        from django.utils import timezone
        from cms.export_feed.stream import feed_chunks
        from tests.cms import test_export_feed_snapshot as here

        here.build_site()
        chunks = feed_chunks(timezone.now())
        received = [next(chunks)]
        with connections["feed"].cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            print(cursor.fetchone()[0])
            cursor.execute("SHOW transaction_read_only")
            print(cursor.fetchone()[0])
            cursor.execute("SHOW statement_timeout")
            print(cursor.fetchone()[0])
        writer = threading.Thread(target=here.change_every_title)
        writer.start()
        writer.join()
        received.extend(chunks)
        print(sorted(set(here.titles_of(b"".join(received)))))
        print(sorted(set(here.titles_of(b"".join(feed_chunks(timezone.now()))))))
        """
    )
    assert output.splitlines() == [
        "repeatable read",
        "on",
        "1min",
        "['Before', 'Home']",
        "['After', 'Home']",
    ]


@pytest.mark.postgres
def test_on_postgres_no_number_passes_a_change_that_is_committed_late(on_postgres):
    """Eight writers, each of whom writes a change down early and commits late."""
    output = on_postgres(
        """
        import random, threading, time
        from django.db import connection, transaction
        from cms.export_feed.journal import number_changes, record_change
        from cms.export_feed.models import Change, JournalCounter

        start, seen = Change.objects.count(), []

        def write():
            for _ in range(25):
                with transaction.atomic():
                    record_change("page", 1)
                    time.sleep(random.random() / 500)
            connection.close()

        def read(last):
            number_changes()
            head = JournalCounter.objects.get().last_number
            numbered = Change.objects.filter(number__gt=last, number__lte=head)
            seen.extend(numbered.values_list("pk", flat=True))
            return head

        last = read(0)
        writers = [threading.Thread(target=write) for _ in range(8)]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            last = read(last)
        read(last)
        print(len(seen) - start, len(seen) == len(set(seen)) == Change.objects.count())
        """
    )
    assert output.split() == ["200", "True"]
