"""What django-distill requests, and where the addresses come from."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import re_path
from django_distill import distill_path
from wagtail.models import Page

from benchmarks.peers.django_site import views
from cms.articles.models import TopicPage


def topics() -> list[str]:
    return list(TopicPage.objects.live().values_list("slug", flat=True))


def article_slugs() -> Iterator[tuple[str, str]]:
    """The topic's slug, the article's: both are in the path that Wagtail keeps."""
    paths = Page.objects.live().filter(depth=4).values_list("url_path", flat=True)
    for path in paths:
        _, _, topic, article, _ = path.split("/")
        yield topic, article


urlpatterns = [
    distill_path("", views.home, name="home"),
    distill_path("<slug:slug>/", views.topic, name="topic", distill_func=topics),
    distill_path(
        "<slug:slug>/page/<int:number>/",
        views.topic,
        name="list",
        distill_func=views.list_addresses,
    ),
    distill_path(
        "<slug:topic>/<slug:slug>/", views.article, name="article", distill_func=article_slugs
    ),
    distill_path("sitemap.xml", views.sitemap, name="sitemap", distill_file="sitemap.xml"),
    distill_path("feed.xml", views.feed, name="feed", distill_file="feed.xml"),
    distill_path("404.html", views.not_found, name="not_found", distill_file="404.html"),
    # Named as Wagtail names its own, since a page asks for its address by that name.
    re_path(r"^((?:[\w\-]+/)*)$", views.page, name="wagtail_serve"),
]
