from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.permissions import register_permission_policy

from cms.export_feed.home_panel import ExportPanel
from cms.export_feed.renditions import PublicOperation
from cms.export_feed.runs import ExportRun
from cms.export_feed.signals import files_put_elsewhere
from cms.export_feed.site_export import SiteExportViewSet

register_permission_policy(ExportRun)
hooks.register("after_bulk_action", files_put_elsewhere)


@hooks.register("register_image_operations")
def register_image_operations() -> list[tuple[str, type[PublicOperation]]]:
    return [("public", PublicOperation)]


@hooks.register("register_admin_viewset")
def register_site_export() -> SiteExportViewSet:
    return SiteExportViewSet()


@hooks.register("register_permissions")
def offer_permissions_to_groups() -> QuerySet[Permission]:
    return Permission.objects.filter(
        content_type__app_label="export_feed", content_type__model="exportrun"
    )


@hooks.register("insert_global_admin_js")
def refresh_parts() -> str:
    return format_html('<script src="{}" defer></script>', static("export_feed/js/fresh-part.js"))


@hooks.register("insert_global_admin_css")
def style_parts() -> str:
    return format_html(
        '<link rel="stylesheet" href="{}">', static("export_feed/css/site-export.css")
    )


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(ExportPanel())
