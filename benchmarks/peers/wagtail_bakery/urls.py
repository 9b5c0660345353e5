"""What wagtail-bakery requests."""

from __future__ import annotations

from django.urls import path, re_path

from benchmarks.peers.django_site import views

urlpatterns = [
    path("sitemap.xml", views.sitemap),
    path("feed.xml", views.feed),
    path("404.html", views.not_found),
    path("site-map/", views.site_map),
    path("a-z/", views.a_to_z),
    path("a-z/<slug:letter>/", views.a_to_z),
    path("a-z/<slug:letter>/page/<int:number>/", views.a_to_z),
    path("<slug:slug>/feed.xml", views.feed),
    path("<slug:slug>/page/<int:number>/", views.topic),
    # Named as Wagtail names its own, since a page asks for its address by that name.
    re_path(r"^((?:[\w\-]+/)*)$", views.page, name="wagtail_serve"),
]
