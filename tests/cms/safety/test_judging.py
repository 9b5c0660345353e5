from dataclasses import replace
from datetime import date, timedelta

import pytest

from cms.safety import catalogue
from cms.safety.findings import Finding, Place, Severity
from cms.safety.judging import judge
from cms.safety.limits import Limits
from cms.safety.reading.facts import PageFacts

from .sound_page import CONTROLLED, HELPLINE, SOURCES, TODAY, benefits, button, law_notice, sound

DUE = date(2028, 1, 10)


def test_nothing_is_found_on_a_sound_page():
    assert judge(sound(), Limits(), TODAY).findings == ()


def test_nothing_is_found_on_a_sound_page_about_a_controlled_drug():
    page = sound()
    page = sound(law_notice(), *((block.type, block.value) for block in page.blocks))
    assert judge(replace(page, legal_status=CONTROLLED), Limits(), TODAY).findings == ()


def test_everything_is_found_at_once_and_the_gravest_first():
    page = sound(benefits(), button("here"), funding="", conflicts="", sources=())
    verdict = judge(page, Limits(), TODAY)
    severities = [one.severity for one in verdict.findings]
    assert severities == sorted(severities, key=list(Severity).index)
    assert {one.rule for one in verdict.findings} >= {"S1", "S3", "S18", "S20", "S22"}
    assert not verdict.is_fit
    assert {one.severity for one in verdict.warnings} == {Severity.WARN}


def test_page_is_fit_until_its_review_is_overdue_for_too_long():
    verdict = judge(sound(), Limits(), TODAY)
    assert verdict.fit_until == DUE + timedelta(days=90)
    assert judge(sound(), Limits(), verdict.fit_until - timedelta(days=1)).is_fit
    assert not judge(sound(), Limits(), verdict.fit_until).is_fit


def test_next_judgement_is_on_the_next_day_on_which_time_changes_something():
    stale = date(2027, 6, 2)  # a day after twelve months since the helpline was checked
    assert judge(sound(), Limits(), TODAY).next_judgement_on == stale
    assert judge(sound(), Limits(), stale - timedelta(days=1)).warnings == ()
    assert {one.rule for one in judge(sound(), Limits(), stale).warnings} == {"S11"}


def test_page_that_time_cannot_change_has_no_such_day():
    page = sound(sample_content=True, sources=(), helplines={})
    verdict = judge(page, Limits(), TODAY)
    assert (verdict.fit_until, verdict.next_judgement_on) == (None, None)


def test_limits_move_the_day():
    assert judge(sound(), Limits(overdue_days=30), TODAY).fit_until == DUE + timedelta(days=30)


def test_unfit_page_is_fit_until_no_day():
    assert judge(sound(funding=""), Limits(), TODAY).fit_until is None


def test_standard_page_needs_no_review_but_sells_nothing():
    page = PageFacts("standardpage", title="About us", summary="Order online today.")
    assert {one.rule for one in judge(page, Limits(), TODAY).findings} == {"S9"}


def test_withdrawn_page_is_judged_by_what_is_left_of_it():
    page = sound(benefits(), withdrawn_on=TODAY)
    assert judge(page, Limits(), TODAY).findings == ()
    assert not judge(page, Limits(), TODAY - timedelta(days=1)).is_fit
    assert judge(page, Limits(), TODAY - timedelta(days=1)).next_judgement_on == TODAY
    assert judge(replace(page, title="A miracle"), Limits(), TODAY).findings


def test_page_that_is_withdrawn_before_its_review_is_overdue_stays_fit():
    assert judge(sound(withdrawn_on=DUE), Limits(), TODAY).fit_until is None
    assert judge(sound(withdrawn_on=DUE + timedelta(days=91)), Limits(), TODAY).fit_until


def test_same_finding_is_told_once(monkeypatch):
    twice = [Finding("S1", Severity.WARN, Place("page", label="x"), "Mend it.")] * 2
    rule = replace(catalogue.RULES[0], judge=lambda *_: iter(twice))
    monkeypatch.setattr(catalogue, "RULES", (rule,))
    assert len(judge(sound(), Limits(), TODAY).findings) == 1


def test_key_stays_while_the_words_around_it_change():
    place = Place("block", "body.3", "b3", "body", "Benefits")
    finding = Finding("S13", Severity.WARN, place, "It promises.", "guaranteed")
    assert finding.key == "S13:b3:guaranteed"
    assert replace(finding, message="Else.", place=replace(place, path="body.9")).key == finding.key


@pytest.mark.parametrize("field", ["helplines", "sources"])
def test_days_are_those_of_the_page(field):
    changed = {
        "helplines": {1: replace(HELPLINE, last_checked=date(2025, 12, 1))},
        "sources": (replace(SOURCES[0], published=date(2021, 12, 1)), *SOURCES[1:]),
    }
    page = replace(sound(), **{field: changed[field]})
    verdict = judge(page, Limits(), TODAY)
    assert verdict.next_judgement_on == date(2026, 12, 2)
    assert judge(page, Limits(), date(2026, 12, 1)).warnings == ()
    assert len(judge(page, Limits(), date(2026, 12, 2)).warnings) == 1
