"""The source that the settings name: our own CMS, or the API of any other Wagtail."""

from __future__ import annotations

from dataclasses import replace

from frontend_export.config import Settings
from frontend_export.source import Source
from frontend_export.source.cms import Cms


def source_of(settings: Settings) -> Source:
    """Raises ``SettingsError`` where the mapping of a site cannot be read."""
    if settings.source == "cms":
        return Cms.of(settings)
    # An export of our own CMS starts without these.
    from frontend_export.source.pages_api import PagesApi
    from frontend_export.source.pages_api.mapping import Mapping, read_mapping

    mapping = read_mapping(settings.mapping) if settings.mapping else Mapping()
    if settings.api_site:
        mapping = replace(mapping, site=settings.api_site)
    return PagesApi(settings.api_url, mapping=mapping, timeout_seconds=settings.timeout_seconds)
