"""Redirects, from the CMS to the files of the site."""

from __future__ import annotations

import json
import random

import pytest

from frontend_export.check import check_release
from frontend_export.pipeline import export
from frontend_export.redirect_files import REDIRECT_FILES

from .fake_cms import cms, files_of, page, redirect, settings_for, text_of

HOME, ABOUT = page(1, "/"), page(2, "/about/")


def rules_of(settings) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(text_of(settings, "redirects.json"))
    return found


def test_redirect_is_in_every_list_and_has_a_page(tmp_path):
    with cms(HOME, ABOUT, redirect(1, "/old", 2)) as fake:
        settings = settings_for(fake, tmp_path, site_url="https://example.org/health")
        export(settings)
    assert rules_of(settings) == {"/health/old": {"location": "/health/about/", "status": 301}}
    for path in REDIRECT_FILES:
        assert "/health/about/" in text_of(settings, path)
    assert check_release(settings) == []


def test_page_of_a_redirect_names_the_new_place_in_full_and_is_not_indexed(tmp_path):
    with cms(HOME, ABOUT, redirect(1, "/old", 2)) as fake:
        settings = settings_for(fake, tmp_path, site_url="https://example.org/health")
        export(settings)
    html = text_of(settings, "old/index.html")
    assert '<link rel="canonical" href="https://example.org/health/about/">' in html
    assert '<meta name="robots" content="noindex">' in html
    assert 'content="0; url=/health/about/"' in html
    assert '<a href="/health/about/">' in html


def test_removed_redirect_leaves_with_its_rule_and_its_page(tmp_path):
    with cms(HOME, ABOUT, redirect(1, "/old", 2), redirect(2, "/other", 2)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.unpublish("redirect", 1)
        export(settings)
    assert list(rules_of(settings)) == ["/other"]
    assert "old/index.html" not in files_of(settings)
    assert all(b"/old" not in body for body in files_of(settings).values())


def test_redirect_to_a_page_that_is_not_exported_is_disclosed_nowhere(tmp_path):
    with cms(HOME, redirect(1, "/to-a-draft", "/secret-draft/")) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
    assert "leads to '/secret-draft/', which is not exported" in report.findings[0].message
    for path, body in files_of(settings).items():
        assert b"secret-draft" not in body, path
        assert b"to-a-draft" not in body, path


def test_old_path_in_another_encoding_is_left_out_by_name(tmp_path):
    """``%E9`` is Latin-1's "é". Two of them are not one path."""
    with cms(HOME, ABOUT, redirect(1, "/caf%E9", 2), redirect(2, "/caf%E8", 2)) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
    assert [finding.message for finding in report.findings] == [
        f"Redirect {number} from '/caf%E{letter}' has bytes that are not UTF-8, as no address of a "
        "site may have; it was left out."
        for number, letter in ((1, 9), (2, 8))
    ]
    assert rules_of(settings) == {}


def test_page_wins_over_a_redirect_of_its_path_whatever_their_order(tmp_path):
    records = [ABOUT, redirect(3, "/about", 1), redirect(1, "/x", 2), redirect(2, "/x/", 1)]
    sites = []
    for seed in range(3):
        shuffled = random.Random(seed).sample(records, len(records))
        with cms(HOME, *shuffled) as fake:
            settings = settings_for(fake, tmp_path / str(seed))
            report = export(settings)
        assert [finding.message for finding in report.findings] == [
            "Redirect 2 from '/x/' has the same path as redirect 1; it was left out.",
            "Redirect 3 from '/about' has the path of a live page; it was left out.",
        ]
        sites.append(files_of(settings))
    assert "Page 2</h1>" in sites[0]["about/index.html"].decode()
    assert sites[0] == sites[1] == sites[2]


def test_page_that_comes_to_an_old_path_takes_it_over(tmp_path):
    with cms(HOME, ABOUT, redirect(1, "/new", 2)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.publish(page(3, "/new/"))
        export(settings)
    assert "Page 3</h1>" in text_of(settings, "new/index.html")
    assert rules_of(settings) == {}


def test_home_page_is_never_a_redirect(tmp_path):
    with cms(HOME, ABOUT, redirect(1, "/", 2), redirect(2, "/index.html", 2)) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
    assert "Page 1</h1>" in text_of(settings, "index.html")
    assert len(report.findings) == 2


@pytest.mark.parametrize(
    "path", ["/Über/Größe", "/%C3%9Cber/Gr%C3%B6%C3%9Fe", "/U\u0308ber/Größe/"]
)
def test_old_path_is_encoded_once_however_it_is_stored(tmp_path, path):
    with cms(HOME, ABOUT, redirect(1, path, 2)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    line = "/%C3%9Cber/Gr%C3%B6%C3%9Fe/ /about/ 301\n"
    assert text_of(settings, "_redirects") == line
    assert "Über/Größe/index.html" in files_of(settings)


def test_old_path_that_differs_in_case_alone_has_a_rule_and_no_page(tmp_path):
    """On a disk that takes them for one, its page would be the new one."""
    with cms(HOME, ABOUT, redirect(1, "/About", 2)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert rules_of(settings) == {"/About": {"location": "/about/", "status": 301}}
    assert "About/index.html" not in files_of(settings)


def test_rule_is_one_line_whatever_its_address_holds(tmp_path):
    with cms(HOME, redirect(1, "/a b\u2028c", "https://x.example/ä?q=ü#é")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
    line = "/a%20b%E2%80%A8c/ https://x.example/%C3%A4?q=%C3%BC#%C3%A9 301\n"
    assert text_of(settings, "_redirects") == line
