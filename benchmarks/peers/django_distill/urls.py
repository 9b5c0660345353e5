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


def letters() -> Iterator[str]:
    """No list: an empty one would be taken for no argument."""
    return (letter for letter, number in views.letter_addresses() if number == 1)


def later_pages_of_letters() -> Iterator[tuple[str, int]]:
    return (one for one in views.letter_addresses() if one[1] > 1)


def article_slugs() -> Iterator[tuple[str, str]]:
    """The topic's slug, the article's: both are in the path that Wagtail keeps."""
    paths = Page.objects.live().filter(depth=4).values_list("url_path", flat=True)
    for path in paths:
        _, _, topic, article, _ = path.split("/")
        yield topic, article


urlpatterns = [
    distill_path("", views.home, name="home"),
    distill_path("site-map/", views.site_map, name="site_map"),
    distill_path("a-z/", views.a_to_z, name="a_to_z"),
    distill_path("a-z/<slug:letter>/", views.a_to_z, name="letter", distill_func=letters),
    distill_path(
        "a-z/<slug:letter>/page/<int:number>/",
        views.a_to_z,
        name="letter_page",
        distill_func=later_pages_of_letters,
    ),
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
    distill_path(
        "<slug:slug>/feed.xml",
        views.feed,
        name="topic_feed",
        distill_func=topics,
        distill_file="{}/feed.xml",
    ),
    distill_path("sitemap.xml", views.sitemap, name="sitemap", distill_file="sitemap.xml"),
    distill_path("feed.xml", views.feed, name="feed", distill_file="feed.xml"),
    distill_path("404.html", views.not_found, name="not_found", distill_file="404.html"),
    # Named as Wagtail names its own, since a page asks for its address by that name.
    re_path(r"^((?:[\w\-]+/)*)$", views.page, name="wagtail_serve"),
]
