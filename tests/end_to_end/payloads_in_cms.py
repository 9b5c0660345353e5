"""Runs inside the CMS: what the staff do with comments, and each page of theirs that shows one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Site

from cms.articles.models import ArticlePage, TopicPage
from cms.comments.admin.queue_list import list_url, reports_url, rereview_url
from cms.comments.comment_settings import CommentSettings
from cms.comments.mail.links import decide_address
from cms.comments.models import ReaderComment, Report, State
from cms.comments.redacting import redact
from cms.comments.redaction import Span
from tests.payloads import PAYLOADS

QUEUE = "wagtailsnippets_comments_readercomment"
TITLE = "Ketamine <b>&amp;</b> {{ 7*7 }} </title>"
EDITOR, PASSWORD = "editor", "a-password-for-tests-only"
EMAIL = "reader@example.org"


def set_up(site_url: str) -> None:
    from cms.core.site import point_default_site

    point_default_site(site_url)
    User.objects.create_superuser(EDITOR, "editor@example.org", PASSWORD)
    home = Site.objects.get(is_default_site=True).root_page
    topic = home.add_child(instance=TopicPage(title="Medicines", slug="medicines", summary="All"))
    article = ArticlePage(
        topic_type="wellbeing", title=TITLE, slug="ketamine", summary="What it is"
    )
    topic.add_child(instance=article)
    article.save_revision().publish()
    CommentSettings.objects.create(page_size=500)


def stored() -> None:
    """``[{"name": …, "text": …}]``, in the order in which they were sent."""
    found = ReaderComment.objects.order_by("received_at", "pk").values("pk", "name", "text")
    json.dump(list(found), sys.stdout)


def sent_by_form() -> list[ReaderComment]:
    return list(ReaderComment.objects.filter(email=EMAIL).order_by("received_at", "pk"))


def sent_as_json() -> list[ReaderComment]:
    return list(ReaderComment.objects.filter(email="").order_by("received_at", "pk"))


def about(view: str, comment: ReaderComment) -> str:
    return reverse(f"{QUEUE}:{view}", args=[comment.pk])


def by_mail(comment: ReaderComment) -> str:
    address = urlsplit(decide_address(comment, User.objects.get(username=EDITOR)))
    return f"{address.path}?{address.query}"


def staff() -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username=EDITOR))
    return client


def answer() -> None:
    """Each comment is approved with a reply that says the same."""
    client = staff()
    for comment, payload in zip(sent_by_form(), PAYLOADS, strict=True):
        name = " ".join(payload.split())
        said = client.post(
            reverse(f"{QUEUE}:reply", args=[comment.pk]),
            {
                "version": comment.version,
                "name": name if len(name) <= 80 and "@" not in name else "",
                "text": payload,
                "act": "approve",
            },
        )
        assert said.status_code == 302, (payload, said.content.decode())


def redact_the_rest() -> None:
    """What was sent as JSON loses its first character, and is approved."""
    editor = User.objects.get(username=EDITOR)
    for comment in sent_as_json():
        redact(comment, [Span("text", 0, 1)], by=editor)
        comment.refresh_from_db()
        comment.move_to(State.APPROVED, by=editor, reason=comment.text[:40])


def report_everything() -> None:
    """Each payload is what a reader adds to a report, twenty of them to a comment: no more of one
    comment are shown at once."""
    comments = sent_by_form()
    Report.objects.bulk_create(
        Report(
            page=about.page,
            translation_key=about.translation_key,
            locale="en",
            comment=about,
            named=str(about.pk),
            reason="abusive",
            text=payload,
            received_at=timezone.now(),
            idempotency_key=f"report {at}",
            receipt=f"REPORT{at:06}",
        )
        for at, payload in enumerate(PAYLOADS)
        for about in [comments[at // 20]]
    )


def render(folder: str) -> None:
    """Every page of the admin that shows a comment, as a file; of pages of one kind that are many,
    what is between their frames, together in one."""
    client, to = staff(), Path(folder)
    comments = sent_by_form()

    def keep(name: str, answer) -> None:
        assert answer.status_code in (200, 409, 422), answer.status_code
        (to / f"{name}.html").write_bytes(answer.content)

    def keep_all(name: str, answers: Iterable) -> None:
        pages = [answer.content for answer in answers]
        inner = [page[page.index(b"<main") : page.rindex(b"</main>") + 7] for page in pages]
        (to / f"{name}.html").write_bytes(b"<!doctype html><body>" + b"".join(inner))

    keep_all("redacted", (client.get(about("inspect", one)) for one in sent_as_json()[::3]))
    keep_all("by-mail", (client.get(by_mail(one)) for one in comments[::10]))
    keep_all(
        "redaction-refused",
        (
            client.post(
                about("redact", one), {"version": one.version, "words": f"{one.text}\nnowhere"}
            )
            for one in comments[::10]
        ),
    )
    keep_all(
        "reply-refused",
        (
            client.post(
                about("reply", one),
                {"version": one.version, "text": one.text, "name": f"{one.text[:90]:@<90}"},
            )
            for one in comments[::10]
        ),
    )
    keep("home", client.get("/admin/"))
    keep("editor", client.get(f"/admin/pages/{comments[0].page_id}/edit/"))
    keep("rereview", client.get(rereview_url(comments[0].page_id)))
    for at, comment in enumerate(comments):
        keep(f"comment-{at}", client.get(reverse(f"{QUEUE}:inspect", args=[comment.pk])))
    chosen = [f"{one.pk}:{one.version}" for one in comments]
    for at in range(0, len(chosen), 100):
        erase = {"decision": "erase", "chosen": chosen[at : at + 100]}
        keep(f"erase-{at}", client.post(reverse(f"{QUEUE}:decide"), erase))
    keep("reports", client.get(reports_url()))
    keep("person", client.post(reverse(f"{QUEUE}:person"), {"asked": EMAIL, "do": "find"}))
    for at, payload in enumerate(PAYLOADS):
        if at % 10 == 0:  # each refused search and each message is the same page
            refused = {"asked": payload.replace("@", ""), "do": "find"}
            keep(f"refused-{at}", client.post(reverse(f"{QUEUE}:person"), refused))
            [one] = ReaderComment.objects.filter(pk=comments[at].pk)
            overtaken = {"decision": "hide", "chosen": [f"{one.pk}:{one.version + 1}"]}
            shown_list = list_url(tab="all", q=payload, page=payload, network=payload)
            keep(f"searched-{at}", client.get(shown_list))
            keep(f"to-export-{at}", client.get(reverse(f"{QUEUE}:export"), {"list": shown_list}))
            keep(
                f"overtaken-{at}",
                client.post(reverse(f"{QUEUE}:decide"), overtaken, follow=True),
            )
