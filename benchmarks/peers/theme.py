"""The style, icon, script and cards of our theme, for the peers: every system ships the same."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha384
from pathlib import PurePath

from benchmarks import articles
from frontend_export.render.card import Card, drawn
from frontend_export.render.renderer import Renderer

THEME_FILES = ("site.css", "favicon.svg", "comment-form.js")
GROUND, INK = "#14532d", "#ffffff"


def cards(topics: int) -> Iterator[tuple[str, bytes]]:
    """``home.png``, and ``topic-001.png`` for each topic: drawn before the peers are measured."""
    for number in range(topics + 1):
        title = f"Topic {number}" if number else articles.SITE_NAME
        name = articles.topic_slug(number) if number else "home"
        yield f"{name}.png", drawn(Card(number, title, articles.SITE_NAME, GROUND, INK))


def theme_file(name: str) -> bytes:
    """One of ``THEME_FILES``; our own release calls it ``assets/site.1f0c….css``."""
    stem, _, suffix = name.partition(".")
    assets = Renderer(site_url=articles.SITE_URL).assets()
    return next(
        body
        for path, body in assets.items()
        if PurePath(path).name.startswith(f"{stem}.") and path.endswith(suffix)
    )


def comment_script_integrity() -> str:
    return f"sha384-{b64encode(sha384(theme_file('comment-form.js')).digest()).decode()}"
