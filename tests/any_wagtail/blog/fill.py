"""Content with everything in it that an exporter has stumbled over somewhere."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from blog.models import Author, BlogIndexPage, BlogPage, BlogPageGalleryImage, PlainPage
from blog.size import POSTS
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db import connection
from home.models import HomePage
from PIL import Image as Picture
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection, CollectionViewRestriction, Page, PageViewRestriction, Site


def fill():
    """The whole site; the ids that tests ask for, on stdout."""
    home = HomePage.objects.get()
    home.title = "Garden club"
    home.save_revision().publish()
    locked = Collection.get_first_root_node().add_child(name="Committee")
    CollectionViewRestriction.objects.create(collection=locked, restriction_type="login")
    images = {
        "roses": image("Roses", (800, 600), "red"),
        "tulips": image("Tulips", (640, 480), "yellow"),
        "private": image("canary-private-image", (300, 200), "black", collection=locked),
    }
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"/>'
    svg = Image.objects.create(title="Sketch", file=ImageFile(io.BytesIO(drawing), "sketch.svg"))
    leaflet = document("Planting leaflet", "leaflet.pdf")
    hidden = document("canary-private-document", "canary-minutes.pdf", collection=locked)
    author = Author.objects.create(name="Ada Gardener")

    blog = home.add_child(
        instance=BlogIndexPage(
            title="Blog", slug="blog", intro="<p>What grows.</p>", show_in_menus=True
        )
    )
    draft = blog.add_child(instance=post("canary-draft-title", "canary-draft", live=False))
    below_draft = draft.add_child(instance=post("canary-below-draft", "canary-below-draft"))
    private = blog.add_child(instance=post("canary-private-title", "canary-private"))
    PageViewRestriction.objects.create(page=private, restriction_type="password", password="x")
    private.add_child(instance=post("canary-below-private", "canary-below-private"))
    expired = post("canary-expired-title", "canary-expired")
    expired.expire_at = datetime.now(UTC) - timedelta(hours=2)
    expired = blog.add_child(instance=expired)
    plain = home.add_child(
        instance=PlainPage(
            title="About us",
            slug="about",
            show_in_menus=True,
            body="<p>We meet on <b>Mondays</b>.</p>"
            '<p style="background: url(&quot;/media/canary-style.png&quot;)">Come along.</p>',
        )
    )
    home.add_child(instance=PlainPage(title="Café crème", slug="café", body="<p>Coffee.</p>"))
    gone = home.add_child(instance=PlainPage(title="Short-lived", slug="short-lived"))
    gone_id = gone.id
    gone.delete()

    links = "".join(
        f'<p>{name}: <a linktype="page" id="{number}">{name}</a></p>'
        for name, number in [
            ("live link", plain.id),
            ("draft link", draft.id),
            ("private link", private.id),
            ("expired link", expired.id),
            ("deleted link", gone_id),
        ]
    )
    paragraph = (
        f'{links}<p><a linktype="document" id="{leaflet.id}">the leaflet</a> and '
        f'<a linktype="document" id="{hidden.id}">hidden leaflet</a></p>'
        f'<embed embedtype="image" id="{images["roses"].id}" format="left" alt="Roses in a text"/>'
        f'<embed embedtype="image" id="{images["private"].id}" format="left" alt="hidden"/>'
        '<p><a href="https://example.org/">elsewhere</a></p>'
        '<p><script>alert("canary-script")</script><a href="javascript:alert(1)">acts</a></p>'
    )
    body = [
        ("heading", "What to plant"),
        ("paragraph", paragraph),
        ("image", images["roses"].id),
        ("image", images["private"].id),
        ("image", svg.id),
        ("shown_image", images["tulips"].id),
        ("picture", {"image": images["roses"].id, "alt_text": "A red square", "decorative": False}),
        ("gallery", [images["roses"].id, images["tulips"].id]),
        ("slides", [{"photo": images["tulips"].id, "caption": "In May"}]),
        ("steps", ["Dig a hole", "Water it"]),
        (
            "card",
            {
                "heading": "Pruning",
                "photo": images["tulips"].id,
                "side_effects": "<p>Sore <b>hands</b>.</p>",
                "minutes": 20,
                "is_new": True,
                "link": {"text": "Read about us", "page": plain.id, "url": ""},
            },
        ),
        ("quote", "A garden is a friend."),
        (
            "table",
            {
                "data": [["Plant", "Month"], ["Rose", "May"]],
                "first_row_is_table_header": True,
                "first_col_is_header": False,
                "table_caption": "When to plant",
            },
        ),
        (
            "doses",
            {
                "columns": [
                    {"type": "text", "heading": "Feed"},
                    {"type": "number", "heading": "Grams"},
                ],
                "rows": [{"values": ["Bone meal", 40]}],
                "caption": "How much",
            },
        ),
        ("attachment", leaflet.id),
        ("related", plain.id),
        ("related", draft.id),
        ("author", author.id),
        ("video", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("day", "2026-05-01"),
        ("raw", '<div onclick="alert(1)"><p>Raw <em>words</em></p></div>'),
        (
            "columns",
            [
                {"type": "text", "value": "<p>Left column</p>"},
                {"type": "image", "value": images["tulips"].id},
            ],
        ),
    ]
    full = post("Everything at once", "everything")
    full.summary = "<p>All <b>kinds</b> of blocks.</p>"
    full.header_image = images["roses"]
    full.leaflet = leaflet
    full.see_also = draft
    full.writer = author
    full.is_featured = True
    full.editors_note = "canary-editors-note"
    full.body = json.dumps(
        [
            {"type": kind, "value": value, "id": f"0000-{n:04}"}
            for n, (kind, value) in enumerate(body)
        ]
    )
    full.gallery_images = [
        BlogPageGalleryImage(image=images["tulips"], caption="Tulips by the gate")
    ]
    full = blog.add_child(instance=full)
    full.title = "canary-unpublished-edit"
    full.save_revision()  # a draft of a live page

    fill_many(BlogIndexPage.objects.get())
    BlogIndexPage.objects.get().add_child(instance=post("Late", "late", live=False))
    other_root = Page.get_first_root_node().add_child(
        instance=HomePage(title="Shop", slug="shop-root")
    )
    Site.objects.create(hostname="shop.example.org", port=80, root_page=other_root)
    offers = other_root.add_child(
        instance=PlainPage(
            title="Offers",
            slug="offers",
            body=f'<p><a linktype="page" id="{plain.id}">to the club</a></p>',
        )
    )
    plain.body += f'<p><a linktype="page" id="{offers.id}">to the shop</a></p>'
    plain.save_revision().publish()
    Site.clear_site_root_paths_cache()

    print(
        json.dumps(
            {
                "plain": plain.id,
                "blog": blog.id,
                "full": full.id,
                "draft": draft.id,
                "below_draft": below_draft.id,
                "private": private.id,
                "roses": images["roses"].id,
                "private_image": images["private"].id,
            }
        )
    )


def fill_many(blog):
    """More posts than any list shows at once. By rows, since saving so many takes long."""
    first = blog.add_child(instance=post("Post 0", "post-0"))
    row = Page.objects.filter(id=first.id).values().get()
    numbers = range(1, POSTS)
    posts = [
        Page(
            **row
            | {
                "id": row["id"] + number,
                "path": Page._get_path(blog.path, blog.depth + 1, 100 + number),
                "url_path": f"{blog.url_path}post-{number}/",
                "slug": f"post-{number}",
                "title": f"Post {number}",
                "draft_title": f"Post {number}",
                "translation_key": uuid4(),
            }
        )
        for number in numbers
    ]
    Page.objects.bulk_create(posts)
    columns = {
        field.column: field.get_db_prep_save(field.value_from_object(first), connection)
        for field in BlogPage._meta.local_fields
    }
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO blog_blogpage ({', '.join(columns)}) "
            f"VALUES ({', '.join('%s' for _ in columns)})",
            [tuple((columns | {"page_ptr_id": page.id}).values()) for page in posts],
        )
    Page.objects.filter(id=blog.id).update(numchild=blog.get_children().count())


def post(title, slug, *, live=True):
    return BlogPage(title=title, slug=slug, date=date(2026, 5, 1), body="[]", live=live)


def image(title, size, colour, **extra):
    buffer = io.BytesIO()
    Picture.new("RGB", size, colour).save(buffer, "JPEG")
    return Image.objects.create(
        title=title, file=ImageFile(buffer, name=f"{title.lower()}.jpg"), **extra
    )


def document(title, name, **extra):
    return Document.objects.create(
        title=title, file=ContentFile(b"%PDF-1.4 " + title.encode(), name=name), **extra
    )
