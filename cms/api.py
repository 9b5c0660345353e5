"""Every public endpoint of the CMS, in one place.

``/api/v2/``           Wagtail's API for any client: public pages, images and documents
``/api/export/v1/``    the export feed, for the exporter
``/api/comments/v1/``  readers' comments, signed by the edge

API v2 reads through the querysets of ``cms.core.public``, as the feed does. Wagtail's own would
list expired pages and those of private parents to whoever holds a session; its redirects
endpoint discloses paths of drafts, so it is not here.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.urls import URLPattern, URLResolver, include, path
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from wagtail.api.rich_text import APIRichText
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.serializers import PageHtmlUrlField, PageSerializer
from wagtail.api.v2.utils import BadRequestError
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.documents.api.v2.views import DocumentsAPIViewSet
from wagtail.images.api.v2.views import ImagesAPIViewSet
from wagtail.models import Page

from cms.core.public import public_documents, public_images, public_pages
from cms.export_feed.draft import draft_answer
from cms.export_feed.exporter_only import for_the_exporter
from cms.export_feed.stream import NoDefaultSiteError, default_site
from cms.preview import views as preview_views


class PublicAddressField(PageHtmlUrlField):
    """The address on the public site, of a page of whichever class: a list has plain ones."""

    def to_representation(self, page: Page) -> str:
        _, _, path = page.get_url_parts(self.context["request"])
        return f"{settings.PLAINLEAF_SITE_URL}{path}"


class PublicPageSerializer(PageSerializer):
    html_url = PublicAddressField(read_only=True)


class NothingExportedError(APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE


class PublicPages(PagesAPIViewSet):
    """The pages of the default site; ``site`` cannot name another."""

    base_serializer_class = PublicPageSerializer
    authentication_classes: list[type] = []
    known_query_parameters = PagesAPIViewSet.known_query_parameters - {"site"}
    # The source of an alias may be a draft or private; its title and address are its own.
    meta_fields = [name for name in PagesAPIViewSet.meta_fields if name != "alias_of"]

    def get_root_page(self) -> Page:
        """Raises ``NothingExportedError``, which a client is told with 503."""
        try:
            return default_site(DEFAULT_DB_ALIAS).root_page
        except NoDefaultSiteError as error:
            raise NothingExportedError({"message": str(error)}) from error

    def get_base_queryset(self) -> QuerySet[Page]:
        return public_pages().order_by("path")

    def get_queryset(self) -> QuerySet[Page]:
        """Searched by their ids: a search cannot look into the conditions that make them public."""
        pages = super().get_queryset()
        if "search" not in self.request.GET:
            return pages
        return pages.model.objects.filter(pk__in=list(pages.values_list("pk", flat=True)))

    def find_object(self, queryset: QuerySet[Page], request: Request) -> Page | None:
        if "html_path" not in request.GET:
            return super().find_object(queryset, request)
        slugs = [slug for slug in request.GET["html_path"].split("/") if slug]
        url_path = self.get_root_page().url_path + "".join(f"{slug}/" for slug in slugs)
        return queryset.filter(url_path=url_path).first()

    def resolve_rich_text_format(self) -> Any:
        """As stored only: every other format prints the addresses of drafts that a text links."""
        asked = self.request.GET.get("rich_text_format", APIRichText.FORMAT_DB_HTML)
        if asked != APIRichText.FORMAT_DB_HTML:
            raise BadRequestError(
                f"rich_text_format '{asked}' is not offered: "
                "it would print addresses of pages that are not public"
            )
        return asked


class PublicImages(ImagesAPIViewSet):
    authentication_classes: list[type] = []

    def get_queryset(self) -> QuerySet[Any]:
        return public_images().order_by("id")


class PublicDocuments(DocumentsAPIViewSet):
    authentication_classes: list[type] = []

    def get_queryset(self) -> QuerySet[Any]:
        return public_documents().order_by("id")


v2 = WagtailAPIRouter("wagtailapi_v2")
v2.register_endpoint("pages", PublicPages)
v2.register_endpoint("images", PublicImages)
v2.register_endpoint("documents", PublicDocuments)

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v2/", v2.urls),
    path("api/export/v1/", include("cms.export_feed.urls")),
    path(
        "api/export/v1/preview",
        for_the_exporter(preview_views.draft),
        {"answer": draft_answer},
        name="preview",
    ),
    path("api/comments/v1/", include("cms.comments.urls")),
]
