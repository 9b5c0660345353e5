"""Puts the edge together: one application, its routes, and the thread that forwards comments."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from frontend_export.config import SHORTEST_KEY_BYTES, Settings
from frontend_export.edge import receipt, refusal, visitor
from frontend_export.edge.alarms import Alarms
from frontend_export.edge.comments import Comments
from frontend_export.edge.door import Door
from frontend_export.edge.forward import Forwarder
from frontend_export.edge.limits import RateLimit
from frontend_export.edge.mail_links import MailLinks
from frontend_export.edge.metrics import Metrics
from frontend_export.edge.networks import NetworkHash
from frontend_export.edge.preview import FILE_FOLDERS, Previews
from frontend_export.edge.published import PublishedSite
from frontend_export.edge.reports import Reports
from frontend_export.edge.security import SecurityHeaders
from frontend_export.edge.site import StaticSite
from frontend_export.edge.spool import HALF_FULL, Spool, SpoolError, spool_of
from frontend_export.edge.style_guide import style_guide_route
from frontend_export.edge.submission import Longest
from frontend_export.errors import OutputError, SettingsError
from frontend_export.headers import security_headers
from frontend_export.render.chosen import renderer_of
from frontend_export.render.renderer import Renderer
from frontend_export.styleguide.guide import StyleGuide
from frontend_export.words import Sentence

NEARLY_FULL = 0.9
BUG = (
    "Something went wrong here, and it was not you. Go back: what you typed is still in the form. "
    "Please send it again later.\n"
)
OTHER_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"]


class ReceiptConvertor(Convertor[str]):
    """Whatever looks like no receipt is not found, or the site's own."""

    regex = receipt.PATTERN

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("receipt", ReceiptConvertor())


def create_app(
    settings: Settings, *, serve_site: bool, clock: Callable[[], float] = time.time
) -> Starlette:
    """The edge of one site; with ``serve_site`` the site itself too, at the same address.

    ``clock`` gives the seconds since 1970. What it counts, ``app.state.metrics`` serves: for a port
    that readers cannot reach.

    Raises ``SettingsError`` for a missing or short comment key or a wrong proxy network, and
    ``OutputError`` where the spool cannot be opened: an edge that could lose a comment must not
    start.
    """
    keys = _comment_keys(settings)
    alarms = Alarms()
    if not settings.page_keys:
        alarms.ring(
            "PLAINLEAF_PAGE_KEYS is not set, so a comment on a page that left the site while its "
            "reader wrote is not taken. Set it for the exporter and the edge."
        )
    metrics = Metrics()
    spool = spool_of(
        settings, on_commit=lambda writes: metrics.observe("plainleaf_spool_commit_writes", writes)
    )
    forwarder = Forwarder(
        spool,
        cms_url=settings.cms_url,
        keys=keys,
        timeout_seconds=settings.timeout_seconds,
        replay_hours=settings.comment_replay_hours,
        network_days=settings.comment_network_days,
        metrics=metrics,
        clock=clock,
    )
    site = PublishedSite(output_dir=settings.output_dir, state_dir=settings.state_dir)
    base_path = urlsplit(settings.site_url).path
    routed_path = unquote(base_path)  # as requests arrive

    def renderer_for(site_url: str) -> Renderer:
        return renderer_of(settings, site_url=site_url)

    renderer = renderer_for(settings.site_url)
    previews = Previews(settings, renderer, clock=clock)
    network_hash = NetworkHash(spool, days=settings.comment_network_days)
    page_keys = tuple(key.get_secret_value() for key in settings.page_keys)
    trusted_proxies = visitor.parse_networks(settings.trusted_proxies)

    def door(kind: str, not_sent: Sentence, *, most_characters: int = 0) -> Door:
        """Each has limits of its own: who writes many comments can still report one."""
        return Door(
            kind=kind,
            not_sent=not_sent,
            spool=spool,
            site=site,
            renderer=renderer,
            page_keys=page_keys,
            limit=RateLimit(
                kind,
                of_network=settings.comment_network_per_minute,
                of_site=settings.comment_site_per_minute,
            ),
            metrics=metrics,
            network_hash=network_hash,
            most_characters=most_characters,
            most_bytes=settings.comment_body_bytes,
            most_seconds=settings.comment_body_seconds,
            site_origin=visitor.origin_of(settings.site_url),
            base_path=base_path,
            trusted_proxies=trusted_proxies,
            alarms=alarms,
            on_accepted=forwarder.wake,
            clock=clock,
        )

    longest = Longest(text=settings.comment_text_characters, name=settings.comment_name_characters)
    comments = Comments(
        door("comment", Sentence("Your comment was not sent"), most_characters=longest.text),
        longest,
        settings.comment_fastest_seconds,
        settings.reader_mail,
    )

    reports = Reports(
        door(
            "report",
            Sentence("Your report was not sent"),
            most_characters=settings.report_text_characters,
        )
    )
    mail_links = MailLinks(door("request", Sentence("Your request was not sent")))

    async def healthz(request: Request) -> Response:
        """The process answers; nothing else is asked."""
        return JSONResponse({"status": "ok"}, headers=refusal.NO_STORE)

    def readyz(request: Request) -> Response:
        """Whether comments can be taken, and how many wait for the CMS."""
        return _readiness(spool, site, forwarder, alarms, now=clock())

    def show_metrics(request: Request) -> Response:
        """For Prometheus."""
        gauges = _gauges(spool, forwarder, now=clock())
        return PlainTextResponse(metrics.text(gauges), media_type="text/plain; version=0.0.4")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        forwarder.start()
        try:
            yield
        finally:
            forwarder.stop()
            spool.close()

    routes: list[BaseRoute] = [
        Route(f"{routed_path}/comments", comments.post, methods=["POST"]),  # asked most
        Route(f"{routed_path}/comments", comments.refuse_method, methods=OTHER_METHODS),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route(f"{routed_path}/comments/start", comments.start, methods=["GET"]),
        Route(f"{routed_path}/comments/thanks/{{receipt:receipt}}", comments.thanks),
        *reports.routes(routed_path),
        *mail_links.routes(routed_path),
        Route(f"{routed_path}/preview", previews.show, methods=["GET"]),
    ]
    if serve_site:
        guide = StyleGuide(renderer_for, site_url=settings.site_url, theme_dir=settings.theme_dir)
        routes.append(style_guide_route(guide, routed_path))
        routes.append(
            Mount(
                routed_path or "/", StaticSite(Path(settings.output_dir), not_found=previews.file)
            )
        )
    else:
        routes += [
            Route(f"{routed_path}/{folder}/{{name:path}}", previews.show_file, methods=["GET"])
            for folder in FILE_FOLDERS
        ]
    headers = security_headers(settings.site_url, settings.hsts)

    async def answer_bug(request: Request, error: Exception) -> Response:
        """Outside of all middleware; the server logs the error itself."""
        return PlainTextResponse(BUG, 500, headers={**headers, **refusal.NO_STORE})

    app = Starlette(
        routes=routes,
        middleware=[Middleware(SecurityHeaders, headers=headers)],
        exception_handlers={Exception: answer_bug},
        lifespan=lifespan,
    )
    app.state.metrics = Starlette(routes=[Route("/metrics", show_metrics)])
    return app


def _readiness(
    spool: Spool,
    site: PublishedSite,
    forwarder: Forwarder,
    alarms: Alarms,
    *,
    now: float,
) -> Response:
    problems, warnings = [], alarms.raised()
    record: dict[str, object] = {}
    try:
        depth = spool.depth()
        oldest = None if depth.oldest_at is None else round(now - depth.oldest_at, 1)
        record["spool"] = {
            "waiting": depth.waiting,
            "parked": depth.parked,
            "bytes": depth.bytes,
            "oldest_seconds": oldest,
        }
        if (share := spool.used_share(depth)) >= NEARLY_FULL:
            problems.append(f"The comment spool is nearly full: {share:.0%} of its bound.")
        elif share >= HALF_FULL:
            warnings.append(f"The comment spool is filling up: {share:.0%} of its bound.")
    except SpoolError:
        problems.append("The comment spool cannot be read.")
    try:
        site.current()
    except OutputError:
        problems.append("No release of the site can be read.")
    if not forwarder.is_alive:
        problems.append("Comments are not being forwarded to the CMS.")
    record |= {
        "status": "unready" if problems else "ready",
        "problems": problems,
        "warnings": warnings,
    }
    return JSONResponse(record, status_code=503 if problems else 200, headers=refusal.NO_STORE)


def _gauges(spool: Spool, forwarder: Forwarder, *, now: float) -> dict[str, float]:
    """What ``metrics.GAUGES`` names, without what cannot be read."""
    gauges: dict[str, float] = {"plainleaf_forwarder_running": int(forwarder.is_alive)}
    try:
        depth = spool.depth()
    except SpoolError:
        return gauges
    return gauges | {
        "plainleaf_spool_waiting": depth.waiting,
        "plainleaf_spool_parked": depth.parked,
        "plainleaf_spool_bytes": depth.bytes,
        "plainleaf_spool_used_ratio": round(spool.used_share(depth), 4),
        "plainleaf_spool_oldest_seconds": (
            0 if depth.oldest_at is None else round(now - depth.oldest_at, 1)
        ),
    }


def _comment_keys(settings: Settings) -> list[str]:
    keys = [key.get_secret_value() for key in settings.comment_keys]
    if not keys or any(len(key.encode()) < SHORTEST_KEY_BYTES for key in keys):
        raise SettingsError(
            f"PLAINLEAF_COMMENT_KEYS must hold one or more keys of at least {SHORTEST_KEY_BYTES} "
            "bytes, by comma, the same as in the CMS. Without one no comment can reach it."
        )
    return keys
