"""What is wrong with the export, on the first page of the admin, for whoever may do something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from wagtail.admin.ui.components import Component

from cms.export_feed.refused_pages import refused_pages
from cms.export_feed.site_export import may
from cms.export_feed.site_status import SiteState, site_status

WRONG = {SiteState.STOPPED, SiteState.FAILED, SiteState.HELD}


class ExportPanel(Component):
    """Before all other panels; nothing while the export is well."""

    order = 50
    template_name = "export_feed/home_panel.html"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        if not may(parent_context["request"].user, "operate"):
            return {}
        now = timezone.now()
        status, refused = site_status(now), refused_pages(now)
        return {"status": status, "refused": refused} if status.state in WRONG or refused else {}
