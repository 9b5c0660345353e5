"""The theme that docs/themes.md builds step by step is built here, from the document itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from frontend_export.check import check_release
from frontend_export.edge.app import create_app
from frontend_export.errors import ContentError
from frontend_export.pipeline import export
from frontend_export.render.renderer import Renderer
from frontend_export.styleguide.guide import StyleGuide
from tests.live import REPOSITORY
from tests.marked_blocks import without_marked_blocks

from .edge_site import KEY, serving
from .fake_cms import article, block, cms, page, settings_for, site, text_of, topic
from .site_in_view import stored
from .test_edge_preview import TOKEN, answer, draft_cms
from .test_theme import contrast

DOCUMENT = (REPOSITORY / "docs" / "themes.md").read_text("utf-8")
FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(FILE.findall(DOCUMENT))

DOSES = stored({"who": "Adults", "amount": "1 tablet a day"})
DOSE_TABLE = block("dose_table", {"heading": "How much to take", "doses": DOSES})
RECIPE = page(
    7,
    "/oats/",
    type="recipes.RecipePage",
    title="Porridge",
    fields={"minutes": 10},
    body=[DOSE_TABLE],
)
CONTENT = (
    site(),
    page(1, "/"),
    topic(2, "/medicines/"),
    article(3, "/medicines/aspirin/", parent=2, body=[DOSE_TABLE]),
    RECIPE,
)


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        write(tmp_path / "theme" / path, text)
    return tmp_path / "theme"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def test_document_builds_a_theme_with_every_kind_of_file() -> None:
    kinds = {path.rpartition("/")[0] for path in FILES}
    assert kinds == {
        *("templates", "templates/blocks", "templates/recipes"),
        *("static/css/tokens", "static/css/components"),
        *("samples/blocks", "samples/recipes"),
    }


def test_theme_of_the_document_makes_a_whole_site(theme: Path) -> None:
    with cms(*CONTENT) as fake:
        settings = settings_for(fake, theme.parent, theme_dir=theme)
        assert export(settings).findings == ()
    for path in ("index.html", "medicines/aspirin/index.html", "oats/index.html", "404.html"):
        text = text_of(settings, path)
        assert "is made in Leafham." in text
        assert text.count("<footer") == 1
    for path in ("medicines/aspirin/index.html", "oats/index.html"):
        row = '<div class="doses__row"><dt>Adults</dt> <dd>1 tablet a day</dd></div>'
        assert row in text_of(settings, path)
        assert f'<h2 id="how-much-to-take-{DOSE_TABLE["id"][:8]}">' in text_of(settings, path)
    assert "Ready in 10 minutes" in text_of(settings, "oats/index.html")
    (styles,) = (settings.output_dir / "current" / "assets").glob("site.*.css")
    css = styles.read_text()
    assert css.rindex("--leaf-ink: #3b1f7a") > css.rindex("--leaf-ink: #14532d")
    assert ".doses__row" in css
    assert check_release(settings) == []


def test_colours_of_the_document_can_be_read() -> None:
    light, dark = FILES["static/css/tokens/brand.css"].split("@media")
    for text, paper in ((light, "#fcfcf8"), (dark, "#111713")):
        tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text))
        assert len(tokens) == 3
        for ink in (tokens["leaf-ink"], tokens["leaf-ink-strong"]):
            assert contrast(ink, paper) >= 7
            assert contrast(ink, tokens["paper-tint"]) >= 7


def test_preview_of_that_theme_is_the_page_that_it_exports(theme: Path) -> None:
    with cms(*CONTENT) as fake, draft_cms() as drafts:
        settings = settings_for(fake, theme.parent, theme_dir=theme)
        export(settings)
        stubs = (one | {"fingerprint": "0" * 16} for one in fake.records)
        drafts.draft = answer(*stubs, draft=7)
        of_edge = {"cms_url": drafts.url, "feed_token": "token", "comment_keys": KEY}
        edge_settings = settings_for(fake, theme.parent, theme_dir=theme, **of_edge)
        with serving(create_app(edge_settings, serve_site=False)) as edge:
            shown = edge.get(f"/preview?token={TOKEN}").content
    assert without_marked_blocks(shown).decode() == text_of(settings, "oats/index.html")


def test_style_guide_shows_all_of_that_theme(theme: Path) -> None:
    site = "https://plainleaf.example"
    guide = StyleGuide(
        lambda address: Renderer(site_url=address, theme_dir=theme), site_url=site, theme_dir=theme
    )
    assert b"has no sample" not in guide.answer("").body
    assert b"How much to take" in guide.answer("blocks/dose_table/").body
    assert b"Ready in 10 minutes" in guide.answer("recipes/recipe_page/a-quick-one/").body


def test_template_of_every_page_that_is_broken_is_named_and_the_old_site_stands(
    theme: Path,
) -> None:
    with cms(*CONTENT) as fake:
        settings = settings_for(fake, theme.parent, theme_dir=theme)
        first = export(settings).release
        write(theme / "templates/_footer.html", "<footer>\n{% if %}</footer>")
        with pytest.raises(ContentError, match=r"'_footer\.html', line 2: Expected an expression"):
            export(settings)
    assert (settings.output_dir / "current").resolve().name == first
    assert "is made in Leafham." in text_of(settings, "oats/index.html")


def test_template_of_one_page_that_is_broken_is_named_and_that_page_stands(theme: Path) -> None:
    with cms(*CONTENT) as fake:
        settings = settings_for(fake, theme.parent, theme_dir=theme)
        export(settings)
        write(theme / "templates/recipes/recipe_page.html", "<p>\n{{ 1 + nothing }}</p>")
        write(theme / "templates/_footer.html", "<footer>Another</footer>")
        report = export(settings)
    (refused,) = (one for one in report.findings if one.severity == "refused")
    assert "'recipes/recipe_page.html', line 2: 'nothing' is undefined" in refused.message
    assert "Ready in 10 minutes" in text_of(settings, "oats/index.html")
    assert "<footer>Another</footer>" in text_of(settings, "medicines/aspirin/index.html")


@pytest.mark.parametrize("name", ["refused", "not_sent", "report", "report_thanks", "mail_link"])
def test_template_of_an_answer_that_is_broken_is_named_before_a_reader_needs_it(
    theme: Path, name: str
) -> None:
    with cms(*CONTENT) as fake:
        settings = settings_for(fake, theme.parent, theme_dir=theme)
        first = export(settings).release
        write(theme / f"templates/comments/{name}.html", "<p>\n{{ 1 + nothing }}</p>")
        with pytest.raises(ContentError, match=rf"'comments/{name}\.html', line 2: 'nothing'"):
            export(settings)
    assert (settings.output_dir / "current").resolve().name == first
