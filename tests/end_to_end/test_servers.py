"""A reader is answered the same by nginx, by Caddy, by the deployed Caddyfile and by `serve`."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from frontend_export.config import HSTS, Settings
from frontend_export.edge.app import create_app
from frontend_export.headers import (
    HASHED_CACHE,
    PAGE_CACHE,
    SEARCH_PATH,
    SECURITY_HEADERS,
    content_security_policy,
)
from frontend_export.pipeline import export
from tests.end_to_end.web_servers import (
    HOST,
    SERVERS,
    WebServer,
    file_like,
    link_folders,
    running,
)
from tests.frontend_export.edge_site import KEY, serving
from tests.frontend_export.fake_cms import (
    FakeCms,
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
    topic,
)

pytestmark = pytest.mark.end_to_end

LONG = "<p>" + "Words that are worth compressing. " * 60 + "</p>"
LONG_PATH = "/" + "a-long-name/" * 80 + "é"
CONTENT = (
    page(1, "/"),
    topic(2, "/drugs/"),
    article(3, "/drugs/ketamine/", parent=2, body=[rich_text(LONG), image_block(7)]),
    page(4, "/about/", body=[rich_text('<p><a linktype="document" id="5">leaflet</a></p>')]),
    page(5, "/médecine/"),
    page(6, "/straße/"),
    page(7, "/한글/"),
    page(8, "/🌿/"),
    page(9, "/search/"),
    image(7),
    document(5),
    redirect(1, "/old", 3),
    redirect(2, "/away", "https://elsewhere.example/a%20b?q=1", permanent=False),
    redirect(3, "/About", 4),
    redirect(4, "/Alt/Größe", 6),
    redirect(5, "/alt/Größe", 5, permanent=False),
    redirect(6, '/say "so" {here} & (there)', 4),
    redirect(7, "/leaflet.pdf", 4),
    redirect(8, "/images/old.png", 4),
    redirect(9, "/chain", "/old"),
    redirect(10, LONG_PATH, 4),
)
KETAMINE = "/drugs/ketamine/"


class Running:
    """The same site behind each server."""

    def __init__(self, settings: Settings, base: str, servers: dict[str, WebServer]) -> None:
        self.settings = settings
        self.base = base
        self.servers = servers

    def answers(self, path: str, method: str = "GET", **headers: str):
        return {
            name: server.ask(self.base + path, method, headers)
            for name, server in self.servers.items()
        }

    def answer(self, path: str, method: str = "GET", **headers: str):
        """The one answer that all of them give."""
        answers = self.answers(path, method, **headers)
        first = answers["serve"]
        for name, answer in answers.items():
            assert answer == first, f"{name} answers otherwise than serve"
        return first


@pytest.fixture(
    scope="module",
    params=[("", False), ("", True), ("/health", True), ("/sant%C3%A9", False)],
    ids=["root", "root-with-links", "base-path-with-links", "unicode-base-path"],
)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    base, has_links = request.param
    folder = tmp_path_factory.mktemp("servers")
    with cms(*CONTENT) as fake, ExitStack() as stack:
        settings = served_settings(fake, folder, base)
        export(settings)
        if has_links:
            link_folders(settings)
        plant(settings)
        edge = stack.enter_context(edge_of(settings, folder))
        names = [name for name in SERVERS if not (base and name == "deployed")]
        servers = {
            name: stack.enter_context(running(name, settings, folder / name, edge=edge))
            for name in names
        }
        yield Running(settings, base, servers)


def plant(settings: Settings) -> None:
    """Files that nobody should see, around the release and in it, and one that is for all."""
    current = settings.output_dir / "current"
    for path in ("../secret.txt", ".git/config", "about/.htaccess", "images/.env", "_secret.txt"):
        file = current.resolve() / path
        file.parent.mkdir(exist_ok=True)
        file.write_text("secret")
    (settings.output_dir / "secret.txt").write_text("secret")
    (current / ".well-known").mkdir()
    (current / ".well-known" / "security.txt").write_text("Contact: mailto:help@site.example")


def served_settings(fake: FakeCms, folder: Path, base: str = "") -> Settings:
    return settings_for(fake, folder, site_url=f"http://{HOST}{base}", comment_keys=KEY)


@contextmanager
def edge_of(settings: Settings, folder: Path) -> Iterator[str]:
    """An edge beside a web server, and its address."""
    apart = settings.model_copy(update={"spool_dir": folder / "spool-of-the-edge"})
    with serving(create_app(apart, serve_site=False)) as edge:
        yield edge.address.removeprefix("http://")


@pytest.mark.parametrize(
    ("path", "status", "content_type"),
    [
        ("/", 200, "text/html;charset=utf-8"),
        ("/drugs/", 200, "text/html;charset=utf-8"),
        (KETAMINE, 200, "text/html;charset=utf-8"),
        ("/%61bout/", 200, "text/html;charset=utf-8"),
        ("/m%C3%A9decine/", 200, "text/html;charset=utf-8"),
        ("/stra%C3%9Fe/", 200, "text/html;charset=utf-8"),
        ("/%ED%95%9C%EA%B8%80/", 200, "text/html;charset=utf-8"),
        ("/%F0%9F%8C%BF/", 200, "text/html;charset=utf-8"),
        (f"{KETAMINE}?utm_source=x", 200, "text/html;charset=utf-8"),
        ("/sitemap.xml", 200, "application/xml;charset=utf-8"),
        ("/feed.xml", 200, "application/xml;charset=utf-8"),
        ("/robots.txt", 200, "text/plain;charset=utf-8"),
        ("/redirects.json", 200, "application/json"),
        ("/.well-known/security.txt", 200, "text/plain;charset=utf-8"),
        ("/no/such/page/", 404, "text/html;charset=utf-8"),
        ("/no-such-file.txt", 404, "text/html;charset=utf-8"),
    ],
)
def test_page_is_the_same_from_every_server(
    site: Running, path: str, status: int, content_type: str
) -> None:
    answer = site.answer(path)
    assert (answer.status, answer.content_type) == (status, content_type)
    assert answer.security == SECURITY_HEADERS
    assert answer.cache_control == PAGE_CACHE


@pytest.mark.parametrize(
    ("pattern", "content_type"),
    [
        ("assets/site.*.css", "text/css;charset=utf-8"),
        ("assets/favicon.*.svg", "image/svg+xml"),
        ("documents/*.pdf", "application/pdf"),
        ("images/*140.png", "image/png"),
    ],
)
def test_file_named_by_its_bytes_is_immutable(
    site: Running, pattern: str, content_type: str
) -> None:
    answer = site.answer(file_like(site.settings, pattern))
    assert (answer.status, answer.content_type) == (200, content_type)
    assert answer.cache_control == HASHED_CACHE
    assert answer.security == SECURITY_HEADERS


def test_search_alone_may_run_web_assembly(site: Running) -> None:
    answer = site.answer(SEARCH_PATH)
    policy = {"Content-Security-Policy": content_security_policy(SEARCH_PATH)}
    assert answer.security == SECURITY_HEADERS | policy
    for name in set(site.servers) - {"serve"}:  # whose rules, those of `_headers`, know no 404
        missing = site.servers[name].ask(f"{site.base}{SEARCH_PATH}none/")
        assert (missing.status, missing.security) == (404, SECURITY_HEADERS), name


@pytest.mark.parametrize(
    "path",
    ["/comments", "/comments/thanks/K7QF-2M9X-RT4C", "/comments/thanks/", "/images/none.webp"],
)
def test_answer_of_the_edge_has_every_security_header_once(site: Running, path: str) -> None:
    for name, answer in site.answers(path).items():
        assert answer.security == SECURITY_HEADERS, name


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/old/", 301, KETAMINE),
        ("/old", 301, KETAMINE),
        ("/old/?utm_source=x", 301, KETAMINE),
        ("/chain/", 301, KETAMINE),
        ("/away/", 302, "https://elsewhere.example/a%20b?q=1"),
        ("/About/", 301, "/about/"),
        ("/Alt/Gr%C3%B6%C3%9Fe", 301, "/stra%C3%9Fe/"),
        ("/alt/Gr%C3%B6%C3%9Fe/", 302, "/m%C3%A9decine/"),
        ("/say%20%22so%22%20%7Bhere%7D%20&%20(there)/", 301, "/about/"),
        ("/leaflet.pdf", 301, "/about/"),
        ("/images/old.png", 301, "/about/"),
        (quote(LONG_PATH), 301, "/about/"),
    ],
)
def test_redirect_has_its_status_and_its_place(
    site: Running, path: str, status: int, location: str
) -> None:
    place = location if location.startswith("https") else site.base + location
    for name, answer in site.answers(path).items():
        assert (answer.status, answer.location) == (status, place), name
        assert answer.cache_control == PAGE_CACHE, name
        assert answer.security == SECURITY_HEADERS, name


@pytest.mark.parametrize("path", ["/ABOUT/", "/OLD/", "/ALT/Gr%C3%B6%C3%9Fe/", "/old/x/"])
def test_path_that_only_looks_like_an_old_one_leads_nowhere(site: Running, path: str) -> None:
    assert site.answer(path).status == 404


@pytest.mark.parametrize("path", ["/drugs/ketamine", "/m%C3%A9decine"])
def test_page_without_its_slash_leads_to_it(site: Running, path: str) -> None:
    expected = unquote(f"{site.base}{path}/")
    for name, answer in site.answers(path).items():
        assert (answer.status, unquote(answer.location)) == (301, expected), name
        assert answer.security == SECURITY_HEADERS, name


def test_root_of_the_site_without_its_slash_leads_to_it(site: Running) -> None:
    if not site.base:
        pytest.skip("The root of a host has its slash.")
    for name, answer in site.answers("").items():
        assert (answer.status, unquote(answer.location)) == (
            307 if name == "serve" else 301,
            unquote(f"{site.base}/"),
        ), name
        assert answer.security == SECURITY_HEADERS, name
        if name != "serve":
            assert answer.cache_control == PAGE_CACHE, name
        assert site.servers[name].ask("/").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/_headers",
        "/_redirects",
        "/_redirects.nginx",
        "/_redirects.caddy",
        "/404.html",
        "/.plainleaf",
        "/.git/config",
        "/about/.htaccess",
        "/images/.env",
        "/_secret.txt",
        "/assets/",
        "/documents/",
        "/releases/",
        "/..%2fsecret.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/about/../../secret.txt",
        "/about/..%2f..%2f..%2fsecret.txt",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2f..%2fsecret.txt",
        "//secret.txt",
    ],
)
def test_nothing_but_the_site_is_served(site: Running, path: str) -> None:
    for name, answer in site.answers(path).items():
        assert answer.status in {400, 404}, name
        assert b"secret" not in answer.body, name


def test_missing_page_is_the_sites_own_404(site: Running) -> None:
    answer = site.answer("/no/such/page/")
    assert answer.body == (site.settings.output_dir / "current" / "404.html").read_bytes()


@pytest.mark.parametrize("path", ["/images/none.webp", "/assets/none.css", "/documents/none.pdf"])
def test_file_that_nobody_has_is_missing_and_may_come(site: Running, path: str) -> None:
    for name, answer in site.answers(path).items():
        assert answer.status == 404, name
        assert "immutable" not in answer.cache_control, name
        assert b"Page not found" in answer.body, name


@pytest.mark.parametrize(
    "path",
    ["/%00", "/about/%00/", "/images/%00.png", "/" + "a" * 300, "/a" * 3000 + "/"],
    ids=["nothing", "folder", "picture", "long name", "long path"],
)
def test_address_that_no_file_can_have_is_no_fault_of_the_server(site: Running, path: str) -> None:
    for name, answer in site.answers(path).items():
        if answer.status == 400 and name == "nginx" and "%00" in path:
            continue  # what it refuses before it knows whose address it is
        assert answer.status == 404, name
        assert answer.security == SECURITY_HEADERS, name
        assert b"Page not found" in answer.body, name


def test_head_is_the_answer_without_its_body(site: Running) -> None:
    answers = site.answers(KETAMINE, "HEAD")
    for name, whole in site.answers(KETAMINE).items():
        assert answers[name].body == b"", name
        assert answers[name].status == 200, name
        assert answers[name].headers["content-length"] == str(len(whole.body)), name


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_site_is_only_read(site: Running, method: str) -> None:
    for name, answer in site.answers(KETAMINE, method).items():
        assert answer.status == 405, name
        assert answer.security == SECURITY_HEADERS, name


@pytest.mark.parametrize(
    ("status", "request_line", "rest"),
    [
        (400, "GET {base}/ HTTP/1.1", "X-Long: " + "a" * 70_000),
        (400, "GET {base}/ HTTP/1.1", f"Host: {HOST}"),
        (413, "POST {base}/about/ HTTP/1.1", "Content-Length: 99999999"),
        (413, "POST {base}/comments HTTP/1.1", "Content-Length: 99999999"),
        (501, "GET {base}/ HTTP/1.1", "Transfer-Encoding: nonsense"),
    ],
    ids=["endless header", "two hosts", "large body", "large comment", "unknown coding"],
)
def test_what_nginx_refuses_by_itself_has_every_security_header_once(
    site: Running, status: int, request_line: str, rest: str
) -> None:
    """Caddy and `serve` leave what is no HTTP to what they are built on, which has no headers."""
    lines = [request_line.format(base=site.base), f"Host: {HOST}", "Connection: close", rest]
    head = site.servers["nginx"].ask_raw("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
    assert head.startswith(f"HTTP/1.1 {status} ")
    said = Counter(line.partition(":")[0].lower() for line in head.splitlines())
    assert [name for name in SECURITY_HEADERS if said[name.lower()] != 1] == []


def test_what_a_browser_has_is_not_sent_again(site: Running) -> None:
    for path in (KETAMINE, file_like(site.settings, "assets/site.*.css")):
        for name, answer in site.answers(path).items():
            server = site.servers[name]
            tag = {"If-None-Match": answer.headers["etag"]}
            again = server.ask(site.base + path, headers=tag)
            assert (again.status, again.body) == (304, b""), name
            assert again.cache_control == answer.cache_control, name


def test_part_of_a_file_is_sent_alone(site: Running) -> None:
    for name, answer in site.answers(KETAMINE, Range="bytes=0-14").items():
        assert (answer.status, answer.body) == (206, b"<!DOCTYPE html>"), name


def test_part_that_a_file_has_not_is_refused_with_every_header_once(site: Running) -> None:
    for path in (KETAMINE, file_like(site.settings, "assets/site.*.css")):
        for name, server in site.servers.items():
            lines = [f"GET {site.base}{path} HTTP/1.1", f"Host: {HOST}", "Connection: close"]
            request = "".join(f"{line}\r\n" for line in [*lines, "Range: bytes=999999-", ""])
            head = server.ask_raw(request.encode())
            assert head.startswith("HTTP/1.1 416 "), name
            said = Counter(line.partition(":")[0].lower() for line in head.splitlines())
            assert [one for one in SECURITY_HEADERS if said[one.lower()] != 1] == [], name


def test_text_is_compressed_where_the_reader_can_read_it(site: Running) -> None:
    headers = {"Accept-Encoding": "gzip"}
    for name in set(site.servers) - {"serve"}:
        answer = site.servers[name].ask(site.base + KETAMINE, headers=headers)
        assert answer.headers["content-encoding"] == "gzip", name
        assert "accept-encoding" in answer.headers["vary"].lower(), name
        assert len(answer.body) < len(site.servers[name].ask(site.base + KETAMINE).body), name


def test_style_sheet_is_compressed_also_for_a_proxy(site: Running) -> None:
    path = site.base + file_like(site.settings, "assets/site.*.css")
    for name in set(site.servers) - {"serve"}:
        answer = site.servers[name].ask(path, headers={"Accept-Encoding": "gzip", "Via": "1.1 x"})
        assert answer.headers["content-encoding"] == "gzip", name
        assert len(answer.body) < 1.05 * len(gzip.compress(gzip.decompress(answer.body))), name


def test_no_server_says_what_it_is(site: Running) -> None:
    for name, answer in site.answers(KETAMINE).items():
        assert answer.headers.get("server", "nginx") == "nginx", name


def test_site_of_another_name_is_not_this_one(site: Running) -> None:
    for name in set(site.servers) - {"serve"}:
        answer = site.servers[name].ask(site.base + KETAMINE, headers={"Host": "other.example"})
        assert b"</main>" not in answer.body, name


def test_comment_that_is_too_long_is_refused_with_the_reason(site: Running) -> None:
    form = b"text=" + b"x" * 1_500_000
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{HOST}"}
    for name, server in site.servers.items():
        answer = server.ask(f"{site.base}/comments", "POST", headers, body=form)
        assert (answer.status, b"was not sent" in answer.body) == (413, True), name


def test_comments_and_previews_reach_the_edge(site: Running) -> None:
    for name, answer in site.answers("/preview?token=wrong").items():
        assert b"There is no such preview" in answer.body, name
        assert answer.headers["cache-control"].count("no-store") == 1, name
    for name, answer in site.answers("/comments").items():
        assert answer.status == 405, name


def test_receipt_is_shown_by_the_edge_and_the_page_without_one_is_a_file(site: Running) -> None:
    for name, answer in site.answers("/comments/thanks/K7QF-2M9X-RT4C").items():
        assert (answer.status, b"K7QF-2M9X-RT4C" in answer.body) == (200, True), name
        assert answer.headers["cache-control"] == "no-store", name
    for name, answer in site.answers("/comments/thanks/").items():
        assert (answer.status, b"receipt" in answer.body) == (200, False), name
        assert answer.headers["cache-control"] == PAGE_CACHE, name


def test_page_behind_a_link_of_a_mail_keeps_its_token_to_itself(site: Running) -> None:
    for name, answer in site.answers("/comments/mail/unsubscribe/aB3:-_=.0123456789012").items():
        assert (answer.status, b"Stop these mails" in answer.body) == (200, True), name
        assert answer.headers["referrer-policy"] == "no-referrer", name


@pytest.mark.parametrize(
    "code", ["K7QF", "K7QF-2M9X-RT4U", "%0d%0a", "/evil.example", "k7qf-2m9x-rt4c"]
)
def test_what_is_no_receipt_is_not_found(site: Running, code: str) -> None:
    for name, answer in site.answers(f"/comments/thanks/{code}").items():
        assert answer.status == 404, name


@pytest.mark.parametrize("name", SERVERS)
def test_changed_page_is_sent_after_a_switch(tmp_path: Path, name: str) -> None:
    """Though the new bytes are as many, and come within the same second."""
    with cms(page(1, "/"), page(2, "/a/", title="Mild")) as fake:
        settings = served_settings(fake, tmp_path)
        export(settings)
        with running(name, settings, tmp_path / name) as server:
            before = server.ask("/a/")
            fake.publish(page(2, "/a/", title="Dire"))
            export(settings)
            after = server.ask("/a/", headers=_known(before))
            assert (after.status, b"Dire" in after.body) == (200, True)
            assert len(after.body) == len(before.body)


@pytest.mark.parametrize("name", SERVERS)
def test_older_page_is_sent_after_a_rollback(tmp_path: Path, name: str) -> None:
    with cms(page(1, "/"), page(2, "/a/", title="Mild")) as fake:
        settings = served_settings(fake, tmp_path)
        first = export(settings).release
        fake.publish(page(2, "/a/", title="Serious"))
        export(settings)
        with running(name, settings, tmp_path / name) as server:
            known = _known(server.ask("/a/"))
            switch(settings, first)
            for headers in (known, {"If-Modified-Since": known["If-Modified-Since"]}):
                assert b"Mild" in server.ask("/a/", headers=headers).body


@pytest.mark.parametrize("name", SERVERS)
def test_redirects_of_a_new_release_are_followed_and_old_ones_forgotten(
    tmp_path: Path, name: str
) -> None:
    """By its HTML page at once, and by status once the server has read the list."""
    with cms(page(1, "/"), page(2, "/a/"), redirect(1, "/gone", 2)) as fake:
        settings = served_settings(fake, tmp_path)
        export(settings)
        with running(name, settings, tmp_path / name) as server:
            assert server.ask("/gone/").status == 301
            fake.unpublish("redirect", 1)
            fake.publish(redirect(2, "/new", 2))
            export(settings)
            answer = server.ask("/new/")
            assert answer.status == 301 or b'url=/a/"' in answer.body
            server.reload()
            # While nginx reloads, a worker of before may still answer.
            wait_until(lambda: server.ask("/gone/").status == 404)
            wait_until(lambda: server.ask("/new/").status == 301)
            assert server.ask("/new/").location == "/a/"


@pytest.mark.parametrize("name", SERVERS)
def test_redirect_that_nginx_cannot_hold_is_its_page_there(tmp_path: Path, name: str) -> None:
    longest = "/" + "/".join(["한" * 80] * 8)
    with cms(
        page(1, "/"),
        page(2, "/a/"),
        redirect(1, "/in-$-and-{x}", 2),
        redirect(2, longest, 2),
        redirect(3, "/to-the-longest", "https://x.example/" + "한" * 1300),
    ) as fake:
        settings = served_settings(fake, tmp_path)
        export(settings)
        with running(name, settings, tmp_path / name) as server:
            assert server.ask(f"{quote(longest)}/").status == 301
            for path in ("/in-%24-and-%7Bx%7D/", "/to-the-longest/"):
                answer = server.ask(path)
                leads_on = b'http-equiv="refresh"' in answer.body
                assert leads_on if name == "nginx" else answer.status == 301, path


def test_plain_http_leads_to_the_same_place_by_tls(tmp_path: Path) -> None:
    with cms(page(1, "/")) as fake:
        site_url = f"https://{HOST}/health"
        settings = settings_for(fake, tmp_path, site_url=site_url)
    with running("nginx", settings, tmp_path / "nginx") as server:
        for path in ("/", "/health/a%20b/?c=%2Fd&e", "/health/preview?token=x", "//evil.example/"):
            answer = server.ask(path)
            assert (answer.status, answer.headers["location"]) == (301, f"https://{HOST}{path}")


@pytest.mark.parametrize("name", ["nginx", "caddy", "deployed"])
def test_server_starts_before_the_first_release(tmp_path: Path, name: str) -> None:
    with cms(page(1, "/")) as fake:
        settings = served_settings(fake, tmp_path)
        with running(name, settings, tmp_path / name) as server:
            assert server.ask("/").status == 404
            export(settings)
            assert server.ask("/").status == 200


@pytest.mark.parametrize("name", ["nginx", "caddy", "deployed"])
def test_edge_that_is_down_leaves_the_site_up(tmp_path: Path, name: str) -> None:
    with cms(page(1, "/")) as fake:
        settings = served_settings(fake, tmp_path)
        export(settings)
        with running(name, settings, tmp_path / name, edge="127.0.0.1:9") as server:
            assert server.ask("/").status == 200
            answer = server.ask("/comments", "POST", {"Content-Length": "0"})
            assert (answer.status, b"not answering" in answer.body) == (502, True)
            assert answer.security == SECURITY_HEADERS


def test_browsers_are_told_to_stay_with_tls_where_it_ends_before_the_server(tmp_path: Path) -> None:
    with cms(page(1, "/")) as fake:
        settings = served_settings(fake, tmp_path)
        export(settings)
        with running("deployed", settings, tmp_path / "deployed", edge="127.0.0.1:9") as server:
            plain = server.ask("/")
            by_tls = server.ask("/", headers={"X-Forwarded-Proto": "https"})
    assert "strict-transport-security" not in plain.headers
    assert by_tls.headers["strict-transport-security"] == HSTS


@pytest.mark.parametrize("name", ["nginx", "caddy", "deployed"])
@pytest.mark.parametrize(
    "path",
    [
        "/comments",
        "/comments/start",
        "/comments/thanks/K7QF-2M9X-RT4C",
        "/comments/report?page=a%2Fb",
        "/comments/report/thanks/K7QF-2M9X-RT4C",
        "/comments/mail/confirm/aB3:-_=.0123456789012",
        "/comments/mail/unsubscribed",
        "/preview?token=a%2Fb",
        "/images/none.webp",
    ],
)
def test_edge_is_told_who_asks_and_believes_no_reader(tmp_path: Path, name: str, path: str) -> None:
    with cms(page(1, "/")) as fake, listening() as (edge, heard):
        settings = served_settings(fake, tmp_path)
        export(settings)
        with running(name, settings, tmp_path / name, edge=edge) as server:
            claims = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https"}
            assert server.ask(path, headers=claims).body == b"the edge"
    asked, headers = heard[-1]
    assert asked == path
    assert headers["Host"] == HOST
    assert headers.get_all("X-Forwarded-For") == ["127.0.0.1"]
    assert headers.get_all("X-Forwarded-Proto") == ["http"]


@contextmanager
def listening() -> Iterator[tuple[str, list[tuple[str, Message]]]]:
    """Something in the edge's place: its address, and the path and headers of what it was asked."""
    heard: list[tuple[str, Message]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append((self.path, self.headers))
            self.send_response(200)
            self.send_header("Content-Length", "8")
            self.end_headers()
            self.wfile.write(b"the edge")

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("name", ["nginx", "caddy", "deployed"])
def test_no_log_holds_who_read_what(tmp_path: Path, name: str) -> None:
    with cms(page(1, "/")) as fake:
        settings = served_settings(fake, tmp_path)
        export(settings)
        with running(name, settings, tmp_path / name, edge="127.0.0.1:9") as server:
            for path in ("/", "/what-i-have/", "/assets/none.css", "/preview?token=not-for-logs"):
                server.ask(path)
    log = (tmp_path / name / "log").read_text()
    assert "what-i-have" not in log
    assert "not-for-logs" not in log


def test_copy_by_rsync_is_the_whole_site_without_links(tmp_path: Path) -> None:
    if shutil.which("rsync") is None:
        pytest.skip("No rsync was found. Install the package 'rsync' to run this.")
    with cms(*CONTENT) as fake:
        settings = served_settings(fake, tmp_path)
        export(settings)
    published = files_of(settings)
    link_folders(settings)
    copy = tmp_path / "copy"
    source = f"{settings.output_dir}/current/"
    for _ in range(2):  # again, onto a copy
        subprocess.run(["rsync", "-aL", "--delete", "--delay-updates", source, copy], check=True)
    assert not [path for path in copy.rglob("*") if path.is_symlink()]
    assert folder_files(copy) == published
    again = subprocess.run(
        ["rsync", "-aLi", "--delete", source, copy], check=True, capture_output=True
    )
    assert again.stdout == b""


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_names_in_any_script_survive_an_archive(tmp_path: Path, kind: str) -> None:
    with cms(*CONTENT) as fake:
        settings = served_settings(fake, tmp_path)
        export(settings)
    root = (settings.output_dir / "current").resolve()
    archive = shutil.make_archive(str(tmp_path / "site"), kind, root)
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    assert folder_files(tmp_path / "unpacked") == files_of(settings)


def folder_files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def _known(answer) -> dict[str, str]:
    """What a browser that has a page sends along."""
    return {
        "If-None-Match": answer.headers["etag"],
        "If-Modified-Since": answer.headers["last-modified"],
    }


def switch(settings: Settings, release: str) -> None:
    link = settings.output_dir / "next"
    link.symlink_to(f"releases/{release}")
    link.replace(settings.output_dir / "current")


def wait_until(condition) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
