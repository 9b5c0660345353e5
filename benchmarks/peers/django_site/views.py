"""The benchmark's site as Django serves it, for the peers that bake what Django serves.

Written to be quick: each page is found by an indexed column in one query of its own type, the
menu is rendered once and kept, and a list reads no more columns than it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Value
from django.db.models.functions import Concat, Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from wagtail.models import Page, Site

from benchmarks import articles
from benchmarks.peers import headings
from benchmarks.peers.django_site.structured_data import of_an_article, structured_data
from benchmarks.peers.theme import comment_script_integrity
from cms.articles.models import ArticlePage, TopicPage

HOME = (articles.SITE_NAME, "/")
LINK = re.compile(r'linktype="page" id="([0-9]+)"|id="([0-9]+)" linktype="page"')
WORDS_PER_MINUTE = 200
_COMMENT_SCRIPT_INTEGRITY = comment_script_integrity()
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
    shown = {"page": root, "topics": _topics(), "structured_data": said, **_card("home")}
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
        **_card(found.slug, found.title),
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
            "MedicalWebPage", found, steps, **of_an_article(found, legal_classes)
        ),
        "parts": [(block, headings.QUESTIONS.get(block.block_type, "")) for block in found.body],
        "legal_classes": legal_classes,
        "minutes": max(1, round(str(found.body.raw_data).count(" ") / WORDS_PER_MINUTE)),
        "related": _linked_from(found),
        "report_to": articles.REPORT_TO,
        "report_url": articles.REPORT_URL,
        "comment_script_integrity": _COMMENT_SCRIPT_INTEGRITY,
        **_card(parent.slug, parent.title),
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


def feed(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Of the whole site, or of a topic."""
    topic = get_object_or_404(TopicPage.objects.live(), slug=slug) if slug else None
    newest = ArticlePage.objects.live().defer(*NOT_IN_LISTS)
    if topic:
        newest = newest.child_of(topic)
    newest = newest.order_by("-last_published_at", "-pk")[: articles.FEED_SIZE]
    path = f"/{slug}/" if slug else "/"
    return _xml(request, "feed.xml", {"articles": newest, "topic": topic, "path": path})


def a_to_z(request: HttpRequest, letter: str = "", number: int = 1) -> HttpResponse:
    """All titles, of a large site the letters alone; or one page of a letter."""
    names = _names_by_letter()
    shown = list(names.items()) if names_fit_one_page(names) else []
    if letter:
        start = (number - 1) * articles.NAMES_OF_ONE_PAGE
        shown = [(letter, names[letter][start : start + articles.NAMES_OF_ONE_PAGE])]
    title = f"A to Z: {letter.upper()}" if letter else "A to Z"
    context = {"page": {"title": title}, "letters": list(names), "letter": letter, "names": shown}
    return _answer(request, "a_to_z.html", context)


def names_fit_one_page(names: dict[str, list[tuple[str, str]]]) -> bool:
    return sum(map(len, names.values())) <= articles.NAMES_OF_ONE_A_TO_Z


def letter_addresses() -> list[tuple[str, int]]:
    """The pages that letters have: ``("k", 1)``."""
    names = _names_by_letter()
    if names_fit_one_page(names):
        return []
    size = articles.NAMES_OF_ONE_PAGE
    return [
        (letter, number)
        for letter, listed in names.items()
        for number in range(1, -(-len(listed) // size) + 1)
    ]


def site_map(request: HttpRequest) -> HttpResponse:
    is_whole = Page.objects.live().count() <= articles.PAGES_OF_A_WHOLE_SITE_MAP
    topics = [(topic, list(_titles(topic.slug)) if is_whole else []) for topic in _topics()]
    return _answer(request, "site_map.html", {"page": {"title": "Site map"}, "topics": topics})


def _names_by_letter() -> dict[str, list[tuple[str, str]]]:
    names: dict[str, list[tuple[str, str]]] = {}
    for title, path in sorted(_titles()):
        names.setdefault(title[0].lower(), []).append((title, path))
    return names


def _titles(topic: str = "") -> Iterator[tuple[str, str]]:
    """Title and path of articles; those of all topics, or of one."""
    pages = Page.objects.live().filter(depth=4)
    for title, url_path in pages.values_list("title", "url_path"):
        path = "/" + url_path.split("/", 2)[2]
        if path.startswith(f"/{topic}/" if topic else "/"):
            yield title, path


def _linked_from(page: ArticlePage) -> list[Page]:
    """The first articles that its texts link to, in their order."""
    found = [int(one or other) for one, other in LINK.findall(str(page.body.raw_data))]
    numbers = [number for number in dict.fromkeys(found) if number != page.pk]
    pages = Page.objects.live().in_bulk(numbers[: articles.MOST_RELATED])
    return [pages[number] for number in numbers[: articles.MOST_RELATED] if number in pages]


def list_addresses() -> list[tuple[str, int]]:
    """The second and later pages of each topic's list: ``("topic-001", 2)``."""
    sizes = TopicPage.objects.live().values_list("slug", "numchild")
    return [
        (slug, number)
        for slug, size in sizes
        for number in range(2, -(-size // articles.LIST_SIZE) + 1)
    ]


def topic_slugs() -> list[str]:
    return list(TopicPage.objects.live().values_list("slug", flat=True))


def _card(name: str, topic: str = "") -> dict[str, str]:
    """What other sites show beside a link to the page: a picture, and whose it is."""
    return {"card": static(f"cards/{name}.png"), "card_of": topic}


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
