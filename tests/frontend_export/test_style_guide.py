"""The style guide shows every template of the theme, as readers would see it, and only here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import html5lib
import pytest

from frontend_export.check import check_folder
from frontend_export.edge.app import create_app
from frontend_export.errors import ContentError
from frontend_export.headers import SECURITY_HEADERS
from frontend_export.render.renderer import Renderer
from frontend_export.render.theme_files import THEME
from frontend_export.styleguide.guide import StyleGuide
from frontend_export.styleguide.views import VIEWS, styles_in

from .edge_site import publish, serving, settings_for
from .site_in_view import Outline

SITE = "https://guide.example"
CARD = re.compile(r"/_styleguide/(assets/cards/[^\"]+)")
INCLUDED = re.compile(r"{%-?\s*(?:include|extends)\s*\"([^\"]+)\"")


def guide_of(theme_dir: Path | None = None, site_url: str = SITE) -> StyleGuide:
    return StyleGuide(
        lambda address: Renderer(site_url=address, theme_dir=theme_dir),
        site_url=site_url,
        theme_dir=theme_dir,
    )


RENDERER = Renderer(site_url=SITE)
SAMPLES = [path for path in (THEME / "samples").rglob("*.json") if path.name != "site.json"]
FILES = [path for path in (THEME / "samples").rglob("*") if path.suffix in {".txt", ".webp"}]
GUIDE = guide_of()
PATHS = GUIDE.paths()


def html_of(path: str, guide: StyleGuide = GUIDE) -> str:
    answer = guide.answer(path)
    assert answer.status == 200
    return answer.body.decode()


def write(folder: Path, path: str, body: str | bytes) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body.encode() if isinstance(body, str) else body)


# What is no page of a reader: other templates print it, or a host shows it for an instant.
NOT_SHOWN = {"_partials.html", "blocks/_section_heading.html", "redirect.html"}
SHOWN_WITHIN_OTHERS = ("shapes/", "styleguide/")
# What they lead to would be on other pages of a list, or in the article around them.
LEAD_ELSEWHERE = ("_partials/pagination/", "a_to_z/", "articles/_sources/", "comments/page/")


def test_every_template_is_shown_by_itself_or_within_another():
    templates = {
        path.relative_to(THEME / "templates").as_posix(): path.read_text()
        for path in (THEME / "templates").rglob("*.html")
    }
    shown = {f"{path.relative_to(THEME / 'samples').with_suffix('')}.html" for path in SAMPLES}
    shown &= set(templates)
    while within := {name for one in shown for name in INCLUDED.findall(templates[one])} - shown:
        shown |= within
    missing = set(templates) - shown - NOT_SHOWN
    assert {name for name in missing if not name.startswith(SHOWN_WITHIN_OTHERS)} == set()


def test_every_block_of_the_theme_has_a_sample_of_its_own():
    blocks = {path.stem for path in (THEME / "templates/blocks").glob("[a-z]*.html")}
    assert blocks == {path.stem for path in (THEME / "samples/blocks").glob("[a-z]*.json")}


def test_every_link_anchor_and_file_of_the_guide_is_there(tmp_path):
    for path in PATHS:
        write(tmp_path, f"{path}index.html", html_of(path))
    shown = [path.relative_to(THEME / "samples").as_posix() for path in FILES]
    cards = {path for page in PATHS for path in CARD.findall(html_of(page))}
    for path in [*RENDERER.assets(), *shown, *cards]:
        write(tmp_path, path, GUIDE.answer(path).body)
    assert len(cards) == 3
    settings = settings_for(tmp_path, site_url=f"{SITE}/_styleguide")
    other_views = tuple(f"/_styleguide/{view.folder}/" for view in VIEWS if view.folder)
    assert [
        tuple(one)
        for one in check_folder(tmp_path, settings)
        if not one.value.startswith(other_views) and not one.file.startswith(LEAD_ELSEWHERE)
    ] == []


@pytest.mark.parametrize("path", PATHS)
def test_page_of_the_guide_is_valid_and_its_headings_in_order(path):
    html = html_of(path)
    html5lib.HTMLParser(strict=True).parse(html)  # raises for what no parser should have to mend
    outline = Outline(html.encode())
    assert outline.is_in_order()
    assert outline.headings[0] == 1
    labels = [said["aria-label"] for _, said in outline.tags if said.get("aria-label")]
    assert len(labels) == len(set(labels))


def test_states_of_a_block_stand_on_one_page_with_its_template_and_its_styles():
    text = Outline(html_of("blocks/care_card/").encode()).text
    assert "templates/blocks/care_card.html" in text
    styles = text.partition("Styles ")[2].partition(" Sample")[0]
    assert [Path(style).name for style in styles.split(" , ")] == ["care-card.css", "helpline.css"]
    states = ["Non-urgent advice:", "Urgent advice:", "Immediate action required:"]
    assert [text.count(words) for words in states] == [1, 1, 2]


def test_states_that_name_their_parts_alike_have_pages_of_their_own():
    page = Outline(html_of("articles/_review_box/").encode())
    assert page.text.count("Reviewed by") == 1
    alone = page.all("a", href="/_styleguide/articles/_review_box/a-major-change/")
    assert len(alone) == 1
    own = Outline(html_of("articles/_review_box/a-major-change/").encode())
    assert "The section on the bladder is new." in own.text


def test_block_without_a_template_is_shown_by_its_shape():
    assert "<b>bold</b>" in html_of("blocks/_unknown/")


def test_address_that_leads_nowhere_is_not_found():
    answer = GUIDE.answer("blocks/nothing/")
    assert answer.status == 404
    assert b"Page not found" in answer.body


def test_view_of_a_scheme_shows_it_whatever_the_device_prefers():
    (_, _, dark, _) = VIEWS
    styles = b"@media screen and (prefers-color-scheme: dark) { a { color: red } }"
    assert b"@media screen and (min-width: 0)" in styles_in(dark, styles)
    assert b":root { color-scheme: dark; }" in styles_in(dark, styles)
    assert b"@media screen and (max-width: 0)" in styles_in(VIEWS[1], styles)
    assert styles_in(VIEWS[0], styles) == styles
    name = RENDERER.stylesheet()[0]
    assert b"prefers-color-scheme" in GUIDE.answer(name).body
    assert b"prefers-color-scheme" not in GUIDE.answer(f"dark/{name}").body
    assert f'href="/_styleguide/dark/{name}"' in html_of("dark/blocks/table/")


def test_view_from_right_to_left_is_in_such_a_language():
    html = html_of("rtl/blocks/table/")
    assert '<html lang="ar" dir="rtl">' in html
    assert 'href="/_styleguide/rtl/"' in html


def test_site_with_a_base_path_has_the_guide_below_it():
    html = html_of("blocks/table/", guide_of(site_url=f"{SITE}/health"))
    assert 'href="/health/_styleguide/dark/blocks/table/"' in html
    assert 'href="/health/_styleguide/"' in html


def test_theme_with_a_block_of_its_own_shows_it_with_its_sample(tmp_path):
    write(tmp_path, "templates/blocks/dose.html", '<p class="dose">{{ value.amount }} mg</p>')
    write(tmp_path, "static/css/components/dose.css", ".dose { color: var(--ink); }")
    guide = guide_of(tmp_path)
    assert "templates/blocks/dose.html has no sample" in Outline(html_of("", guide).encode()).text
    write(tmp_path, "samples/blocks/dose.json", json.dumps({"Usual": {"amount": 500}}))
    assert 'href="/_styleguide/blocks/dose/"' in html_of("", guide)
    html = html_of("blocks/dose/", guide)
    assert '<p class="dose">500 mg</p>' in html
    assert "templates/blocks/dose.html of this theme" in Outline(html.encode()).text
    assert "static/css/components/dose.css" in html


def test_change_of_the_theme_is_seen_at_once(tmp_path):
    write(tmp_path, "templates/blocks/inset.html", "<p>One {{ rich_text(value.text) }}</p>")
    guide = guide_of(tmp_path)
    assert "<p>One " in html_of("blocks/inset/", guide)
    write(tmp_path, "templates/blocks/inset.html", "<p>Another {{ rich_text(value.text) }}</p>")
    assert "<p>Another " in html_of("blocks/inset/", guide)


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("samples/blocks/inset.json", "{", "'samples/blocks/inset.json' is not JSON"),
        ("samples/blocks/inset.json", "[]", "'samples/blocks/inset.json' must hold an object"),
        ("samples/404.json", '{"A": {"x": 1}}', "The state 'A' in 'samples/404.json'"),
        ("samples/articles/_notices.json", '{"A": 1}', "'samples/articles/_notices.json'"),
        ("samples/articles/home_page.json", '{"A": {"title": 1}}', "'title' must be text"),
        ("samples/site.json", "[]", "'samples/site.json' is wrong"),
        ("templates/404.html", "\n{{ nothing }}", "'404.html', line 2"),
    ],
)
def test_theme_that_cannot_be_shown_is_named_with_its_file(tmp_path, path, text, words):
    write(tmp_path, path, text)
    guide = guide_of(tmp_path)
    name = path.partition("/")[2].rpartition(".")[0]
    with pytest.raises(ContentError) as raised:
        for one in guide.paths():
            if one.startswith(name):
                guide.answer(one)
    assert words in str(raised.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    publish(folder)
    return folder


def test_only_serve_has_the_guide(folder):
    with serving(create_app(settings_for(folder), serve_site=True)) as site:
        answer = site.get("/_styleguide/")
        assert answer.status_code == 200
        assert "<h2>Blocks</h2>" in answer.text
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Cache-Control"] == "no-store"
        assert SECURITY_HEADERS.items() <= answer.headers.items()
        assert site.get("/_styleguide/x/").status_code == 404
        assert site.post("/_styleguide/").status_code == 405
    with serving(create_app(settings_for(folder), serve_site=False)) as edge:
        assert edge.get("/_styleguide/").status_code == 404


def test_broken_theme_is_said_in_one_sentence(folder, tmp_path):
    write(tmp_path, "templates/blocks/inset.html", "{% if %}")
    settings = settings_for(folder, theme_dir=tmp_path)
    with serving(create_app(settings, serve_site=True)) as site:
        answer = site.get("/_styleguide/blocks/inset/")
    assert answer.status_code == 422
    assert "'blocks/inset.html', line 1" in answer.text
