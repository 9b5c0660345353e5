"""The benchmark's site as Django serves it, for the peers that bake what Django serves.

Written to be quick: each page is found by an indexed column in one query of its own type, the
menu is rendered once and kept, and a list reads no more columns than it shows.
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Value
from django.db.models.functions import Concat, Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from wagtail.models import Page, Site

from benchmarks import articles
from benchmarks.peers import headings
from benchmarks.peers.django_site.structured_data import of_a_medicine, structured_data
from cms.articles.models import ArticlePage, TopicPage

HOME = (articles.SITE_NAME, "/")
NOT_IN_LISTS = ("body", "sources", "legal_status", "funding", "conflicts")


def page(request: HttpRequest, path: str) -> HttpResponse:
    """``""`` is the home page, ``"topic-001/"`` a topic, ``"topic-001/article-000007/"`` one."""
    slugs = path.split("/")[:-1]
    if not slugs:
        return home(request)
    if len(slugs) == 1:
        return topic(request, slugs[0])
    return article(request, slugs[-1])


def home(request: HttpRequest) -> HttpResponse:
    root = Site.find_for_request(request).root_page
    said = structured_data("WebPage", root, [HOME])
    shown = {"page": root, "topics": _topics(), "structured_data": said}
    return _answer(request, "homepage.html", shown)


def topic(request: HttpRequest, slug: str, number: int = 1) -> HttpResponse:
    found = get_object_or_404(TopicPage.objects.live(), slug=slug)
    listed = ArticlePage.objects.child_of(found).live().defer(*NOT_IN_LISTS)
    pages = Paginator(listed, articles.LIST_SIZE)
    path = request.path
    shown = {
        "page": found,
        "list": pages.get_page(number),
        "structured_data": structured_data("CollectionPage", found, [HOME, (found.title, path)]),
    }
    return _answer(request, "topicpage.html", shown)


def article(request: HttpRequest, slug: str, topic: str = "") -> HttpResponse:
    """The slug of an article is its own; ``topic`` is only part of its address."""
    found = get_object_or_404(ArticlePage.objects.live(), slug=slug)
    parent = found.get_parent()
    legal_classes = [
        headings.LEGAL_CLASSES[status.value["legal_class"]] for status in found.legal_status
    ]
    steps = [HOME, (parent.title, f"/{parent.slug}/"), (found.title, request.path)]
    shown = {
        "page": found,
        "topic": parent,
        "structured_data": structured_data(
            "MedicalWebPage", found, steps, **of_a_medicine(found, legal_classes)
        ),
        "parts": [(block, headings.QUESTIONS.get(block.block_type, "")) for block in found.body],
        "legal_classes": legal_classes,
        "report_to": articles.REPORT_TO,
        "report_url": articles.REPORT_URL,
    }
    return _answer(request, "articlepage.html", shown)


def not_found(request: HttpRequest) -> HttpResponse:
    return _answer(request, "404.html", {"page": {"title": "Page not found"}, "topics": _topics()})


def sitemap(request: HttpRequest) -> HttpResponse:
    """The path of a page is what follows its site's root in ``url_path``."""
    root = Site.find_for_request(request).root_page
    path = Concat(Value("/"), Substr("url_path", len(root.url_path) + 1))
    pages = Page.objects.descendant_of(root, inclusive=True).live().order_by("url_path")
    return _xml(request, "sitemap.xml", {"pages": pages.values_list(path, "last_published_at")})


def feed(request: HttpRequest) -> HttpResponse:
    newest = ArticlePage.objects.live().defer(*NOT_IN_LISTS)
    newest = newest.order_by("-last_published_at", "-pk")[: articles.FEED_SIZE]
    return _xml(request, "feed.xml", {"articles": newest})


def list_addresses() -> list[tuple[str, int]]:
    """The second and later pages of each topic's list: ``("topic-001", 2)``."""
    sizes = TopicPage.objects.live().values_list("slug", "numchild")
    return [
        (slug, number)
        for slug, size in sizes
        for number in range(2, -(-size // articles.LIST_SIZE) + 1)
    ]


def _topics() -> Any:
    return TopicPage.objects.live().order_by("path")


def _xml(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return _answer(request, name, context, content_type="application/xml")


def _answer(
    request: HttpRequest, name: str, context: dict[str, Any], **options: Any
) -> HttpResponse:
    """A query that a template does not come to is never made."""
    shared = {
        "site_name": articles.SITE_NAME,
        "site_url": articles.SITE_URL,
        "menu": _topics()[: articles.MENU_TOPICS],
    }
    return render(request, f"bench/{name}", {**shared, **context}, **options)
