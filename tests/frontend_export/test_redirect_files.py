"""What each host reads of the same redirects. That real servers read them so: test_servers.py."""

from __future__ import annotations

import json

from frontend_export.content import RedirectRule
from frontend_export.redirect_files import caddy, json_map, netlify, nginx

RULES = [
    RedirectRule("/health/old", "/health/m%C3%A9decine/", 301),
    RedirectRule("/health/Straße.pdf".replace("ß", "%C3%9F"), "https://x.example/?a=$b", 302),
]


def test_a_page_is_redirected_with_its_slash_and_a_file_without_one():
    assert netlify(RULES) == (
        "/health/old/ /health/m%C3%A9decine/ 301\n"
        "/health/Stra%C3%9Fe.pdf https://x.example/?a=$b 302\n"
    )


def test_map_names_each_old_path_once_and_without_a_slash():
    assert json.loads(json_map(RULES)) == {
        "/health/old": {"location": "/health/m%C3%A9decine/", "status": 301},
        "/health/Stra%C3%9Fe.pdf": {"location": "https://x.example/?a=$b", "status": 302},
    }


def test_servers_compare_decoded_paths_and_see_no_variable():
    assert nginx(RULES).splitlines()[0] == '"/health/old" "301 /health/m%C3%A9decine/ /health/old";'
    assert '"/health/Straße.pdf" "302 https://x.example/?a=%24b /health/Straße.pdf";' in nginx(
        RULES
    )
    assert '"/health/old/" "/health/m%C3%A9decine/" 301' in caddy(RULES)
    assert '"/health/Straße.pdf" "https://x.example/?a=%24b" 302' in caddy(RULES)


def test_mixed_case_of_an_old_path_is_preserved():
    rules = [RedirectRule("/About", "/a/", 301), RedirectRule("/ABOUT", "/b/", 301)]
    assert [line.split()[0] for line in netlify(rules).splitlines()] == ["/About/", "/ABOUT/"]
    assert '"~^/About$" "301 /a/ /About";' in nginx(rules)
    assert '"/ABOUT" "/b/" 301' in caddy(rules)


def test_no_old_path_is_a_pattern_to_a_host():
    """With "/a*/" or "/:top/" a host would lead readers away from live pages."""
    rules = [RedirectRule(path, "/b/", 301) for path in ("/a*", "/:top", "/1:2.pdf")]
    sources = [line.split()[0] for line in netlify(rules).splitlines()]
    assert sources == ["/a%2A/", "/%3Atop/", "/1%3A2.pdf"]
    assert list(json.loads(json_map(rules))) == ["/a*", "/:top", "/1:2.pdf"]


def test_no_redirects_are_empty_files():
    assert (netlify([]), nginx([]), json_map([])) == ("", "", "{}\n")


def test_caddys_file_is_never_empty():
    assert caddy([]).startswith("#")
