"""The offline check: each kind of problem is found, and a good page has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontend_export.check import check_folder, check_release
from frontend_export.errors import OutputError
from frontend_export.pipeline import export

from .fake_cms import (
    article,
    cms,
    document,
    files_of,
    image,
    image_block,
    page,
    redirect,
    rich_text,
    settings_for,
    site,
    topic,
)


@pytest.fixture
def problems(tmp_path):
    """Check a site of these files; the home page is good unless it is given."""

    def problems(files: dict[str, str], site_url: str = "https://site.example/health"):
        root = tmp_path / "site"
        for path, text in {"index.html": "<h1 id='top'>Home</h1>", **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        with cms() as fake:
            settings = settings_for(
                fake, tmp_path, site_url=site_url, cms_url="http://cms.internal:8000"
            )
        found = check_folder(root, settings)
        return [(one.file, one.problem, one.value) for one in found]

    return problems


def test_good_site_has_no_problem(problems):
    page = """<h1>A</h1><a href="/health/">home</a><a href="#here">here</a><p id="here">
    <a href="../#top">top</a><a href="https://elsewhere.example/x">out</a>
    <a href="mailto:a@b.example">mail</a><form action="/comments"></form>
    <a href="/health/comments/report?page=1">the edge answers</a>
    <img src="/health/images/a.png" srcset="/health/images/a.png 1w, ../images/a.png 2w">"""
    assert problems({"a/index.html": page, "images/a.png": "x"}) == []


@pytest.mark.parametrize(
    ("html", "problem", "value"),
    [
        ('<a href="/health/no/">x</a>', "links to nothing", "/health/no/"),
        ('<a href="https://site.example/health/no/">x</a>', "links to nothing", None),
        ('<a href="/outside/">x</a>', "links to nothing", "/outside/"),
        ('<a href="/health">x</a>', "links to nothing", "/health"),
        ('<img src="/health/no.png">', "links to nothing", "/health/no.png"),
        ('<img srcset="/health/no.png 1x">', "links to nothing", "/health/no.png"),
        ('<p style="background: url(&quot;no.png&quot;)">', "links to nothing", "no.png"),
        ("<style>p { background: url(no.png) }</style>", "links to nothing", "no.png"),
        ('<meta http-equiv="refresh" content="0; url=/no/">', "links to nothing", "/no/"),
        ('<meta property="og:image" content="/health/no.png">', "links to nothing", None),
        ('<a href="#nowhere">x</a>', "links to a missing anchor", "#nowhere"),
        ('<a href="../#nowhere">x</a>', "links to a missing anchor", "../#nowhere"),
        ('<a href="None">x</a>', "has an unset href", 'href="None"'),
        ('<a href="">x</a>', "has an unset href", 'href=""'),
        ('<img src="null">', "has an unset src", 'src="null"'),
        ('<img alt="undefined">', "has an unset alt", 'alt="undefined"'),
        ('<p id="a"><p id="a">', "has an id twice", "a"),
        ('<a href="https://[half/">x</a>', "links to what is no address", "https://[half/"),
        ("<h1>Again</h1>", "does not have exactly one h1", "2"),
        ('<a linktype="page" id="5">x</a>', "leaks", 'linktype="page"'),
        ('<embed embedtype="image"/>', "leaks", 'embedtype="image"'),
        ('<p data-block-key="x">', "leaks", 'data-block-key="x"'),
        ('<p title="&lt;a linktype=&quot;page&quot;&gt;">', "leaks", None),
        ('<a href="JavaScript:x()">x</a>', "has an address that acts", 'href="JavaScript:x()"'),
        ('<a href="java&#10;script:x()">x</a>', "has an address that acts", None),
        ('<iframe src="data:text/html,x">', "has an address that acts", None),
        ('<p onclick="x()">', "acts by itself", 'onclick="x()"'),
        ("<!-- http://cms.internal:8000/admin/ -->", "leaks", "cms.internal:8000"),
    ],
)
def test_problem_of_a_page_is_found(problems, html, problem, value):
    found = problems({"a/index.html": f"<h1>A</h1>{html}"})
    assert ("a/index.html", problem) in [one[:2] for one in found]
    assert value is None or value in [one[2] for one in found]


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("assets/site.css", "a { background: url('../no.png') }", "../no.png"),
        ("sitemap.xml", "<loc>https://site.example/health/no/</loc>", None),
        ("feed.xml", '<link href="https://site.example/health/no/"/>', None),
        (
            "sitemap.xml",
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
            "<loc>https://site.example/health/a&amp;b/</loc></urlset>",
            "https://site.example/health/a&b/",
        ),
        ("_redirects", "/health/old /health/no/ 301\n", "/health/no/"),
    ],
)
def test_broken_link_of_another_file_is_found(problems, path, text, value):
    ((file, problem, found),) = problems({path: text})
    assert (file, problem) == (path, "links to nothing")
    assert value in {None, found}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('<?xml version="1.0"?>\n<feed>\n<title>Half', 3),
        ("<feed>\n<title>Salt & vinegar</title>\n</feed>", 2),
        ("<feed>\n</feed>\n<feed/>", 3),
        ("", 1),
    ],
)
def test_file_that_is_no_xml_is_found(problems, text, line):
    ((file, problem, value),) = problems({"feed.xml": text})
    assert (file, problem) == ("feed.xml", "is not well-formed XML")
    assert f"line {line}, column" in value


def test_site_below_a_path_with_names_in_any_script_has_no_problem(tmp_path):
    body = [
        image_block(7),
        rich_text('<p><a linktype="page" id="2">M</a> <a linktype="document" id="2">D</a></p>'),
    ]
    with cms(
        page(1, "/"),
        topic(2, "/médecine/"),
        article(3, "/médecine/한글/", parent=2, body=body),
        article(4, "/médecine/100-%/", parent=2),
        article(5, "/médecine/cafe\u0301/", parent=2),
        image(7),
        document(2, "feuille d'été.pdf"),
        redirect(1, "/Caf%C3%A9", 3),
        site(lists_page_size=1),
    ) as fake:
        settings = settings_for(fake, tmp_path, site_url="https://example.org/santé/base")
        report = export(settings)
        assert report.findings == ()
        assert "médecine/page/2/index.html" in files_of(settings)
        assert check_release(settings) == []


def test_release_is_named_by_its_id_or_its_folder(tmp_path):
    with cms(page(1, "/")) as fake:
        settings = settings_for(fake, tmp_path)
        release = export(settings).release
    (settings.output_dir / "current/index.html").write_text("changed by hand")
    found = check_release(settings)
    assert "index.html" in {problem.file for problem in found}
    for name in (
        release,
        str(settings.output_dir / "current"),
        str(settings.output_dir / "releases" / release),
    ):
        assert check_release(settings, name) == found
    for name in ("another", str(tmp_path), str(settings.output_dir)):
        with pytest.raises(OutputError, match="There is no release"):
            check_release(settings, name)


def test_reader_may_write_about_markup(problems):
    comment = "<h1>A</h1><p>Why does my page say linktype=&quot;page&quot; or javascript:x()?</p>"
    assert problems({"a/index.html": comment}) == []


def test_file_that_is_no_text_is_reported(problems, tmp_path):
    Path(tmp_path / "site").mkdir()
    Path(tmp_path / "site/a.html").write_bytes(b"\xff\xfe")
    assert problems({}) == [("a.html", "is not UTF-8", "invalid start byte")]


def test_folders_that_are_links_are_read_like_others(tmp_path):
    with cms(page(1, "/"), topic(2, "/drugs/"), article(3, "/drugs/k/", parent=2)) as fake:
        settings = settings_for(fake, tmp_path)
        release = export(settings).release
    root, store = settings.output_dir / "releases" / release, settings.output_dir / "store"
    store.mkdir(exist_ok=True)
    (root / "drugs").rename(store / "drugs")
    (root / "drugs").symlink_to("../../store/drugs")
    assert check_release(settings) == []
    (store / "drugs" / "k" / "index.html").write_text("<h1>Changed</h1>")
    (store / "drugs" / "left.html").write_text("<h1>Left</h1>")
    assert {(one.file, one.problem) for one in check_release(settings)} == {
        ("drugs/k/index.html", "is not as it was written"),
        ("drugs/left.html", "is not of this release"),
    }


@pytest.mark.parametrize(
    ("path", "to", "problem"),
    [
        ("out", "../..", "is a link that leads out"),
        ("far", "/tmp", "is a link that leads out"),
        ("gone", "nowhere", "is a link to no folder"),
        ("a/deep", "../b", "is a link"),
    ],
)
def test_link_that_no_server_should_follow_is_found(tmp_path, path, to, problem):
    root = tmp_path / "public" / "releases" / "one"
    (root / "a").mkdir(parents=True)
    (root / "index.html").write_text("<h1>Home</h1>")
    (root / path).symlink_to(to)
    with cms() as fake:
        found = list(check_folder(root, settings_for(fake, tmp_path)))
    assert [(one.file, one.problem, one.value) for one in found] == [(path, problem, to)]
