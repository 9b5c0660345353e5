"""What becomes of a foreign site on its way through the whole export: pages, files, findings."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable
from glob import glob
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from frontend_export import config
from frontend_export.check import check_release
from frontend_export.cli import main
from frontend_export.config import read_settings
from frontend_export.errors import ContentError, DriftError, SettingsError
from frontend_export.pipeline import export
from frontend_export.pipeline.watch import watch
from frontend_export.render.renderer import Renderer
from tests.any_wagtail.fake_api import HOST, JPEG, FakeApi, body, meta_of, page
from tests.live import wait_until

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def no_demo_of_this_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "DEMO_ENVIRONMENT", Path(os.devnull))


class Export:
    """Exports of one site into one folder."""

    def __init__(self, api: FakeApi, folder: Path, **more: Any) -> None:
        self.current = folder / "public" / "current"
        self.settings = read_settings(
            **{
                "source": "pages-api",
                "api_url": api.url,
                "site_url": "https://garden.example.org",
                "output_dir": folder / "public",
                "state_dir": folder / "state",
                "search": False,  # its index takes longer than all the rest
                **more,
            }
        )

    def run(self) -> list[str]:
        """Export; what it said."""
        return [finding.message for finding in export(self.settings).findings]

    def html(self, path: str = "a/") -> str:
        return (self.current / path / "index.html").read_text("utf-8")

    def main(self, path: str = "a/") -> str:
        """What a page has of its own, on one line."""
        html = self.html(path)
        return " ".join(html.partition("<main")[2].partition("</main>")[0].split())

    def files(self) -> dict[str, bytes]:
        """What a visitor can get, but for files that only an older page names."""
        names = glob("**/*", root_dir=self.current, recursive=True)  # noqa: PTH207 - through links
        files = {
            name: (self.current / name).read_bytes()
            for name in sorted(names)
            if (self.current / name).is_file()
        }
        text = b"".join(body for name, body in files.items() if name.endswith((".html", ".css")))
        old = ("images/", "documents/", "assets/cards/")
        return {
            name: body
            for name, body in files.items()
            if not name.startswith(old) or name.encode() in text
        }

    def is_whole(self) -> bool:
        return check_release(self.settings) == []


def site(*pages: dict[str, Any]) -> FakeApi:
    return FakeApi(page(3, "/", "home.HomePage", title="Garden club"), *pages)


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("subtitle", "In spring", "<h2>In spring</h2>"),
        ("location", "The shed", "<p><b>Location:</b> The shed</p>"),
        ("notes", "One.\n\nTwo.", "<p><b>Notes:</b> One.</p> <p>Two.</p>"),
        ("intro", "<p>All <b>are</b> welcome</p>", "<p>All <b>are</b> welcome</p>"),
        ("side_effects", "<p>None</p>", "<h2>Side effects</h2> <p>None</p>"),
        ("is_featured", True, "<p><b>Is featured:</b> Yes</p>"),
        ("price", 4.5, "<p><b>Price:</b> 4.5</p>"),
        ("date", "2026-05-01", '<time datetime="2026-05-01">1 May 2026</time>'),
        (
            "starts",
            "2026-05-01T09:00:00Z",
            '<time datetime="2026-05-01T09:00:00Z">1 May 2026</time>',
        ),
        (
            "website",
            "https://example.org/x",
            '<a href="https://example.org/x">https://example.org/x</a>',
        ),
        ("tags", ["bird", "nest"], "<h2>Tags</h2> <ul> <li>bird</li> <li>nest</li> </ul>"),
        ("plot", "2026-02-30", "<p><b>Plot:</b> 2026-02-30</p>"),  # which no calendar has
        ("withdrawn_on", "2026-05-01", "<p><b>Withdrawn on:</b> <time"),
        ("quote", "Dig.", "<blockquote> <p>Dig.</p> </blockquote>"),
        ("formula", "a < b & c", "<p><b>Formula:</b> a &lt; b &amp; c</p>"),
        (
            "address",
            {"street": "1 Road", "town": "Hull"},
            "<h2>Address</h2> <p><b>Street:</b> 1 Road</p> <p><b>Town:</b> Hull</p>",
        ),
        (
            "times",
            [["Mon", "9"], ["Tue", "10"]],
            "<tr> <td>Mon</td> <td>9</td> </tr> <tr> <td>Tue</td> <td>10</td> </tr>",
        ),
        (
            "cards",
            [{"heading": "One", "text": "First"}],
            "<ul> <li><h2>One</h2> <p>First</p></li> </ul>",
        ),
        (
            "card",
            {"text": "Before it", "title": "One", "notes": ["a", "b"]},
            "<h2>Card</h2> <p>Before it</p> <h3>One</h3> <h4>Notes</h4>",
        ),
    ],
)
def test_field_is_shown_by_its_shape(tmp_path, field, value, shown):
    with site(page(4, "/a/", **{field: value})) as api:
        exported = Export(api, tmp_path)
        exported.run()
    assert shown in exported.main()
    assert exported.is_whole()


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("heading", "What to plant", "<h2>What to plant</h2>"),
        ("paragraph", "<p>Roses</p>", "<p>Roses</p>"),
        ("note", "Plain words", "<p>Plain words</p>"),
        ("rating", 4, "<p><b>Rating:</b> 4</p>"),
        ("steps", ["Dig", "Water"], "<ul> <li>Dig</li> <li>Water</li> </ul>"),
        (
            "table",
            {"data": [["Plant", "Month"], ["Rose", "May"]], "first_row_is_table_header": True},
            '<th scope="col">Plant</th>',
        ),
        (
            "prices",
            {
                "columns": [
                    {"type": "text", "heading": "Plant"},
                    {"type": "rich", "heading": "Note"},
                ],
                "rows": [{"values": ["Rose", "<p>Red</p>"]}],
                "caption": "Prices",
            },
            "<td>Rose</td> <td>Red</td>",
        ),
        ("button", {"text": "Join", "page": 3, "url": ""}, '<p><a href="/">Join</a></p>'),
        ("button", {"text": "Join", "page": 99, "url": ""}, "<p>Join</p>"),
        (
            "button",
            {"text": "Far", "url": "https://example.org/"},
            '<a href="https://example.org/">Far',
        ),
        (
            "columns",
            body(("text", "<p>Left</p>"), ("text", "<p>Right</p>")),
            "<p>Left</p> <p>Right</p>",
        ),
    ],
)
def test_block_is_shown_by_its_shape(tmp_path, kind, value, shown):
    with site(page(4, "/a/", body=body((kind, value)))) as api:
        exported = Export(api, tmp_path)
        exported.run()
    assert shown in exported.main()
    assert exported.is_whole()


def test_no_heading_of_another_cms_skips_a_level_and_others_keep_theirs(tmp_path):
    table = {"data": [["Rose", "<h4>Cut</h4><p>Back</p>"]]}
    stream = body(
        ("paragraph", "<h3>Roses</h3><h4>Red</h4><h3>Trees</h3>"),
        ("heading", "What to plant"),
        ("paragraph", "<p>Now</p><h4>Bulbs</h4><h4>Seeds</h4><h2>Later</h2><h3>Shrubs</h3>"),
        ("table", table),
    )
    with site(page(4, "/a/", intro="<h5>Hello</h5>", body=stream)) as api:
        exported = Export(api, tmp_path)
        exported.run()
    found = re.findall(r"<h([1-6])\b[^>]*>([^<]*)</h\1>", exported.main())
    assert [(int(level), words) for level, words in found[1:]] == [
        (2, "Hello"),
        (2, "Roses"),
        (3, "Red"),
        (2, "Trees"),
        (2, "What to plant"),
        (3, "Bulbs"),
        (3, "Seeds"),
        (2, "Later"),
        (3, "Shrubs"),
        (4, "Cut"),
    ]
    assert exported.is_whole()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (
            {
                "data": [["", "Month"], ["Rose", "May"], [None, "June"]],
                "first_row_is_table_header": True,
                "first_col_is_header": True,
            },
            '<thead> <tr> <td></td> <th scope="col">Month</th> </tr> </thead> <tbody> <tr> '
            '<th scope="row">Rose</th> <td>May</td> </tr> <tr> <td></td> <td>June</td> </tr>',
        ),
        (
            {"columns": [{"heading": ""}], "rows": [{"values": ["Rose"]}]},
            "<table> <tbody> <tr> <td>Rose</td> </tr>",
        ),
    ],
)
def test_cell_without_words_is_no_header(tmp_path, value, shown):
    with site(page(4, "/a/", body=body(("table", value)))) as api:
        exported = Export(api, tmp_path)
        exported.run()
    assert shown in exported.main()


def test_page_that_another_cms_calls_withdrawn_keeps_its_words(tmp_path):
    with site(page(4, "/a/", withdrawn_on="2026-05-01", body="<p>Words</p>")) as api:
        exported = Export(api, tmp_path)
        exported.run()
    assert "<p>Words</p>" in exported.main()


def test_address_that_is_none_is_found_by_check(tmp_path):
    with site(page(4, "/a/", website="http://[x")) as api:
        exported = Export(api, tmp_path)
        exported.run()
    [problem] = check_release(exported.settings)
    assert problem == ("a/index.html", "links to what is no address", "http://[x")


def test_wide_table_of_another_cms_scrolls_with_keys(tmp_path):
    value = {
        "columns": [{"type": "text", "heading": "Plant"}],
        "rows": [{"values": ["Rose"]}],
        "caption": "Prices",
    }
    with site(page(4, "/a/", body=body(("prices", value)))) as api:
        exported = Export(api, tmp_path)
        exported.run()
    assert '<div class="table" role="group" tabindex="0" aria-label="Prices">' in exported.main()


def test_block_of_no_known_shape_is_shown_readably_with_a_warning(tmp_path):
    value = [[["Deep words"], ["and more words"]], [["the end of it"]]]
    with site(page(4, "/a/", body=body(("maze", value)))) as api:
        exported = Export(api, tmp_path)
        said = exported.run()
    assert "<p>Deep words</p>" in exported.main()
    assert any("What stands under 'maze' has no form" in sentence for sentence in said)


def test_picture_has_its_words_and_a_size_for_each_screen(tmp_path):
    small = {"url": "/media/images/roses.width-400.jpg", "width": 400, "height": 300, "alt": "Red"}
    figure = {"image": 1, "alt_text": "Red roses", "caption": "In May"}
    with site(page(4, "/a/", thumb=small, body=body(("figure", figure)))) as api:
        api.add_image(1, "roses.jpg")
        api.add_file("/media/images/roses.width-400.jpg")
        exported = Export(api, tmp_path)
        exported.run()
    assert 'alt="Red roses"' in exported.main()
    assert '<figcaption class="figure__caption">In May</figcaption>' in exported.main()
    assert exported.main().count("400w, ") == 2
    assert exported.is_whole()


def test_picture_of_two_fields_is_shown_once(tmp_path):
    small = {"url": "/media/images/roses.width-400.jpg", "width": 400, "height": 300, "alt": ""}
    whole = {"id": 1, "meta": meta_of("images", 1), "title": "Roses"}
    with site(page(4, "/a/", header_image=whole, header_image_small=small)) as api:
        api.add_image(1, "roses.jpg")
        api.add_file("/media/images/roses.width-400.jpg")
        exported = Export(api, tmp_path)
        exported.run()
    assert exported.main().count("<picture>") == 1
    assert "Header image" not in exported.main()


def test_templates_of_ours_are_not_for_types_of_the_same_name(tmp_path):
    stream = body(("heading", "Words"), ("image", 1), ("risks", "What may go wrong"))
    with site(page(4, "/a/", "articles.ArticlePage", body=stream, sample_content=True)) as api:
        api.add_image(1)
        exported = Export(api, tmp_path)
        exported.run()
    assert "<h2>Words</h2>" in exported.main()
    assert "What may go wrong" in exported.main()
    assert "<form" not in exported.main()


def test_pages_are_rendered_again_when_the_source_is_another():
    ours, others = (
        Renderer(site_url="https://example.org", knows_types=knows) for knows in (True, False)
    )
    assert ours.theme_fingerprint != others.theme_fingerprint


def test_templates_of_the_user_are_for_types_by_name(tmp_path):
    templates = tmp_path / "theme" / "templates"
    (templates / "blog").mkdir(parents=True)
    (templates / "blocks").mkdir()
    (templates / "blog/blog_page.html").write_text(
        '{% extends "base.html" %}{% block main %}<h1>Mine: {{ page.title }}</h1>'
        '{{ page.fields.date|long_date }}{{ body }}{{ show(page.fields.cover, "cover") }}'
        '{{ show(page.fields.join_page, "join_page") }}'
        "{% endblock %}"
    )
    (templates / "blocks/tip.html").write_text("<aside>{{ value }}</aside>")
    fields = {"date": "2026-05-01", "cover": "Green", "join_page": 3}
    fields["body"] = body(("tip", "Mulch"))
    pages = [page(4, "/a/", **fields)]
    pages += [
        page(5, "/b/", "blog.Other", body=body(("tip", "Prune"), ("box", body(("tip", "In")))))
    ]
    with site(*pages) as api:
        exported = Export(api, tmp_path, theme_dir=tmp_path / "theme")
        exported.run()
    assert "<h1>Mine: Page 4</h1>1 May 2026<aside>Mulch</aside>" in exported.main()
    assert "<b>Cover:</b> Green" in exported.main()
    assert '<b>Join page:</b> <a href="/">Garden club</a>' in exported.main()
    assert "<aside>Prune</aside>" in exported.main("b/")
    assert "<aside>In</aside>" in exported.main("b/")


def test_children_of_a_type_that_is_called_as_one_of_ours_are_listed_too(tmp_path):
    children = [page(n, f"/a/p{n}/") for n in range(10, 35)]
    with site(page(4, "/a/", "articles.ArticlePage"), *children) as api:
        exported = Export(api, tmp_path)
        exported.run()
    assert exported.main("a/").count("page-list__title") == 20
    assert exported.main("a/page/2/").count("page-list__title") == 5


def test_children_are_listed_a_page_at_a_time(tmp_path):
    posts = [page(number, f"/blog/post-{number}/") for number in range(10, 55)]
    with site(page(4, "/blog/", "blog.BlogIndexPage", intro="<p>Posts</p>"), *posts) as api:
        exported = Export(api, tmp_path)
        exported.run()
        del api.pages[2:10]
        assert exported.is_whole()
        assert "Page 3 of 3" in exported.main("blog/page/3/")
        assert exported.main("blog/page/3/").count("page-list__title") == 5
        assert "<p>Posts</p>" not in exported.main("blog/page/2/")
        exported.run()
    assert "Page 2 of 2" in exported.main("blog/page/2/")
    assert not (exported.current / "blog/page/3").exists()
    assert exported.is_whole()


def test_link_to_a_page_that_is_not_public_becomes_text_and_is_reported(tmp_path):
    html = f'<p><a linktype="page" id="9">draft</a> <a href="{HOST}/canary/">route</a></p>'
    ready = '<p><a href="None">none</a> <a>gone</a></p>'
    with site(page(4, "/a/", body=body(("text", html), ("text", ready)))) as api:
        exported = Export(api, tmp_path)
        said = exported.run()
    assert "<p>draft route</p>" in exported.main()
    assert "<p>none gone</p>" in exported.main()
    assert any("page '9' was taken out" in sentence for sentence in said)
    assert any("'/canary/' was taken out" in sentence for sentence in said)


def test_sub_route_of_a_page_is_reported_since_no_api_lists_it(tmp_path):
    """A route of a RoutablePage has no entry of its own in API v2: there is nothing to export."""
    html = '<p><a href="/blog/2026/11/">November</a></p>'
    with site(page(4, "/blog/"), page(5, "/a/", body=html)) as api:
        exported = Export(api, tmp_path)
        said = exported.run()
    assert "<p>November</p>" in exported.main()
    assert any("'/blog/2026/11/' was taken out" in sentence for sentence in said)


def test_picture_in_a_style_is_not_shown_and_not_fetched(tmp_path):
    html = '<p style="background-image: url(&quot;/media/canary.jpg&quot;)">Words</p>'
    with site(page(4, "/a/", body=html)) as api:
        exported = Export(api, tmp_path)
        exported.run()
        assert not api.asked("canary")
    assert "<p>Words</p>" in exported.main()


def test_embedded_video_becomes_a_link(tmp_path):
    html = '<embed embedtype="media" url="https://video.example.org/1"/>'
    ready = '<div class="responsive-object"><iframe src="//video.example.org/2"></iframe></div>'
    with site(page(4, "/a/", body=body(("text", html), ("text", ready)))) as api:
        exported = Export(api, tmp_path)
        exported.run()
    assert '<a href="https://video.example.org/1">' in exported.main()
    assert '<a href="https://video.example.org/2">' in exported.main()


def test_packed_answers_become_plain_pages(tmp_path):
    with site(page(4, "/a/", body="<p>Größe</p>")) as api:
        exported = Export(api, tmp_path)
        exported.run()
    for file in exported.current.rglob("*.html"):
        assert file.read_bytes().startswith(b"<!DOCTYPE html>")
        assert file.read_text("utf-8")
    assert "Größe" in exported.main()


def test_nothing_of_the_cms_is_named(tmp_path):
    fields = {"home": f"{HOST}/", "text": f'<p><a href="{HOST}/admin/">admin</a></p>'}
    with site(page(4, "/a/", **fields)) as api:
        exported = Export(api, tmp_path)
        exported.run()
        host = api.origin.removeprefix("http://").encode()
    for file in exported.current.rglob("*"):
        assert not file.is_file() or (b"//localhost" not in file.read_bytes())
        assert not file.is_file() or (host not in file.read_bytes())


def test_site_below_a_path_hangs_together(tmp_path):
    pages = [page(4, "/a/", body=body(("image", 1), ("related", 3)))]
    with site(*pages) as api:
        api.add_image(1)
        exported = Export(api, tmp_path, site_url="https://example.org/club")
        exported.run()
    assert '<a href="/club/">Garden club</a>' in exported.main()
    assert exported.is_whole()


def test_page_whose_file_cannot_be_had_keeps_its_last_version(tmp_path):
    with site(page(4, "/a/", body=body(("image", 1), ("note", "first words")))) as api:
        api.add_image(1)
        exported = Export(api, tmp_path)
        exported.run()
        api.pages[1]["body"][1]["value"] = "second words"
        api.files["/media/original_images/roses.jpg"] = (403, {}, b"no")
        said = exported.run()
    assert "first words" in exported.main()
    assert any("Page 4 '/a/' keeps its last version" in sentence for sentence in said)


def test_site_that_keeps_changing_stays_as_it_is(tmp_path):
    with site(page(4, "/a/")) as api:
        exported = Export(api, tmp_path)
        exported.run()
        release = exported.current.resolve()

        def rename() -> None:
            api.pages[1]["title"] += "!"

        api.before_list = rename
        with pytest.raises(DriftError) as error:
            exported.run()
    assert error.value.exit_code == 7
    assert exported.current.resolve() == release


def test_two_pages_on_one_path_stop_the_export_by_name(tmp_path):
    reason = "Pages 4 and 5 both want 'a/index.html'"
    with site(page(4, "/a/"), page(5, "/a/")) as api, pytest.raises(ContentError, match=reason):
        Export(api, tmp_path).run()


def test_menu_is_what_the_site_shows_in_menus(tmp_path):
    with site(page(4, "/a/", meta_show_in_menus=True), page(5, "/b/")) as api:
        exported = Export(api, tmp_path)
        exported.run()
    header = exported.html().partition("<header")[2].partition("</header>")[0]
    assert '<a href="/a/" aria-current="page">Page 4</a>' in header
    assert "/b/" not in header


def test_page_that_leaves_leaves_the_site_with_its_files(tmp_path):
    with site(page(4, "/a/"), page(5, "/b/", body=body(("image", 1)))) as api:
        api.add_image(1)
        exported = Export(api, tmp_path)
        exported.run()
        assert list(exported.current.glob("images/*"))
        del api.pages[2]
        exported.run()
    assert not (exported.current / "b").exists()
    assert exported.is_whole()


def test_image_of_a_related_object_is_followed(tmp_path):
    photo = {"id": 1, "meta": meta_of("images", 1), "title": "Roses"}
    gallery = [
        {"id": 7, "meta": {"type": "blog.Picture"}, "image": photo, "caption": "By the gate"}
    ]
    with site(page(4, "/a/", gallery_images=gallery)) as api:
        api.add_image(1)
        exported = Export(api, tmp_path)
        exported.run()
    assert "<h2>Gallery images</h2>" in exported.main()
    assert "By the gate" in exported.main()


def test_nobody_is_thanked_for_a_comment_that_cannot_be_written(tmp_path):
    with site(page(4, "/a/")) as api:
        exported = Export(api, tmp_path)
        exported.run()
    assert "comments/thanks/index.html" not in exported.files()
    assert exported.is_whole()


def test_atom_feed_has_the_newest_pages_of_any_type(tmp_path):
    first, then, last = (f"2026-11-0{day}T09:00:00+02:00" for day in (1, 2, 3))
    pages = [
        page(4, "/old/", meta_first_published_at=first),
        page(5, "/news/", "news.NewsPage", meta_first_published_at=then),
        page(6, "/again/", meta_first_published_at=first, last_published_at=last),
        page(7, "/undated/", meta_first_published_at=None),
    ]
    with site(*pages) as api:
        exported = Export(api, tmp_path)
        exported.run()
    entries = ElementTree.fromstring(exported.files()["feed.xml"]).iter(f"{ATOM}entry")
    told = [(entry.findtext(f"{ATOM}id"), entry.findtext(f"{ATOM}updated")) for entry in entries]
    assert told == [
        ("https://garden.example.org/again/", "2026-11-03T07:00:00Z"),
        ("https://garden.example.org/news/", "2026-11-02T07:00:00Z"),
        ("https://garden.example.org/old/", "2026-11-01T07:00:00Z"),
    ]


def test_day_of_the_first_publication_is_none_of_a_change(tmp_path):
    with site(page(4, "/a/")) as api:
        exported = Export(api, tmp_path)
        exported.run()
    assert b"<lastmod>" not in exported.files()["sitemap.xml"]
    assert "Updated" not in exported.main("")


def test_site_whose_pages_have_no_dates_has_no_atom_feed(tmp_path):
    with site(page(4, "/a/", meta_first_published_at=None)) as api:
        exported = Export(api, tmp_path)
        exported.run()
    assert "feed.xml" not in exported.files()
    assert "feed.xml" not in exported.html()
    assert exported.is_whole()


def test_command_line_names_source_api_site_and_mapping(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('name = "Club"\n[fields]\nphoto = "hidden"\n')
    with site(page(40, "/no/")) as api:
        root = page(30, "/", "home.HomePage")
        stream = body(("photo", 1), ("note", "Words"))
        api.sites["club.example.org"] = [root, page(4, "/a/", body=stream)]
        options = ["--source", "pages-api", "--api", api.url, "--mapping", str(mapping)]
        options += ["--site", "club.example.org"]
        options += ["--site-url", "https://garden.example.org"]
        done = CliRunner().invoke(main, ["export", *options])
    assert done.exit_code == 0, done.output
    html = (tmp_path / "var/public/current/a/index.html").read_text()
    assert "<title>Page 4 - Club</title>" in html
    assert not (tmp_path / "var/public/current/no").exists()
    assert "Photo" not in html


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"source": "pages-api", "site_url": "https://a"}, "PLAINLEAF_API_URL: must name"),
        (
            {
                "cms_url": "https://a",
                "feed_token": "x",
                "site_url": "https://a",
                "api_url": "https://b",
            },
            "PLAINLEAF_API_URL: is read with PLAINLEAF_SOURCE=pages-api only",
        ),
        ({"source": "drupal", "site_url": "https://a"}, "PLAINLEAF_SOURCE"),
        ({"source": "pages-api", "site_url": "https://a", "api_url": "b"}, "PLAINLEAF_API_URL"),
    ],
)
def test_setting_that_does_not_fit_the_source_is_named(said, reason):
    with pytest.raises(SettingsError, match=reason):
        read_settings(**said)


def test_two_exports_at_once_read_one_site_each(tmp_path):
    """Nothing of one reading is kept for another one: they may run in one process."""
    with site(page(4, "/a/", title="One")) as first, site(page(4, "/a/", title="Two")) as second:
        exports = [Export(first, tmp_path / "1"), Export(second, tmp_path / "2")]
        threads = [threading.Thread(target=one.run) for one in exports]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert ["One" in exports[0].main(), "Two" in exports[1].main()] == [True, True]


def test_any_site_has_a_search_with_what_is_on_it(tmp_path):
    with site(page(4, "/a/", title="Roses")) as api:
        exported = Export(api, tmp_path, search=True)
        exported.run()
    assert 'href="/search/"' in exported.html()
    assert (exported.current / "search/index/pagefind-entry.json").is_file()


def test_watch_follows_a_site_that_cannot_tell_what_changed(tmp_path):
    stop, log = threading.Event(), []
    ahead = "2099-01-01T00:00:00Z"
    with site(page(4, "/a/", title="First", expire_at=ahead)) as api:
        exported = Export(api, tmp_path)
        options: dict[str, Any] = {"log": log.append, "poll_seconds": 0.02}
        watching = threading.Thread(target=watch, args=(exported.settings, stop), kwargs=options)
        watching.start()
        try:
            wait_until(lambda: log, "the first export")
            api.pages[1]["title"] = "Second"
            wait_until(lambda: "Second" in exported.main(), "the second export", seconds=20)
            wait_until(lambda: len(log) == 2, "the second report", seconds=20)
            time.sleep(0.3)  # in which nothing changes
        finally:
            stop.set()
            watching.join()
    assert [entry["event"] for entry in log] == ["export", "export"]


def test_check_finds_the_api_where_an_editor_wrote_it(tmp_path):
    with site(page(4, "/a/")) as api:
        host = api.origin.removeprefix("http://")
        api.pages[1]["note"] = f"Our CMS is {host}"
        exported = Export(api, tmp_path)
        exported.run()
    assert [(one.file, one.problem) for one in check_release(exported.settings)] == [
        ("a/index.html", "leaks")
    ]


@pytest.mark.parametrize("plain_tree_files", [0, 10_000])
def test_edited_site_is_the_site_that_is_new(tmp_path, plain_tree_files):
    """Bytes of the second export, file by file, whatever was kept from the one before."""
    pages = [
        page(4, "/blog/", "blog.BlogIndexPage", meta_show_in_menus=True),
        *(
            page(n, f"/blog/p{n}/", summary=f"About {n}", see_also_page=n + 1)
            for n in range(10, 40)
        ),
        page(50, "/a/", cover_image=1, body=body(("text", '<a linktype="page" id="10">ten</a>'))),
    ]

    def set_in(number: int, **fields: Any) -> None:
        item = next(one for one in api.pages if one["id"] == number)
        item.update(fields)

    def move() -> None:
        set_in(11, meta=page(11, "/p11/")["meta"])
        api.pages.append(api.pages.pop(3))

    def date_all(instant: str | None) -> None:
        for item in api.pages:
            item["meta"] = item["meta"] | {"first_published_at": instant}
            item.pop("last_published_at", None)

    edits: list[Callable[[], Any]] = [
        lambda: set_in(12, summary="Another summary"),
        lambda: set_in(12, title="Another title"),
        lambda: set_in(50, title="Another a"),
        lambda: api.images[0].update(title="Another picture"),
        lambda: api.files.update({"/media/original_images/roses.jpg": (200, {"ETag": "2"}, JPEG)}),
        lambda: api.pages.pop(2),
        move,
        lambda: api.pages.append(page(60, "/blog/new/", see_also_page=50)),
        lambda: set_in(4, meta=page(4, "/blog/")["meta"]),
        lambda: set_in(3, title="Another club"),
        lambda: set_in(13, last_published_at="2026-11-20T09:00:00Z"),
        lambda: set_in(14, meta=page(14, "/blog/p14/", meta_first_published_at=None)["meta"]),
        lambda: date_all(None),
        lambda: date_all("2026-11-01T09:00:00Z"),
    ]
    with site(*pages) as api:
        api.add_image(1)
        exported = Export(api, tmp_path / "edited", plain_tree_files=plain_tree_files)
        exported.run()
        for number, edit in enumerate(edits):
            edit()
            exported.run()
            new = Export(api, tmp_path / f"new-{number}")
            new.run()
            assert exported.files() == new.files()
            assert exported.is_whole()
