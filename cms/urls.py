"""Every address of the CMS: its admin, its public endpoints, and the way to the public site."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from cms import api
from cms.core.health import is_alive, is_ready
from cms.core.media import serve_media

handler400 = "cms.core.too_large.refused"
urlpatterns = [
    path("healthz", is_alive),
    path("readyz", is_ready),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("media/<path:path>", serve_media),
    *api.urlpatterns,
    path("", include(wagtail_urls)),
]
