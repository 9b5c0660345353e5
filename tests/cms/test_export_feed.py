"""The feed over HTTP: who may read it, what a record holds, what happens when it breaks off."""

import logging
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

from cms.articles.models import ArticlePage, Helpline
from cms.comments.models import CommentSettings, ReaderComment, State
from cms.core.commenting import Mode
from cms.core.models import SiteSettings
from cms.export_feed import records as feed_records
from cms.export_feed.cursor import read_head
from cms.export_feed.files import measure_document
from cms.export_feed.journal import number_changes
from tests.cms.feed_site import (
    FEED,
    article,
    collection,
    document,
    home,
    ids,
    image,
    make_collection_private,
    make_private,
    read,
    records,
    topic,
)

pytestmark = pytest.mark.django_db

LONG_BODY = [("rich_text", f"<p>{'x' * 20_000}</p>")]
CURSOR = "/api/export/v1/cursor"
PATHS = [
    FEED,
    CURSOR,
    "/api/export/v1/manifest",
    "/api/export/v1/renditions/1",
    "/api/export/v1/documents/1",
]


def next_change_at(now: datetime) -> datetime | None:
    number_changes()
    return read_head(now, CommentSettings.in_force().commenting, using="default").next_change_at


def reader_comment(page, state=State.APPROVED, **fields) -> ReaderComment:
    number = ReaderComment.objects.count()
    return ReaderComment.objects.create(
        page=page,
        translation_key=page.translation_key,
        locale="en-gb",
        idempotency_key=f"key-{number}",
        state=state,
        received_at=timezone.now(),
        posted_at=timezone.now(),
        **{"name": "Sam", "text": "Thank you.", "email": "sam@example.org", **fields},
    )


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic {}", "Bearer {}x"])
def test_without_the_token_no_endpoint_says_anything(client, settings, path, authorization):
    authorization = authorization.format(settings.PLAINLEAF_FEED_TOKEN)
    response = client.get(path, headers={"Authorization": authorization})
    assert response.status_code == 401
    assert response.json() == {"message": "A valid feed token is required."}
    assert response["Cache-Control"] == "no-store"


def test_a_session_does_not_open_the_feed(admin_client):
    assert admin_client.get(FEED).status_code == 401


@pytest.mark.parametrize("authorization", ["Bearer ", "Bearer None"])
def test_without_a_token_in_the_settings_the_feed_is_closed(client, settings, authorization):
    settings.PLAINLEAF_FEED_TOKEN = ""
    assert client.get(FEED, headers={"Authorization": authorization}).status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_the_feed_is_only_ever_read(settings, path):
    token = {"Authorization": f"Bearer {settings.PLAINLEAF_FEED_TOKEN}"}
    as_served = Client(enforce_csrf_checks=True)
    assert as_served.post(path, headers=token).status_code == 405


def test_feed_is_ndjson_that_nothing_keeps(client):
    response = read(client)
    assert response["Content-Type"] == "application/x-ndjson"
    assert response["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    response.close()  # or it ends, and undoes, a transaction of some later test


def test_feed_begins_and_ends_and_counts_what_lies_between(client):
    article(topic())
    begin, *between, end = records(client)
    assert begin["kind"] == "begin"
    assert begin["version"] == 1
    assert begin["full"] is True
    assert datetime.fromisoformat(begin["now"]).utcoffset() == timedelta(0)
    assert end == {"kind": "end", "cursor": begin["cursor"], "counts": {"site": 1, "page": 3}}
    assert [record["kind"] for record in between] == ["site", "page", "page", "page"]


def test_without_a_default_site_the_answer_says_where_to_choose_one(client):
    Site.objects.update(is_default_site=False)
    response = read(client)
    assert response.status_code == 503
    assert response.json() == {
        "message": "No site is marked as the default one. "
        "Choose it in the admin under Settings > Sites."
    }


def test_page_lies_below_the_root_page_and_names_its_parent(client):
    medicines = topic()
    ketamine = article(medicines)
    pages = {page["id"]: page for page in records(client, "page")}
    assert {page["path"] for page in pages.values()} == {"/", "/medicines/", "/medicines/ketamine/"}
    assert pages[home().pk]["parent"] is None
    assert pages[medicines.pk]["parent"] == home().pk
    assert pages[ketamine.pk]["parent"] == medicines.pk


def test_position_gives_the_order_of_the_editors(client):
    medicines = topic()
    first, second = article(medicines, "a"), article(medicines, "b")
    second.move(first, pos="left")
    position = {page["id"]: page["position"] for page in records(client, "page")}
    assert position[second.pk] < position[first.pk]


def test_fields_are_the_columns_of_the_type_as_they_are_stored(client):
    ketamine = article(
        topic(),
        summary="An anaesthetic <that> helps.",
        body=[
            ("rich_text", '<p data-block-key="k1">See <a linktype="page" id="7">this</a>.</p>'),
            (
                "conclusion",
                {"heading": "In short", "text": "<p>Yes</p>"},
            ),
        ],
        sources=[
            (
                "source",
                {
                    "title": "Ketamine",
                    "publisher": "NHS",
                    "url": "https://nhs.uk/k",
                    "published": date(2026, 1, 31),
                    "accessed": None,
                },
            )
        ],
        last_reviewed=date(2026, 3, 1),
    )
    [record] = [page for page in records(client, "page") if page["id"] == ketamine.pk]
    stored = ArticlePage.objects.get(pk=ketamine.pk)
    assert record["type"] == "articles.ArticlePage"
    assert list(record["fields"]) == [
        *("topic_type", "summary", "key_points", "audience", "synonyms", "body", "jurisdiction"),
        *("legal_status", "authors", "reviewer", "last_reviewed", "next_review_due"),
        *("change_kind", "change_note", "funding", "conflicts", "sources"),
        *("withdrawn_on", "withdrawn_reason", "replacement_page"),
        *("sample_content", "comments_mode", "comments_close_on"),
    ]
    expected = {
        "topic_type": "wellbeing",
        "reviewer": None,
        "summary": "An anaesthetic <that> helps.",
        "body": orjson.loads(orjson.dumps(list(stored.body.raw_data))),
        "sources": orjson.loads(orjson.dumps(list(stored.sources.raw_data), default=str)),
        "last_reviewed": "2026-03-01",
        "next_review_due": None,
        "sample_content": False,
        "comments_mode": "open",
        "comments_close_on": None,
    }
    assert {name: record["fields"][name] for name in expected} == expected
    assert record["fields"]["body"][0]["value"].startswith('<p data-block-key="k1">See <a linktype')
    assert record["fields"]["sources"][0]["value"]["key"] == "nhs-2026"


def test_draft_of_a_live_page_is_not_in_its_record(client):
    ketamine = article(topic(), title="Live title")
    ketamine.title = "Draft title"
    ketamine.save_revision()
    assert "Draft title" not in str(records(client))


def test_site_record_holds_the_shared_settings(client):
    site = Site.objects.get()
    policy = topic("comment-policy")
    SiteSettings.objects.create(
        site=site,
        strapline="Plain words.",
        main_menu=[("menu_item", {"label": "", "page": policy, "url": ""})],
        comment_policy_page=policy,
        lists_page_size=30,
    )
    [record] = records(client, "site")
    assert record["root_page"] == home().pk
    assert record["strapline"] == "Plain words."
    assert record["main_menu"] == [{"label": "", "page": policy.pk, "url": ""}]
    assert record["comment_policy_page"] == policy.pk
    assert record["lists_page_size"] == 30


def test_helpline_is_a_snippet_with_its_fields(client):
    helpline = Helpline.objects.create(
        name="Samaritans", country="UK", phone="116 123", last_checked=date(2026, 11, 1)
    )
    [record] = records(client, "snippet")
    assert (record["type"], record["id"]) == ("articles.Helpline", helpline.pk)
    assert record["fields"]["phone"] == "116 123"
    assert record["fields"]["last_checked"] == "2026-11-01"


def test_document_fingerprint_changes_with_its_bytes_alone(client):
    leaflet = document(content=b"one")
    [before] = records(client, "document")
    Path(leaflet.file.path).write_bytes(b"two")
    assert measure_document(leaflet)
    [after] = records(client, "document")
    assert before["fingerprint"] != after["fingerprint"]
    assert {**before, "fingerprint": ""} == {**after, "fingerprint": ""}


def test_redirects_of_this_site_and_global_ones_are_told_with_their_permanence(client):
    ketamine = article(topic())
    elsewhere = Site.objects.create(hostname="other.test", root_page=home())
    Redirect.objects.create(old_path="/old", redirect_page=ketamine, is_permanent=False)
    Redirect.objects.create(
        old_path="/web",
        redirect_link="https://nhs.uk/",
        site=Site.objects.get(is_default_site=True),
    )
    Redirect.objects.create(old_path="/other", redirect_link="https://x.org/", site=elsewhere)
    assert [
        (one["path"], one["target_page"], one["target_url"], one["permanent"])
        for one in records(client, "redirect")
    ] == [("/old", ketamine.pk, "", False), ("/web", None, "https://nhs.uk/", True)]


def test_own_redirect_beats_a_global_one_of_the_same_path(client):
    Redirect.objects.create(old_path="/old", redirect_link="https://global.test/")
    Redirect.objects.create(
        old_path="/old", redirect_link="https://own.test/", site=Site.objects.get()
    )
    assert [one["target_url"] for one in records(client, "redirect")] == ["https://own.test/"]


def test_redirect_to_a_page_that_is_not_public_is_left_out(client):
    medicines = topic()
    ketamine = article(medicines)
    draft = article(topic("living-well"), "draft", live=False)
    root = Page.get_first_root_node()
    outside = root.add_child(instance=Page(title="Outside", slug="outside"))
    for number, target in enumerate((ketamine, draft, outside, root)):
        Redirect.objects.create(old_path=f"/secret-{number}", redirect_page=target)
    make_private(medicines)
    assert records(client, "redirect") == []


@pytest.mark.parametrize("state", [state for state in State if state != State.APPROVED])
def test_only_approved_comments_are_told(client, state):
    ketamine = article(topic())
    reader_comment(ketamine, state)
    assert records(client, "comment") == []


def test_comment_is_a_name_a_text_and_a_time(client):
    ketamine = article(topic())
    approved = reader_comment(ketamine, text="BP < 120 & > 80, <b>x</b>")
    [record] = records(client, "comment")
    assert {**record, "posted_at": "", "fingerprint": ""} == {
        "kind": "comment",
        "id": approved.pk,
        "page": ketamine.pk,
        "name": "Sam",
        "text": "BP < 120 & > 80, <b>x</b>",
        "posted_at": "",
        "reply": None,
        "edition": 1,
        "fingerprint": "",
    }


def test_comment_on_a_page_that_is_not_public_is_left_out(client):
    medicines = topic()
    reader_comment(article(medicines))
    make_private(medicines)
    assert records(client, "comment") == []


def test_files_of_private_collections_are_left_out(client):
    private = collection("Staff")
    shared = image()
    image(collection=private)
    document(collection=collection("Rota", private))
    make_collection_private(private)
    assert ids(client, "image") == {shared.pk}
    assert ids(client, "document") == set()


def test_page_that_expired_while_nobody_looked_is_left_out(client):
    article(topic(), expire_at=timezone.now() - timedelta(seconds=1))
    assert {page["path"] for page in records(client, "page")} == {"/", "/medicines/"}


def show_alert(until: datetime | None) -> None:
    SiteSettings.objects.update_or_create(
        site=Site.objects.get(),
        defaults={"alert_text": "A recall.", "alert_level": "urgent", "alert_until": until},
    )


def test_an_alert_is_told_until_it_ends(client):
    assert records(client, "site")[0]["alert"] is None
    ends = timezone.now() + timedelta(hours=1)
    show_alert(ends)
    assert records(client, "site")[0]["alert"] == {
        "text": "A recall.",
        "level": "urgent",
        "until": ends.isoformat().replace("+00:00", "Z"),
    }
    show_alert(None)
    assert records(client, "site")[0]["alert"]["until"] is None
    show_alert(timezone.now())
    assert records(client, "site")[0]["alert"] is None


def test_the_end_of_an_alert_is_the_next_change():
    now = timezone.now()
    show_alert(now + timedelta(hours=1))
    assert next_change_at(now) == now + timedelta(hours=1)
    assert next_change_at(now + timedelta(hours=1)) is None
    SiteSettings.objects.update(alert_text="")
    assert next_change_at(now) is None


def test_next_change_is_the_first_thing_that_time_alone_will_do(client):
    now = datetime.now(UTC).replace(microsecond=0)
    medicines = topic(expire_at=now + timedelta(days=3))
    later = article(medicines, live=False)
    later.go_live_at = now + timedelta(days=2)
    later.save_revision().publish()
    article(medicines, "draft", live=False, expire_at=now + timedelta(days=1))
    begin = records(client)[0]
    assert datetime.fromisoformat(begin["next_change_at"]) == now + timedelta(days=2)
    cursor = read(client, CURSOR).json()
    assert cursor["next_change_at"] == begin["next_change_at"]
    assert cursor["cursor"] == begin["cursor"]


@pytest.mark.parametrize(("due_in_days", "flips_in_days"), [(0, 1), (1, 2), (-1, None)])
def test_review_that_becomes_overdue_is_a_change_at_the_midnight_after(due_in_days, flips_in_days):
    now = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    medicines = topic()
    article(medicines, next_review_due=now.date() + timedelta(days=due_in_days))
    article(medicines, "later", next_review_due=now.date() + timedelta(days=9))
    article(medicines, "draft", live=False, next_review_due=now.date())
    flips = now.date() + timedelta(days=10 if flips_in_days is None else flips_in_days)
    assert next_change_at(now) == datetime(flips.year, flips.month, flips.day, tzinfo=UTC)


@pytest.mark.parametrize(("closes_in_days", "flips_in_days"), [(1, 1), (0, 9), (-1, 9)])
def test_comments_that_close_are_a_change_at_the_start_of_that_day(closes_in_days, flips_in_days):
    now = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    today, medicines = now.date(), topic()
    article(medicines, comments_close_on=today + timedelta(days=closes_in_days))
    article(medicines, "later", comments_close_on=today + timedelta(days=9))
    article(medicines, "draft", live=False, comments_close_on=today + timedelta(days=1))
    assert next_change_at(now).date() == today + timedelta(days=flips_in_days)
    assert next_change_at(now).time() == time.min


@pytest.mark.parametrize(("published_on", "closes_on"), [(26, 25), (25, 24), (24, None)])
def test_comments_that_close_by_age_are_a_change_once_they_do(published_on, closes_on):
    """30 days after the last publication, in November from October, unless the page says else."""
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    CommentSettings.objects.create(close_after_days=30)
    medicines, published = topic(), datetime(2026, 10, published_on, 23, 59, tzinfo=UTC)
    ketamine = article(medicines)
    for page, said in (
        (ketamine, {}),
        (article(medicines, "open"), {"comments_mode": Mode.OPEN}),
        (article(medicines, "dated"), {"comments_close_on": date(2026, 11, 23)}),
    ):
        ArticlePage.objects.filter(pk=page.pk).update(
            last_published_at=published if page == ketamine else now - timedelta(days=29), **said
        )
    expected = closes_on and datetime(2026, 11, closes_on, tzinfo=UTC)
    assert next_change_at(now) == expected


@pytest.mark.parametrize(("closes_on", "flips_on"), [(25, 25), (24, 24), (23, None), (30, 26)])
def test_day_on_which_comments_of_the_site_close_is_a_change_once_it_comes(closes_on, flips_on):
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    CommentSettings.objects.create(
        close_after_days=30 if closes_on == 30 else 0, close_on=date(2026, 11, closes_on)
    )
    article(topic())
    ArticlePage.objects.update(last_published_at=datetime(2026, 10, 27, 12, tzinfo=UTC))
    assert next_change_at(now) == (flips_on and datetime(2026, 11, flips_on, tzinfo=UTC))


def test_record_says_what_page_and_site_say_together(client):
    medicines = topic()
    follows, own = article(medicines), article(medicines, "own", comments_mode=Mode.OPEN)
    gone = article(medicines, "gone", comments_mode=Mode.HIDDEN)
    dated = article(medicines, "dated", comments_close_on=date(2027, 1, 1))

    def told() -> dict[int, tuple[str, str | None]]:
        fields = {page["id"]: page["fields"] for page in records(client, "page")}
        return {
            page.pk: (fields[page.pk]["comments_mode"], fields[page.pk]["comments_close_on"])
            for page in (follows, own, gone, dated)
        }

    day = ("open", None)
    assert [*told().values()] == [day, day, ("hidden", None), ("open", "2027-01-01")]
    settings = CommentSettings.objects.create(mode=Mode.READ_ONLY, close_after_days=30)
    shut = ("read_only", None)
    assert [*told().values()] == [shut, day, ("hidden", None), shut]
    settings.mode = Mode.OPEN
    settings.save()
    ArticlePage.objects.update(last_published_at=datetime(2026, 11, 1, 12, tzinfo=UTC))
    by_age = ("open", "2026-12-01")
    assert [*told().values()] == [by_age, day, ("hidden", None), ("open", "2027-01-01")]
    settings.close_on = date(2026, 11, 20)
    settings.save()
    by_site = ("open", "2026-11-20")
    assert [*told().values()] == [by_site, day, ("hidden", None), ("open", "2027-01-01")]
    settings.mode = Mode.HIDDEN
    settings.save()
    assert {*told().values()} == {("hidden", None)}


@pytest.mark.parametrize("of", ["page", "site"])
def test_hidden_comments_are_not_in_the_feed(client, of):
    medicines = topic()
    ketamine, sleep = article(medicines), article(medicines, "sleep")
    hidden, shown = reader_comment(ketamine), reader_comment(sleep)
    if of == "page":
        ArticlePage.objects.filter(pk=ketamine.pk).update(comments_mode=Mode.HIDDEN)
    else:
        CommentSettings.objects.create(mode=Mode.HIDDEN)
    assert ids(client, "comment") == ({shown.pk} if of == "page" else set())
    assert hidden.text


def test_review_is_due_by_the_day_in_utc():
    """At half past midnight in Paris it is still the day before in UTC."""
    article(topic(), next_review_due=date(2026, 11, 24))
    now = datetime(2026, 11, 25, 0, 30, tzinfo=ZoneInfo("Europe/Paris"))
    assert next_change_at(now) == datetime(2026, 11, 25, tzinfo=UTC)


def test_cursor_costs_six_queries(client, django_assert_num_queries):
    article(topic())
    read(client, CURSOR)
    with django_assert_num_queries(6):
        read(client, CURSOR)


def queries_of_a_feed(client, monkeypatch) -> int:
    # Those through a cursor on the server of Postgres are not captured.
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    with CaptureQueriesContext(connection) as captured:
        read(client).getvalue()
    return sum(query["sql"].lstrip("(").startswith("SELECT") for query in captured)


def test_feed_costs_the_same_queries_for_ten_pages_and_for_a_hundred(client, monkeypatch):
    medicines = topic()
    for number in range(8):
        reader_comment(article(medicines, f"article-{number}"))
    queries_of_a_feed(client, monkeypatch)  # what Django asks once and remembers
    for_ten = queries_of_a_feed(client, monkeypatch)
    for number in range(8, 98):
        article(medicines, f"article-{number}")
    assert len(records(client, "page")) == 100
    assert queries_of_a_feed(client, monkeypatch) == for_ten == 20
    monkeypatch.setattr("cms.export_feed.records.CHUNK_ROWS", 50)  # of 500
    assert queries_of_a_feed(client, monkeypatch) == 21


def test_same_content_gives_the_same_bytes_but_for_the_clock(client):
    reader_comment(article(topic()))
    image()
    first, second = (read(client).getvalue().split(b"\n", 1) for _ in range(2))
    assert first[1] == second[1]


def test_fingerprint_changes_with_the_record_and_only_then(client):
    medicines = topic()
    ketamine, sleep = article(medicines), article(medicines, "sleep")
    before = {page["id"]: page["fingerprint"] for page in records(client, "page")}
    ketamine.summary = "Changed."
    ketamine.save()
    after = {page["id"]: page["fingerprint"] for page in records(client, "page")}
    assert before[ketamine.pk] != after[ketamine.pk]
    assert before[sleep.pk] == after[sleep.pk]


def test_feed_that_breaks_off_has_no_end_and_is_logged(client, monkeypatch, caplog):
    medicines = topic()
    for number in range(9):
        article(medicines, f"article-{number}", body=LONG_BODY)
    reader_comment(article(medicines))

    def fail(reading):
        yield {"kind": "comment", "id": object()}, ""

    monkeypatch.setattr(feed_records, "comment_records", fail)
    received = []
    with caplog.at_level(logging.ERROR), pytest.raises(TypeError):
        received.extend(read(client).streaming_content)
    assert len(received) >= 2
    assert b'"kind":"end"' not in b"".join(received)
    assert "The export feed broke off after 13 records." in caplog.text


def test_feed_that_is_not_read_to_its_end_lets_the_transaction_go(client):
    medicines = topic()
    for number in range(9):
        article(medicines, f"article-{number}", body=LONG_BODY)
    savepoints_before = list(connection.savepoint_ids)
    response = read(client)
    next(response.streaming_content)
    assert connection.savepoint_ids != savepoints_before
    response.close()
    assert connection.savepoint_ids == savepoints_before
