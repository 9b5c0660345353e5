"""Every public endpoint of the CMS, in one place.

``/api/v2/``           Wagtail's API for any client: public pages, images and documents
``/api/export/v1/``    the export feed, for the exporter
``/api/comments/v1/``  readers' comments, signed by the edge

API v2 reads through the querysets of ``cms.safety.public`` and ``cms.core.public``, as the
feed does. Wagtail's own would
list expired pages and those of private parents to whoever holds a session; its redirects
endpoint discloses paths of drafts, so it is not here.
"""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urljoin

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.urls import URLPattern, URLResolver, include, path
from django.utils.functional import cached_property
from rest_framework.exceptions import APIException
from rest_framework.fields import Field
from rest_framework.request import Request
from wagtail.api.rich_text import APIRichText
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.serializers import PageHtmlUrlField, PageSerializer
from wagtail.api.v2.utils import BadRequestError
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.documents.api.v2.views import DocumentsAPIViewSet
from wagtail.images.api.v2.serializers import ImageSerializer
from wagtail.images.api.v2.views import ImagesAPIViewSet
from wagtail.models import Page, Site

from cms.articles.notice import leave_the_notice
from cms.core.public import public_documents, public_images
from cms.core.site import NoSuchSiteError, address_of, site_named
from cms.export_feed.draft import draft_answer
from cms.export_feed.exporter_only import for_the_exporter
from cms.export_feed.records import rendition_records
from cms.preview import views as preview_views
from cms.safety.public import public_pages

RENDITION_NAMES = ("preset", "width", "height", "mime")


class PublicAddressField(PageHtmlUrlField):
    """The address on the site that is asked, of a page of whichever class: a list has plain ones,
    and two sites may share the page."""

    def to_representation(self, page: Page) -> str:
        view = self.context["view"]
        below = len(view.site.root_page.url_path) - 1
        return f"{view.site_address}{quote(page.url_path[below:])}"


class PublicPageSerializer(PageSerializer):
    html_url = PublicAddressField(read_only=True)

    def to_representation(self, page: Page) -> dict[str, Any]:
        told: dict[str, Any] = super().to_representation(page)
        if getattr(page, "withdrawn_on", None):
            leave_the_notice(told)
        return told


class NothingExportedError(APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE


class PublicPages(PagesAPIViewSet):
    """The pages of the default site, or of the one that ``?site=`` names by its host."""

    base_serializer_class = PublicPageSerializer
    authentication_classes: list[type] = []
    # The source of an alias may be a draft or private; its title and address are its own.
    meta_fields = [name for name in PagesAPIViewSet.meta_fields if name != "alias_of"]

    @cached_property
    def site(self) -> Site:
        """Raises what a client is told with 400 where it named no site of ours, or
        ``NothingExportedError``, which is 503."""
        name = self.request.GET.get("site", "")
        try:
            return site_named(name, using=DEFAULT_DB_ALIAS)
        except NoSuchSiteError as error:
            if name:
                raise BadRequestError(str(error)) from error
            raise NothingExportedError({"message": str(error)}) from error

    @cached_property
    def site_address(self) -> str:
        return address_of(self.site.pk, self.site.root_url)

    def get_root_page(self) -> Page:
        return self.site.root_page

    def get_base_queryset(self) -> QuerySet[Page]:
        return public_pages(site=self.site).order_by("path")

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


class RenditionsField(Field):
    """As the export feed tells them, each with the address of its file here."""

    def get_attribute(self, image: Any) -> Any:
        return image

    def to_representation(self, image: Any) -> list[dict[str, Any]]:
        stored = {one.pk: one for one in image.renditions.all()}
        rows = [
            (one.pk, one.width, one.height, one.filter_spec, one.focal_point_key)
            for one in sorted(stored.values(), key=lambda one: (one.width, one.filter_spec))
        ]
        return [
            {
                **{name: record[name] for name in RENDITION_NAMES},
                "url": urljoin(settings.WAGTAILAPI_BASE_URL, stored[record["id"]].file.url),
            }
            for record in rendition_records(rows, image.file_hash)
        ]


class PublicImageSerializer(ImageSerializer):
    renditions = RenditionsField(read_only=True)


class PublicImages(ImagesAPIViewSet):
    """With their sizes by name, so that no client asks for one that nobody made."""

    base_serializer_class = PublicImageSerializer
    authentication_classes: list[type] = []
    body_fields = [*ImagesAPIViewSet.body_fields, "renditions"]

    def get_queryset(self) -> QuerySet[Any]:
        return public_images().prefetch_related("renditions").order_by("id")


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
