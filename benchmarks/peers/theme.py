"""The style and the icon of our theme, for the peers: every system ships the same ones."""

from __future__ import annotations

from benchmarks import articles
from frontend_export.render.renderer import Renderer


def theme_file(name: str) -> bytes:
    """``site.css`` or ``favicon.svg``; our own release calls it ``assets/site.1f0c….css``."""
    stem, _, suffix = name.partition(".")
    assets = Renderer(site_url=articles.SITE_URL).assets()
    return next(
        body
        for path, body in assets.items()
        if path.startswith(f"assets/{stem}.") and path.endswith(suffix)
    )
