"""Paths, redirects and references: the pure and tricky parts of the plan."""

from __future__ import annotations

from datetime import timedelta

import pytest

from frontend_export.content import PageLink, Redirect, RedirectRule
from frontend_export.plan.entries import entry_of, references_in
from frontend_export.plan.paths import MAX_PATH_BYTES, path_for, refusal_of, same_file
from frontend_export.plan.redirects import compile_redirects, stub_for
from tests.frontend_export.site_in_view import LINKS, NOW, page

PAGES = {1: "/", 2: "/medicines/", 3: "/médecine/"}
FILES = {path_for(path) for path in PAGES.values()} | {"sitemap.xml"}


def compiled(*redirects: Redirect) -> tuple[list[RedirectRule], list[str]]:
    rules, findings = compile_redirects(
        redirects, page_paths=PAGES, files=FILES, site_url="https://example.org/health"
    )
    return rules, [finding.message for finding in findings]


def to(number: int, path: str, page: int | None = None, url: str = "", permanent: bool = True):
    return Redirect(number, path, page, url, permanent)


@pytest.mark.parametrize(
    ("url_path", "path"),
    [
        ("/", "index.html"),
        ("/about/", "about/index.html"),
        ("/cafe\u0301/", "caf\u00e9/index.html"),
        ("/한글/🌿/", "한글/🌿/index.html"),
    ],
)
def test_path_of_a_page(url_path, path):
    assert path_for(url_path) == path
    assert refusal_of(url_path) is None


@pytest.mark.parametrize(
    "url_path",
    [
        "/../",
        "/a/../../etc/x/",
        "/a/./b/",
        "/a//b/",
        "//",
        "/a\\b/",
        "/a\0b/",
        "/a\nb/",
        "/%2e%2e/",
        "/a%2Fb/",
        "/a\x7f/",
        "/_redirects/",
        "/_headers/",
        "/" + "é" * 128 + "/",
        "/" + "a/" * MAX_PATH_BYTES,
        "no-slash/",
        "/no-slash",
        "",
        "/\ud800/",
    ],
)
def test_path_that_leads_out_or_astray_is_refused(url_path):
    assert refusal_of(url_path)


def test_names_that_some_disks_confuse_are_one():
    assert same_file("Straße/É") == same_file("STRASSE/e\u0301")


def test_redirect_leads_to_a_page_encoded_once():
    rules, findings = compiled(to(1, "/old", 3), to(2, "/Caf%C3%A9/x/", 2), to(3, "/ü", 2))
    assert rules == [
        RedirectRule("/Caf%C3%A9/x", "/medicines/", 301),
        RedirectRule("/old", "/m%C3%A9decine/", 301),
        RedirectRule("/%C3%BC", "/medicines/", 301),
    ]
    assert findings == []


def test_chain_becomes_one_hop_and_is_permanent_only_if_all_are():
    rules, _ = compiled(
        to(1, "/a", url="/b"), to(2, "/b/", url="/c", permanent=False), to(3, "//c", 2)
    )
    assert [(rule.path, rule.location, rule.status) for rule in rules] == [
        ("/a", "/medicines/", 302),
        ("/b", "/medicines/", 302),
        ("/c", "/medicines/", 301),
    ]


def test_circle_is_left_out_and_reported():
    rules, findings = compiled(to(1, "/a", url="/b"), to(2, "/b", url="/a/"), to(3, "/c", url="/a"))
    assert rules == []
    assert len(findings) == 3
    assert "Redirect 1 from '/a' runs in a circle; it was left out." in findings


def test_slug_changed_there_and_back_leaves_no_rule():
    assert compiled(to(1, "/medicines", 2)) == ([], [])


def test_live_page_beats_a_redirect():
    rules, findings = compiled(to(1, "/medicines/", 1))
    assert rules == []
    assert findings == [
        "Redirect 1 from '/medicines/' has the path of a live page; it was left out."
    ]


@pytest.mark.parametrize(
    ("redirect", "reason"),
    [
        (to(1, "/old", 99), "leads to page 99, which is not exported"),
        (to(1, "/old", url="/nowhere/"), "leads to '/nowhere/', which is not exported"),
        (to(1, "/old", url="javascript:alert(1)"), "which is no address"),
        (to(1, "/old", url="//evil.example/"), "which is no address"),
        (to(1, "/old", url="http://[x"), "which is no address"),
        (to(1, "/old", url="https://x.example/\nSet-Cookie: a"), "which is no address"),
        (to(1, "/old?a=b", 2), "has a query"),
        (to(1, "/../old", 2), "has the segment '..'"),
        (to(1, "/", 2), "has no path"),
        (to(1, "/_headers", 2), "starts with '_'"),
    ],
)
def test_redirect_that_cannot_work_is_left_out_and_reported(redirect, reason):
    rules, findings = compiled(redirect)
    assert rules == []
    assert reason in findings[0]


def test_redirect_to_the_web_keeps_its_address():
    rules, _ = compiled(to(1, "/old", url="https://x.example/a%20b?q=1#c", permanent=False))
    assert rules == [RedirectRule("/old", "https://x.example/a%20b?q=1#c", 302)]


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://example.org/health/medicines/?a=1#b", "/medicines/?a=1#b"),
        ("http://EXAMPLE.org/health", "/"),
        ("https://example.org/health/shop/", "https://example.org/health/shop/"),
        ("https://example.org/healthy/", "https://example.org/healthy/"),
        ("https://other.example/health/medicines/", "https://other.example/health/medicines/"),
    ],
)
def test_address_of_this_site_in_full_is_its_path_where_it_is_a_page(url, location):
    rules, findings = compiled(to(1, "/old", url=url))
    assert rules == [RedirectRule("/old", location, 301)]
    assert findings == []


def test_circle_through_the_address_of_this_site_is_found():
    rules, findings = compiled(
        to(1, "/a", url="https://example.org/health/b/"),
        to(2, "/b", url="https://example.org/health/a"),
        to(3, "/c", url="https://example.org/health/c/"),
    )
    assert rules == []
    assert [message.split(" ")[4] for message in findings] == ["runs", "runs"]


@pytest.mark.parametrize(
    ("path", "stub"),
    [("/old", "old/index.html"), ("/old.html", "old.html"), ("/m%C3%A9", "mé/index.html")],
)
def test_stub_of_a_redirect(path, stub):
    assert stub_for(RedirectRule(path, "/", 301)) == stub


def test_redirect_of_a_file_has_no_stub():
    assert stub_for(RedirectRule("/old.pdf", "/", 301)) is None


def test_references_are_found_by_the_naming_rule():
    value = {
        "image": {"image": 7, "alt_text": "x"},
        "items": [{"type": "item", "value": {"page": 5, "read_next_page": 6}, "id": "x"}],
        "helpline": 1,
        "authors": [{"type": "author", "value": {"person": 10}, "id": "x"}],
        "reviewer": 11,
        "glossary_term": 12,
        "term": 13,
        "policy_document": 2,
        "number": 9,
        "homepage": 8,
        "page": None,
        "is_page": True,
        "text": '<a id="3" linktype="page">x</a><embed alt="" id="4" embedtype="image"/>'
        '<a linktype="document" id="5">y</a><a href="https://x.example/" id="6">z</a>',
    }
    assert set(references_in(value).all) == {
        "image/7",
        "page/5",
        "page/6",
        "snippet/articles.Helpline/1",
        "snippet/articles.Person/10",
        "snippet/articles.Person/11",
        "snippet/articles.GlossaryTerm/12",
        "document/2",
        "page/3",
        "image/4",
        "document/5",
    }


def test_reference_is_linked_only_where_nothing_else_shows_it():
    link = '<a id="{}" linktype="page">x</a>'.format
    references = references_in(
        {
            "page": 5,
            "text": link(5) + link(6) + '<embed embedtype="image" id="7"/>',
            "more": '<a linktype="document" id="2">y</a>',
        }
    )
    assert set(references.all) == {"page/5", "page/6", "image/7", "document/2"}
    assert set(references.linked) == {"page/6", "document/2"}


def digests_of(link: PageLink) -> tuple[str, str, str]:
    shown = {"path": link.path, "title": link.title, "parent_id": link.parent_id}
    fields = {"summary": link.summary}
    value = page("articles.ArticlePage", 5)._replace(
        last_published_at=link.last_published_at, fields=fields
    )
    entry = entry_of(value._replace(**shown), fingerprint="f")
    return entry.address_digest, entry.link_digest, entry.list_digest


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ({"summary": "New."}, (False, False, True)),
        ({"last_published_at": NOW + timedelta(days=1)}, (False, False, True)),
        ({"title": "Ketamine"}, (False, True, True)),
        ({"path": "/medicines/k/"}, (True, True, True)),
    ],
)
def test_change_touches_only_what_shows_it(change, touched):
    link = LINKS[2]
    before, after = digests_of(link), digests_of(link._replace(**change))
    assert tuple(old != new for old, new in zip(before, after, strict=True)) == touched
