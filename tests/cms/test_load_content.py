"""``manage.py load_content``: what it writes, what it refuses, and what our own files hold to."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import ModelLogEntry, Page, PageLogEntry, Revision, Site

from cms.articles.models import ArticlePage, HomePage
from cms.comments.models import ReaderComment
from cms.core.models import SiteSettings
from cms.safety.rule import Rule

SHIPPED = settings.BASE_DIR / "content_fixtures"


def load(folder: Path, *options: str) -> list[str]:
    out = StringIO()
    call_command("load_content", str(folder), *options, stdout=out)
    return out.getvalue().splitlines()


def problems(folder: Path, *options: str) -> list[str]:
    """What is wrong, each line without the folder."""
    with pytest.raises(CommandError) as caught:
        load(folder, *options)
    return [line.removeprefix(f"{folder.as_posix()}/") for line in str(caught.value).splitlines()]


def write(folder: Path, name: str, content: Any) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole small site: a home page, a topic, an article with one block and a comment."""
    folder = tmp_path / "content"
    write(folder, "site.yaml", {"name": "Small", "main_menu": [{"page": "/medicines/"}]})
    write(
        folder,
        "helplines.yaml",
        "- {name: Samaritans, country: UK, phone: 116 123, last_checked: 2026-11-25}",
    )
    write(folder, "images.yaml", [{"file": "sleep.png", "title": "Sleep"}])
    (folder / "images").mkdir()
    shutil.copy(SHIPPED / "images" / "sleep.png", folder / "images")
    write(folder, "pages/home.yaml", {"path": "/", "type": "articles.HomePage", "title": "Home"})
    topic = {"path": "/medicines/", "type": "articles.TopicPage", "title": "M", "summary": "S."}
    write(folder, "pages/medicines.yaml", topic)
    article(folder, {"heading": {"text": "Risks"}})
    comment = {"key": "one", "page": "/medicines/a/", "name": "Sam", "text": "Hi"}
    write(folder, "comments.yaml", [{**comment, "posted_at": "-3d", "state": "approved"}])
    return folder


def article(folder: Path, *body: dict[str, Any], name: str = "a", **more: Any) -> None:
    content = {
        "path": f"/medicines/{name}/",
        "type": "articles.ArticlePage",
        "title": "An article",
        "summary": "What it answers.",
        "topic_type": "wellbeing",
        "body": list(body),
        **more,
    }
    write(folder, f"articles/{name}.yaml", content)


def written() -> tuple[int, ...]:
    """How much Wagtail and we have ever written."""
    models = (Page, Revision, PageLogEntry, ModelLogEntry, get_image_model(), ReaderComment)
    return tuple(model.objects.count() for model in models)


@pytest.mark.django_db
def test_a_folder_becomes_live_pages(folder: Path) -> None:
    lines = load(folder)

    page = ArticlePage.objects.get(slug="a")
    assert page.live and not page.has_unpublished_changes
    assert page.get_parent().url_path.endswith("/medicines/")
    assert page.body[0].value["text"] == "Risks"
    assert "pages: 2 created, 1 updated" in lines
    site = Site.objects.get(is_default_site=True)
    assert site.site_name == "Small"
    assert SiteSettings.for_site(site).main_menu[0].value["page"].title == "M"


@pytest.mark.django_db
def test_a_second_load_writes_nothing() -> None:
    load(SHIPPED)
    before = written()
    published = dict(Page.objects.values_list("pk", "last_published_at"))

    lines = load(SHIPPED)

    assert written() == before
    assert dict(Page.objects.values_list("pk", "last_published_at")) == published
    assert not [line for line in lines if "created" in line or "updated" in line]


@pytest.mark.django_db
def test_a_changed_file_changes_its_page_alone(folder: Path) -> None:
    load(folder)
    block_id = ArticlePage.objects.get(slug="a").body[0].id
    article(folder, {"rich_text": "New."}, {"heading": {"text": "Risks"}})

    lines = load(folder)

    body = ArticlePage.objects.get(slug="a").body
    assert [block.block_type for block in body] == ["rich_text", "heading"]
    assert body[1].id == block_id
    assert "pages: 2 unchanged, 1 updated" in lines


@pytest.mark.django_db
def test_a_key_that_is_taken_out_of_a_file_has_its_default_again(folder: Path) -> None:
    article(folder, {"rich_text": "Text."}, sample_content=True, last_reviewed="-30d")
    load(folder)
    assert ArticlePage.objects.get(slug="a").sample_content
    assert ArticlePage.objects.get(slug="a").last_reviewed

    article(folder, {"rich_text": "Text."})
    load(folder)

    page = ArticlePage.objects.get(slug="a")
    assert not page.sample_content and page.last_reviewed is None


@pytest.mark.django_db
def test_a_changed_picture_replaces_the_file_of_its_image(folder: Path) -> None:
    load(folder)
    image = get_image_model().objects.get(title="Sleep")
    shutil.copy(SHIPPED / "images" / "welcome.png", folder / "images" / "sleep.png")

    load(folder)

    again = get_image_model().objects.get(title="Sleep")
    assert again.pk == image.pk and again.file_hash != image.file_hash


@pytest.mark.django_db
def test_what_a_moderator_decided_is_kept(folder: Path) -> None:
    load(folder)
    ReaderComment.objects.update(state="hidden")

    load(folder)

    assert ReaderComment.objects.get().state == "hidden"


@pytest.mark.django_db
def test_rich_text_is_stored_as_wagtail_stores_it(folder: Path) -> None:
    article(
        folder,
        {"rich_text": 'See <a href="page:/">home</a> & <b>rest</b>.\n\n<ul> <li>one</li> </ul>'},
    )
    load(folder)

    home = HomePage.objects.get()
    assert ArticlePage.objects.get(slug="a").body[0].value.source == (
        f'<p>See <a linktype="page" id="{home.pk}">home</a> &amp; <b>rest</b>.</p>'
        "<ul><li>one</li></ul>"
    )


@pytest.mark.django_db
def test_checking_writes_nothing(folder: Path) -> None:
    before = written()
    assert load(folder, "--check") == ["3 pages are fine. Nothing was written."]
    assert written() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        (
            {"risk_callout": {"severity": "grave", "title": "T", "text": "X."}},
            "body.1.risk_callout.severity: 'grave' is not one of caution, serious, emergency.",
        ),
        (
            {"heading": {"txet": "T"}},
            "body.1.heading.txet: There is no such key here. The keys are text, size.",
        ),
        (
            {"headline": {"text": "T"}},
            "body.1: 'headline' is not a block here. The blocks are heading, rich_text,",
        ),
        (
            {"rich_text": 'See <a href="page:/gone/">this</a>.'},
            "body.1.rich_text: There is no page at '/gone/'. "
            "The pages are /, /medicines/, /medicines/a/.",
        ),
        (
            {"rich_text": "<h2>Big</h2>"},
            "body.1.rich_text: <h2> cannot be used here. The tags are a, b, br, i, li, ol, p, ul.",
        ),
        (
            {"rich_text": "<b>Bold."},
            "body.1.rich_text: </p> closes nothing that is open. Remove it or move it.",
        ),
        (
            {"image": {"image": {"image": "gone.png", "alt_text": "A"}}},
            "body.1.image.image.image: There is no image 'gone.png'. Add it to images.yaml, "
            "or choose one of sleep.png.",
        ),
        (
            {"helpline": {"helpline": "Nobody"}},
            "body.1.helpline.helpline: There is no helpline 'Nobody'. Add it to helplines.yaml, "
            "or choose one of Samaritans.",
        ),
        (
            {"heading": {"text": 999}},
            "body.1.heading.text: '999' is not text. Put it in quotes.",
        ),
        (
            {"heading": {"text": "T" * 121}},
            "body.1.heading.text: Ensure this value has at most 120 characters",
        ),
    ],
)
def test_a_wrong_block_is_named_by_file_key_and_remedy(
    folder: Path, block: dict[str, Any], sentence: str
) -> None:
    article(folder, block)
    before = written()

    told = problems(folder, "--check")

    assert len(told) == 1
    assert told[0].startswith(f"articles/a.yaml: {sentence}")
    assert problems(folder) == told
    assert written() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        (
            {"next_step": {"label": "Go", "purpose": "find_help"}},
            "body.1.next_step.page: This leads nowhere. Choose a page or give an address.",
        ),
        (
            {"image": {"image": {"image": "sleep.png"}}},
            "body.1.image.image.alt_text: Please add some alt text for your image or mark it",
        ),
        (
            {"benefits": {"items": [{"term": "T"}]}},
            "body.1.benefits.items.1.text: This field is required.",
        ),
    ],
)
def test_a_rule_of_the_editor_holds_for_files_too(
    folder: Path, block: dict[str, Any], sentence: str
) -> None:
    article(folder, block)
    before = written()

    told = problems(folder)

    assert len(told) == 1
    assert told[0].startswith(f"articles/a.yaml: {sentence}")
    assert written() == before


@pytest.mark.django_db
def test_every_problem_is_told_at_once(folder: Path) -> None:
    (folder / "images" / "sleep.png").unlink()
    write(folder, "comments.yaml", [{"key": "x", "page": "/nowhere/", "state": "liked"}])

    assert problems(folder) == [
        "comments.yaml: 1.name: This is missing. Add it.",
        "comments.yaml: 1.text: This is missing. Add it.",
        "comments.yaml: 1.posted_at: This is missing. Add it.",
        "comments.yaml: 1.state: 'liked' is not one of held, urgent, spam, approved, rejected, "
        "hidden.",
        "images.yaml: 1.file: There is no file 'images/sleep.png'. Add it, or remove the entry.",
    ]


@pytest.mark.django_db
def test_an_unknown_key_of_a_source_is_named(folder: Path) -> None:
    source = {"key": "who", "title": "T", "publisher": "WHO", "url": "https://who.int/"}
    benefit = {"term": "T", "text": "It helps.", "sources": ["who", "nice"]}
    article(folder, {"benefits": {"items": [benefit]}}, sources=[source])
    assert problems(folder, "--check") == [
        "articles/a.yaml: body.1.benefits.items.1.sources: There is no source 'nice'. Give a "
        "source of this page that key, or name one of who."
    ]


@pytest.mark.django_db
def test_a_row_with_too_many_cells_is_named(folder: Path) -> None:
    rows = [["Blood count", "Weekly", "then monthly"]]
    table = {"caption": "Tests", "table": {"columns": ["Test", "How often"], "rows": rows}}
    article(folder, {"table": table})
    assert problems(folder, "--check") == [
        "articles/a.yaml: body.1.table.table.rows.1: This row has 3 cells, and there are 2 "
        "columns. Put a cell with a comma in quotes."
    ]


@pytest.mark.django_db
def test_a_day_inside_a_block_counts_from_loading(folder: Path) -> None:
    source = {"title": "T", "publisher": "WHO", "url": "https://who.int/", "accessed": "-30d"}
    article(folder, {"rich_text": "Text."}, sources=[source])
    load(folder)
    (stored,) = ArticlePage.objects.get(slug="a").sources
    assert stored.value["accessed"] == timezone.now().date() - dt.timedelta(days=30)


@pytest.mark.django_db
def test_people_terms_documents_and_links_are_named(folder: Path) -> None:
    write(folder, "people.yaml", [{"name": "Ada", "role": "Writer"}])
    write(folder, "glossary.yaml", [{"term": "Aura", "meaning": "A sign."}])
    write(folder, "documents.yaml", [{"file": "a.txt", "title": "A leaflet"}])
    write(folder, "documents/a.txt", "Text.")
    article(
        folder,
        {"glossary_term": {"glossary_term": "Aura"}},
        {"rich_text": 'Read <a href="document:a.txt">this</a>.<br/>Then rest.'},
        authors=[{"person": "Ada"}],
    )

    load(folder)

    page = ArticlePage.objects.get(slug="a")
    assert page.authors[0].value["person"].name == "Ada"
    assert page.body[0].value["glossary_term"].meaning == "A sign."
    document = get_document_model().objects.get(title="A leaflet")
    assert f'<a linktype="document" id="{document.pk}">' in page.body[1].value.source


@pytest.mark.django_db
def test_a_withdrawn_page_names_what_to_read_instead(folder: Path) -> None:
    withdrawn = {"withdrawn_on": "-2d", "withdrawn_reason": "It is old."}
    article(folder, {"rich_text": "Text."}, replacement_page="/medicines/", **withdrawn)
    load(folder)
    assert ArticlePage.objects.get(slug="a").replacement_page.slug == "medicines"


@pytest.mark.django_db
def test_a_page_that_the_rules_refuse_is_told_with_file_and_key(
    folder: Path, rules: tuple[Rule, ...]
) -> None:
    benefit = {"term": "It helps", "text": "It helps some people."}
    article(folder, {"benefits": {"items": [benefit]}}, sample_content=True)
    before = written()

    told = problems(folder)

    assert any(line.startswith("articles/a.yaml: body.1.benefits") for line in told)
    assert {"S1", "S3", "S22"} <= {line.split(": ")[2] for line in told if ": S" in line}
    assert written() == before


@pytest.mark.django_db
def test_a_reason_that_answers_no_rule_is_refused(folder: Path) -> None:
    article(folder, {"rich_text": "Text."}, reasons={"because": "It is fine."})
    assert problems(folder, "--check") == [
        "articles/a.yaml: reasons.because: 'because' is not the number of a rule. Write it like S4."
    ]


def test_two_files_with_one_path_name_both(folder: Path) -> None:
    article(folder, name="b", path="/medicines/a/")
    assert problems(folder) == [
        "articles/b.yaml: path: '/medicines/a/' is also in articles/a.yaml. Change one of them."
    ]


def test_a_page_below_nothing_is_refused(folder: Path) -> None:
    article(folder, name="b", path="/recipes/soup/")
    assert problems(folder) == [
        "articles/b.yaml: path: No page is at '/recipes/', where '/recipes/soup/' would be. "
        "Add one, or change the path."
    ]


@pytest.mark.django_db
def test_a_page_where_editors_could_not_put_it_is_refused(folder: Path) -> None:
    article(folder, {"rich_text": "Text."}, name="b", path="/b/")
    assert problems(folder) == [
        "articles/b.yaml: path: A page of type 'articles.ArticlePage' cannot be below '/', "
        "a 'articles.HomePage'. Change the path or the type."
    ]


@pytest.mark.parametrize("path", ["medicines/b", "/Medicines/b/", "/../b/", "/b"])
def test_a_path_that_is_none_is_refused(folder: Path, path: str) -> None:
    article(folder, name="b", path=path)
    assert problems(folder) == [
        f"articles/b.yaml: path: '{path}' is not a path. Write it like /medicines/ketamine/."
    ]


def test_an_unknown_page_type_names_those_there_are(folder: Path) -> None:
    article(folder, type="articles.Recipe")
    (told,) = problems(folder, "--check")
    assert told.startswith("articles/a.yaml: type: 'articles.Recipe' is not one of ")
    assert "articles.ArticlePage" in told


def test_page_that_cannot_be_read_is_one_problem_not_also_those_of_what_leads_to_it(
    folder: Path,
) -> None:
    write(folder, "pages/home.yaml", "path: /\ntitle: [Home\ntype: home\n")
    (told,) = problems(folder)
    assert told.startswith("pages/home.yaml: This is not valid YAML: line 3, column 5: expected")
    assert "unicode string" not in told


@pytest.mark.parametrize("file", ["site.yaml", "pages/home.yaml"])
def test_empty_file_is_told_what_it_misses(folder: Path, file: str) -> None:
    write(folder, file, "")
    assert all(told.endswith("This is missing. Add it.") for told in problems(folder))


def test_one_key_twice_in_a_mapping_is_refused(folder: Path) -> None:
    write(folder, "site.yaml", "name: One\nname: Two\n")
    (told,) = problems(folder)
    assert told.startswith(
        "site.yaml: This is not valid YAML: line 2, column 1: 'name' stands here twice."
    )


@pytest.mark.django_db
def test_every_wrong_key_of_every_page_is_told_at_once(folder: Path) -> None:
    article(folder, {"rich_text": 5}, {"heading": []}, sample_content="yes", colour="red")

    told = problems(folder)

    assert told[:2] == [
        "articles/a.yaml: body.1.rich_text: '5' is not text. Put it in quotes.",
        "articles/a.yaml: body.2.heading: This needs keys below it: text, size.",
    ]
    assert told[2] == "articles/a.yaml: sample_content: 'yes' is neither true nor false."
    assert told[3].startswith("articles/a.yaml: colour: There is no such key here. The keys are ")


@pytest.mark.django_db
def test_a_mode_of_comments_that_there_is_not_is_refused(folder: Path) -> None:
    article(folder, {"rich_text": "Text."}, comments_mode="sometimes")
    (told,) = problems(folder)
    assert told.startswith("articles/a.yaml: comments_mode: ")
    assert "'sometimes' is not a valid choice" in told


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no such folder"):
        load(tmp_path / "nowhere")


def shipped_files() -> list[Path]:
    return sorted([*SHIPPED.glob("*.yaml"), *SHIPPED.glob("*/*.yaml")])


def texts(value: object) -> Iterator[str]:
    """Every text in a file, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def values_of(key: str, value: object) -> Iterator[Any]:
    """Every value of a key in a file, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from values_of(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from values_of(key, inner)


def own_words(file: Path) -> dict[str, Any]:
    """A page without its sources, which keep their own titles."""
    return {k: v for k, v in yaml.safe_load(file.read_text()).items() if k != "sources"}


def prose(file: Path) -> Iterator[str]:
    """The paragraphs and list items that we wrote."""
    for text in texts(own_words(file)):
        for part in re.split(r"\n+|</?(?:p|ul|ol|li)>", text):
            if plain := re.sub(r"<[^>]+>", "", part).strip():
                yield plain


def sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.?!])\s+", text) if sentence]


PAGES = [file for file in shipped_files() if file.parent != SHIPPED]
ARTICLES = [file for file in PAGES if file.parent.name == "articles"]


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_our_sentences_have_at_most_twenty_words(file: Path) -> None:
    long = [s for text in prose(file) for s in sentences(text) if len(s.split()) > 20]
    assert long == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_our_paragraphs_have_at_most_three_sentences(file: Path) -> None:
    assert [text for text in prose(file) if len(sentences(text)) > 3] == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_our_pages_never_sell(file: Path) -> None:
    shop = re.compile(
        r"\b(buy|bought|shop|cheap|price|cost|order online|order now|add to (?:cart|basket)"
        r"|discount|delivery|for sale|book now)\b",
        re.IGNORECASE,
    )
    assert [text for text in texts(own_words(file)) if shop.search(text)] == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_our_pages_promise_nothing(file: Path) -> None:
    promise = re.compile(
        r"\b(cures?|miracles?|guarantee\w*|breakthrough|risk-free|no (?:side effects|risks?)"
        r"|amazing|(?:is|are|be|completely|perfectly|totally|very) safe|safely)\b|100 ?%",
        re.IGNORECASE,
    )
    assert [text for text in prose(file) if promise.search(text)] == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_our_pages_are_in_british_english(file: Path) -> None:
    american = re.compile(
        r"\b(anesthe\w+|behavior\w*|centers?|colors?|diarrhea|fetus|hemorrhag\w+|pediatric\w*"
        r"|physicians?|programs?|counsel\w*ing|recogniz\w+|organiz\w+|math)\b",
        re.IGNORECASE,
    )
    written = (text.replace("World Health Organization", "") for text in prose(file))
    assert [text for text in written if american.search(text)] == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_our_pages_are_easy_to_read(file: Path) -> None:
    """LIX: words a sentence, plus the percentage of words with more than 6 letters."""
    said = [sentence for text in prose(file) for sentence in sentences(text)]
    words = re.findall(r"[\w'-]+", " ".join(said))
    long_words = [word for word in words if len(word) > 6]
    assert len(words) / len(said) + 100 * len(long_words) / len(words) <= 45


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_a_severity_stands_at_most_once_on_a_page(file: Path) -> None:
    severities = list(values_of("severity", yaml.safe_load(file.read_text())))
    assert len(severities) == len(set(severities))


def test_no_page_says_how_much_to_take() -> None:
    amount = re.compile(r"\b\d[\d.,]* ?(?:mg|g|ml|grams?|milligrams?|micrograms?)\b")
    found = {
        (file.stem, hit) for file in PAGES for text in prose(file) for hit in amount.findall(text)
    }
    # The most that is allowed in a day, and what a study of coffee and sleep used.
    assert found == {("paracetamol", "4 grams"), ("sleep", "400 mg")}


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_our_pictures_are_described(file: Path) -> None:
    for block in values_of("image", yaml.safe_load(file.read_text())):
        if isinstance(block, dict) and "image" in block and isinstance(block["image"], str):
            assert block.get("decorative") or 10 <= len(block["alt_text"]) <= 125


def test_our_pictures_are_small() -> None:
    pictures = list((SHIPPED / "images").glob("*.png"))
    assert len(pictures) >= 3
    assert all(picture.stat().st_size < 60_000 for picture in pictures)


@pytest.mark.parametrize("file", ARTICLES, ids=lambda file: file.stem)
def test_risks_are_told_after_benefits_and_in_no_fewer_words(file: Path) -> None:
    body = yaml.safe_load(file.read_text())["body"]
    told = [kind for block in body for kind in block]
    assert told.index("benefits") < told.index("risks") < told.index("conclusion")
    words = {
        kind: len(" ".join(texts([block[kind] for block in body if kind in block])).split())
        for kind in ("benefits", "risks")
    }
    assert words["risks"] >= words["benefits"]


@pytest.mark.parametrize("file", ARTICLES, ids=lambda file: file.stem)
def test_an_off_label_use_names_a_country_and_never_comes_first(file: Path) -> None:
    body = yaml.safe_load(file.read_text())["body"]
    for kind in ("medical_uses", "benefits"):
        for block in values_of(kind, body):
            for place, item in enumerate(block["items"]):
                is_off_label = item.get("status") == "off_label"
                if kind == "medical_uses":
                    assert is_off_label == ("off-label" in item["text"])
                if is_off_label or "off-label" in item["text"]:
                    assert place > 0
                    assert re.search(r"\b(UK|US)\b", item["text"])


@pytest.mark.parametrize("file", ARTICLES, ids=lambda file: file.stem)
def test_a_page_on_a_drug_crisis_or_overdose_says_whom_to_call(file: Path) -> None:
    content = yaml.safe_load(file.read_text())
    said = " ".join(texts(content["body"]))
    if re.search(r"depression|suicid|overdose|on purpose|ending your life", said, re.IGNORECASE):
        assert "999" in said
        assert any("helpline" in block for block in content["body"])
    if re.search(r"depression|suicid|on purpose|ending your life", said, re.IGNORECASE):
        assert "Samaritans" in list(values_of("helpline", content))


def test_there_are_nine_articles() -> None:
    assert sorted(file.stem for file in ARTICLES) == [
        "ketamine",
        "ketamine-and-depression",
        "lithium",
        "methotrexate",
        "migraine",
        "naloxone",
        "paracetamol",
        "sleep",
        "ssris",
    ]


@pytest.mark.parametrize("file", ARTICLES, ids=lambda file: file.stem)
def test_an_article_is_as_long_as_a_leaflet(file: Path) -> None:
    words = sum(len(re.findall(r"[\w'-]+", text)) for text in prose(file))
    assert 900 <= words <= 1600


@pytest.mark.parametrize("file", ARTICLES, ids=lambda file: file.stem)
def test_every_use_benefit_and_group_of_risks_names_its_sources(file: Path) -> None:
    content = yaml.safe_load(file.read_text())
    keys = {source["key"] for source in content["sources"]}
    claims = [
        claim
        for kind, inner in (("medical_uses", "items"), ("benefits", "items"), ("risks", "groups"))
        for block in values_of(kind, content["body"])
        for claim in block[inner]
    ]
    assert [claim for claim in claims if not claim.get("sources")] == []
    cited = {key for keys in values_of("sources", content["body"]) for key in keys}
    assert cited <= keys


@pytest.mark.parametrize("file", ARTICLES, ids=lambda file: file.stem)
def test_a_medicine_has_every_section_and_says_how_the_law_treats_it(file: Path) -> None:
    content = yaml.safe_load(file.read_text())
    if content["topic_type"] != "medicine":
        return
    told = {kind for block in content["body"] for kind in block}
    sections = {"suitability", "how_used", "interactions", "pregnancy", "overdose", "driving"}
    assert sections <= told
    assert "GB" in {status.get("country", "GB") for status in content["legal_status"]}


@pytest.mark.parametrize("file", ARTICLES, ids=lambda file: file.stem)
def test_an_article_says_who_paid_and_what_to_remember(file: Path) -> None:
    content = yaml.safe_load(file.read_text())
    assert content["funding"] and content["conflicts"] and content["change_note"]
    assert 3 <= len(content["key_points"]) <= 5
    assert all(len(point) <= 200 for point in content["key_points"])


def test_nobody_is_made_up_as_a_clinician() -> None:
    people = yaml.safe_load((SHIPPED / "people.yaml").read_text())
    assert [person for person in people if person.get("credential")] == []


def test_our_glossary_explains_in_plain_words() -> None:
    terms = yaml.safe_load((SHIPPED / "glossary.yaml").read_text())
    assert 20 <= len(terms) <= 30
    long = [s for term in terms for s in sentences(term["meaning"]) if len(s.split()) > 20]
    assert long == []


def test_no_day_in_our_files_can_grow_old_but_that_of_a_publication() -> None:
    for file in shipped_files():
        content = yaml.safe_load(file.read_text())
        for key in ("last_checked", "accessed", "posted_at"):
            for day in values_of(key, content):
                assert re.fullmatch(r"-\d+[dh]", str(day)), f"{file.name}: {key}: {day}"


@pytest.mark.parametrize("file", ARTICLES, ids=lambda file: file.stem)
def test_our_articles_say_that_they_are_samples_and_have_sources(file: Path) -> None:
    content = yaml.safe_load(file.read_text())
    assert content["sample_content"] is True
    assert {"reviewer", "last_reviewed", "next_review_due"}.isdisjoint(content)
    assert len(content["sources"]) >= 3
    assert len({source["publisher"] for source in content["sources"]}) >= 2
    assert any("not personal advice" in text for text in texts(content))


@pytest.mark.django_db
def test_pages_stand_in_the_order_that_their_files_give() -> None:
    call_command("load_content", stdout=StringIO())
    home = Site.objects.get(is_default_site=True).root_page
    slugs = list(home.get_children().values_list("slug", flat=True))
    assert slugs[:4] == ["medicines", "conditions", "living-well", "about"]


def test_the_ketamine_article_has_every_part_of_the_customers_page_in_its_order() -> None:
    body = yaml.safe_load((SHIPPED / "articles/ketamine.yaml").read_text())["body"]
    order = ["next_step", "medical_uses", "benefits", "risks", "conclusion"]
    assert [kind for block in body for kind in block if kind in order] == order
    uses = next(block["medical_uses"] for block in body if "medical_uses" in block)
    assert any(item.get("points") for item in uses["items"])
    levels = {block["care_card"]["level"] for block in body if "care_card" in block}
    assert {"non_urgent", "emergency"} <= levels


def test_the_ketamine_article_says_first_that_it_is_a_controlled_drug() -> None:
    content = yaml.safe_load((SHIPPED / "articles/ketamine.yaml").read_text())
    told = [kind for block in content["body"] for kind in block]
    first_callout = next(values_of("risk_callout", content))
    assert told.index("risk_callout") < told.index("medical_uses")
    assert "controlled drug" in first_callout["title"]
    assert "dependence" in first_callout["text"] and "page:/get-help/" in first_callout["text"]


def test_our_helplines_are_dated_and_lead_to_the_service() -> None:
    for helpline in yaml.safe_load((SHIPPED / "helplines.yaml").read_text()):
        assert helpline["last_checked"] and helpline["country"] and helpline["hours"]
        assert helpline["url"].startswith("https://")
        number = f"{helpline.get('phone', '')}{helpline.get('text_number', '')}"
        assert re.fullmatch(r"[\d ]{3,}", number)


def test_our_comments_belong_to_nobody() -> None:
    for comment in yaml.safe_load((SHIPPED / "comments.yaml").read_text()):
        assert comment.get("email", "@example.org").endswith("@example.org")
        assert set(re.findall(r"https?://([^/\s]+)", comment["text"])) <= {"spam.example"}
        assert not re.search(r"\d{5}", comment["text"])


@pytest.mark.django_db
def test_our_comments_stand_in_every_state_but_erased() -> None:
    load(SHIPPED)
    states = set(ReaderComment.objects.values_list("state", flat=True))
    assert states == set(dict(ReaderComment._meta.get_field("state").choices)) - {"erased"}


@pytest.mark.django_db
def test_comment_that_is_loaded_says_why_it_waits(folder: Path) -> None:
    comment = {"key": "two", "page": "/medicines/a/", "name": "Anon", "state": "urgent"}
    said = {"text": "I do not feel safe tonight.", "posted_at": "-1h"}
    write(folder, "comments.yaml", [comment | said])
    load(folder)
    (reason,) = ReaderComment.objects.get(name="Anon").reasons.all()
    assert reason.rule == "crisis"
