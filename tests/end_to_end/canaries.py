"""Runs inside the CMS: hides a unique string in every place that is not public.

Each place has strings of its own, so that a leak names its way out. What was planted is printed
as JSON: ``{canary: place}``.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import time
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Picture
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    Page,
    PageViewRestriction,
    Site,
)

from cms.articles.models import ArticlePage, Helpline, Person, TopicPage
from cms.comments.data_log import DataAction, note
from cms.comments.models import ReaderComment, Reason, StaffReply, State
from cms.comments.receipts import shown
from cms.comments.redacting import redact
from cms.comments.redaction import Span
from cms.comments.replying import write_reply

ONE_MORE = "one more page"


class Planted(dict[str, str]):
    def hide(self, place: str) -> str:
        canary = "canary" + uuid.uuid4().hex[:12]
        self[canary] = place
        return canary

    def words(self, place: str) -> dict[str, Any]:
        return {
            "title": self.hide(f"{place}: title"),
            "slug": self.hide(f"{place}: slug"),
            "summary": self.hide(f"{place}: summary"),
            "search_description": self.hide(f"{place}: description"),
        }

    def article(self, parent: Page, place: str, **more: Any) -> ArticlePage:
        body = [("rich_text", f"<p>{self.hide(f'{place}: body')}</p>")]
        return add(
            parent, ArticlePage(topic_type="wellbeing", **self.words(place), body=body, **more)
        )

    def picture(self, place: str, collection: Collection) -> Image:
        file, exif = io.BytesIO(), Picture.Exif()
        exif[0x010E] = self.hide(f"{place}: EXIF description")
        Picture.new("RGB", (900, 600), "#2a7f62").save(file, "JPEG", exif=exif)
        return Image.objects.create(
            title=self.hide(f"{place}: title"),
            description=self.hide(f"{place}: description"),
            file=ContentFile(file.getvalue(), self.hide(f"{place}: file name") + ".jpg"),
            collection=collection,
        )

    def document(self, place: str, collection: Collection) -> Document:
        name, text = self.hide(f"{place}: file name"), self.hide(f"{place}: text")
        return Document.objects.create(
            title=self.hide(f"{place}: title"),
            file=ContentFile(text.encode(), f"{name}.txt"),
            collection=collection,
        )

    def comment(
        self, page: Page, state: str, place: str, *, name: str = "", text: str = ""
    ) -> ReaderComment:
        """A comment with something hidden in all that is stored about it; its name and its text
        are hidden unless they are given."""
        network = uuid.uuid4().hex[:16]  # no longer than the column
        self[network] = f"{place}: network"
        comment = ReaderComment.objects.create(
            page=page,
            translation_key=page.translation_key,
            locale="en",
            idempotency_key=self.hide(f"{place}: id of the edge"),
            state=state,
            name=name or self.hide(f"{place}: name"),
            text=text or self.hide(f"{place}: text"),
            email=self.hide(f"{place}: e-mail") + "@example.org",
            network=network,
            text_hash=uuid.uuid4().hex[:16],
            signals=[self.hide(f"{place}: signal")],
            received_at=timezone.now(),
            posted_at=timezone.now(),
        )
        self[comment.receipt.lower()] = self[shown(comment.receipt).lower()] = f"{place}: receipt"
        self[comment.payload_digest] = f"{place}: digest"
        self[comment.text_hash] = f"{place}: hash of the text"
        Reason.objects.create(comment=comment, rule="links", note=self.hide(f"{place}: reason"))
        return comment

    def moderator(self) -> User:
        return User.objects.create_superuser(
            self.hide("moderator: login"),
            self.hide("moderator: e-mail") + "@example.org",
            first_name=self.hide("moderator: first name"),
            last_name=self.hide("moderator: last name"),
        )


def plant() -> None:
    """A live article that refers to everything hidden, and everything hidden."""
    planted = Planted()
    home = Site.objects.get(is_default_site=True).root_page
    topic = publish(add(home, TopicPage(title="Medicines", slug="medicines", summary="All")))
    files = hide_files(planted)
    pages = hide_pages(planted, home, topic)
    live = publish(add(topic, article_referring_to(pages, files)))
    hide_newer_draft(planted, live)
    for page in pages:
        Redirect.objects.create(
            old_path="/" + planted.hide(f"redirect to page {page.pk}: path"), redirect_page=page
        )
    hide_comments(planted, live, pages[2])
    print(json.dumps(planted))


def hide_comments(planted: Planted, live: Page, private: Page) -> None:
    moderator = planted.moderator()
    for state in set(State) - {State.APPROVED, State.ERASED}:
        held = planted.comment(live, state, f"{state} comment")
        StaffReply.objects.create(
            comment=held,
            author=moderator,
            name=planted.hide(f"reply to a {state} comment: name"),
            text=planted.hide(f"reply to a {state} comment: text"),
            posted_at=timezone.now(),
        )
    planted.comment(private, State.APPROVED, "approved comment of a private page")
    for place in ("erased comment", "erased comment that was answered"):
        erased = planted.comment(live, State.HELD, place)
        erased.move_to(State.APPROVED, by=moderator)
        if "answered" in place:
            write_reply(erased, name="", text="A reply that stays.", by=moderator)
        erased.refresh_from_db()
        erased.move_to(State.ERASED, by=moderator, reason=planted.hide(f"{place}: why"))
    shown_one = planted.comment(
        live, State.HELD, "approved comment", name="Sam", text="A comment that is shown."
    )
    shown_one.move_to(State.APPROVED, by=moderator, reason=planted.hide("approved comment: why"))
    words = planted.hide("redacted comment: what was removed")
    redacted = planted.comment(
        live, State.HELD, "redacted comment", name="Ann", text=f"Redacted, {words} and all."
    )
    redacted.move_to(State.APPROVED, by=moderator)
    redact(redacted, [Span("text", 10, 10 + len(words))], by=moderator)
    write_reply(shown_one, name="Editor", text="A reply that is shown.", by=moderator)
    note(DataAction.EXPORTED, 1, by=moderator, q=planted.hide("log of exports"))


def hide_files(planted: Planted) -> list[Image | Document]:
    root = Collection.get_first_root_node()
    private = root.add_child(name=planted.hide("private collection: name"))
    CollectionViewRestriction.objects.create(collection=private, restriction_type="login")
    below = private.add_child(name=planted.hide("collection below a private one: name"))
    private.refresh_from_db()
    return [
        planted.picture("image in a private collection", private),
        planted.picture("image below a private collection", below),
        planted.document("document in a private collection", private),
        planted.document("document below a private collection", below),
    ]


def hide_pages(planted: Planted, home: Page, topic: Page) -> list[Page]:
    past, ahead = timezone.now() - dt.timedelta(hours=2), timezone.now() + dt.timedelta(days=2)
    draft = planted.article(topic, "draft", live=False)
    draft.save_revision()
    unpublished = publish(planted.article(topic, "unpublished"))
    unpublished.unpublish()
    private = publish(planted.article(topic, "private"))
    PageViewRestriction.objects.create(page=private, restriction_type="password", password="pass")
    private_topic = publish(add(home, TopicPage(**planted.words("private topic"))))
    PageViewRestriction.objects.create(page=private_topic, restriction_type="login")
    below = publish(planted.article(private_topic, "child of a private page"))
    expired = publish(planted.article(topic, "expired, before the schedule took it off"))
    Page.objects.filter(pk=expired.pk).update(expire_at=past)
    scheduled = planted.article(topic, "scheduled", live=False, go_live_at=ahead)
    scheduled.save_revision().publish()
    early = publish(planted.article(topic, "live before it is due"))
    Page.objects.filter(pk=early.pk).update(go_live_at=ahead)
    return [draft, unpublished, private, private_topic, below, expired, scheduled, early]


def article_referring_to(pages: list[Page], files: list[Image | Document]) -> ArticlePage:
    image, image_below, *documents = files
    links = "".join(f'<a linktype="page" id="{page.pk}">this page</a> ' for page in pages)
    links += "".join(f'<a linktype="document" id="{file.pk}">this file</a> ' for file in documents)
    picture = f'<embed embedtype="image" id="{image.pk}" alt="x" format="fullwidth"/>'
    return ArticlePage(
        topic_type="wellbeing",
        title="Ketamine",
        slug="ketamine",
        summary="What it is",
        body=[
            ("rich_text", f"<p>{links}</p>{picture}"),
            ("image", {"image": image, "caption": ""}),
            ("image", {"image": image_below, "caption": ""}),
        ],
    )


def hide_newer_draft(planted: Planted, live: Page) -> None:
    draft = ArticlePage.objects.get(pk=live.pk)
    for field in ("title", "summary", "search_description"):
        setattr(draft, field, planted.hide(f"newer draft of a live page: {field}"))
    text = planted.hide("newer draft of a live page: body")
    draft.body = [("rich_text", f"<p>{text}</p>")]
    draft.save_revision()


def publish_one_more() -> None:
    planted = Planted()
    topic = TopicPage.objects.get(slug="medicines")
    publish(planted.article(topic, ONE_MORE))
    print(json.dumps(planted))


def hide_what_one_private_page_shows() -> None:
    """Files of a public collection and records of the CMS, each on that page alone."""
    planted = Planted()
    place = "shown by a private page alone"
    root = Collection.get_first_root_node()
    image = planted.picture(f"{place}: image", root)
    document = planted.document(f"{place}: document", root)
    helpline = Helpline.objects.create(
        name=planted.hide(f"{place}: helpline"),
        country=planted.hide(f"{place}: country of a helpline"),
        phone="116 123",
        last_checked=timezone.now().date(),
        show_after_comment=False,
    )
    author, reviewer = (
        Person.objects.create(name=planted.hide(f"{place}: {who}"), role="Doctor")
        for who in ("author", "reviewer")
    )
    body = [
        ("image", {"image": image, "caption": ""}),
        ("rich_text", f'<p><a linktype="document" id="{document.pk}">this file</a></p>'),
        ("helpline", {"helpline": helpline}),
    ]
    page = planted.article(
        TopicPage.objects.get(slug="medicines"),
        place,
        live=False,
        authors=[("author", {"person": author})],
        reviewer=reviewer,
        last_reviewed=timezone.now().date(),
    )
    PageViewRestriction.objects.create(page=page, restriction_type="login")
    page.body = body
    publish(page, saved=False)
    print(json.dumps(planted))


def show_it() -> None:
    PageViewRestriction.objects.filter(page=ArticlePage.objects.order_by("pk").last()).delete()


def take_it_off(verb: str) -> None:
    """In one of the ways in which a page stops being public."""
    page = ArticlePage.objects.order_by("pk").last()
    if verb == "unpublish":
        page.unpublish()
    elif verb == "unpublish_in_bulk":
        answer = admin().post(f"{bulk_address('unpublish')}?id={page.pk}")
        assert answer.status_code == 302, answer
    elif verb == "update":  # which no signal tells of
        Page.objects.filter(pk=page.pk).update(live=False)
    elif verb == "delete":
        page.delete()
    elif verb == "restrict":
        PageViewRestriction.objects.create(page=page, restriction_type="login")
    elif verb == "expire":
        page.expire_at = timezone.now() + dt.timedelta(seconds=1)
        publish(page, saved=False)
        time.sleep(1.1)  # and no schedule has run
    else:
        private = TopicPage.objects.get(view_restrictions__isnull=False)
        page.move(private, "last-child")


def admin() -> Client:
    client = Client(headers={"Host": "localhost"})
    client.force_login(User.objects.filter(is_superuser=True).first())
    return client


def bulk_address(action: str) -> str:
    return reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])


def add(parent: Page, page: Any) -> Any:
    return Page.objects.get(pk=parent.pk).add_child(instance=page)


def publish(page: Any, *, saved: bool = True) -> Any:
    if saved:
        page = type(page).objects.get(pk=page.pk)  # a stale object would undo what the tree counts
    page.save_revision().publish()
    return type(page).objects.get(pk=page.pk)
