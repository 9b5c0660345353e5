"""Fill an empty database with the articles of a benchmark: ``python -m benchmarks.load 2000``.

Rows go in by the hundred, past Wagtail's own save: publishing each page would take an hour and
measure nothing. What saving would have kept right is kept right here: the tree, URL paths, and
the renditions, which the CMS makes as it always does when an image is saved. No more than one
bunch of articles is ever held.
"""

from __future__ import annotations

import io
import json
import sys
import uuid
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

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

ROWS_AT_ONCE = 500


def load(pages: int) -> None:
    """Migrate, then add ``pages`` articles below as many topics as they need."""
    call_command("migrate", verbosity=0)
    image_ids = [_image(number).pk for number in range(articles.IMAGES)]
    with transaction.atomic():
        site = Site.objects.get(is_default_site=True)
        home = site.root_page.specific
        topics = [_topic(home, number) for number in range(1, articles.topic_count(pages) + 1)]
        _menu(site, topics[: articles.MENU_TOPICS])
        # Ids are chosen, not returned, so that articles can link to later ones.
        first_id = 1 + Page.objects.aggregate(last=models.Max("pk"))["last"]
        content_type = ContentType.objects.get_for_model(ArticlePage)
        for start in range(1, pages + 1, ROWS_AT_ONCE):
            numbers = range(start, min(start + ROWS_AT_ONCE, pages + 1))
            _insert(
                _article_page(
                    articles.article(number, of=pages),
                    topics=topics,
                    image_ids=image_ids,
                    first_id=first_id,
                    content_type=content_type,
                )
                for number in numbers
            )
        for topic in topics:
            children = Page.objects.filter(path__startswith=topic.path, depth=topic.depth + 1)
            Page.objects.filter(pk=topic.pk).update(numchild=children.count())


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


def _menu(site: Site, topics: Iterable[TopicPage]) -> None:
    items = [("menu_item", {"label": "", "page": topic, "url": ""}) for topic in topics]
    SiteSettings.objects.create(site=site, main_menu=items)


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
        body=json.dumps(list(_body(article, image_ids=image_ids, first_id=first_id))),
        sources="[]",
    )


def _body(
    article: articles.Article, *, image_ids: Sequence[int], first_id: int
) -> Iterable[dict[str, Any]]:
    """The article as a StreamField stores it: the image after the first section."""
    blocks: list[tuple[str, Any]] = []
    for section in article.sections:
        blocks.append(("heading", {"text": section.heading, "size": "section"}))
        blocks.append(("rich_text", "".join(_html(part, first_id) for part in section.paragraphs)))
    image = {"image": image_ids[article.image], "alt_text": "A gradient", "decorative": False}
    blocks.insert(2, ("image", {"image": image, "caption": ""}))
    for order, (block_type, value) in enumerate(blocks):
        block_id = str(uuid.uuid5(articles.NAMESPACE, f"{article.slug} {order}"))
        yield {"type": block_type, "value": value, "id": block_id}


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
    load(int(sys.argv[1]))
