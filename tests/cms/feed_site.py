"""Build, in view of a test, the content that a feed is read from."""

from __future__ import annotations

import io
from typing import Any

import orjson
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image as Picture
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    Page,
    PageViewRestriction,
    Site,
)

from cms.articles.models import ArticlePage, HomePage, TopicPage
from cms.export_feed.files import measure_document
from cms.export_feed.renditions import make_renditions

FEED = "/api/export/v1/feed"
Record = dict[str, Any]


def read(client: Client, path: str = FEED) -> Any:
    """An answer to the exporter: the test client with the feed's token."""
    from django.conf import settings

    return client.get(path, headers={"Authorization": f"Bearer {settings.PLAINLEAF_FEED_TOKEN}"})


def records(client: Client, kind: str | None = None) -> list[Record]:
    """Every record of the feed, ``begin`` and ``end`` included, or those of one kind."""
    response = read(client)
    assert response.status_code == 200, response.content
    lines = [orjson.loads(line) for line in response.getvalue().splitlines()]
    return [record for record in lines if kind in (None, record["kind"])]


def ids(client: Client, kind: str) -> set[int]:
    return {record["id"] for record in records(client, kind)}


def home() -> HomePage:
    return Site.objects.get(is_default_site=True).root_page.specific


def topic(slug: str = "medicines", **fields: Any) -> TopicPage:
    fields = {"title": slug.title(), "slug": slug, "summary": f"All about {slug}.", **fields}
    return home().add_child(instance=TopicPage(**fields))


def article(parent: Page, slug: str = "ketamine", **fields: Any) -> ArticlePage:
    fields = {
        "title": slug.title(),
        "slug": slug,
        "summary": f"What {slug} is.",
        "topic_type": "wellbeing",
        "body": [("heading", {"text": f"About {slug}", "size": "section"})],
        **fields,
    }
    parent.refresh_from_db()
    return parent.add_child(instance=ArticlePage(**fields))


def make_private(page: Page) -> PageViewRestriction:
    return PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)


def collection(name: str, parent: Collection | None = None) -> Collection:
    parent = parent or Collection.get_first_root_node()
    parent.refresh_from_db()
    return parent.add_child(instance=Collection(name=name))


def make_collection_private(restricted: Collection) -> CollectionViewRestriction:
    return CollectionViewRestriction.objects.create(
        collection=restricted, restriction_type=CollectionViewRestriction.LOGIN
    )


def picture(
    width: int = 1600,
    height: int = 900,
    *,
    file_format: str = "JPEG",
    mode: str = "RGB",
    colour: Any = "seagreen",
    **save: Any,
) -> ContentFile:
    out = io.BytesIO()
    Picture.new(mode, (width, height), colour).save(out, file_format, **save)
    return ContentFile(out.getvalue(), name=f"leaf.{file_format.lower()}")


def image(title: str = "Leaf", file: ContentFile | None = None, **fields: Any) -> Image:
    """A saved image with its renditions, as after the commit of an upload."""
    saved = Image.objects.create(title=title, file=file or picture(), **fields)
    make_renditions(saved)
    return saved


def document(title: str = "Leaflet", content: bytes = b"%PDF-1.7", **fields: Any) -> Document:
    """A saved document that has been measured, as after the commit of an upload."""
    saved = Document.objects.create(
        title=title, file=ContentFile(content, name="leaflet.pdf"), **fields
    )
    measure_document(saved)
    return saved
