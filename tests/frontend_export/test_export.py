"""A whole export, from a CMS that speaks HTTP to the files a web server would serve."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from frontend_export.config import Settings
from frontend_export.content import Content, Page
from frontend_export.errors import ContentError, SourceError
from frontend_export.pipeline import Options, export
from frontend_export.pipeline.exporter import Exporter
from frontend_export.pipeline.intake import take_in
from frontend_export.plan.changes import PublishedFile
from frontend_export.release import Manifest, Releases
from frontend_export.render.renderer import Renderer
from frontend_export.source.chosen import source_of
from frontend_export.source.feed import Record, parse_record
from frontend_export.state import State
from frontend_export.state.database import SCHEMA_VERSION, opened

from .fake_cms import (
    article,
    block,
    cms,
    comment,
    document,
    files_of,
    helpline,
    image,
    image_block,
    page,
    person,
    redirect,
    rich_text,
    settings_for,
    site,
    text_of,
    topic,
)


def manifest_of(settings: Settings, release: str) -> Manifest:
    return Releases(settings.output_dir, settings.state_dir).manifest(release)


def published(settings: Settings, release: str) -> dict[str, PublishedFile]:
    releases = Releases(settings.output_dir, settings.state_dir)
    return dict(releases.all_files(releases.manifest(release)))


HOME = page(1, "/")
MEDICINES = topic(2, "/medicines/")
KETAMINE = article(3, "/medicines/ketamine/", parent=2)
ABOUT = page(4, "/about/")


def tree(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def test_site_has_a_file_for_every_page_and_its_own_files(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
    files = files_of(settings)
    assert {path for path in files if not path.startswith("assets/")} == {
        "404.html",
        "_headers",
        "_redirects",
        "_redirects.caddy",
        "_redirects.nginx",
        "a-z/index.html",
        "comments/thanks/index.html",
        "feed.xml",
        "index.html",
        "medicines/feed.xml",
        "medicines/index.html",
        "medicines/ketamine/index.html",
        "redirects.json",
        "robots.txt",
        "site-map/index.html",
        "sitemap.xml",
    }
    assert (report.pages, report.switched, report.exit_code) == (3, True, 0)


def test_second_export_of_the_same_content_touches_nothing(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE, comment(1, on=3)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = tree(settings.output_dir)
        report = export(settings)
    assert tree(settings.output_dir) == before
    assert (report.rendered, report.switched, report.removed) == (0, False, 0)


def test_changed_page_is_rendered_and_the_rest_is_the_same_inode(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        inode = (settings.output_dir / "current/about/index.html").stat().st_ino
        fake.publish(KETAMINE | {"title": "What is ketamine?"})
        export(settings)
    assert "What is ketamine?" in text_of(settings, "medicines/ketamine/index.html")
    assert "What is ketamine?" in text_of(settings, "medicines/index.html")
    assert (settings.output_dir / "current/about/index.html").stat().st_ino == inode


def test_feed_of_a_topic_follows_its_articles_newest_first(tmp_path):
    older = article(3, "/medicines/b/", parent=2, title="Older")
    newer = article(5, "/medicines/a/", parent=2, title="Newer")
    newer["last_published_at"] = "2026-11-03T09:00:00Z"
    living = topic(6, "/living/")
    with cms(HOME, MEDICINES, older, newer, living) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        feed = text_of(settings, "medicines/feed.xml")
        assert feed.index("Newer") < feed.index("Older")
        assert "<entry>" not in text_of(settings, "living/feed.xml")
        fake.unpublish("page", 3)
        export(settings)
        assert "Older" not in text_of(settings, "medicines/feed.xml")
        fake.unpublish("page", 6)
        export(settings)
    assert "living/feed.xml" not in files_of(settings)


def test_changed_person_is_rendered_anew_on_the_articles_that_show_them(tmp_path):
    brown, grey = person(1), person(2, name="Dr Grey")
    written = article(
        3, "/medicines/ketamine/", parent=2, fields={"authors": [block("author", {"person": 1})]}
    )
    reviewed = article(5, "/medicines/naloxone/", parent=2, fields={"authors": [], "reviewer": 1})
    other = article(6, "/medicines/lithium/", parent=2, fields={"authors": [], "reviewer": 2})
    with cms(HOME, MEDICINES, written, reviewed, other, brown, grey) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.publish(person(1, name="Dr Green"))
        report = export(settings)
    assert report.rendered == 2
    for slug in ("ketamine", "naloxone"):
        assert "Dr Green" in text_of(settings, f"medicines/{slug}/index.html")


def test_earlier_release_is_never_written_through(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        old = (settings.output_dir / f"releases/{first}/about/index.html").read_bytes()
        fake.publish(ABOUT | {"title": "About us"})
        export(settings)
    assert (settings.output_dir / f"releases/{first}/about/index.html").read_bytes() == old


def test_unpublished_page_leaves_the_site_with_its_folder(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.unpublish("page", 3)
        report = export(settings)
    assert not (settings.output_dir / "current/medicines/ketamine").exists()
    assert not any(b"ketamine" in body for body in files_of(settings).values())
    assert report.removed == 1


def test_deleted_section_takes_all_below_it_and_their_files_along(tmp_path):
    """A file that only these pages showed stays for one more release: for those who still read."""
    link = '<p><a linktype="document" id="2">Leaflet</a></p>'
    below = article(3, "/medicines/ketamine/", parent=2, body=[image_block(7), rich_text(link)])
    with cms(HOME, ABOUT, MEDICINES, below, image(7), document(2)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert any(path.startswith(("images/", "documents/")) for path in files_of(settings))
        fake.unpublish("page", 2)
        fake.unpublish("page", 3)
        export(settings)
        assert not any(path.startswith("medicines/") for path in files_of(settings))
        fake.publish(ABOUT | {"title": "About us"})
        export(settings)
    assert not any(path.startswith(("images/", "documents/")) for path in files_of(settings))
    assert not any(b"ketamine" in body for body in files_of(settings).values())


def test_article_with_nothing_in_its_body_or_its_parts_goes_out(tmp_path):
    parts = [
        block("image", {"image": None, "caption": ""}),
        block("benefits", {"heading": "", "items": []}),
        block("risks", {"heading": "", "introduction": "", "groups": []}),
        rich_text(""),
    ]
    bare = article(3, "/medicines/bare/", parent=2, body=[])
    hollow = article(4, "/medicines/hollow/", parent=2, body=parts)
    with cms(HOME, MEDICINES, bare, hollow) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
    pages = {path for path in files_of(settings) if path.startswith("medicines/")}
    assert pages >= {"medicines/bare/index.html", "medicines/hollow/index.html"}
    assert b"<figure" not in files_of(settings)["medicines/hollow/index.html"]
    assert report.exit_code == 0


def test_hidden_comment_leaves_its_page(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE, comment(1, on=3, text="canary-7f")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert "canary-7f" in text_of(settings, "medicines/ketamine/index.html")
        fake.unpublish("comment", 1)
        export(settings)
    assert "canary-7f" not in text_of(settings, "medicines/ketamine/index.html")


def test_comments_of_a_page_that_left_are_nowhere_and_a_comparison_misses_none(tmp_path):
    words = comment(1, on=3, text="canary-7f"), comment(2, on=3, text="canary-8f")
    with cms(HOME, MEDICINES, KETAMINE, *words, comment(3, on=2)) as fake:
        settings = settings_for(fake, tmp_path)
        with Exporter(settings, source_of(settings)) as exporter:  # the first run of each compares
            exporter.export(Options())
            fake.unpublish("page", 3)
            fake.requests.clear()
            exporter.export(Options())
        feeds = [path for path in fake.requests if "/feed" in path]
        assert len(feeds) == 1
        for folder in (settings.state_dir, settings.output_dir):
            left = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
            assert left
            assert not any(b"canary" in body for body in left)
        fake.requests.clear()
        export(settings, Options(compare=True))
        feeds = [path for path in fake.requests if "/feed" in path]
        assert len(feeds) == 1  # what the comparison found was no other than the state
        fake.publish(KETAMINE)
        export(settings)
    page_again = text_of(settings, "medicines/ketamine/index.html")
    assert [word in page_again for word in ("canary-7f", "canary-8f")] == [True, True]


def test_moved_page_takes_its_new_path_and_leaves_the_old_one(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.publish(KETAMINE | {"path": "/medicines/esketamine/", "slug": "esketamine"})
        fake.publish(redirect(1, "/medicines/ketamine", 3))
        export(settings)
    assert "Page 3" in text_of(settings, "medicines/esketamine/index.html")
    assert "esketamine" in text_of(settings, "medicines/ketamine/index.html")  # the stub
    assert text_of(settings, "_redirects") == "/medicines/ketamine/ /medicines/esketamine/ 301\n"


def test_link_to_a_page_that_comes_later_appears_then(tmp_path):
    linking = page(4, "/about/", body=[rich_text('<p><a linktype="page" id="9">Nine</a></p>')])
    with cms(HOME, linking) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
        assert 'href="/nine/"' not in text_of(settings, "about/index.html")
        assert [finding.severity for finding in report.findings] == ["warning"]
        fake.publish(page(9, "/nine/"))
        export(settings)
    assert 'href="/nine/"' in text_of(settings, "about/index.html")


def test_day_on_which_a_review_is_overdue_changes_the_page(tmp_path):
    due = article(3, "/medicines/ketamine/", parent=2, fields={"next_review_due": "2026-12-01"})
    with cms(HOME, MEDICINES, due) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.now = "2026-12-02T00:00:00Z"
        report = export(settings)
    assert report.rendered == 1


def test_long_topic_is_paged_and_shrinks_again(tmp_path):
    articles = [article(10 + at, f"/medicines/a{at}/", parent=2) for at in range(5)]
    with cms(site(lists_page_size=2), HOME, MEDICINES, *articles) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert "/medicines/a4/" in text_of(settings, "medicines/page/3/index.html")
        fake.unpublish("page", 14)
        export(settings)
    assert not (settings.output_dir / "current/medicines/page/3").exists()
    assert "/medicines/a3/" in text_of(settings, "medicines/page/2/index.html")


def test_topic_lists_its_articles_in_the_order_of_the_editors(tmp_path):
    first = article(12, "/medicines/first/", parent=2, position="1")
    second = article(11, "/medicines/second/", parent=2, position="2")
    with cms(site(lists_page_size=1), HOME, MEDICINES, second, first) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert "/medicines/first/" in text_of(settings, "medicines/index.html")
        assert "/medicines/second/" in text_of(settings, "medicines/page/2/index.html")
        fake.publish(first | {"position": "3"})
        export(settings)
    assert "/medicines/first/" in text_of(settings, "medicines/page/2/index.html")


def test_only_files_that_a_page_needs_are_fetched(tmp_path):
    shown = page(4, "/about/", body=[image_block(7)])
    with cms(HOME, shown, image(7), image(8), document(2)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fetched = list(fake.fetched)
        export(settings)
    assert sorted(fetched) == ["renditions/70", "renditions/71"]
    assert len([path for path in files_of(settings) if path.startswith("images/")]) == 2


def test_cms_that_goes_away_while_files_are_fetched_changes_nothing(tmp_path):
    shown = page(4, "/about/", body=[image_block(7)])
    with cms(HOME, shown, image(7)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        old = files_of(settings)
        fake.publish(page(4, "/about/", body=[image_block(8)]), image(8))
        feed = b"\n".join(fake.lines())
        fake.answers = [(200, {"content_type": "application/x-ndjson"}, feed)]
        fake.answers += [(0, {}, b"")] * 20
        with pytest.raises(SourceError, match="Start the CMS"):
            export(settings)
        assert files_of(settings) == old
        fake.answers = []
        export(settings)
    assert files_of(settings) != old


def test_replaced_image_stays_one_release_longer_than_its_page(tmp_path):
    shown = page(4, "/about/", body=[image_block(7)])
    with cms(HOME, shown, image(7, widths=(320,))) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.publish(image(7, widths=(640,)))
        export(settings)
        both = [path for path in files_of(settings) if path.startswith("images/")]
        fake.publish(ABOUT | {"id": 5, "path": "/more/", "slug": "more"})
        export(settings)
        after = [path for path in files_of(settings) if path.startswith("images/")]
    assert (len(both), len(after)) == (2, 1)


def test_withdrawn_document_does_not_stay_for_one_release(tmp_path):
    linking = page(
        4, "/about/", body=[rich_text('<p><a linktype="document" id="2">Leaflet</a></p>')]
    )
    with cms(HOME, linking, document(2)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert any(path.startswith("documents/") for path in files_of(settings))
        fake.unpublish("document", 2)
        export(settings)
    assert not any(path.startswith("documents/") for path in files_of(settings))


def test_missing_image_keeps_the_last_good_version_and_the_rest_goes_out(tmp_path):
    shown = page(4, "/about/", body=[image_block(7)])
    with cms(HOME, shown, MEDICINES, image(7)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        good = text_of(settings, "about/index.html")
        fake.publish(page(4, "/about/", body=[image_block(8)]), image(8, url="/gone.png"))
        fake.publish(MEDICINES | {"fields": MEDICINES["fields"] | {"summary": "All medicines"}})
        report = export(settings)
        again = export(settings)
    assert text_of(settings, "about/index.html") == good
    assert "All medicines" in text_of(settings, "medicines/index.html")
    assert report.exit_code == again.exit_code == ContentError.exit_code
    (finding,) = [one for one in report.findings if one.severity == "refused"]
    assert finding.message == (
        "Page 4 '/about/' keeps its last version: image 8 'Image 8' could not be had: "
        f"'{fake.url}/gone.png' answered 404 Not Found. Upload the file again, or take it out."
    )
    assert again.release == report.release


def test_page_that_never_was_good_stays_out_and_nothing_links_to_it(tmp_path):
    broken = article(3, "/medicines/ketamine/", parent=2, body=[image_block(8)])
    linking = page(4, "/about/", body=[rich_text('<p><a linktype="page" id="3">K</a></p>')])
    with cms(HOME, MEDICINES, broken, linking, image(8, url="/gone.png")) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
    assert report.exit_code == ContentError.exit_code
    assert not any(b"/medicines/ketamine/" in body for body in files_of(settings).values())


def test_last_good_version_is_not_kept_when_it_shows_a_hidden_comment(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE, comment(1, on=3, text="canary-7f")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.unpublish("comment", 1)
        fake.publish(
            article(3, "/medicines/ketamine/", parent=2, body=[image_block(8)]),
            image(8, url="/gone.png"),
        )
        export(settings)
    assert not any(b"canary-7f" in body for body in files_of(settings).values())


def test_last_good_version_is_not_kept_when_it_shows_words_that_were_taken_back(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE, comment(1, on=3, text="canary-7f")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.publish(
            comment(1, on=3, text="[removed]", edition=2),
            article(3, "/medicines/ketamine/", parent=2, body=[image_block(8)]),
            image(8, url="/gone.png"),
        )
        export(settings)
    assert not any(b"canary-7f" in body for body in files_of(settings).values())


def test_block_that_cannot_be_rendered_holds_back_its_page_only(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        good = text_of(settings, "about/index.html")
        fake.publish(
            page(4, "/about/", body=[block("medical_uses", 7)]), KETAMINE | {"title": "New"}
        )
        report = export(settings)
    assert text_of(settings, "about/index.html") == good
    assert "New" in text_of(settings, "medicines/ketamine/index.html")
    assert report.exit_code == ContentError.exit_code
    assert "Page 4 '/about/' keeps its last version" in report.findings[0].message


def test_page_with_a_dead_link_is_refused_where_the_setting_says_so(tmp_path):
    to_a_draft = block("rich_text", '<p>See <a linktype="page" id="66">this</a>.</p>')
    about = page(4, "/about/", body=[to_a_draft])
    with cms(HOME, MEDICINES, about) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
        assert (report.exit_code, len(report.findings)) == (0, 1)
        assert "<p>See this.</p>" in text_of(settings, "about/index.html")
        refusing = settings_for(fake, tmp_path, dead_links="fail")
        report = export(refusing)
        assert report.exit_code == ContentError.exit_code
        assert "Page 4 '/about/' keeps its last version" in report.findings[0].message
        assert "page '66'" in report.findings[0].message
        fake.publish(page(66, "/this/"))
        report = export(refusing)
    assert (report.exit_code, report.findings) == (0, ())
    assert '<a href="/this/">this</a>' in text_of(settings, "about/index.html")


def test_sample_content_needs_the_setting(tmp_path):
    sample = article(3, "/medicines/ketamine/", parent=2, fields={"sample_content": True})
    with cms(HOME, MEDICINES, sample) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
        assert "medicines/ketamine/index.html" not in files_of(settings)
        assert report.exit_code == ContentError.exit_code
        assert "PLAINLEAF_ALLOW_SAMPLE_CONTENT" in report.findings[0].message
        report = export(settings_for(fake, tmp_path, allow_sample_content=True))
    assert "medicines/ketamine/index.html" in files_of(settings)
    assert report.exit_code == 0


def test_page_that_stays_out_is_linked_from_nowhere(tmp_path):
    sample = article(3, "/medicines/ketamine/", parent=2, fields={"sample_content": True})
    linking = page(4, "/about/", body=[rich_text('<p><a linktype="page" id="3">K</a></p>')])
    menu = [{"label": "", "page": 3, "url": ""}]
    with cms(site(main_menu=menu), HOME, MEDICINES, sample, linking) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert not any(b"ketamine" in body for body in files_of(settings).values())


def test_two_pages_on_one_path_name_both_and_change_nothing(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = tree(settings.output_dir)
        fake.publish(page(40, "/About/"))
        with pytest.raises(ContentError) as refused:
            export(settings)
    assert str(refused.value) == "Pages 4 and 40 both want 'About/index.html'. Change one slug."
    assert tree(settings.output_dir) == before


def test_page_on_a_file_of_the_site_is_refused(tmp_path):
    pages = (HOME, page(4, "/comments/"), page(5, "/comments/thanks/", parent=4))
    refused = pytest.raises(ContentError, match=r"^Page 5 wants 'comments/thanks/index\.html'")
    with cms(*pages) as fake, refused:
        export(settings_for(fake, tmp_path))


def test_bad_path_keeps_the_page_and_what_is_below_out(tmp_path):
    bad = page(4, "/../x/", slug="../x")
    below = page(5, "/../x/y/", parent=4)
    with cms(HOME, bad, below, MEDICINES) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
    assert report.exit_code == ContentError.exit_code
    assert [finding.message for finding in report.findings] == [
        "Page 4, and 1 below it, stays out: its path '/../x/' has the segment '..'. Correct it."
    ]
    assert "medicines/index.html" in files_of(settings)
    assert not list(tmp_path.rglob("x"))


def test_missing_root_changes_nothing(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = files_of(settings)
        fake.unpublish("page", 1)
        with pytest.raises(ContentError, match="The root page 1 of the site 'Plainleaf'"):
            export(settings)
    assert files_of(settings) == before


def test_most_of_the_pages_may_leave_at_once(tmp_path):
    with cms(HOME, *(page(number, f"/p{number}/") for number in range(2, 7))) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        for number in range(2, 7):
            fake.unpublish("page", number)
        report = export(settings)
    assert report.pages == 1
    assert not (settings.output_dir / "current/p2").exists()


def test_file_changed_by_hand_is_repaired(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        good = files_of(settings)
        (settings.output_dir / "current/about/index.html").unlink()
        (settings.output_dir / "current/404.html").write_text("x")
        export(settings)
        assert files_of(settings) == good
        target = settings.output_dir / "current/about/index.html"
        target.write_bytes(b"x" * len(good["about/index.html"]))  # the size says nothing
        export(settings, Options(full=True))
    assert files_of(settings) == good


@pytest.mark.parametrize("path", ["_redirects", "medicines/feed.xml", "assets/cards/topic-2.*.png"])
def test_file_that_was_changed_by_hand_is_made_again(tmp_path, path):
    with cms(HOME, MEDICINES, KETAMINE, redirect(1, "/old", 3)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        good = files_of(settings)
        (changed,) = (settings.output_dir / "current").glob(path)
        changed.write_bytes(b"changed by hand")
        export(settings)
    assert files_of(settings) == good


def test_damaged_state_is_built_again(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings)
        (settings.state_dir / "state.db").write_bytes(b"not a database" * 1000)
        second = export(settings)
    assert (second.release, second.rendered) == (first.release, 0)


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE record",
        "DROP INDEX page_by_parent",
        "ALTER TABLE page DROP COLUMN summary",
        "PRAGMA user_version = 99",
    ],
)
def test_state_of_another_shape_is_built_again(tmp_path, change):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings)
        with closing(sqlite3.connect(settings.state_dir / "state.db")) as database, database:
            shape = "SELECT user_version, sql FROM pragma_user_version, sqlite_master ORDER BY name"
            before = database.execute(shape).fetchall()
            database.execute(change)
            assert database.execute(shape).fetchall() != before
        second = export(settings)
        with closing(sqlite3.connect(settings.state_dir / "state.db")) as database:
            assert database.execute(shape).fetchall() == before
    assert (second.release, second.rendered) == (first.release, 0)


def test_home_page_that_cannot_be_made_keeps_nothing_else_from_the_site(tmp_path):
    broken = page(1, "/", body=[block("medical_uses", 7)])
    with cms(broken, MEDICINES, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
        again = export(settings)
        fake.publish(HOME)
        mended = export(settings)
        home = text_of(settings, "index.html")
    assert report.exit_code == again.exit_code == ContentError.exit_code
    assert "Page 1 '/' shows the topics alone: " in report.findings[0].message
    assert not again.switched
    assert mended.exit_code == 0
    assert "being mended" not in home


def test_removal_does_not_wait_for_a_home_page_that_cannot_be_made(tmp_path):
    """Neither the page as it is nor its last version may show what is gone."""
    told = article(3, "/medicines/ketamine/", parent=2, title="canary-7f")
    shown = rich_text('<a linktype="page" id="3">canary-7f</a>')
    with cms(page(1, "/", body=[shown]), MEDICINES, told) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert "canary-7f" in text_of(settings, "index.html")
        fake.unpublish("page", 3)
        fake.publish(page(1, "/", body=[block("medical_uses", 7)]))
        report = export(settings)
    files = files_of(settings)
    assert not any(b"canary-7f" in body for body in files.values())
    assert b"being mended" in files["index.html"]
    assert b'href="/medicines/"' in files["index.html"]
    assert report.exit_code == ContentError.exit_code


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"a": 1}, "page 4: 'body' must be a list, not '{\"a\":1}'."),
        (None, "page 4: 'body' must be a list, not 'null'."),
        ("hello", "page 4: 'body' must be a list"),
        ([1, 2], "page 4: 'body' must be a list of objects"),
        ([{"value": "x"}], "page 4: body[0]: 'type' must be text, not absent."),
    ],
)
def test_body_that_is_none_holds_back_its_page_only(tmp_path, body, wrong):
    with cms(HOME, ABOUT, page(5, "/privacy/")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = text_of(settings, "about/index.html")
        fake.publish(
            ABOUT | {"fields": {"summary": "", "body": body}}, page(5, "/privacy/", title="Now")
        )
        report = export(settings)
    assert "Now" in text_of(settings, "privacy/index.html")
    assert text_of(settings, "about/index.html") == before
    (finding,) = report.findings
    assert finding.message.startswith(f"Page 4 '/about/' keeps its last version: {wrong}")
    assert report.exit_code == 4


def test_references_beyond_any_number_are_left_out(tmp_path):
    step = {"label": "Go", "purpose": "read_next", "page": 10**30, "url": ""}
    body = [block("helpline", {"helpline": 2**63}), block("next_step", step), image_block(10**19)]
    with cms(HOME, page(4, "/about/", body=body)) as fake:
        report = export(settings_for(fake, tmp_path))
    assert [finding.severity for finding in report.findings] == ["warning"] * 3
    assert report.pages == 2


def test_full_export_fetches_no_file_again_that_is_whole(tmp_path):
    with cms(HOME, page(4, "/about/", body=[image_block(7)]), image(7)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.requests.clear()
        export(settings, Options(full=True))
    assert fake.requests == ["/api/export/v1/feed", "/api/export/v1/runs"]


def test_full_export_believes_no_record_that_waits_on_the_disk(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = files_of(settings)
        with closing(sqlite3.connect(settings.state_dir / "state.db")) as database, database:
            database.execute("UPDATE record SET raw = '{}' WHERE kind = 'page'")
        report = export(settings, Options(full=True))
    assert report.findings == ()
    assert files_of(settings) == before


def test_image_that_disk_and_cms_have_lost_takes_its_page_along(tmp_path):
    shown = page(4, "/about/", body=[image_block(7)])
    with cms(HOME, MEDICINES, shown, image(7, widths=(320,))) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        (path,) = (settings.output_dir / "current/images").iterdir()
        path.unlink()
        fake.files = {"/other": b"x"}
        report = export(settings)
        assert "about/index.html" not in files_of(settings)
        (finding,) = report.findings
        assert finding.message.startswith("Page 4 '/about/' stays out: image 7 'Image 7' could not")
        fake.files = {}
        report = export(settings)
    assert "about/index.html" in files_of(settings)
    assert report.findings == ()


def test_record_of_a_release_follows_what_takes_the_place_of_another(tmp_path):
    """The same image uploaded twice, a page deleted and made anew: the bytes stay the same."""
    first = [page(4, "/about/", body=[image_block(7)]), image(7)]
    second = [first[0] | {"id": 5}, image(7) | {"id": 8}]
    second[0]["fields"] = first[0]["fields"] | {"body": [image_block(8)]}
    with cms(HOME, *first) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.records = [HOME, *second]
        release = export(settings).release
    shown = {key for file in published(settings, release).values() for key in file.keys}
    assert shown == {"page/1", "page/5", "image/8"}


def test_state_that_was_being_filled_when_its_process_died_is_filled_anew(tmp_path):
    """Nothing waited for the disk while it was filled: what is in it may be half there."""
    with cms(page(1, "/"), page(2, "/a/")) as fake:
        settings = settings_for(fake, tmp_path)
        died = os.fork()
        if died == 0:
            take_in(source_of(settings), _opened(settings), settings)
            os._exit(9)
        os.waitpid(died, 0)
        assert _version_of(settings) == 0
        fake.requests.clear()
        export(settings)
        assert "/api/export/v1/feed" in fake.requests
        assert _version_of(settings) == SCHEMA_VERSION


def test_state_of_a_first_export_that_failed_is_kept(tmp_path):
    with cms(page(1, "/"), page(2, "/a/")) as fake:
        templates = tmp_path / "theme" / "templates"
        templates.mkdir(parents=True)
        (templates / "base.html").write_text("{{ nothing.here }}")
        settings = settings_for(fake, tmp_path, theme_dir=templates.parent)
        for _ in range(2):
            fake.requests.clear()
            with pytest.raises(ContentError):
                export(settings)
    assert "/api/export/v1/feed" not in fake.requests


def _opened(settings: Settings) -> State:
    settings.state_dir.mkdir()
    return State(opened(settings.state_dir / "state.db"), settings.state_dir / "state.db")


def _version_of(settings: Settings) -> int:
    with closing(sqlite3.connect(settings.state_dir / "state.db")) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def test_lost_state_gives_the_same_site(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE, comment(1, on=3)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = files_of(settings)
        export(settings_for(fake, tmp_path, state_dir=tmp_path / "other"))
    assert files_of(settings) == before


def test_dry_run_says_what_would_change_and_changes_nothing(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = tree(settings.output_dir)
        fake.unpublish("page", 4)
        fake.publish(page(5, "/more/"))
        report = export(settings, Options(dry_run=True))
    assert tree(settings.output_dir) == before
    assert report.changes["remove"] == ["about/index.html"]
    assert "more/index.html" in report.changes["render"]


def test_dry_run_says_nothing_of_a_file_that_lingers_for_readers(tmp_path):
    shown = page(4, "/about/", body=[image_block(7)])
    with cms(HOME, shown, image(7, widths=(320,))) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.publish(image(7, widths=(640,)))
        export(settings)
        report = export(settings, Options(dry_run=True))
    assert report.changes == {"render": [], "remove": []}


def test_edge_knows_the_site_without_the_cms(tmp_path):
    records = (HOME, MEDICINES, with_fields(KETAMINE, withdrawn_on=None), helpline(1))
    with cms(*records) as fake:
        settings = settings_for(fake, tmp_path)
        release = export(settings).release
    lines = (settings.state_dir / f"releases/{release}.edge.ndjson").read_bytes().splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds == ["begin", "site", "page", "page", "page", "snippet", "end"]
    known = [parse_record(line) for line in lines]
    (ketamine,) = [
        one.value for one in known if isinstance(one, Record) and one.kind == "page" and one.id == 3
    ]
    assert isinstance(ketamine, Page)
    assert ketamine.fields == {
        "summary": "About 3",
        "comments_mode": "open",
        "comments_close_on": None,
        "withdrawn_on": None,
    }


def with_fields(record, **fields):
    return record | {"fields": record["fields"] | fields}


def test_withdrawn_page_stays_as_a_notice_and_no_list_says_what_it_said(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert "About 3" in text_of(settings, "medicines/index.html")
        withdrawn = {"withdrawn_on": "2026-11-20", "withdrawn_reason": "It was wrong."}
        fake.publish(with_fields(KETAMINE, **withdrawn))
        export(settings)
    assert "About 3" not in text_of(settings, "medicines/index.html")
    article_text = text_of(settings, "medicines/ketamine/index.html")
    assert "It was wrong." in article_text
    assert "About 3" not in article_text
    assert "<form" not in article_text


def test_plan_declares_every_question_that_the_theme_asks(tmp_path, monkeypatch):
    """Otherwise a change of what a page shows would leave the page as it is."""
    asked: dict[int, set[str]] = {}
    render_page = Renderer.page

    def recording(self: Renderer, page: Page, content: Content, **kwargs):
        with monkeypatch.context() as patch:
            questions = asked.setdefault(page.id, set())
            for name, kind in (("page_link", "page"), ("image", "image"), ("document", "document")):
                answer = getattr(content, name)

                def note(number: int, kind: str = kind, answer=answer):
                    questions.add(f"{kind}/{number}")
                    return answer(number)

                patch.setattr(content, name, note, raising=True)
            return render_page(self, page, content, **kwargs)

    monkeypatch.setattr(Renderer, "page", recording)
    body = [
        rich_text('<p><a linktype="page" id="4">A</a> <a linktype="document" id="2">D</a></p>'),
        image_block(7),
        block("next_step", {"label": "", "purpose": "read_next", "page": 5, "url": ""}),
    ]
    ketamine = article(3, "/medicines/ketamine/", parent=2, body=body)
    records = [HOME, MEDICINES, ketamine, ABOUT, page(5, "/more/"), image(7), document(2)]
    menu = [{"label": "", "page": 4, "url": ""}]
    with cms(site(main_menu=menu), *records) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
    shared = manifest_of(settings, report.release).shared
    for file in published(settings, report.release).values():
        if file.page_id:
            assert asked[file.page_id] <= {*file.keys, *shared}
    assert {"page/4", "page/5", "image/7", "document/2"} <= asked[3]


@pytest.mark.parametrize("seed", ["1", "77"])
def test_bytes_do_not_depend_on_hash_seed_or_time_zone(tmp_path, seed):
    with cms(HOME, MEDICINES, KETAMINE, ABOUT, comment(1, on=3), helpline(1)) as fake:
        here = settings_for(fake, tmp_path / "here")
        export(here)
        there = settings_for(fake, tmp_path / "there")
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "TZ": "Pacific/Kiritimati",
            "PLAINLEAF_CMS_URL": fake.url,
            "PLAINLEAF_FEED_TOKEN": fake.token,
            "PLAINLEAF_SEARCH": "false",
            "PLAINLEAF_SITE_URL": here.site_url,
            "PLAINLEAF_OUTPUT_DIR": str(there.output_dir),
            "PLAINLEAF_STATE_DIR": str(there.state_dir),
        }
        command = [sys.executable, "-m", "frontend_export", "export", "--json"]
        subprocess.run(command, env=environment, check=True, capture_output=True)
    assert files_of(there) == files_of(here)
