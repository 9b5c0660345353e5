"""``manage.py dump_content``: what it writes can be loaded, and says the same again."""

from __future__ import annotations

import datetime as dt
import json
import re
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.core.management import CommandError, call_command
from django.db import connection
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.rich_text import RichText

from cms.articles.digest import digest_of
from cms.articles.models import ArticlePage, GlossaryTerm, Helpline, HomePage, Person, TopicPage
from cms.articles.reviewed import review_stands
from cms.core.models import SiteSettings

SHIPPED = settings.BASE_DIR / "content_fixtures"
PLAIN = "<p>One &amp; two.</p>"

pytestmark = pytest.mark.django_db


def load(folder: Path) -> None:
    call_command("load_content", str(folder), stdout=StringIO())


def dump(folder: Path) -> str:
    out = StringIO()
    call_command("dump_content", str(folder), stdout=out)
    return out.getvalue()


def refused(folder: Path) -> list[str]:
    with pytest.raises(CommandError) as caught:
        dump(folder)
    assert not folder.exists()
    assert list(folder.parent.glob(f".{folder.name}-*")) == []
    return str(caught.value).splitlines()


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def emptied() -> None:
    """As before anything was loaded: the home page of a new site, and nothing else."""
    HomePage.objects.get().get_children().delete()
    home = HomePage.objects.get()
    HomePage.objects.filter(pk=home.pk).update(numchild=0, body="[]", introduction="", live=False)
    for label in ("Helpline", "GlossaryTerm", "Person"):
        apps.get_model("articles", label).objects.all().delete()
    get_image_model().objects.all().delete()
    get_document_model().objects.all().delete()
    SiteSettings.objects.all().delete()


def content() -> dict[str, Any]:
    """What the database says, without ids."""
    said: dict[str, Any] = {}
    for page in Page.objects.live().filter(depth__gt=1).specific():
        columns = {
            name: stream_without_ids(value) if hasattr(value, "stream_block") else str(value)
            for name, value in ((c.name, getattr(page, c.name)) for c in page._meta.local_fields)
            if name not in {"page_ptr", "replacement_page", "reviewer"}
        }
        said[page.url_path] = (page.title, page.search_description, columns)
    for label in ("Helpline", "GlossaryTerm", "Person"):
        model = apps.get_model("articles", label)
        said[label] = sorted(map(str, model.objects.values_list(*names_of(model))))
    return said


def names_of(model: Any) -> list[str]:
    return sorted(column.name for column in model._meta.local_fields if column.name != "id")


def stream_without_ids(stream: Any) -> str:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items() if not points_at_row(key)}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value

    return re.sub(r'id=\\"\d+', "id=", json.dumps(plain(stream.get_prep_value()), default=str))


def points_at_row(key: str) -> bool:
    return key in {"id", "page", "image", "helpline", "person", "glossary_term", "document"}


@pytest.fixture
def home() -> HomePage:
    found: HomePage = Site.objects.get(is_default_site=True).root_page.specific
    return found


@pytest.fixture
def topic(home: HomePage) -> TopicPage:
    made: TopicPage = home.add_child(instance=TopicPage(title="M", slug="m", summary="S."))
    return made


def article(topic: TopicPage, *body: tuple[str, Any], slug: str = "a", **more: Any) -> ArticlePage:
    fields: dict[str, Any] = {
        "title": slug.upper(),
        "slug": slug,
        "summary": "S.",
        "topic_type": "wellbeing",
        "body": body,
    }
    made: ArticlePage = topic.add_child(instance=ArticlePage(**{**fields, **more}))
    return made


def told(folder: Path, slug: str = "a") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "articles" / f"{slug}.yaml").read_text())
    return found


def stored_body(page: ArticlePage, body: list[dict[str, Any]]) -> None:
    """As another version of the CMS, or SQL, would have left it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE articles_articlepage SET body = %s WHERE page_ptr_id = %s",
            [json.dumps(body), page.pk],
        )


def test_what_is_loaded_dumped_and_loaded_again_is_the_same(tmp_path: Path) -> None:
    load(SHIPPED)
    before = content()
    dump(tmp_path / "first")
    emptied()

    load(tmp_path / "first")
    dump(tmp_path / "second")

    assert content() == before
    first, second = files_of(tmp_path / "first"), files_of(tmp_path / "second")
    assert sorted(first) == sorted(second)
    assert {name for name in first if first[name] != second[name]} == set()


def test_a_dump_says_what_our_own_files_say(tmp_path: Path) -> None:
    load(SHIPPED)
    dump(tmp_path / "dump")
    ours = yaml.safe_load((SHIPPED / "articles/lithium.yaml").read_text())
    theirs = told(tmp_path / "dump", "lithium")
    for key in ("path", "type", "title", "key_points", "synonyms", "legal_status", "authors"):
        assert theirs[key] == ours[key]
    assert [kind for block in theirs["body"] for kind in block] == [
        kind for block in ours["body"] for kind in block
    ]
    assert len(theirs["sources"]) == len(ours["sources"])


def test_every_block_and_field_comes_back(topic: TopicPage, tmp_path: Path) -> None:
    line = Helpline.objects.create(
        name="Line", country="UK", phone="116 123", last_checked=dt.date(2026, 1, 2)
    )
    person = Person.objects.create(name="Ada", role="Pharmacist", credential="MPharm")
    term = GlossaryTerm.objects.create(term="Aura", meaning="A sign.", also="auras")
    image = picture("A picture")
    document = get_document_model()(title="A leaflet")
    document.file.save("leaflet.pdf", ContentFile(b"%PDF-1.4 a leaflet"))
    other = article(topic, ("rich_text", RichText(PLAIN)), slug="b")
    section = {"not_applicable": False, "reason": "", "text": RichText(PLAIN), "sources": ["who"]}
    text = (
        f'<p data-block-key="k1">See <a linktype="page" id="{other.pk}">b</a>, '
        f'<a linktype="document" id="{document.pk}">it</a> or '
        '<a href="https://example.org/?a=1&amp;b=2">the <b>web</b></a>.<br/>Next &lt;line&gt;.</p>'
        "<ul><li>one<ul><li><i>inner</i></li></ul></li><li>two</li></ul><p></p>"
        "<p>Héllo 🌿 שלום.</p>"
    )
    page = article(
        topic,
        ("heading", {"text": "Why?", "size": "subsection"}),
        ("rich_text", RichText(text)),
        (
            "image",
            {
                "image": image_value(image, "A bed"),
                "caption": "Below: it's “ours”",
                "credit": "Us",
            },
        ),
        ("conclusion", {"heading": "End", "text": RichText(PLAIN)}),
        (
            "medical_uses",
            {
                "heading": "Uses",
                "introduction": RichText(""),
                "items": [
                    {
                        "term": "Pain",
                        "text": RichText(PLAIN),
                        "points": ["one", "two: three"],
                        "status": "off_label",
                        "country": "US",
                        "sources": ["who"],
                    }
                ],
            },
        ),
        (
            "benefits",
            {
                "heading": "Good",
                "items": [
                    {
                        "term": "T",
                        "text": RichText(PLAIN),
                        "strength": "low",
                        "figure": "5 of 100",
                        "sources": ["who"],
                    }
                ],
            },
        ),
        (
            "risks",
            {
                "heading": "Bad",
                "introduction": RichText(PLAIN),
                "groups": [
                    {
                        "kind": "common",
                        "frequency": "1 of 10",
                        "items": [{"term": "", "text": RichText(PLAIN)}],
                        "sources": ["who"],
                    }
                ],
            },
        ),
        (
            "risk_callout",
            {
                "kind": "law",
                "severity": "serious",
                "title": "T",
                "text": RichText(PLAIN),
                "helpline": line,
            },
        ),
        (
            "care_card",
            {
                "level": "urgent",
                "action": "Call 111",
                "conditions": ["you are ill"],
                "note": RichText(PLAIN),
                "helpline": line,
            },
        ),
        ("do_dont", {"do": ["rest"], "dont": ["run"]}),
        (
            "medicine_facts",
            {
                "generic_name": "G",
                "brand_names": ["B"],
                "forms": ["tablet"],
                "route": "by mouth",
                "drug_class": "C",
            },
        ),
        ("suitability", section),
        ("how_used", section),
        ("interactions", section),
        ("pregnancy", section),
        ("driving", section),
        (
            "overdose",
            {"not_applicable": True, "reason": "None.", "text": RichText(""), "sources": []},
        ),
        ("inset", {"text": RichText(PLAIN)}),
        ("details", {"title": "More", "text": RichText(PLAIN)}),
        (
            "faq",
            {"heading": "Asked", "items": [{"question": "Q?", "answer": RichText(PLAIN)}]},
        ),
        ("glossary_term", {"glossary_term": term}),
        (
            "table",
            {
                "caption": "C",
                "header_column": False,
                "table": {
                    "columns": [{"type": "text", "heading": h} for h in ("A", "B, or not")],
                    "rows": [{"values": ["1", ""]}, {"values": ["yes", "null"]}],
                    "caption": "",
                },
            },
        ),
        (
            "video",
            {
                "title": "V",
                "url": "https://example.org/v",
                "transcript": RichText(PLAIN),
                "last_reviewed": dt.date(2026, 1, 1),
                "next_review_due": dt.date(2027, 1, 1),
            },
        ),
        ("helpline", {"helpline": line}),
        ("next_step", {"label": "Go", "purpose": "read_next", "page": other, "url": ""}),
        topic_type="medicine",
        key_points=[("point", point) for point in ("Remember: this", "- a", "b #c")],
        audience="carers",
        synonyms=[("synonym", "Ay")],
        jurisdiction="IE",
        legal_status=[("status", {"country": "US", "legal_class": "POM", "schedule": "S: 1"})],
        authors=[("author", {"person": person})],
        reviewer=person,
        last_reviewed=dt.date(2026, 1, 1),
        next_review_due=dt.date(2027, 1, 1),
        change_kind="minor",
        change_note="N",
        funding="F\nG",
        conflicts="C",
        sources=[
            (
                "source",
                {
                    "key": "who",
                    "title": "T: it's",
                    "publisher": "WHO",
                    "url": "https://who.int/",
                    "published": dt.date(2020, 5, 1),
                    "accessed": None,
                },
            )
        ],
        withdrawn_on=dt.date(2026, 2, 2),
        withdrawn_reason="Old.",
        replacement_page=other,
        comments_mode="hidden",
        comments_close_on=dt.date(2027, 3, 3),
    )
    types = set(ArticlePage._meta.get_field("body").stream_block.child_blocks)
    assert {block.block_type for block in page.body} == types

    dump(tmp_path / "first")
    before = content()
    emptied()
    load(tmp_path / "first")
    dump(tmp_path / "second")

    again = ArticlePage.objects.get(slug="a")
    assert again.replacement_page.slug == "b" and again.reviewer.name == "Ada"
    assert stored_texts(again) == stored_texts(page)
    assert normalised(content()) == normalised(before)
    assert files_of(tmp_path / "first") == files_of(tmp_path / "second")


def normalised(said: dict[str, Any]) -> str:
    """Without what only an editor's browser adds, and what only names rows."""
    text = json.dumps(said, default=str, ensure_ascii=False)
    return text.replace(' data-block-key=\\\\\\"k1\\\\\\"', "")


def stored_texts(page: ArticlePage) -> list[str]:
    return [block.block_type for block in page.body]


def picture(title: str) -> Any:
    file = ImageFile(BytesIO((SHIPPED / "images/sleep.png").read_bytes()), name="x.png")
    return get_image_model().objects.create(title=title, file=file)


def image_value(image: Any, alt_text: str) -> Any:
    image.contextual_alt_text, image.decorative = alt_text, False
    return image


def test_drafts_and_pages_that_are_not_for_everyone_stay_out(
    topic: TopicPage, home: HomePage, tmp_path: Path
) -> None:
    article(topic, ("rich_text", RichText(PLAIN)), slug="shown")
    article(topic, ("rich_text", RichText(PLAIN)), slug="draft", live=False)
    private = home.add_child(instance=TopicPage(title="P", slug="private", summary="S."))
    PageViewRestriction.objects.create(page=private, restriction_type="login")
    article(private, ("rich_text", RichText(PLAIN)), slug="below")

    said = dump(tmp_path / "dump")

    names = set(files_of(tmp_path / "dump"))
    assert "articles/shown.yaml" in names
    assert {"articles/draft.yaml", "articles/below.yaml", "pages/private.yaml"}.isdisjoint(names)
    assert "/m/draft/, /private/, /private/below/" in said


def test_what_is_live_is_dumped_and_not_its_draft(topic: TopicPage, tmp_path: Path) -> None:
    page = article(topic, ("rich_text", RichText(PLAIN)))
    page.title = "Later"
    page.save_revision()
    dump(tmp_path / "dump")
    assert told(tmp_path / "dump")["title"] == "A"


def test_a_day_of_expiry_comes_back(topic: TopicPage, tmp_path: Path) -> None:
    ends = dt.datetime(2099, 5, 1, 12, tzinfo=dt.UTC)
    article(topic, ("rich_text", RichText(PLAIN)), expire_at=ends)
    dump(tmp_path / "dump")
    emptied()
    load(tmp_path / "dump")
    assert ArticlePage.objects.get().expire_at == ends


@pytest.fixture
def reviewed(topic: TopicPage) -> ArticlePage:
    """Approved by a clinician, as it is live."""
    page = article(
        topic,
        ("rich_text", RichText(PLAIN)),
        reviewer=Person.objects.create(name="Ada", role="Pharmacist", credential="MPharm"),
        last_reviewed=dt.date(2026, 1, 1),
        next_review_due=dt.date(2027, 1, 1),
    )
    page.reviewed_digest = digest_of(page)
    page.save()
    return page


def test_a_review_goes_along_with_its_words(reviewed: ArticlePage, tmp_path: Path) -> None:
    dump(tmp_path / "dump")
    emptied()
    load(tmp_path / "dump")
    again = ArticlePage.objects.get()
    assert review_stands(again) and again.reviewer.name == "Ada"
    dump(tmp_path / "again")
    assert files_of(tmp_path / "dump") == files_of(tmp_path / "again")


@pytest.mark.parametrize(
    "changed", [{"body": [{"rich_text": "Other words."}]}, {"last_reviewed": dt.date(2026, 6, 1)}]
)
def test_a_file_that_was_changed_by_hand_has_no_review(
    reviewed: ArticlePage, tmp_path: Path, changed: dict[str, Any]
) -> None:
    dump(tmp_path / "dump")
    file = tmp_path / "dump/articles/a.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **changed}))

    load(tmp_path / "dump")

    assert not review_stands(ArticlePage.objects.get())


def test_a_review_that_ended_is_not_told_as_one(reviewed: ArticlePage, tmp_path: Path) -> None:
    ArticlePage.objects.update(summary="Something else.")
    dump(tmp_path / "dump")
    assert "reviewed_words" not in told(tmp_path / "dump")


def test_two_pages_with_one_slug_have_two_files(
    topic: TopicPage, home: HomePage, tmp_path: Path
) -> None:
    other = home.add_child(instance=TopicPage(title="O", slug="o", summary="S."))
    for parent in (topic, other):
        article(parent, ("rich_text", RichText(PLAIN)))
    dump(tmp_path / "dump")
    assert {"articles/m--a.yaml", "articles/o--a.yaml"} <= set(files_of(tmp_path / "dump"))


def test_pages_keep_their_order(topic: TopicPage, tmp_path: Path) -> None:
    for slug in ("z", "b", "y"):
        article(topic, ("rich_text", RichText(PLAIN)), slug=slug)
    dump(tmp_path / "dump")
    emptied()
    load(tmp_path / "dump")
    slugs = TopicPage.objects.get().get_children().values_list("slug", flat=True)
    assert list(slugs) == ["z", "b", "y"]


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        (
            {"type": "carousel", "value": {}, "id": "1"},
            "body.1: 'carousel' is not a block here. The blocks are heading,",
        ),
        (
            {"type": "helpline", "value": {"helpline": 4711}, "id": "1"},
            "body.1.helpline.helpline: The helpline 4711 is gone. Choose another one",
        ),
        (
            {
                "type": "image",
                "value": {"image": {"image": 4711, "alt_text": "A", "decorative": False}},
                "id": "1",
            },
            "body.1.image.image.image: The image 4711 is gone. Choose another one",
        ),
        (
            {"type": "rich_text", "value": '<p><a linktype="page" id="4711">x</a></p>', "id": "1"},
            "body.1.rich_text: The page 4711 is not among the pages that are dumped.",
        ),
        (
            {"type": "rich_text", "value": '<p><a linktype="document" id="9">x</a></p>', "id": "1"},
            "body.1.rich_text: The document 9 is gone.",
        ),
        (
            {"type": "rich_text", "value": "<h2>Big</h2>", "id": "1"},
            "body.1.rich_text: A <h2> here cannot be written.",
        ),
    ],
)
def test_what_cannot_be_written_is_named_by_page_block_and_field(
    topic: TopicPage, tmp_path: Path, block: dict[str, Any], sentence: str
) -> None:
    page = article(topic, ("rich_text", RichText(PLAIN)))
    stored_body(page, [block])
    (told_of,) = refused(tmp_path / "dump")
    assert told_of.startswith(f"The page '/m/a/': {sentence}")


def test_what_the_loader_would_refuse_is_never_written(topic: TopicPage, tmp_path: Path) -> None:
    page = article(topic, ("rich_text", RichText(PLAIN)))
    link = '<p><a href="javascript:alert(1)">x</a></p>'
    stored_body(page, [{"type": "rich_text", "value": link, "id": "1"}])
    (told_of,) = refused(tmp_path / "dump")
    assert "articles/a.yaml: body.1.rich_text: The link 'javascript:alert(1)' must" in told_of
    assert str(tmp_path / "dump") in told_of


def test_two_helplines_of_one_name_are_refused(tmp_path: Path) -> None:
    for _ in range(2):
        Helpline.objects.create(
            name="Line", country="UK", phone="116 123", last_checked=dt.date(2026, 1, 2)
        )
    assert refused(tmp_path / "dump") == [
        "The helpline 'Line': There are 2 of this name. Rename one."
    ]


def test_two_pictures_of_one_title_are_refused(tmp_path: Path) -> None:
    picture("Sleep"), picture("Sleep")
    assert refused(tmp_path / "dump") == [
        "The image 'Sleep': Another one has the same title. Change one of them."
    ]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("Mine.")
    with pytest.raises(CommandError, match="is not empty. Name a new folder."):
        dump(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
