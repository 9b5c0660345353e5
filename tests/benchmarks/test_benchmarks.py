"""The benchmark compares like with like, and says what it found as its readers expect it."""

from benchmarks import articles
from benchmarks.articles import Article, Kind
from benchmarks.results import Measurement, as_json, as_table, summarise

WEIGHED = [Measurement(99.0, 90.0), Measurement(99.0, 120.0)]
FULL = [Measurement(2.0), Measurement(4.0), Measurement(1.0), *WEIGHED]


def article(number: int, *, of: int = 100, kind: Kind = Kind.WELLBEING) -> Article:
    return articles.article(number, of=of, kind=kind)


def test_the_same_number_is_the_same_article() -> None:
    assert article(7) == article(7)
    assert article(7) != article(8)


def test_an_article_has_six_headings_and_texts_with_links_and_an_image() -> None:
    one = article(7)
    assert len({section.heading for section in one.sections}) == 6
    for section in one.sections:
        inside, outside = (paragraph.link for paragraph in section.paragraphs)
        assert inside.article is not None
        assert 1 <= inside.article <= 100
        assert outside.url.startswith("https://")
    assert 0 <= one.image < articles.IMAGES
    assert one.benefits == one.risks == one.questions == ()


def test_an_article_about_a_medicine_has_more_parts_and_cites_its_sources() -> None:
    one = article(7, kind=Kind.MEDICINE)
    assert one.sections == article(7).sections
    assert len(one.questions) == len(articles.QUESTION_KINDS)
    cited = [point.source for point in one.benefits] + [risks.source for risks in one.risks]
    assert set(cited) == {source.key for source in articles.SOURCES}


def test_a_topic_holds_at_most_five_hundred_articles() -> None:
    topics = [article(number, of=1001).topic for number in (1, 500, 501, 1000, 1001)]
    assert topics == [1, 1, 2, 2, 3]
    assert articles.topic_count(1001) == 3


def test_runs_are_the_median_time_and_the_highest_memory_of_those_that_were_weighed() -> None:
    runs = summarise(100, {("plainleaf", "full"): FULL})
    assert as_json(100, runs, article_bytes={"plainleaf": 11_300}) == {
        "pages": 100,
        "runs": [
            {
                "system": "plainleaf",
                "work": "full",
                "seconds": 2.0,
                "pages_per_second": 50.0,
                "peak_mb": 120.0,
            }
        ],
        "article_bytes": {"plainleaf": 11_300},
    }


def test_the_table_has_a_row_a_run_and_ratios_to_ours() -> None:
    peer = [Measurement(20.0), Measurement(99.0, 200.0)]
    runs = summarise(100, {("plainleaf", "full"): FULL, ("peer", "full"): peer})
    table = as_table(100, runs, ours="plainleaf", article_bytes={"peer": 11_000})
    ratios = next(column for column in table.columns if column.header == "ratio")
    assert list(ratios.cells) == ["1.00", "0.10"]
