"""What the edge makes of a token: the page the export would write, or one same refusal."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from frontend_export.content import Listing
from frontend_export.edge.app import create_app
from frontend_export.edge.preview import BLOCK_END, BLOCK_START, read_draft
from frontend_export.headers import SECURITY_HEADERS
from frontend_export.render.renderer import Renderer
from frontend_export.source.cms import Line
from frontend_export.source.feed import parse_record
from tests.frontend_export.edge_site import SITE_URL, Edge, page, publish, serving, settings_for
from tests.frontend_export.fake_cms import site
from tests.marked_blocks import without_marked_blocks

ADMIN_URL = "http://admin.test:8000"
TOKEN = "a-token-of-a-draft"
USER_BAR = f'<wagtail-userbar></wagtail-userbar><script src="{ADMIN_URL}/userbar.js"></script>'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
IMAGE = {
    "kind": "image",
    "id": 7,
    "title": "A leaf",
    "width": 32,
    "height": 18,
    "renditions": [
        {
            "id": 31,
            "width": 32,
            "height": 18,
            "mime": "image/png",
            "url": "/api/export/v1/renditions/31",
            "fingerprint": "5eaf5eaf5eaf5eaf",
        }
    ],
    "fingerprint": "0" * 16,
}
SITE = site(lists_page_size=5) | {"fingerprint": "0" * 16}
HOME = page(1, "/", "Home")
DRAFT = page(5, "/ketamine/", "What is ketamine?") | {
    "fields": {
        "summary": "An anaesthetic.",
        "body": [
            {
                "type": "image",
                "id": "one",
                "value": {
                    "image": {"image": 7, "alt_text": "A leaf", "decorative": False},
                    "caption": "",
                },
            }
        ],
        "sources": [],
        "last_reviewed": None,
        "next_review_due": None,
        "sample_content": False,
        "comments_mode": "open",
        "comments_close_on": None,
    }
}


def answer(*records: dict[str, Any], draft: int, shared_until: str | None = None) -> bytes:
    """What the CMS says of a draft, by the feed's contract."""
    begin = {
        "kind": "begin",
        "version": 1,
        "now": "2026-11-25T12:00:00Z",
        "cursor": "1",
        "full": False,
        "next_change_at": None,
        "draft": draft,
        "user_bar": "" if shared_until else USER_BAR,
        "shared_until": shared_until,
    }
    counts: dict[str, int] = {}
    for record in records:
        counts[record["kind"]] = counts.get(record["kind"], 0) + 1
    end = {"kind": "end", "cursor": "1", "counts": counts}
    return b"".join(json.dumps(record).encode() + b"\n" for record in (begin, *records, end))


@dataclass
class DraftCms:
    """Knows one draft by its token, and one file, for whoever has the feed's token."""

    url: str = ""
    draft: bytes = field(default_factory=lambda: answer(SITE, HOME, DRAFT, IMAGE, draft=5))
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def get(self, path: str, authorization: str | None) -> tuple[int, str, bytes]:
        self.asked.append(path)
        address = urlsplit(path)
        if authorization != "Bearer token":
            return 401, "application/json", b'{"message": "A valid feed token is required."}'
        if address.path == "/api/export/v1/renditions/31":
            return 200, "image/png", PNG
        if parse_qs(address.query).get("token") == [TOKEN]:
            return self.status, "application/x-ndjson", self.draft
        return 404, "application/json", b'{"message": "This token opens no preview."}'


@contextmanager
def draft_cms() -> Iterator[DraftCms]:
    cms = DraftCms()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, mime, body = cms.get(self.path, self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Type", mime)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    cms.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield cms
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def cms() -> Iterator[DraftCms]:
    with draft_cms() as cms:
        yield cms


StartEdge = Callable[..., Edge]


@pytest.fixture
def start(tmp_path: Path, cms: DraftCms) -> Iterator[StartEdge]:
    publish(tmp_path)
    (tmp_path / "public" / "current" / "404.html").write_text("<h1>Page not found</h1>")
    with ExitStack() as running:

        def start(
            *, serve_site: bool = True, clock: Callable[[], float] = time.time, **settings: Any
        ) -> Edge:
            chosen = {"cms_url": cms.url, "admin_url": ADMIN_URL, **settings}
            app = create_app(settings_for(tmp_path, **chosen), serve_site=serve_site, clock=clock)
            return running.enter_context(serving(app))

        yield start


def lines(body: bytes) -> list[Line]:
    return [Line(raw, parse_record(raw)) for raw in body.splitlines()]


def exported(body: bytes, listing: Listing | None = None) -> bytes:
    """What the export writes for the page of an answer."""
    draft = read_draft(lines(body))
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    rendered = Renderer(site_url=SITE_URL).page(draft.page, draft.content, now=now, listing=listing)
    return rendered.body


def test_preview_less_its_marked_blocks_is_what_the_export_writes(
    start: StartEdge, cms: DraftCms
) -> None:
    got = start().get(f"/preview?token={TOKEN}")

    assert got.status_code == 200
    assert without_marked_blocks(got.content) == exported(cms.draft)


def test_marked_block_holds_a_banner_and_the_user_bar_and_ends_the_body(start: StartEdge) -> None:
    body = start().get(f"/preview?token={TOKEN}").content
    block = body[body.rindex(BLOCK_START) : body.rindex(BLOCK_END)]

    assert b"Preview: not published" in block
    assert USER_BAR.encode() in block
    assert body.rpartition(BLOCK_END)[2].strip() == b"</body>\n</html>"


def test_policy_of_the_page_is_inside_a_template_and_so_not_in_force(start: StartEdge) -> None:
    body = start().get(f"/preview?token={TOKEN}").content
    assert re.search(
        BLOCK_START
        + b"<template>"
        + BLOCK_END
        + b'<meta http-equiv="Content-Security-Policy" content="[^"]+">'
        + BLOCK_START
        + b"</template>"
        + BLOCK_END,
        body,
    )
    assert body.count(b"Content-Security-Policy") == 1


def test_topic_lists_as_many_pages_as_its_first_page_in_the_export(
    start: StartEdge, cms: DraftCms
) -> None:
    topic = page(2, "/medicines/", "Medicines") | {
        "type": "articles.TopicPage",
        "fields": {"summary": "", "introduction": ""},
    }
    articles = [
        page(at, f"/medicines/{at}/", f"Article {at}") | {"parent": 2} for at in range(10, 17)
    ]
    cms.draft = answer(SITE, HOME, topic, *articles, draft=2)
    content = read_draft(lines(cms.draft)).content
    listing = Listing(number=1, count=2, pages=tuple(content.children(2))[:5])

    got = start().get(f"/preview?token={TOKEN}")

    assert b"Page 1 of 2" in got.content
    assert without_marked_blocks(got.content) == exported(cms.draft, listing)


def test_preview_is_kept_by_nobody_and_framed_by_the_admin_alone(start: StartEdge) -> None:
    headers = start().get(f"/preview?token={TOKEN}").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Embedder-Policy"] == "unsafe-none"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert policy["frame-ancestors"] == ADMIN_URL
    assert policy["script-src"] == f"'self' {ADMIN_URL}"
    assert policy["form-action"] == "'none'"
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_shared_draft_says_when_its_link_ends_and_is_framed_by_nobody(
    start: StartEdge, cms: DraftCms
) -> None:
    cms.draft = answer(SITE, HOME, DRAFT, IMAGE, draft=5, shared_until="2026-12-02T12:00:00.5Z")
    shown = start().get(f"/preview?token={TOKEN}")

    assert shown.status_code == 200
    assert (
        b"Draft, shared with you: not published. This link ends on 2 December 2026."
        in shown.content
    )
    assert b"userbar" not in shown.content
    assert without_marked_blocks(shown.content) == exported(cms.draft)
    policy = shown.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy and ADMIN_URL not in policy
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert shown.headers["Referrer-Policy"] == "no-referrer"


def test_the_rest_of_the_site_may_not_be_framed_because_of_previews(start: StartEdge) -> None:
    assert ADMIN_URL not in str(start().get("/").headers)


def test_without_an_admin_nobody_may_frame_a_preview(start: StartEdge) -> None:
    policy = start(admin_url="").get(f"/preview?token={TOKEN}").headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy


def test_every_token_that_opens_nothing_gets_one_same_page(start: StartEdge) -> None:
    edge = start()
    answers = [edge.get(path) for path in ("/preview", "/preview?token=", "/preview?token=x%00%0a")]

    assert {one.status_code for one in answers} == {404}
    assert len({one.content for one in answers}) == 1
    assert "a preview lasts fifteen minutes" in answers[0].text
    assert answers[0].headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("status", [500, 401])
def test_cms_that_fails_is_said_in_a_sentence(start: StartEdge, cms: DraftCms, status: int) -> None:
    cms.status = status
    got = start().get(f"/preview?token={TOKEN}")

    assert got.status_code == 503
    assert "The editing system does not answer." in got.text


def test_cms_that_is_down_is_said_in_a_sentence(start: StartEdge) -> None:
    got = start(cms_url="http://127.0.0.1:9").get(f"/preview?token={TOKEN}")

    assert got.status_code == 503
    assert "Nothing you typed is lost" in got.text


def test_cut_answer_shows_nothing_of_the_draft(start: StartEdge, cms: DraftCms) -> None:
    cms.draft = cms.draft[: cms.draft.rindex(b'{"kind": "end"')]
    got = start().get(f"/preview?token={TOKEN}")

    assert got.status_code == 503
    assert "ketamine" not in got.text


def test_draft_that_cannot_be_rendered_says_why(start: StartEdge, cms: DraftCms) -> None:
    broken = DRAFT | {
        "fields": DRAFT["fields"] | {"body": [{"type": "image", "value": {}, "id": "x"}]}
    }
    cms.draft = answer(SITE, HOME, broken, draft=5)
    got = start().get(f"/preview?token={TOKEN}")

    assert got.status_code == 422
    assert "body[1].image of page 5" in got.text


def test_no_log_holds_a_token(
    start: StartEdge, cms: DraftCms, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="frontend_export")
    caplog.set_level(logging.INFO, logger="uvicorn")
    edge = start()
    edge.get(f"/preview?token={TOKEN}")
    cms.status = 500
    edge.get(f"/preview?token={TOKEN}")
    start(cms_url="http://127.0.0.1:9").get(f"/preview?token={TOKEN}")

    assert "could not be shown" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("serve_site", [True, False])
def test_image_that_no_release_has_comes_once_a_draft_showed_it(
    start: StartEdge, cms: DraftCms, serve_site: bool
) -> None:
    edge = start(serve_site=serve_site)
    path = "/images/5eaf5eaf5eaf5eaf.png"

    assert edge.get(path).status_code == 404
    assert path.encode() in edge.get(f"/preview?token={TOKEN}").content
    got = edge.get(path)

    assert (got.status_code, got.content, got.headers["Content-Type"]) == (200, PNG, "image/png")
    assert {name: got.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert edge.get("/images/0000000000000000.png").status_code == 404
    assert sum("renditions" in one for one in cms.asked) == 1


def test_image_of_a_draft_is_gone_a_quarter_of_an_hour_later(start: StartEdge) -> None:
    now = [1000.0]
    edge = start(clock=lambda: now[0])
    edge.get(f"/preview?token={TOKEN}")
    now[0] += 15 * 60
    assert edge.get("/images/5eaf5eaf5eaf5eaf.png").status_code == 200
    now[0] += 1
    assert edge.get("/images/5eaf5eaf5eaf5eaf.png").status_code == 404


@pytest.mark.parametrize("serve_site", [True, False])
def test_stylesheet_of_the_present_theme_is_served_before_any_release_has_it(
    start: StartEdge, serve_site: bool
) -> None:
    path, body = Renderer(site_url=SITE_URL).stylesheet()
    got = start(serve_site=serve_site).get(f"/{path}")

    assert got.status_code == 200
    assert got.content == body
    assert got.headers["Content-Type"].startswith("text/css")


def test_site_below_a_path_has_its_previews_there(start: StartEdge, cms: DraftCms) -> None:
    edge = start(site_url=f"{SITE_URL}/health", serve_site=False)
    got = edge.get(f"/health/preview?token={TOKEN}")

    assert got.status_code == 200
    assert b'src="/health/images/5eaf5eaf5eaf5eaf.png"' in got.content
    assert edge.get("/health/images/5eaf5eaf5eaf5eaf.png").content == PNG
