"""Many comments on one article: read page by page, counted, and gone when they have to be."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from frontend_export.check import check_release
from frontend_export.config import Settings
from frontend_export.errors import ContentError
from frontend_export.pipeline import export
from frontend_export.release import Releases

from .fake_cms import article, cms, comment, files_of, page, settings_for, site, text_of, topic

HOME = page(1, "/")
MEDICINES = topic(2, "/medicines/")
KETAMINE = article(3, "/medicines/ketamine/", parent=2)
SLEEP = article(4, "/medicines/sleep/", parent=2)
PAGES = (HOME, MEDICINES, KETAMINE, SLEEP)
AT = "medicines/ketamine/"
FIRST = f"{AT}index.html"


def remark(number: int, *, on: int = 3) -> dict[str, Any]:
    """The one with the greater number was written later."""
    at = datetime(2026, 11, 3, tzinfo=UTC) + timedelta(minutes=number)
    return comment(number, on, f"remark-{number}-", posted_at=at.isoformat())


def remarks_in(settings: Settings, path: str) -> list[int]:
    return [int(number) for number in re.findall(r"remark-(\d+)-", text_of(settings, path))]


def later(number: int) -> str:
    return f"{AT}comments/{number}/index.html"


def pages_of_comments(settings: Settings) -> list[str]:
    return [path for path in files_of(settings) if "/comments/" in path and AT in path]


def test_two_thousand_comments_are_read_page_by_page_and_one_more_changes_two_files(tmp_path):
    two_thousand = [remark(number) for number in range(1, 2001)]
    with cms(site(), *PAGES, *two_thousand) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert len(pages_of_comments(settings)) == 39
        read = [remarks_in(settings, FIRST)]
        read += [remarks_in(settings, later(number)) for number in range(2, 41)]
        assert [len(some) for some in read] == [50] * 40
        assert [number for some in read for number in some] == list(range(1, 2001))
        assert "Comments (2,000)" in text_of(settings, FIRST)
        assert check_release(settings) == []

        before = files_of(settings)
        fake.publish(two_thousand[-1] | {"text": "Put right."})
        report = export(settings)
        after = files_of(settings)
        assert {path for path in after if before.get(path) != after[path]} == {later(40)}
        fake.unpublish("comment", 2000)
        export(settings)
        shrunk = files_of(settings)
        assert {path for path in shrunk if after.get(path) != shrunk[path]} == {FIRST, later(40)}
        assert report.rendered == 1
        assert "Comments (1,999)" in text_of(settings, FIRST)


def test_one_comment_too_many_starts_a_page_which_leaves_with_it(tmp_path):
    with cms(site(comments_page_size=5), *PAGES, *map(remark, range(1, 6))) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert pages_of_comments(settings) == []
        assert 'class="pagination"' not in text_of(settings, FIRST)
        fake.publish(remark(6))
        export(settings)
        assert pages_of_comments(settings) == [later(2)]
        assert remarks_in(settings, later(2)) == [6]
        fake.unpublish("comment", 2)
        export(settings)
        assert pages_of_comments(settings) == []
        assert remarks_in(settings, FIRST) == [1, 3, 4, 5, 6]


def test_later_page_leads_on_and_back_and_to_the_form_and_is_found_by_no_search(tmp_path):
    with cms(site(comments_page_size=2), *PAGES, *map(remark, range(1, 8))) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        first, second, last = (text_of(settings, path) for path in (FIRST, later(2), later(4)))
    assert 'rel="next" href="/medicines/ketamine/comments/2/"' in first
    assert 'href="/medicines/ketamine/comments/4/">Newest comments' in first
    assert 'rel="prev" href="/medicines/ketamine/#comments"' in second
    assert 'rel="next" href="/medicines/ketamine/comments/3/"' in second
    assert 'rel="prev" href="/medicines/ketamine/comments/3/"' in last
    assert "Newest comments" not in last
    canonical = '<link rel="canonical" href="https://plainleaf.example/medicines/ketamine/'
    assert f'{canonical}comments/2/">' in second
    assert '<meta name="robots" content="noindex">' in second
    assert "noindex" not in first
    assert "<form" not in second
    assert 'href="/medicines/ketamine/#comment-form"' in second
    assert "(page 2 of 4)" in second
    assert "/comments/2/" not in text_of(settings, "sitemap.xml")
    assert "/comments/2/" not in text_of(settings, "feed.xml")


def test_closed_page_has_no_way_to_a_form(tmp_path):
    shut = article(3, "/medicines/ketamine/", parent=2, fields={"comments_close_on": "2026-11-26"})
    records = (HOME, MEDICINES, shut, *map(remark, range(1, 8)))
    with cms(site(comments_page_size=5), *records) as fake:
        settings = settings_for(fake, tmp_path)
        fake.now = "2026-11-25T23:59:59Z"
        export(settings)
        assert "#comment-form" in text_of(settings, later(2))
        assert "close on 26 November 2026" in text_of(settings, FIRST)
        fake.now = "2026-11-26T00:00:00Z"
        report = export(settings)
        assert report.rendered == 2
        assert "#comment-form" not in text_of(settings, later(2))
        assert "Comments closed on 26 November 2026." in text_of(settings, FIRST)
        assert "<form" not in text_of(settings, FIRST)
        assert check_release(settings) == []


def test_page_where_comments_would_go_is_refused_and_both_are_named(tmp_path):
    folder = article(7, f"/{AT}comments/", parent=3, slug="comments")
    second = article(8, f"/{AT}comments/2/", parent=7, slug="2")
    records = (*PAGES, folder, second, *map(remark, range(1, 4)))
    with (
        cms(site(comments_page_size=2), *records) as fake,
        pytest.raises(ContentError, match=r"Pages 3 and 8 both want '.*/comments/2/index\.html'"),
    ):
        export(settings_for(fake, tmp_path))


def words_on_disk(folder: Path, word: bytes) -> list[str]:
    """Everywhere: in the site, in releases that are kept, and in what the exporter remembers."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path.relative_to(folder)) for path in files if word in path.read_bytes()]


def test_hidden_comment_leaves_every_release_whatever_page_it_was_on(tmp_path):
    with cms(site(comments_page_size=2), *PAGES, *map(remark, range(1, 8))) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.publish(SLEEP | {"title": "Another one"})
        export(settings)
        assert len(Releases(settings.output_dir, settings.state_dir).ids()) == 2
        fake.unpublish("comment", 5)
        export(settings)
        assert words_on_disk(settings.output_dir, b"remark-5-") == []
        assert len(Releases(settings.output_dir, settings.state_dir).ids()) == 1


def test_comments_that_a_page_hides_leave_every_release(tmp_path):
    hidden = article(3, "/medicines/ketamine/", parent=2, fields={"comments_mode": "hidden"})
    others = [remark(number, on=4) for number in range(20, 23)]
    with cms(site(comments_page_size=2), *PAGES, *map(remark, range(1, 6)), *others) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.records = [site(comments_page_size=2), HOME, MEDICINES, hidden, SLEEP, *others]
        export(settings)
        for number in range(1, 6):
            assert words_on_disk(settings.output_dir, f"remark-{number}-".encode()) == []
        assert pages_of_comments(settings) == []
        assert 'id="comments"' not in text_of(settings, FIRST)
        assert remarks_in(settings, "medicines/sleep/index.html") == [20, 21]
        assert check_release(settings) == []


def test_comments_of_a_page_whose_comments_are_hidden_are_never_shown(tmp_path):
    """Not even where a CMS still tells them."""
    hidden = article(3, "/medicines/ketamine/", parent=2, fields={"comments_mode": "hidden"})
    with cms(
        site(comments_page_size=2), HOME, MEDICINES, hidden, *map(remark, range(1, 6))
    ) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert words_on_disk(settings.output_dir, b"remark-") == []


def test_number_in_the_heading_is_what_can_be_read(tmp_path):
    """A place without words, which a reply keeps, is none."""
    reply = {"name": "", "text": "We answer.", "posted_at": "2026-11-04T09:00:00Z"}
    place = remark(3) | {"name": "", "text": "", "reply": reply}
    with cms(site(comments_page_size=2), *PAGES, remark(1), remark(2), place) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert "Comments (2)" in text_of(settings, FIRST)
        assert "This comment was removed." in text_of(settings, later(2))


def test_moved_page_takes_its_pages_of_comments_along(tmp_path):
    with cms(site(comments_page_size=2), *PAGES, *map(remark, range(1, 6))) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        there = article(3, "/medicines/ket/", parent=2)
        for renamed in (there, KETAMINE, there):
            fake.publish(renamed)
            export(settings)
        assert pages_of_comments(settings) == []
        assert remarks_in(settings, "medicines/ket/comments/3/index.html") == [5]
        assert check_release(settings) == []


def test_comments_stand_in_the_order_of_their_instants_and_are_dated_in_utc(tmp_path):
    """Also in the night in which clocks go back, and for a reader far in the east."""
    first = remark(1) | {"posted_at": "2026-10-25T01:50:00+01:00"}
    second = remark(2) | {"posted_at": "2026-10-25T01:10:00+00:00"}
    third = remark(3) | {"posted_at": "2026-11-01T05:00:00+11:00"}
    with cms(site(), *PAGES, third, second, first) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert remarks_in(settings, FIRST) == [1, 2, 3]
    html = text_of(settings, FIRST)
    assert '<time datetime="2026-10-25T00:50:00Z">25 October 2026</time>' in html
    assert '<time datetime="2026-10-31T18:00:00Z">31 October 2026</time>' in html
