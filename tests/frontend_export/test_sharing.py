"""What other sites show beside a link to a page: its words, and the card of its topic."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageFont

from frontend_export.check import check_release
from frontend_export.config import Settings
from frontend_export.pipeline import export
from frontend_export.render.card import Card, drawn
from frontend_export.render.renderer import Renderer
from frontend_export.render.theme_files import THEME, Brand
from tests.frontend_export.fake_cms import (
    article,
    cms,
    files_of,
    settings_for,
    site,
    text_of,
    topic,
)
from tests.frontend_export.fake_cms import page as standard_page
from tests.frontend_export.site_in_view import LINKS, NOW, Outline, content, page
from tests.frontend_export.site_in_view import article as an_article

RENDERER = Renderer(site_url="https://example.org/health")
CARD = Card(4, "Medicines", "Plainleaf", "#14532d", "#ffffff")
HOME = standard_page(1, "/")
MEDICINES = topic(2, "/medicines/")
KETAMINE = article(3, "/medicines/ketamine/", parent=2)
ABOUT = standard_page(4, "/about/")


def shared(html: bytes) -> dict[str, str]:
    return {
        str(one["property"]): str(one["content"])
        for one in Outline(html).all("meta")
        if "property" in one
    }


def cards(settings: Settings) -> dict[str, bytes]:
    return {path: body for path, body in files_of(settings).items() if "/cards/" in path}


def card_on(settings: Settings, path: str) -> str:
    [address] = re.findall(
        r'"og:image" content="https://plainleaf.example/([^"]+)"', text_of(settings, path)
    )
    return str(address)


def test_an_article_says_what_it_is_and_shows_the_card_of_its_topic() -> None:
    found = shared(RENDERER.page(an_article(), content(), now=NOW).body)
    card = RENDERER.card_path(content().page_link(4), content().site)
    assert found.pop("og:image") == f"https://example.org/health/{card}"
    assert found == {
        "og:title": "What is ketamine?",
        "og:url": "https://example.org/health/medicines/ketamine/",
        "og:description": "Facts.",
        "og:type": "article",
        "og:site_name": "Plainleaf",
        "og:locale": "en_GB",
        "og:image:type": "image/png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "Medicines - Plainleaf",
    }


def test_a_page_of_no_topic_shows_the_card_of_the_site() -> None:
    for one in (
        page("articles.HomePage", 1, introduction=""),
        page("articles.StandardPage", 9, summary=""),
    ):
        found = shared(RENDERER.page(one, content(), now=NOW).body)
        assert found["og:type"] == "website"
        assert "/assets/cards/site." in found["og:image"]
        assert found["og:image:alt"] == "Health in plain words - Plainleaf"


def test_a_language_without_a_country_is_a_locale_of_its_own() -> None:
    french = an_article()._replace(locale="fr")
    chinese = an_article()._replace(locale="zh-hant")
    found = [shared(RENDERER.page(one, content(), now=NOW).body) for one in (french, chinese)]
    assert [one["og:locale"] for one in found] == ["fr", "zh"]


def test_what_no_editor_wrote_is_not_for_sharing() -> None:
    assert shared(RENDERER.not_found(content()).body) == {}


def test_a_withdrawn_article_is_shared_without_what_it_said() -> None:
    withdrawn = an_article(withdrawn_on="2026-01-01", summary="Take two.")
    assert "og:description" not in shared(RENDERER.page(withdrawn, content(), now=NOW).body)


def test_a_card_is_a_small_picture_in_the_colours_of_the_theme() -> None:
    body = drawn(CARD)
    with Image.open(io.BytesIO(body)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
        colours = picture.convert("RGB").getcolors()
    assert colours is not None
    most, second = sorted(colours, reverse=True)[:2]
    assert (most[1], second[1]) == ((0x14, 0x53, 0x2D), (255, 255, 255))
    assert len(body) < 20_000


def test_the_same_card_has_the_same_bytes_and_another_has_another_path() -> None:
    assert drawn(CARD) == drawn(Card(*CARD))
    others = [
        CARD._replace(**change)
        for change in (
            {"topic_id": 5},
            {"title": "Sleep"},
            {"site_name": "Leaf"},
            {"ground": "#000"},
            {"ink": "#eeeeee"},
        )
    ]
    assert len({one.path for one in (CARD, *others)}) == 6


def test_card_costs_no_more_than_the_one_format_that_it_has():
    program = (
        "import sys\n"
        "from frontend_export.render.card import Card, drawn\n"
        "drawn(Card(0, 'Title', 'Site', '#14532d', '#ffffff'))\n"
        "print(*(name for name in sys.modules if name.endswith('ImagePlugin')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == [b"PIL.PngImagePlugin"]


@pytest.mark.parametrize("title", ["x" * 4000, "long words " * 400, "", " ", "…" * 400])
def test_whatever_the_title_is_there_is_a_card(title: str) -> None:
    picture = Image.open(io.BytesIO(drawn(CARD._replace(title=title)))).convert("L")
    right_edge = picture.crop((1200 - 60, 0, 1200, 630))
    assert right_edge.getextrema() == (picture.getpixel((0, 0)),) * 2  # nothing runs out of it


def test_a_card_has_no_words_where_a_letter_is_missing_and_says_so() -> None:
    medicines = LINKS[1]
    french = RENDERER.card(medicines._replace(title="Médecine"), content())
    russian = RENDERER.card(medicines._replace(title="Лекарства"), content())
    assert french.body == russian.body
    [finding] = french.findings
    assert (finding.severity, finding.path) == ("warning", "/medicines/")
    assert "'Médecine'" in finding.message
    assert RENDERER.card(medicines, content()).findings == ()


def test_every_letter_that_a_card_may_have_is_in_its_font() -> None:
    font = ImageFont.load_default(62)
    missing = bytes(font.getmask("\uffff"))
    letters = map(chr, range(0x21, 0x2200))
    written = [one for one in letters if CARD._replace(title=one).can_be_written]
    assert len(written) > 100
    assert [one for one in written if bytes(font.getmask(one)) == missing] == []


def test_cards_have_the_colours_of_the_site_and_its_leaf_where_it_has_no_logo(
    tmp_path: Path,
) -> None:
    (tmp_path / "logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" viewBox="0 0 10 10"/>'
    )
    known = content()
    topic_of_both = known.page_link(4)
    paths = set()
    for brand, ground, leaf in (
        (Brand(), (0x14, 0x53, 0x2D), (255, 255, 255)),
        (Brand(colours={"leaf-ink": "#123"}), (0x11, 0x22, 0x33), (255, 255, 255)),
        (Brand(logo=tmp_path / "logo.svg"), (0x14, 0x53, 0x2D), (0x14, 0x53, 0x2D)),
    ):
        renderer = Renderer(site_url="https://example.org", brand=brand)
        paths.add(renderer.card_path(topic_of_both, known.site))
        with Image.open(io.BytesIO(renderer.card(topic_of_both, known).body)) as picture:
            colours = picture.convert("RGB")
        assert colours.getpixel((0, 0)) == ground
        assert colours.getpixel((88 + 50, 88 + 50)) == leaf
    assert len(paths) == 3


def test_a_theme_whose_colours_are_written_otherwise_has_cards_in_ours(tmp_path: Path) -> None:
    (tmp_path / "static/css").mkdir(parents=True)
    tokens = (THEME / "static/css/tokens.css").read_text()
    other = tokens.replace("--leaf-ink: #14532d", "--leaf-ink: rgb(1 2 3)")
    assert other != tokens
    (tmp_path / "static/css/tokens.css").write_text(other)
    themed = Renderer(site_url="https://example.org/health", theme_dir=tmp_path)
    assert themed.card(LINKS[1], content()).body == RENDERER.card(LINKS[1], content()).body


def test_there_is_a_card_for_the_site_and_one_for_each_topic(tmp_path: Path) -> None:
    with cms(HOME, MEDICINES, KETAMINE, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert set(cards(settings)) == {
        card_on(settings, "index.html"),
        card_on(settings, "medicines/index.html"),
    }
    assert card_on(settings, "medicines/ketamine/index.html") == card_on(
        settings, "medicines/index.html"
    )
    assert card_on(settings, "about/index.html") == card_on(settings, "index.html")
    assert check_release(settings) == []


def test_an_edit_draws_no_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cms(HOME, MEDICINES, KETAMINE) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = cards(settings)
        monkeypatch.setattr("frontend_export.render.renderer.drawn", None)
        fake.publish(KETAMINE | {"title": "Another title"})
        export(settings)
        assert cards(settings) == before


def test_a_topic_of_another_title_has_another_card_and_the_old_one_goes(tmp_path: Path) -> None:
    with cms(HOME, MEDICINES, KETAMINE, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        old = card_on(settings, "medicines/index.html")
        fake.publish(MEDICINES | {"title": "Drugs"})
        export(settings)
        new = card_on(settings, "medicines/ketamine/index.html")
        assert new != old
        assert {old, new} < set(cards(settings))  # readers of the page before may have its address
        fake.publish(ABOUT | {"title": "About us"})
        export(settings)
        assert old not in cards(settings)
        fake.records = [HOME, site(), ABOUT]
        export(settings)
        assert [path for path in cards(settings) if "topic" in path] == []


def test_pages_below_a_topic_that_cannot_be_made_anew_keep_its_card(tmp_path: Path) -> None:
    broken = MEDICINES | {"title": "Drugs"}
    broken["fields"] = {**MEDICINES["fields"], "introduction": 7}
    with cms(HOME, MEDICINES, KETAMINE) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.publish(broken)
        report = export(settings)
    assert any(one.severity == "refused" for one in report.findings)
    assert check_release(settings) == []
