"""The export feed keeps its contract: its schema, its golden answer, its silence.

After a change that is meant, ``PLAINLEAF_WRITE_GOLDEN=1 pytest tests/contract`` writes the golden
answer anew; read its diff, and tell whoever reads the feed.
"""

import json
import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone
from jsonschema import Draft202012Validator
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import Document
from wagtail.images.models import Image, Rendition
from wagtail.models import Locale, Page, Site

from cms.articles.blocks.body import BodyBlock
from cms.articles.digest import digest_of
from cms.articles.models import (
    ArticlePage,
    GlossaryTerm,
    Helpline,
    HomePage,
    Person,
    TopicPage,
)
from cms.comments.models import ReaderComment, StaffReply, State
from cms.core.models import SiteSettings
from cms.export_feed.journal import record_change
from cms.export_feed.models import Change, JournalCounter
from cms.preview.models import Preview
from cms.safety.keeping import judge_pages
from frontend_export.content import Page as ExportedPage
from frontend_export.edge.preview import first_listing, preview_page, read_draft
from frontend_export.render.renderer import Renderer
from frontend_export.source.cms import Line
from frontend_export.source.feed import Begin, End, content_from_records, parse_record
from tests.cms import feed_site
from tests.marked_blocks import without_marked_blocks

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
GOLDEN = HERE / "feed.golden.ndjson"
GOLDEN_CHANGES = HERE / "changes.golden.ndjson"
GOLDEN_MANIFEST = HERE / "manifest.golden.ndjson"
MANIFEST = "/api/export/v1/manifest"
SCHEMA = Draft202012Validator(json.loads((HERE / "feed.schema.json").read_text()))
BEGIN_OF_PREVIEW = "#/$defs/begin_of_preview"
IN_MANIFEST = "#/$defs/in_manifest"
PUBLISHED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
FILE_HASH = "0123456789abcdef0123456789abcdef01234567"


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def block(number: int, block_type: str, value: object) -> dict:
    return {"type": block_type, "value": value, "id": uuid(number)}


def item(number: int, value: object) -> dict:
    return block(number, "item", value)


RICH = '<p data-block-key="{}">{}</p>'.format
SECTION = {"not_applicable": False, "reason": "", "text": RICH("a4", "Ask first."), "sources": []}

BODY = [
    block(1, "next_step", {"label": "Find help", "purpose": "find_help", "page": 102, "url": ""}),
    block(2, "heading", {"text": "What it is", "size": "section"}),
    block(3, "rich_text", '<p data-block-key="a1">See <a linktype="page" id="102">more</a>.</p>'),
    block(
        4,
        "image",
        {
            "image": {"image": 7, "alt_text": "A green leaf", "decorative": False},
            "caption": "A leaf",
            "credit": "Drawn by us",
        },
    ),
    block(
        5,
        "medical_uses",
        {
            "heading": "Medical uses",
            "introduction": "",
            "items": [
                item(
                    6,
                    {
                        "term": "Pain",
                        "text": RICH("a2", "It helps."),
                        "points": [item(7, "In hospital")],
                        "status": "off_label",
                        "country": "GB",
                        "sources": ["nhs-2026"],
                    },
                )
            ],
        },
    ),
    # As it was stored when a benefit had no more than these: the feed completes it.
    block(8, "benefits", {"heading": "", "items": [item(9, {"term": "Fast", "text": ""})]}),
    block(
        10,
        "risks",
        {
            "heading": "",
            "introduction": "",
            "groups": [
                item(
                    20,
                    {
                        "kind": "common",
                        "frequency": "in 1 of 10 people",
                        "items": [item(21, {"term": "Nausea", "text": ""})],
                        "sources": ["nhs-2026"],
                    },
                )
            ],
        },
    ),
    block(
        11,
        "risk_callout",
        {"kind": "law", "severity": "serious", "title": "Harm", "text": "", "helpline": 3},
    ),
    block(12, "helpline", {"helpline": 3}),
    block(13, "conclusion", {"heading": "", "text": RICH("a3", "In short.")}),
    block(
        22,
        "care_card",
        {
            "level": "emergency",
            "action": "Call 999",
            "conditions": [item(23, "you cannot wake them")],
            "note": "",
            "helpline": None,
        },
    ),
    block(24, "do_dont", {"do": [item(25, "rest")], "dont": [item(26, "drive")]}),
    block(
        27,
        "medicine_facts",
        {
            "generic_name": "ketamine",
            "brand_names": [item(28, "Ketalar")],
            "forms": [item(29, "injection")],
            "route": "",
            "drug_class": "anaesthetic",
        },
    ),
    block(30, "suitability", SECTION),
    block(31, "how_used", SECTION),
    block(32, "interactions", SECTION),
    block(
        33,
        "pregnancy",
        {"not_applicable": True, "reason": "Given in hospital", "text": "", "sources": []},
    ),
    block(34, "overdose", SECTION),
    block(35, "driving", {**SECTION, "sources": ["nhs-2026"]}),
    block(36, "inset", {"text": RICH("a5", "It has been used for 50 years.")}),
    block(37, "details", {"title": "How it works", "text": RICH("a6", "It blocks a receptor.")}),
    block(
        38,
        "faq",
        {
            "heading": "Questions",
            "items": [item(39, {"question": "Is it new?", "answer": RICH("a7", "No.")})],
        },
    ),
    block(40, "glossary_term", {"glossary_term": 6}),
    block(
        41,
        "table",
        {
            "caption": "Forms",
            "header_column": True,
            "table": {
                "columns": [
                    {"type": "text", "heading": "Form"},
                    {"type": "text", "heading": "Where"},
                ],
                "rows": [{"values": ["injection", "hospital"]}],
                "caption": "",
            },
        },
    ),
    block(
        42,
        "video",
        {
            "title": "In hospital",
            "url": "https://video.example/1",
            "transcript": RICH("a8", "A nurse says what happens."),
            "last_reviewed": "2026-02-01",
            "next_review_due": None,
        },
    ),
]
SOURCES = [
    block(
        14,
        "source",
        {
            "key": "nhs-2026",
            "title": "Ketamine",
            "publisher": "NHS",
            "url": "https://www.nhs.uk/",
            "published": None,
            "accessed": "2026-02-01",
        },
    )
]
STATUS = {"country": "GB", "legal_class": "controlled", "schedule": "Class B; Schedule 2"}
ALERT_UNTIL = datetime(2099, 1, 1, 9, 0, tzinfo=UTC)


def numbered(parent: Page, page: Page) -> Page:
    """Add a page under the number it has: Wagtail itself takes one that has a number for saved."""
    page.content_type = ContentType.objects.get_for_model(page)
    page.locale = Locale.objects.get()
    page.path, page.depth = f"{parent.path}00ZZ", parent.depth + 1
    page.set_url_path(parent)
    page.save_base()
    return page


@pytest.fixture
def one_of_each() -> None:
    """A site with every kind of record, every number and instant given."""
    root = Page.objects.get(depth=1)
    dates = {"first_published_at": PUBLISHED, "last_published_at": PUBLISHED}
    home = numbered(
        root,
        HomePage(id=101, title="Plainleaf", slug="plainleaf", translation_key=uuid(101), **dates),
    )
    topic = numbered(
        home,
        TopicPage(
            id=102,
            title="Medicines",
            slug="medicines",
            summary="What they do.",
            translation_key=uuid(102),
            **dates,
        ),
    )
    doctor = Person.objects.create(
        id=5,
        name="Dr Brown",
        role="Anaesthetist",
        credential="GMC 1234567",
        user=get_user_model().objects.create_user("canary-user"),
    )
    GlossaryTerm.objects.create(id=6, term="anaesthetic", meaning="It numbs.", also="")
    ketamine = numbered(
        topic,
        ArticlePage(
            id=103,
            title="What is “ketamine”?",
            slug="ketamine",
            summary="An anaesthetic.",
            translation_key=uuid(103),
            body=json.dumps(BODY),
            sources=json.dumps(SOURCES),
            last_reviewed=date(2026, 2, 1),
            topic_type="medicine",
            key_points=json.dumps([block(16, "point", "It numbs.")]),
            synonyms=json.dumps([block(17, "synonym", "Ket")]),
            legal_status=json.dumps([block(18, "status", STATUS)]),
            authors=json.dumps([block(19, "author", {"person": 5})]),
            reviewer=doctor,
            reviewed_digest="c0ffee",
            change_note="More on driving.",
            funding="The site itself.",
            conflicts="None.",
            replacement_page=topic,
            **dates,
        ),
    )
    Site.objects.all().delete()
    site = Site.objects.create(
        id=101, hostname="site.test", site_name="Plainleaf", root_page=home, is_default_site=True
    )
    SiteSettings.objects.create(
        site=site,
        strapline="Health, in plain words.",
        main_menu=json.dumps([block(15, "menu_item", {"label": "", "page": 102, "url": ""})]),
        comment_policy_page=topic,
        side_effect_reporting=json.dumps(
            [
                block(
                    43,
                    "line",
                    {"country": "GB", "label": "Report it", "url": "https://report.example/"},
                )
            ]
        ),
        alert_text="A recall of one batch.",
        alert_level="urgent",
        alert_until=ALERT_UNTIL,
    )
    Image.objects.bulk_create(
        [
            Image(
                id=7,
                title="Leaf",
                file="original_images/leaf.jpg",
                width=320,
                height=180,
                file_hash=FILE_HASH,
            )
        ]
    )
    Rendition.objects.bulk_create(
        Rendition(
            id=number,
            image_id=7,
            file=f"images/leaf.{file_format}",
            width=320,
            height=180,
            filter_spec=f"width-320|format-{file_format}|public-{FILE_HASH[:12]}",
        )
        for number, file_format in ((31, "webp"), (32, "jpeg"))
    )
    Document.objects.bulk_create(
        [
            Document(
                id=2,
                title="Leaflet",
                file="documents/leaflet.pdf",
                file_size=18231,
                file_hash=FILE_HASH,
            )
        ]
    )
    Helpline.objects.create(
        id=3,
        name="Samaritans",
        country="United Kingdom",
        phone="116 123",
        last_checked=date(2026, 11, 1),
    )
    Redirect.objects.create(id=4, old_path="/old", redirect_page=ketamine)
    answered = ReaderComment.objects.create(
        id=8,
        page=ketamine,
        translation_key=uuid(103),
        locale="en-gb",
        idempotency_key="key",
        name="Sam",
        text="It helped my mother < me.",
        state=State.APPROVED,
        received_at=PUBLISHED,
        posted_at=PUBLISHED,
    )
    StaffReply.objects.create(
        comment=answered, name="Maria, pharmacist", text="Thank you, Sam.", posted_at=PUBLISHED
    )
    ReaderComment.objects.create(
        id=9,
        page=ketamine,
        translation_key=uuid(103),
        locale="en-gb",
        idempotency_key="another key",
        name="Alex",
        text="Thank you.",
        state=State.APPROVED,
        received_at=PUBLISHED,
        posted_at=PUBLISHED,
    )
    Change.objects.all().delete()
    judge_pages([101, 102, 103])
    Change.objects.create(kind="page", object_id=101, number=41, counted_at=PUBLISHED)
    JournalCounter.objects.update_or_create(
        pk=1, defaults={"last_number": 41, "counted_at": PUBLISHED}
    )


def feed(client, path: str = feed_site.FEED) -> list[bytes]:
    return feed_site.read(client, path).getvalue().splitlines(keepends=True)


def changes(client) -> list[bytes]:
    """One of each that may have changed since a cursor, and one of each that is not there."""
    cursor = orjson.loads(feed(client)[0])["cursor"]
    for kind, there in (
        ("site", 101),
        ("page", 103),
        ("image", 7),
        ("document", 2),
        ("redirect", 4),
        ("comment", 8),
    ):
        record_change(kind, there)
        if kind != "site":
            record_change(kind, 999)
    for helpline in (3, 999):
        record_change("snippet", helpline, type="articles.Helpline")
    return feed(client, f"{feed_site.FEED}?cursor={cursor}")


def fits(record: dict, definition: str) -> list[str]:
    schema = SCHEMA.evolve(schema={**SCHEMA.schema, "oneOf": [{"$ref": definition}]})
    return [error.message for error in schema.iter_errors(record)]


def test_every_record_of_a_real_feed_fits_the_schema(client, one_of_each):
    kinds = set()
    for line in [*feed(client), *changes(client)]:
        record = orjson.loads(line)
        kinds.add(record["kind"])
        assert [error.message for error in SCHEMA.iter_errors(record)] == []
    assert kinds == {name["$ref"].rsplit("/", 1)[1] for name in SCHEMA.schema["oneOf"]}


def test_the_contract_is_proved_on_every_block_and_every_type_of_snippet(client, one_of_each):
    assert {one["type"] for one in BODY} == set(BodyBlock().child_blocks)
    told = [json.loads(line) for line in feed(client)]
    of_snippets = SCHEMA.schema["$defs"]["snippet_type"]["enum"]
    assert {one["type"] for one in told if one["kind"] == "snippet"} == set(of_snippets)


def test_nobody_learns_the_account_of_a_person_or_what_the_review_keeps(client, one_of_each):
    answer = b"".join(feed(client))
    assert b"canary-user" not in answer
    assert not re.search(rb'"(user|reviewed_digest|default_funding)"', answer)


def test_schema_refuses_a_key_that_the_contract_does_not_name(client, one_of_each):
    for line in [*feed(client), *changes(client)]:
        assert not SCHEMA.is_valid({**orjson.loads(line), "email": "sam@example.org"})


def test_every_record_of_a_draft_fits_the_schema_too(client, one_of_each, admin_user):
    article = ArticlePage.objects.get()
    preview = Preview.objects.keep(article, user=admin_user, is_editing=True)
    lines = feed_site.read(
        client, f"/api/export/v1/preview?token={preview.token(in_panel=True)}"
    ).content.splitlines()
    begin, *rest = map(orjson.loads, lines)
    assert fits(begin, BEGIN_OF_PREVIEW) == []
    for record in rest:
        if record["kind"] == "page" and record["id"] != article.pk:
            assert record["fields"].keys() <= {"summary"}
        else:
            assert [error.message for error in SCHEMA.iter_errors(record)] == []


def test_preview_of_every_type_of_page_and_block_is_what_the_export_writes(
    client, one_of_each, admin_user
):
    """At one frozen instant, of which both speak."""
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    for article in ArticlePage.objects.exclude(
        reviewer=None
    ):  # of another one a preview tells less
        ArticlePage.objects.filter(pk=article.pk).update(reviewed_digest=digest_of(article))
    renderer = Renderer(site_url="https://example.org")
    _, *between, _ = map(parse_record, feed(client))
    content = content_from_records(between)
    site = Site.objects.get(is_default_site=True)
    shown = []
    for page in site.root_page.get_descendants(inclusive=True).live().specific():
        preview = Preview.objects.keep(page, user=admin_user, is_editing=True)
        told = feed(client, f"/api/export/v1/preview?token={preview.token(in_panel=True)}")
        draft = replace(read_draft([Line(raw, parse_record(raw)) for raw in told]), now=now)
        [exported] = [
            record.value
            for record in between
            if isinstance(record.value, ExportedPage) and record.value.id == page.pk
        ]
        listing = first_listing(exported, content)
        written = renderer.page(exported, content, now=now, listing=listing)
        assert without_marked_blocks(preview_page(draft, renderer)) == written.body
        shown.append(type(page))
    assert {ArticlePage, HomePage, TopicPage} <= set(shown)


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="Postgres keeps the keys of stored JSON in its own order"
)
@pytest.mark.parametrize(
    ("answer", "golden"),
    [
        (feed, GOLDEN),
        (changes, GOLDEN_CHANGES),
        (lambda client: feed(client, MANIFEST), GOLDEN_MANIFEST),
    ],
    ids=["feed", "changes", "manifest"],
)
def test_answer_is_the_golden_one_byte_for_byte(client, one_of_each, answer, golden):
    told = b"".join(answer(client))
    told = re.sub(rb'"now":"[^"]+"', b'"now":"2026-03-02T09:00:00Z"', told)
    told = re.sub(rb'"cursor":"[^"]+"', b'"cursor":"c0ffee123456.41.1772355600000000.0"', told)
    if os.environ.get("PLAINLEAF_WRITE_GOLDEN"):
        golden.write_bytes(told)
    assert told == golden.read_bytes()


def test_manifest_fits_the_schema_and_names_what_the_feed_tells(client, one_of_each):
    begin, *named, end = map(orjson.loads, feed(client, MANIFEST))
    told = list(map(orjson.loads, feed(client)))
    assert [error.message for one in (begin, end) for error in SCHEMA.iter_errors(one)] == []
    assert [fits(one, IN_MANIFEST) for one in named] == [[]] * len(named)
    assert [(one["kind"], one["id"], one["fingerprint"]) for one in named] == [
        (one["kind"], one["id"], one["fingerprint"]) for one in told[1:-1]
    ]


def test_exporter_reads_the_golden_answer():
    first, *between, last = [
        parse_record(line) for line in GOLDEN.read_bytes().splitlines() if line
    ]
    assert isinstance(first, Begin)
    assert isinstance(last, End)
    content = content_from_records(between)
    assert content.page_link(103).path == "/medicines/ketamine/"
    assert content.image(7).renditions[0].file_path.startswith("images/")


CANARY = re.compile(rb"canary-[a-z-]+", re.IGNORECASE)


@pytest.fixture
def canaries() -> None:
    """What is not public, each with a word of its own that no answer may hold."""
    medicines = feed_site.topic()

    def hidden(slug: str, **fields):
        return feed_site.article(medicines, slug, summary=f"Summary of {slug}", **fields)

    now = timezone.now()
    hidden("canary-draft", live=False)
    hidden("canary-expired", expire_at=now - timedelta(minutes=1))
    hidden("canary-not-due", go_live_at=now + timedelta(days=1))
    hidden("canary-unpublished").unpublish()
    feed_site.make_private(hidden("canary-private"))
    scheduled = hidden("canary-scheduled", live=False)
    scheduled.go_live_at = now + timedelta(days=1)
    scheduled.save_revision().publish()
    section = feed_site.topic("canary-private-section")
    feed_site.article(section, "canary-private-child")
    feed_site.make_private(section)
    shown = feed_site.article(medicines)
    shown.title = "canary-draft-of-a-live-page"
    shown.save_revision()

    staff = feed_site.collection("canary-collection")
    rota = feed_site.collection("canary-child-collection", staff)
    for files in (staff, rota):
        picture = feed_site.picture(100, 50)
        feed_site.image("canary-image", picture, description="canary-text", collection=files)
        feed_site.document("canary-document", collection=files)
    feed_site.make_collection_private(staff)
    Redirect.objects.create(
        old_path="/canary-redirect", redirect_page=Page.objects.get(slug="canary-draft")
    )
    for number, state in enumerate(State):
        is_approved = state == State.APPROVED
        ReaderComment.objects.create(
            page=shown,
            translation_key=shown.translation_key,
            locale="en-gb",
            idempotency_key=f"canary-key-{number}",
            name="Sam" if is_approved else "canary-name",
            text="Thank you." if is_approved else "canary-comment",
            email="canary-mail@example.org",
            state=state,
            received_at=now,
            posted_at=now,
        )


def test_feed_holds_nothing_that_is_not_public(client, canaries):
    answer = b"".join(feed(client))
    assert CANARY.findall(answer) == []
    assert b'"text":"Thank you."' in answer


@pytest.mark.parametrize(
    "path",
    [
        "pages/?limit=100&fields=*",
        "pages/?limit=100&type=articles.ArticlePage&fields=*",
        "images/?fields=*",
        "documents/?fields=*",
    ],
)
def test_api_v2_holds_nothing_that_is_not_public(client, canaries, path):
    response = client.get(f"/api/v2/{path}")
    assert response.status_code == 200
    assert CANARY.findall(response.content) == []
