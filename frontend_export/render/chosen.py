"""The renderer that the settings ask for: the same for exporter and edge."""

from __future__ import annotations

from frontend_export.config import Settings
from frontend_export.render.renderer import Renderer
from frontend_export.render.theme_files import Brand


def brand_of(settings: Settings) -> Brand:
    return Brand(settings.logo, settings.logo_dark, settings.colours)


def renderer_of(settings: Settings, *, site_url: str | None = None) -> Renderer:
    """``site_url`` is where the site is looked at, where that is not its public address."""
    return Renderer(
        site_url=settings.site_url if site_url is None else site_url,
        theme_dir=settings.theme_dir,
        brand=brand_of(settings),
        knows_types=settings.source == "cms",
        longest_comment=settings.comment_text_characters,
        page_key=settings.page_key,
        takes_reports=settings.reader_reports,
        dead_links=settings.dead_links,
        hsts=settings.hsts,
        offers_mail=settings.reader_mail,
        has_search=settings.search,
    )
