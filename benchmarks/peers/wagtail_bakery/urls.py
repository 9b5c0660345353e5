"""Every path is a page, found as Wagtail's own ``serve`` finds it, and rendered by Django."""

from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import re_path
from wagtail.models import Page, Site


def serve(request: HttpRequest, path: str) -> TemplateResponse:
    """Our pages redirect to the static site from their own ``serve``; here they answer."""
    route = Page.route_for_request(request, path)
    if route is None:
        raise Http404
    root = Site.find_for_request(request).root_page
    return TemplateResponse(
        request,
        f"bench/{route.page._meta.model_name}.html",
        {
            "page": route.page,
            "menu": root.get_children().live().public().in_menu(),
            "breadcrumbs": route.page.get_ancestors().filter(depth__gt=1),
            "children": route.page.get_children().live().public().specific,
        },
    )


# Named as Wagtail names its own, since a page asks for its address by that name.
urlpatterns = [re_path(r"^((?:[\w\-]+/)*)$", serve, name="wagtail_serve")]
