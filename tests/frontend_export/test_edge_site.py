from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontend_export.edge.app import create_app
from frontend_export.headers import PAGE_CACHE
from tests.frontend_export.edge_site import Edge, publish, serving, settings_for

FILES = {
    "index.html": "<h1>Home</h1>",
    "404.html": "<h1>Page not found</h1>",
    "about/index.html": "<h1>About é</h1>",
    "sitemap.xml": "<urlset/>",
    "assets/site.1f.css": "body {}",
    "images/1f.webp": "RIFF",
    "old/index.html": "<title>Moved</title>",
    "_redirects": "/old/ /about/ 301\n/m%C3%A9d/ https://example.org/x 302\n",
    "_headers": "/*\n  X-Content-Type-Options: nosniff\n/assets/*\n  Cache-Control: public\n",
}


def fill(folder: Path, release: str, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / "public" / "releases" / release / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    publish(folder)
    fill(folder, "one", FILES)
    (folder / "public" / "secret.txt").write_text("secret", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Edge]:
    with serving(create_app(settings_for(folder), serve_site=True)) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/about/", "text/html; charset=utf-8"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/assets/site.1f.css", "text/css; charset=utf-8"),
        ("/images/1f.webp", "image/webp"),
    ],
)
def test_file_has_its_content_type(site: Edge, path: str, content_type: str) -> None:
    answer = site.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_missing_page_is_the_sites_own_404(site: Edge) -> None:
    answer = site.get("/nowhere/")
    assert (answer.status_code, answer.text) == (404, "<h1>Page not found</h1>")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_page_without_its_slash_leads_to_it(site: Edge) -> None:
    answer = site.get("/about")
    assert answer.status_code in (301, 307, 308)
    assert answer.headers["location"].endswith("/about/")


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/old/", 301, "/about/"),
        ("/old", 301, "/about/"),
        ("/old/?utm=1", 301, "/about/"),
        ("/m%C3%A9d/", 302, "https://example.org/x"),
    ],
)
def test_redirects_of_the_release_are_followed(
    site: Edge, path: str, status: int, location: str
) -> None:
    answer = site.get(path)
    assert (answer.status_code, answer.headers["location"]) == (status, location)


def test_headers_of_the_release_are_sent(site: Edge) -> None:
    assert site.get("/assets/site.1f.css").headers["cache-control"] == "public"
    assert site.get("/about/").headers["cache-control"] == PAGE_CACHE


@pytest.mark.parametrize("path", ["/_redirects", "/_headers"])
def test_rule_files_are_not_shown(site: Edge, path: str) -> None:
    assert site.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        b"/../secret.txt",
        b"/..%2fsecret.txt",
        b"/%2e%2e/%2e%2e/secret.txt",
        b"/about/../../../secret.txt",
        b"//etc/passwd",
        b"/\\..\\secret.txt",
        b"/a%00b",
        b"/" + b"x" * 5000,
    ],
)
def test_nothing_outside_the_release_is_served(site: Edge, path: bytes) -> None:
    host, port = site.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"secret" not in answer.partition(b"\r\n\r\n")[2]


def test_file_that_a_browser_has_is_not_sent_again(site: Edge) -> None:
    etag = site.get("/about/").headers["etag"]
    answer = site.get("/about/", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_site_is_only_read(site: Edge) -> None:
    assert site.post("/about/", data=b"x").status_code == 405


def test_switch_is_followed_at_once(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(create_app(settings_for(tmp_path), serve_site=True)) as site:
        assert site.get("/").text == "<h1>Home</h1>"
        publish(tmp_path, "two")
        fill(tmp_path, "two", {"index.html": "<h1>New</h1>"})
        assert site.get("/").text == "<h1>New</h1>"


def test_site_lies_below_the_path_of_its_address(tmp_path: Path) -> None:
    publish(tmp_path)
    fill(tmp_path, "one", FILES | {"_headers": "/health/*\n  X-Here: yes\n"})
    settings = settings_for(tmp_path, site_url="http://testserver/health")
    with serving(create_app(settings, serve_site=True)) as site:
        answer = site.get("/health/about/")
        assert (answer.status_code, answer.headers["x-here"]) == (200, "yes")
        assert site.get("/about/").status_code == 404


def test_folder_of_a_release_may_be_a_link_within_the_output(tmp_path: Path) -> None:
    publish(tmp_path)
    public = tmp_path / "public"
    (public / "store" / "one" / "drugs" / "ketamine").mkdir(parents=True)
    (public / "store" / "one" / "drugs" / "ketamine" / "index.html").write_text("<h1>K</h1>")
    (public / "releases" / "one" / "drugs").symlink_to("../../store/one/drugs")
    (tmp_path / "state" / "index.html").write_text("secret")
    (public / "releases" / "one" / "out").symlink_to("../../../state")
    with serving(create_app(settings_for(tmp_path), serve_site=True)) as site:
        assert site.get("/drugs/ketamine/").text == "<h1>K</h1>"
        assert site.get("/drugs/ketamine").headers["location"] == "/drugs/ketamine/"
        assert site.get("/out/").status_code == 404


def test_page_without_its_slash_stays_on_this_host(site: Edge) -> None:
    answer = site.get("//about?a=1")
    assert (answer.status_code, answer.headers["location"]) == (301, "/about/?a=1")


@pytest.mark.parametrize("path", ["/.git/config", "/about/.htaccess", "/_redirects.nginx"])
def test_hidden_files_are_not_shown(folder: Path, site: Edge, path: str) -> None:
    fill(folder, "one", {path.lstrip("/"): "secret"})
    assert site.get(path).status_code == 404


def test_older_page_after_a_rollback_is_sent_to_who_has_the_newer(site: Edge) -> None:
    later = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert site.get("/about/", headers=later).status_code == 200


def test_missing_image_is_not_remembered_as_missing(site: Edge) -> None:
    assert site.get("/assets/none.css").headers["cache-control"] == PAGE_CACHE
