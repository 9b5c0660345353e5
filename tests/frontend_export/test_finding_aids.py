"""A to Z, site map and glossary: pages by which readers find others, whatever changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontend_export.check import check_release
from frontend_export.config import Settings
from frontend_export.letters import DIGITS, OTHER, label_of, letter_of, letter_order, sort_key
from frontend_export.pipeline import Options, export
from frontend_export.pipeline.exporter import Exporter
from frontend_export.source.chosen import source_of

from .fake_cms import (
    FakeCms,
    Record,
    article,
    block,
    cms,
    files_of,
    glossary_term,
    page,
    redirect,
    rich_text,
    settings_for,
    topic,
)
from .site_in_view import Outline

HOME = page(1, "/", title="Plainleaf")
MEDICINES = topic(2, "/medicines/", title="Medicines")
ABOUT = page(4, "/about/", title="About us")
TEAM = page(5, "/about/team/", parent=4, title="Team")


def medicine(number: int, title: str, *synonyms: str, **fields: object) -> Record:
    names = [block("name", name) for name in synonyms]
    return article(
        number,
        f"/medicines/m{number}/",
        parent=2,
        title=title,
        fields={"synonyms": names} | fields,
    )


KETAMINE = medicine(10, "What is ketamine?", "Special K", "ket")
NALOXONE = medicine(11, "Naloxone")


def outline_of(settings: Settings, path: str) -> Outline:
    return Outline((settings.output_dir / "current" / path).read_bytes())


def shown(settings: Settings, path: str) -> str:
    """The words of its main part."""
    html = (settings.output_dir / "current" / path).read_text("utf-8")
    return Outline(html.partition("<main")[2].partition("</main>")[0].encode()).text


def made_at(settings: Settings) -> dict[str, int]:
    """The inodes of the pages of letters."""
    current = settings.output_dir / "current"
    pages = current.glob("a-z/*/index.html")
    return {str(path.relative_to(current)): path.stat().st_ino for path in pages}


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontend_export.plan.site.MAX_NAMES_OF_ONE_A_TO_Z", 3)


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("What is ketamine?", "k"),
        ("What are the SSRIs?", "s"),
        ("The pill", "p"),
        ("A", "a"),
        ("“Épilepsie”", "e"),
        ("Ångström", "a"),
        ("5-HTP", DIGITS),
        ("٣ قرص", DIGITS),
        ("жар", "ж"),
        ("أفيون", "ا"),
        ("ΆΛΦΑ", "α"),
        ("℡", "t"),
        ("🌿", OTHER),
        ("", OTHER),
    ],
)
def test_letter_of_a_name(name, letter):
    assert letter_of(name, "en-gb") == letter


def test_fillers_are_those_of_the_language():
    assert letter_of("The pill", "fr") == "t"
    assert sort_key("What is an allergy?", "en") == "allergy?"


def test_letters_come_before_digits_and_those_before_the_rest():
    assert sorted([OTHER, DIGITS, "ж", "a"], key=letter_order) == ["a", "ж", DIGITS, OTHER]
    assert [label_of(one) for one in ("k", "ж", "ا", DIGITS)] == ["K", "Ж", "ا", "0–9"]


def test_small_site_has_one_a_to_z_of_titles_and_synonyms(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE, NALOXONE) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    found = outline_of(settings, "a-z/index.html")
    assert found.is_in_order()
    assert "K N S K ket (What is ketamine?) What is ketamine? N Naloxone S Special K" in found.text
    assert found.all("a", href="#letter-k")
    assert found.all("link", rel="canonical", href="https://plainleaf.example/a-z/")
    assert not [path for path in files_of(settings) if path.startswith("a-z/k/")]
    assert check_release(settings) == []


def test_large_site_has_a_page_for_each_letter(tmp_path, in_parts):
    with cms(HOME, MEDICINES, KETAMINE, NALOXONE) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert outline_of(settings, "a-z/index.html").all("a", href="/a-z/k/")
        assert "ket (What is ketamine?) What is ketamine?" in shown(settings, "a-z/k/index.html")
        assert outline_of(settings, "a-z/k/index.html").all("a", **{"aria-current": "page"})
        assert check_release(settings) == []
        fake.publish(KETAMINE | {"title": "Esketamine"})
        export(settings)
        assert "Esketamine" in shown(settings, "a-z/e/index.html")
        assert "What is ketamine" not in shown(settings, "a-z/k/index.html")
        assert outline_of(settings, "a-z/n/index.html").all("a", href="/a-z/e/")
        fake.publish(KETAMINE | {"title": "Early days"})
        before = made_at(settings)
        export(settings)
        changed = {path for path, at in made_at(settings).items() if before[path] != at}
        assert changed == {"a-z/e/index.html", "a-z/k/index.html", "a-z/s/index.html"}
        fake.unpublish("page", 11)
        export(settings)
        assert "a-z/n/index.html" not in files_of(settings)
        fake.unpublish("page", 10)
        export(settings)
    assert not [path for path in files_of(settings) if path.startswith("a-z/") and "/" in path[4:]]
    assert "Nothing has been published yet." in shown(settings, "a-z/index.html")


def test_letter_with_many_names_takes_several_pages(tmp_path, in_parts, monkeypatch):
    monkeypatch.setattr("frontend_export.plan.site.NAMES_ON_A_PAGE", 2)
    monkeypatch.setattr("frontend_export.pipeline.finding_aids.NAMES_ON_A_PAGE", 2)
    with cms(HOME, MEDICINES, medicine(10, "A1", "A2", "A3"), medicine(11, "A4", "A5")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert "A5 (A4)" in shown(settings, "a-z/a/page/3/index.html")
        assert outline_of(settings, "a-z/a/page/3/index.html").all("a", href="/a-z/a/page/2/")
        assert check_release(settings) == []
        fake.unpublish("page", 11)
        export(settings)
    assert not [path for path in files_of(settings) if path.startswith("a-z/a/")]


def test_withdrawn_article_is_looked_for_no_more(tmp_path):
    gone = medicine(11, "Naloxone", "Nyx", withdrawn_on="2026-11-20")
    with cms(HOME, MEDICINES, KETAMINE, gone) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert "Naloxone" not in shown(settings, "a-z/index.html")


def test_site_map_is_the_tree_of_the_site(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE, ABOUT, TEAM) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert "Home Medicines What is ketamine? About us Team" in shown(
            settings, "site-map/index.html"
        )
        fake.unpublish("page", 10)
        export(settings)
    assert "Home Medicines About us Team" in shown(settings, "site-map/index.html")


def test_site_map_of_a_large_site_leads_to_its_topics(tmp_path, monkeypatch):
    monkeypatch.setattr("frontend_export.pipeline.finding_aids.MAX_PAGES_OF_A_SITE_MAP", 3)
    with cms(HOME, MEDICINES, KETAMINE, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert "Home Medicines About us" in shown(settings, "site-map/index.html")


def test_glossary_comes_and_goes_with_its_terms(tmp_path):
    with cms(HOME, glossary_term(1, term="Dose"), glossary_term(2, term="Anaesthetic")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert "Anaesthetic It numbs. Dose It numbs." in shown(settings, "glossary/index.html")
        assert outline_of(settings, "a-z/index.html").all("a", href="/glossary/")
        for number in (1, 2):
            fake.unpublish("snippet", number)
        export(settings)
    assert "glossary/index.html" not in files_of(settings)
    assert not outline_of(settings, "a-z/index.html").all("a", href="/glossary/")


def search_page(fake: FakeCms, folder: Path) -> str:
    """The search page of a site that is brought up to date; its index is not looked at."""
    settings = settings_for(fake, folder, search=True)
    with Exporter(settings, source_of(settings)) as exporter:
        exporter.export(Options())
    return (settings.output_dir / "current/search/index.html").read_text("utf-8")


def test_search_page_of_a_small_site_lists_all_names(tmp_path):
    with cms(HOME, MEDICINES, KETAMINE, NALOXONE) as fake:
        found = Outline(search_page(fake, tmp_path).encode())
        assert found.is_in_order()
        assert "ket (What is ketamine?) What is ketamine? N Naloxone S Special K" in found.text
        assert found.all("a", href="#letter-k")
        fake.publish(NALOXONE | {"title": "Nalmefene"})
        fake.unpublish("page", 10)
        later = search_page(fake, tmp_path)
        assert later == search_page(fake, tmp_path / "anew")
        assert "Nalmefene" in later
        assert "etamine" not in later
        fake.unpublish("page", 11)
        assert "by its name" not in search_page(fake, tmp_path)


def test_search_page_of_a_large_site_leads_to_the_pages_of_letters(tmp_path, in_parts):
    with cms(HOME, MEDICINES, KETAMINE, NALOXONE) as fake:
        found = search_page(fake, tmp_path)
        assert Outline(found.encode()).all("a", href="/a-z/k/")
        assert "Naloxone" not in found
        fake.publish(NALOXONE | {"title": "Buvidal"})
        found = search_page(fake, tmp_path)
        assert found == search_page(fake, tmp_path / "anew")
        assert Outline(found.encode()).all("a", href="/a-z/b/")
        assert not Outline(found.encode()).all("a", href="/a-z/n/")
        fake.publish(page(4, "/a-z/", title="Our own"))
        assert "/a-z/k/" not in search_page(fake, tmp_path)


@pytest.mark.parametrize("path", ["/a-z/", "/site-map/", "/glossary/", "/search/"])
def test_page_of_an_editor_stands_for_ours_at_its_path(tmp_path, in_parts, path):
    file = f"{path[1:]}index.html"
    own = page(4, path, title="Our own", body=[rich_text("<p>Written by hand.</p>")])
    with cms(HOME, MEDICINES, KETAMINE, NALOXONE, glossary_term(1)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = files_of(settings)
        fake.publish(own)
        export(settings)
        assert "Written by hand." in shown(settings, file)
        assert ("a-z/k/index.html" in files_of(settings)) == (path != "/a-z/")
        fake.publish(NALOXONE | {"title": "Nalmefene"})
        export(settings)
        assert "Written by hand." in shown(settings, file)
        fake.publish(NALOXONE)
        fake.unpublish("page", 4)
        export(settings)
    assert files_of(settings) == before


def test_our_page_takes_the_place_of_a_redirect(tmp_path):
    with cms(HOME, redirect(1, "/a-z", "/")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert outline_of(settings, "a-z/index.html").all("h1")


def test_no_page_that_leads_nowhere_is_without_ways_on(tmp_path):
    with cms(HOME, MEDICINES) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    found = outline_of(settings, "404.html")
    for path in ("/", "/a-z/", "/site-map/", "/medicines/"):
        assert found.all("a", href=path)
    assert "Report a problem with this site" in found.text


def text_link(number: int) -> Record:
    return rich_text(f'<p><a linktype="page" id="{number}">there</a></p>')


def test_article_leads_on_to_those_that_it_links_to(tmp_path):
    reader = medicine(12, "Reader")
    reader["fields"]["body"] = [text_link(11), text_link(12), text_link(4), text_link(10)]
    with cms(HOME, MEDICINES, KETAMINE, NALOXONE, ABOUT, reader) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert "Related pages Naloxone What is ketamine?" in shown(
            settings, "medicines/m12/index.html"
        )
        fake.publish(KETAMINE | {"title": "Esketamine"})
        export(settings)
        assert "Related pages Naloxone Esketamine" in shown(settings, "medicines/m12/index.html")
        fake.publish(medicine(11, "Naloxone", withdrawn_on="2026-11-20"))
        export(settings)
        assert "Related pages Esketamine" in shown(settings, "medicines/m12/index.html")
        fake.unpublish("page", 10)
        export(settings)
    assert "Related pages" not in shown(settings, "medicines/m12/index.html")


def test_article_names_five_related_pages_at_most(tmp_path):
    others = [medicine(20 + number, f"Other {number}") for number in range(7)]
    reader = medicine(12, "Reader")
    reader["fields"]["body"] = [text_link(20 + number) for number in range(7)]
    with cms(HOME, MEDICINES, reader, *others) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert shown(settings, "medicines/m12/index.html").count("Other") == 5
