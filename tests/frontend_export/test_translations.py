"""A page names what it is in other languages, as long as that is on the site."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from frontend_export.check import check_release
from frontend_export.config import Settings
from frontend_export.pipeline import export
from tests.frontend_export.fake_cms import article, cms, page, settings_for, text_of, topic
from tests.frontend_export.site_in_view import Outline

HOME, MEDICINES, FRENCH = page(1, "/"), topic(2, "/medicines/"), page(5, "/fr/", locale="fr")
KETAMINE = article(3, "/medicines/ketamine/", parent=2)
KEY = KETAMINE["translation_key"]
IN_FRENCH = page(6, "/fr/ketamine/", parent=5, locale="fr", translation_key=KEY)
SITE = "https://plainleaf.example"
BOTH = {
    "en-gb": f"{SITE}/medicines/ketamine/",
    "fr": f"{SITE}/fr/ketamine/",
    "x-default": f"{SITE}/medicines/ketamine/",
}


def alternates(settings: Settings, path: str) -> dict[str, str]:
    found = Outline(text_of(settings, path).encode()).all("link", rel="alternate")
    return {str(one["hreflang"]): str(one["href"]) for one in found if "hreflang" in one}


def both(settings: Settings) -> list[dict[str, str]]:
    paths = ("medicines/ketamine/index.html", "fr/ketamine/index.html")
    return [alternates(settings, path) for path in paths]


def test_each_language_names_all_of_them_and_itself(tmp_path: Path) -> None:
    with cms(HOME, MEDICINES, KETAMINE, FRENCH, IN_FRENCH) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert both(settings) == [BOTH, BOTH]
    assert alternates(settings, "index.html") == {}
    assert check_release(settings) == []


def test_readers_of_no_language_are_led_nowhere_where_that_of_the_site_is_missing(
    tmp_path: Path,
) -> None:
    german = KETAMINE | {"locale": "de"}
    with cms(HOME, MEDICINES, german, FRENCH, IN_FRENCH) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert set(both(settings)[0]) == {"de", "fr"}


CHANGES: dict[str, Any] = {
    "it moves": ([IN_FRENCH | {"path": "/fr/k/", "slug": "k"}], {"fr": f"{SITE}/fr/k/"}),
    "it is of another language": (
        [IN_FRENCH | {"locale": "fr-ca"}],
        {"fr": None, "fr-ca": f"{SITE}/fr/ketamine/"},
    ),
    "it stands for itself": (
        [IN_FRENCH | {"translation_key": "00000000-0000-4000-8000-000000000099"}],
        None,
    ),
    "it is sample content": ([IN_FRENCH | {"fields": {"body": [], "sample_content": True}}], None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_page_is_made_again_when_its_translation_changes(tmp_path: Path, change: str) -> None:
    records, differs = CHANGES[change]
    expected = {k: v for k, v in (BOTH | (differs or {})).items() if v} if differs else {}
    with cms(HOME, MEDICINES, KETAMINE, FRENCH, IN_FRENCH) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.publish(*records)
        export(settings)
    assert alternates(settings, "medicines/ketamine/index.html") == expected


def test_translation_that_comes_or_leaves_is_named_as_long_as_it_is_there(tmp_path: Path) -> None:
    with cms(HOME, MEDICINES, KETAMINE, FRENCH) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert alternates(settings, "medicines/ketamine/index.html") == {}
        fake.publish(IN_FRENCH)
        export(settings)
        assert both(settings) == [BOTH, BOTH]
        fake.unpublish("page", 6)
        export(settings)
        assert alternates(settings, "medicines/ketamine/index.html") == {}
        assert check_release(settings) == []


def test_pages_of_a_cms_that_gives_no_key_are_not_each_others_translations(tmp_path: Path) -> None:
    records = [{**one, "translation_key": ""} for one in (HOME, MEDICINES, KETAMINE)]
    with cms(*records, {**FRENCH, "translation_key": ""}) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert alternates(settings, "fr/index.html") == {}


def test_feed_of_a_topic_is_in_the_language_of_the_topic(tmp_path: Path) -> None:
    in_french = topic(7, "/fr/drogues/", parent=5, locale="fr")
    with cms(HOME, MEDICINES, FRENCH, in_french) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        feeds = ("feed.xml", "medicines/feed.xml", "fr/drogues/feed.xml")
        languages = [feed_language(settings, path) for path in feeds]
        fake.publish(in_french | {"locale": "fr-ca"})
        export(settings)
    assert languages == ["en-gb", "en-gb", "fr"]
    assert feed_language(settings, feeds[-1]) == "fr-ca"


def feed_language(settings: Settings, path: str) -> str | None:
    feed = ElementTree.fromstring(text_of(settings, path))
    return feed.get("{http://www.w3.org/XML/1998/namespace}lang")
