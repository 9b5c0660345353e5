"""Sources that live pages cite are visited now and then, and are dead when two days say so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from wagtail.models import Page, Site

from cms.articles.models import ArticlePage
from cms.safety.admin.editor import found_now
from cms.safety.findings import Finding
from cms.safety.models import SourceCheck
from cms.safety.sources.source_checks import check_due, cite, dead_since
from cms.safety.sources.visiting import Visit
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
THERE, GONE, AWAY = Visit(200), Visit(404), Visit(error="it did not answer in time")


@pytest.fixture
def page() -> Page:
    home: Page = Site.objects.get(is_default_site=True).root_page
    return home


def round_of(now: datetime, answers: Visit | dict[str, Visit]) -> list[str]:
    """One round of checks; what was visited."""
    asked: list[str] = []

    def look(url: str) -> Visit:
        asked.append(url)
        return answers if isinstance(answers, Visit) else answers[url]

    check_due(now, look=look)
    return asked


def check(url: str = "https://a.example/one") -> SourceCheck:
    return SourceCheck.objects.get(url=url)


def test_what_a_page_cites_is_visited_once_and_again_after_a_week(page: Page) -> None:
    cite(page, ["https://a.example/one"])

    assert round_of(MONDAY, THERE) == ["https://a.example/one"]
    assert round_of(MONDAY + 6 * DAY, THERE) == []
    assert round_of(MONDAY + 7 * DAY, THERE) == ["https://a.example/one"]


def test_a_source_that_is_gone_on_one_day_is_not_dead(page: Page) -> None:
    cite(page, ["https://a.example/one"])
    round_of(MONDAY, GONE)
    round_of(MONDAY + timedelta(hours=3), GONE)

    assert (check().status, check().failing_since, check().dead_since) == (
        404,
        date(2026, 3, 2),
        None,
    )


def test_a_source_that_is_gone_on_two_days_is_dead(page: Page) -> None:
    cite(page, ["https://a.example/one"])
    round_of(MONDAY, GONE)
    round_of(MONDAY + DAY, Visit(410))

    assert dead_since(["https://a.example/one", "https://b.example/"]) == {
        "https://a.example/one": date(2026, 3, 3)
    }
    assert check().in_words == "Dead since 3 March 2026: the server answers 410"


def test_a_server_that_is_away_makes_nothing_dead(page: Page) -> None:
    cite(page, ["https://a.example/one"])
    for days in range(4):
        round_of(MONDAY + days * DAY, AWAY)

    assert check().dead_since is None
    assert check().in_words == "Not found since 2 March 2026: it did not answer in time"


def test_a_source_that_comes_back_is_alive(page: Page) -> None:
    cite(page, ["https://a.example/one"])
    for days, seen in enumerate([GONE, GONE, AWAY, THERE]):
        round_of(MONDAY + days * DAY, seen)

    assert (check().failing_since, check().gone_on, check().dead_since) == (None, None, None)


def test_pages_are_told_when_their_source_dies_and_when_it_comes_back(page: Page) -> None:
    cite(page, ["https://a.example/one"])
    told: list[list[int]] = []
    for days, seen in enumerate([GONE, GONE, GONE, THERE]):
        check_due(MONDAY + days * DAY, look=lambda url, seen=seen: seen, told=told.append)

    assert told == [[page.pk], [page.pk]]


def test_a_host_is_asked_once_a_round(page: Page) -> None:
    cite(page, ["https://a.example/one", "https://a.example/two", "https://b.example/"])

    assert len(round_of(MONDAY, THERE)) == 2
    assert len(round_of(MONDAY, THERE)) == 1


def test_two_rounds_at_once_do_not_visit_the_same_address(page: Page) -> None:
    cite(page, ["https://a.example/one"])
    asked: list[str] = []

    def look(url: str) -> Visit:
        asked.append(url)
        check_due(MONDAY, look=lambda url: asked.append(url) or THERE)
        return THERE

    check_due(MONDAY, look=look)

    assert asked == ["https://a.example/one"]


def test_what_is_cited_no_longer_is_not_visited(page: Page) -> None:
    cite(page, ["https://a.example/one", "https://b.example/"])
    cite(page, ["https://b.example/"])

    assert round_of(MONDAY, THERE) == ["https://b.example/"]


def test_what_a_page_cites_that_is_not_live_is_not_visited(page: Page) -> None:
    cite(page, ["https://a.example/one"])
    page.unpublish()

    assert round_of(MONDAY, THERE) == []


def test_an_address_too_long_for_an_index_is_left_alone(page: Page) -> None:
    cite(page, [f"https://a.example/{'x' * 500}", ""])

    assert not SourceCheck.objects.exists()


def test_citing_the_same_again_asks_few_questions(
    page: Page, django_assert_max_num_queries
) -> None:
    addresses = [f"https://a.example/{number}" for number in range(50)]
    cite(page, addresses)

    with django_assert_max_num_queries(8):
        cite(page, addresses)
    assert check("https://a.example/7").pages.count() == 1


def article_citing(url: str) -> ArticlePage:
    source = {"title": "Sleep", "publisher": "NHS", "url": url, "accessed": "2026-03-01"}
    return article(topic(), "sleep", live=False, sources=[("source", source)])


def test_what_an_article_cites_is_noted_as_it_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cms.safety.catalogue.RULES", ())
    article_citing("https://a.example/one").save_revision().publish()

    assert round_of(MONDAY, THERE) == ["https://a.example/one"]


def test_a_dead_source_is_a_warning_on_the_page_that_cites_it(page: Page) -> None:
    citing = article_citing("https://a.example/one")
    cite(page, ["https://a.example/one"])

    def dead() -> list[Finding]:
        return [one for one in found_now(citing) if one.rule == "S4" and one.severity == "WARN"]

    assert dead() == []
    for days in range(2):
        round_of(MONDAY + days * DAY, GONE)
    [found] = dead()
    assert found.place.field == "sources"
