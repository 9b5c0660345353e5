"""Fill an empty database with articles: ``python -m benchmarks.load 2000 wellbeing``.

Rows go in by the hundred, past Wagtail's own save: publishing each page would take an hour and
measure nothing. What saving would have kept right is kept right here: the tree, URL paths, the
verdicts of the safety rules, and the renditions, which the CMS makes as it always does when an
image is saved. No more than one bunch of articles is ever held.
"""

from __future__ import annotations

import io
import json
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from html import escape
from typing import Any, TypeVar

import django

django.setup()

from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.files.images import ImageFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import models, transaction  # noqa: E402
from django.db.models.sql import InsertQuery  # noqa: E402
from PIL import Image as Picture  # noqa: E402
from wagtail.images import get_image_model  # noqa: E402
from wagtail.models import Page, Site  # noqa: E402

from benchmarks import articles  # noqa: E402
from cms.articles.models import ArticlePage, TopicPage  # noqa: E402
from cms.core.models import SiteSettings  # noqa: E402
from cms.safety.keeping import judge_pages  # noqa: E402
from cms.safety.models import PageVerdict  # noqa: E402

ROWS_AT_ONCE = 500
Part = TypeVar("Part")


def load(pages: int, kind: articles.Kind) -> None:
    """Migrate, then add ``pages`` articles below as many topics as they need."""
    call_command("migrate", verbosity=0)
    image_ids = [_image(number).pk for number in range(articles.IMAGES)]
    with transaction.atomic():
        site = Site.objects.get(is_default_site=True)
        home = site.root_page.specific
        topics = [_topic(home, number) for number in range(1, articles.topic_count(pages) + 1)]
        _settings(site, topics[: articles.MENU_TOPICS])
        judge([site.root_page_id, *(topic.pk for topic in topics)])  # anew, by these settings
        # Ids are chosen, not returned, so that articles can link to later ones.
        first_id = 1 + Page.objects.aggregate(last=models.Max("pk"))["last"]
        content_type = ContentType.objects.get_for_model(ArticlePage)
        for start in range(1, pages + 1, ROWS_AT_ONCE):
            numbers = range(start, min(start + ROWS_AT_ONCE, pages + 1))
            _insert(
                _article_page(
                    articles.article(number, of=pages, kind=kind),
                    topics=topics,
                    image_ids=image_ids,
                    first_id=first_id,
                    content_type=content_type,
                )
                for number in numbers
            )
            judge(range(first_id + numbers.start - 1, first_id + numbers.stop - 1))
        for topic in topics:
            children = Page.objects.filter(path__startswith=topic.path, depth=topic.depth + 1)
            Page.objects.filter(pk=topic.pk).update(numchild=children.count())


def judge(ids: Sequence[int]) -> None:
    """Store the verdicts. Raises ``ValueError`` where a rule found anything: an editor could not
    publish such an article, and a benchmark of it would measure an empty site."""
    judge_pages(ids)
    for verdict in PageVerdict.objects.filter(pk__in=ids).exclude(findings=[]):
        first = verdict.found[0]
        raise ValueError(
            f"Page {verdict.pk} breaks rule {first.rule} ({first.place.label}): {first.message}"
        )


def _image(number: int) -> Any:
    shade = 40 + 4 * number
    picture = Picture.linear_gradient("L").resize((960, 540))
    coloured = Picture.merge("RGB", (picture, picture.point(lambda value: shade), picture))
    file = io.BytesIO()
    coloured.save(file, "JPEG", quality=80)
    return get_image_model().objects.create(
        title=f"Picture {number:02}", file=ImageFile(file, name=f"picture-{number:02}.jpg")
    )


def _topic(home: Page, number: int) -> TopicPage:
    slug = articles.topic_slug(number)
    topic = TopicPage(title=f"Topic {number}", slug=slug, summary=f"All about topic {number}.")
    topic.first_published_at = topic.last_published_at = articles.PUBLISHED
    home.refresh_from_db()
    home.add_child(instance=topic)
    return topic


def _settings(site: Site, topics: Iterable[TopicPage]) -> None:
    items = [("menu_item", {"label": "", "page": topic, "url": ""}) for topic in topics]
    report = {
        "country": articles.LEGAL_COUNTRY,
        "label": articles.REPORT_TO,
        "url": articles.REPORT_URL,
    }
    SiteSettings.objects.create(
        site=site, main_menu=items, side_effect_reporting=[("line", report)]
    )


def _article_page(
    article: articles.Article,
    *,
    topics: Sequence[TopicPage],
    image_ids: Sequence[int],
    first_id: int,
    content_type: ContentType,
) -> ArticlePage:
    topic = topics[article.topic - 1]
    position = 1 + (article.number - 1) % articles.ARTICLES_PER_TOPIC
    page_id = first_id + article.number - 1
    return ArticlePage(
        id=page_id,
        page_ptr_id=page_id,
        content_type=content_type,
        path=ArticlePage._get_path(topic.path, topic.depth + 1, position),
        depth=topic.depth + 1,
        url_path=f"{topic.url_path}{article.slug}/",
        locale_id=topic.locale_id,
        translation_key=article.key,
        slug=article.slug,
        title=article.title,
        draft_title=article.title,
        live=True,
        has_unpublished_changes=False,
        first_published_at=articles.PUBLISHED,
        last_published_at=articles.PUBLISHED,
        summary=article.summary,
        body=_stored(article, "body", _body(article, image_ids=image_ids, first_id=first_id)),
        topic_type=str(article.kind),
        legal_status=_stored(article, "legal_status", _legal_status(article)),
        sources=_stored(article, "sources", _sources()),
        funding=articles.FUNDING,
        conflicts=articles.CONFLICTS,
        sample_content=True,  # no clinician has reviewed it
    )


def _stored(article: articles.Article, field: str, blocks: Iterable[tuple[str, Any]]) -> str:
    """As a StreamField stores it, each block with an id that it always has."""
    return json.dumps(
        [
            {"type": block_type, "value": value, "id": _id(article, f"{field} {order}")}
            for order, (block_type, value) in enumerate(blocks)
        ]
    )


def _body(
    article: articles.Article, *, image_ids: Sequence[int], first_id: int
) -> Iterator[tuple[str, Any]]:
    """The image after the first section, and what a medicine has after the last."""
    for position, section in enumerate(article.sections):
        yield "heading", {"text": section.heading, "size": "section"}
        yield "rich_text", "".join(_html(part, first_id) for part in section.paragraphs)
        if position == 0:
            yield "image", _image_value(image_ids[article.image])
    if article.kind is articles.Kind.MEDICINE:
        yield from _of_a_medicine(article)


def _of_a_medicine(article: articles.Article) -> Iterator[tuple[str, Any]]:
    yield (
        "benefits",
        {
            "heading": articles.BENEFITS_HEADING,
            "items": _items(article, article.benefits, _benefit),
        },
    )
    yield (
        "risks",
        {
            "heading": articles.RISKS_HEADING,
            "introduction": f"<p>{escape(article.risks_introduction)}</p>",
            "groups": _items(article, article.risks, partial(_risk_group, article)),
        },
    )
    for question in article.questions:
        yield (
            question.kind,
            {
                "not_applicable": False,
                "reason": "",
                "text": f"<p>{escape(question.text)}</p>",
                "sources": [],
            },
        )


def _image_value(image_id: int) -> dict[str, Any]:
    described = {"image": image_id, "alt_text": "A gradient", "decorative": False}
    return {"image": described, "caption": "", "credit": ""}


def _benefit(point: articles.Point) -> dict[str, Any]:
    return {
        "term": point.term,
        "text": f"<p>{escape(point.text)}</p>",
        "strength": "",
        "figure": "",
        "sources": [point.source],
    }


def _risk_group(article: articles.Article, group: articles.RiskGroup) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "frequency": "",
        "items": _items(article, group.points, _risk),
        "sources": [group.source],
    }


def _risk(point: articles.Point) -> dict[str, Any]:
    return {"term": point.term, "text": f"<p>{escape(point.text)}</p>"}


def _legal_status(article: articles.Article) -> Iterator[tuple[str, Any]]:
    if article.kind is articles.Kind.MEDICINE:
        yield (
            "status",
            {
                "country": articles.LEGAL_COUNTRY,
                "legal_class": articles.LEGAL_CLASS,
                "schedule": "",
            },
        )


def _sources() -> Iterator[tuple[str, Any]]:
    for source in articles.SOURCES:
        read_on = articles.PUBLISHED.date().isoformat()
        yield "source", {**asdict(source), "published": None, "accessed": read_on}


def _items(
    article: articles.Article, parts: Iterable[Part], value_of: Callable[[Part], dict[str, Any]]
) -> list[dict[str, Any]]:
    """As a ListBlock stores them."""
    return [
        {"type": "item", "value": value_of(part), "id": _id(article, repr(part))} for part in parts
    ]


def _id(article: articles.Article, part: str) -> str:
    return str(uuid.uuid5(articles.NAMESPACE, f"{article.slug} {part}"))


def _html(paragraph: articles.Paragraph, first_id: int) -> str:
    link = paragraph.link
    if link.article is None:
        target = f'href="{escape(link.url)}"'
    else:
        target = f'linktype="page" id="{first_id + link.article - 1}"'
    return (
        f"<p>{escape(paragraph.before)} <a {target}>{escape(link.text)}</a> "
        f"{escape(paragraph.after)}</p>"
    )


def _insert(pages: Iterable[ArticlePage]) -> None:
    """Both tables of each page. Django's ``bulk_create`` refuses a model with a parent."""
    pages = list(pages)
    for model in (Page, ArticlePage):
        fields = model._meta.local_concrete_fields
        for start in range(0, len(pages), 50):  # SQLite limits the values of one statement
            query = InsertQuery(model)
            query.insert_values(fields, pages[start : start + 50])
            query.get_compiler("default").execute_sql()


if __name__ == "__main__":
    load(int(sys.argv[1]), articles.Kind(sys.argv[2]))
