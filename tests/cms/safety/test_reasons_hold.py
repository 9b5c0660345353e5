"""A reason answers what its editor looked at, and nothing that comes in its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cms.articles.digest import digest_of
from cms.safety.findings import Finding
from cms.safety.judging import judge
from cms.safety.limits import Limits
from cms.safety.reading.facts import HelplineFacts, PageFacts, ReviewFacts
from tests.cms.safety.articles import SOURCES, fit_article, saved
from tests.cms.safety.sound_page import (
    REVIEWER,
    SOURCE,
    TODAY,
    benefit,
    benefits,
    body,
    risks,
    sound,
)

LONG = "Notwithstanding considerable pharmacological heterogeneity among participants, " * 30


def keys(rule: str, page: PageFacts, limits: Limits) -> set[str]:
    verdict = judge(page, limits, TODAY)
    return {one.key for one in verdict.findings if one.rule == rule}


def test_of_an_old_source_until_another_takes_its_place(rules):
    old = replace(SOURCE, published=date(2001, 1, 1))
    before = keys("S4", sound(sources=(old,)), Limits())
    assert before
    assert before == keys("S4", sound(sources=(old,), summary="Another one."), Limits())
    for changes in (
        {"url": "https://www.who.int/y/"},
        {"title": "Another thing"},
        {"published": date(1990, 1, 1)},
    ):
        other = replace(old, **changes)
        assert before.isdisjoint(keys("S4", sound(sources=(other,)), Limits())), changes


@pytest.mark.parametrize("rule", ["S2", "S15"])
def test_of_a_text_as_a_whole_until_the_text_changes(rules, rule):
    limits = Limits(words_to_judge=10)
    good = benefits(benefit(LONG))
    before = keys(rule, sound(good, risks()), limits)
    assert before
    same = sound(good, risks(), funding="Somebody else paid.")
    assert before == keys(rule, same, limits)
    other = sound(good, risks("It can do a little harm."))
    assert before.isdisjoint(keys(rule, other, limits))


def test_of_a_helpline_until_another_is_chosen(rules):
    stale = HelplineFacts("A", "GB", "116 123", "", "Always", "", date(2020, 1, 1))
    both = {1: stale, 2: stale}
    pages = [
        replace(sound(helplines=both), blocks=body(("helpline", {"helpline": number})))
        for number in both
    ]
    first, second = (keys("S11", page, Limits()) for page in pages)
    assert first
    assert first.isdisjoint(second)


def test_of_a_helpline_until_it_is_checked_again_and_grows_old_anew(rules):
    old = HelplineFacts("A", "GB", "116 123", "", "Always", "", date(2020, 1, 1))
    call = body(("helpline", {"helpline": 1}))
    first, second = (
        keys(
            "S11",
            replace(sound(helplines={1: replace(old, last_checked=day)}), blocks=call),
            Limits(),
        )
        for day in (date(2020, 1, 1), date(2021, 1, 1))
    )
    assert first
    assert first.isdisjoint(second)


def test_of_an_overdue_review_until_the_next_one_is_overdue(rules):
    first, second = (
        keys("S5", sound(review=ReviewFacts(REVIEWER, date(2025, 1, 1), due)), Limits())
        for due in (date(2026, 11, 1), date(2026, 11, 20))
    )
    assert first
    assert first.isdisjoint(second)


def test_of_few_sources_until_they_are_others(rules):
    one, other = SOURCE, replace(SOURCE, url="https://www.nhs.uk/y/")
    few = keys("S3", sound(risks(), sources=(one, other)), Limits())
    assert len({key for key in few if ":few:" in key or ":publishers:" in key}) == 2
    assert few == keys("S3", sound(risks(), sources=(other, one)), Limits())
    alone = keys("S3", sound(risks(), sources=(one,)), Limits())
    assert {key for key in few & alone if ":sources:" in key} == set()


@pytest.mark.django_db
def test_page_with_another_old_source_is_refused_again(rules):
    page = fit_article()
    sources = [(name, dict(value)) for name, value in SOURCES]
    sources[0][1]["published"] = "2000-01-01"
    page.sources = sources
    saved(page)
    assert page.refusals() == ()
    page.sources[0].value["url"] = "https://old.example.org/x"
    page.reviewed_digest = digest_of(page)
    finding: Finding
    [finding] = page.refusals()
    assert finding.rule == "S4"
