"""S5, S6, S20 to S24: review, sections, interests, advice and comments."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cms.safety.catalogue import RULES
from cms.safety.limits import Limits
from cms.safety.reading.facts import (
    CommentFacts,
    LegalStatus,
    PersonFacts,
    ReviewFacts,
    SiteFacts,
)

from .sound_page import AUTHOR, REVIEWER, SECTIONS, TODAY, found, said, section, sound

NEVER = ReviewFacts()


def reviewed(on, due):
    return sound(review=ReviewFacts(REVIEWER, on, due))


# S5


def test_page_that_was_never_reviewed_is_refused():
    assert said("S5", sound(review=NEVER)) == [
        ("BLOCK", "last_reviewed"),
        ("BLOCK", "next_review_due"),
    ]


@pytest.mark.parametrize(
    ("last", "due", "field"),
    [
        (TODAY + timedelta(days=1), TODAY + timedelta(days=300), "last_reviewed"),
        (TODAY, None, "next_review_due"),
        (TODAY, TODAY, "next_review_due"),
        (TODAY, TODAY - timedelta(days=1), "next_review_due"),
        (date(2026, 1, 10), date(2029, 1, 11), "next_review_due"),
    ],
)
def test_dates_that_cannot_be_are_refused(last, due, field):
    assert ("BLOCK", field) in said("S5", reviewed(last, due))


def test_review_of_today_for_three_years_passes():
    assert said("S5", reviewed(TODAY, date(2029, 11, 26))) == []


def test_video_has_a_review_of_its_own():
    def video(due):
        value = {"title": "V", "url": "", "transcript": "<p>It says so.</p>"}
        return sound(section("driving"), ("video", {**value, "next_review_due": due}))

    assert said("S5", video(TODAY.isoformat()), TODAY + timedelta(days=1)) == [("WARN", "body.2")]
    for unsaid in (TODAY.isoformat(), None, "", "soon"):
        assert said("S5", video(unsaid)) == []
    [turning] = [rule.turning_days for rule in RULES if rule.id == "S5"]
    assert TODAY + timedelta(days=1) in turning(video(TODAY.isoformat()), Limits())


def test_review_becomes_overdue_and_then_too_much_so():
    page = reviewed(date(2026, 1, 1), TODAY)
    assert said("S5", page, TODAY) == []
    assert said("S5", page, TODAY + timedelta(days=1)) == [("WARN", "next_review_due")]
    assert said("S5", page, TODAY + timedelta(days=89)) == [("WARN", "next_review_due")]
    assert said("S5", page, TODAY + timedelta(days=90)) == [("BLOCK", "next_review_due")]


def test_sample_content_needs_no_review():
    page = sound(review=NEVER, sample_content=True)
    assert said("S5", page) + said("S6", page) == []


# S6


@pytest.mark.parametrize(
    "change",
    [
        {"reviewer": None},
        {"reviewer": PersonFacts(1, " ", "Pharmacist", "MRPharmS")},
        {"reviewer": PersonFacts(1, "Ada", "", "MRPharmS")},
        {"reviewer": PersonFacts(1, "Ada", "Pharmacist", "")},
        {"reviewer": PersonFacts(1, "Ada", "Pharmacist", "-")},
        {"reviewer": PersonFacts(1, "Ada", "Pharmacist", "TBC")},
        {"reviewer": replace(REVIEWER, name="Writer, Sam")},
        {"reviewer": replace(REVIEWER, name="Sam Writer, MRPharmS")},
        {"reviewer": replace(REVIEWER, name="Dr Sam Wríter MD")},
        {"reviewer": replace(AUTHOR, role="Pharmacist", credential="MRPharmS")},
        {"reviewer": replace(REVIEWER, name="Dr.  sam writer")},
        {"is_by_an_author": True},
        {"is_current": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_review_that_is_none_is_refused(change):
    page = sound()
    assert said("S6", replace(page, review=replace(page.review, **change))) == [
        ("BLOCK", "reviewer")
    ]


def test_named_clinician_passes():
    assert said("S6", sound()) == []


@pytest.mark.parametrize("name", ["Samuel Writer", "Sam Writerson", "S Writer", "Sam, Writer Ltd"])
def test_another_name_is_another_person(name):
    page = sound()
    review = replace(page.review, reviewer=replace(REVIEWER, name=name))
    assert said("S6", replace(page, review=review)) == []


def test_sample_content_names_no_reviewer():
    assert said("S6", sound(sample_content=True)) == [("BLOCK", "reviewer")]


# S20


@pytest.mark.parametrize("missing", ["interactions", "pregnancy", "overdose", "driving"])
def test_medicine_without_a_section_is_told(missing):
    sections = [each for each in SECTIONS if each[0] != missing]
    (finding,) = found("S20", sound(*sections))
    assert finding.about == missing


def test_section_that_does_not_apply_says_why():
    sections = SECTIONS[:3]
    without = section("driving", "", not_applicable=True)
    because = section("driving", "", not_applicable=True, reason="Nobody drives then.")
    assert said("S20", sound(*sections, without)) == [("WARN", "body.4")]
    assert said("S20", sound(*sections, because)) == []


def test_empty_section_is_told():
    assert said("S20", sound(*SECTIONS[:3], section("driving", "<p> </p>"))) == [("WARN", "body.4")]


def test_section_that_says_nothing_is_empty():
    sections = SECTIONS[:3]
    stand_in = section("driving", "<p>To be written.</p>")
    assert said("S20", sound(*sections, stand_in)) == [("WARN", "body.4")]
    dash = section("driving", "", not_applicable=True, reason="-")
    assert said("S20", sound(*sections, dash)) == [("WARN", "body.4")]
    assert said("S20", sound(*sections, section("driving", "<p>…</p>"))) == [("WARN", "body.4")]


def test_facts_of_a_medicine_on_a_page_about_something_else_are_told():
    facts = ("medicine_facts", {"generic_name": "Nonesuchin"})
    page = sound(facts, *SECTIONS, topic_type="wellbeing", legal_status=())
    assert said("S20", page) == [("WARN", "body.1")]
    assert said("S20", sound(facts, *SECTIONS)) == []


def test_other_topics_need_no_such_sections():
    page = sound(("inset", {"text": "x"}), topic_type="condition", legal_status=())
    assert said("S20", page) == []


@pytest.mark.parametrize(
    "legal_status", [(), (LegalStatus("", "POM"),), (LegalStatus("GB", ""),)], ids=str
)
def test_medicine_without_a_legal_status_is_refused(legal_status):
    (finding,) = found("S20", sound(legal_status=legal_status))
    assert (finding.severity.value, finding.place.path) == ("BLOCK", "legal_status")
    assert "Add its legal status" in finding.message


@pytest.mark.parametrize("country", ["GB", "US"])
def test_legal_status_of_any_country_will_do(country):
    assert said("S20", sound(legal_status=(LegalStatus(country, "GSL"),))) == []


# S21


def test_medicine_of_a_country_without_a_line_for_side_effects_is_told():
    assert said("S21", sound(jurisdiction="IE")) == [("WARN", "jurisdiction")]
    assert said("S21", sound(jurisdiction="IE", topic_type="wellbeing")) == []
    assert said("S21", sound()) == []


def test_reason_for_one_jurisdiction_is_none_for_another():
    one, other = (found("S21", sound(jurisdiction=country))[0].key for country in ("IE", "US"))
    assert one != other


# S22


@pytest.mark.parametrize("field", ["funding", "conflicts"])
@pytest.mark.parametrize("words", [" \n", "-", "…", "TBC", "N/A", "to be confirmed"])
def test_silence_about_interests_is_refused(field, words):
    assert said("S22", sound(**{field: words})) == [("BLOCK", field)]


def test_told_interests_pass():
    assert said("S22", sound()) == []


# S23


def test_site_without_the_statement_is_refused():
    assert said("S23", sound(site=SiteFacts(" "))) == [("BLOCK", "")]
    assert said("S23", sound()) == []


# S24


@pytest.mark.parametrize("classes", [(), ("crisis",), ("personal_data", "dosing")])
def test_comment_that_no_person_approved_is_refused(classes):
    (finding,) = found("S24", sound(comments=(CommentFacts(7, False, classes),)))
    assert (finding.severity.value, finding.place.kind, finding.key) == (
        "BLOCK",
        "comment",
        "S24:comment-7:undecided",
    )
    assert ("It has" in finding.message) == bool(classes)


def test_approved_comment_with_words_of_a_crisis_is_told():
    (finding,) = found("S24", sound(comments=(CommentFacts(7, True, ("crisis",)),)))
    assert finding.severity == "WARN"


def test_approved_comments_pass():
    page = sound(comments=(CommentFacts(7, True), CommentFacts(8, True, ("personal_data",))))
    assert said("S24", page) == []


def test_article_that_does_not_say_its_kind_is_refused():
    page = sound(("inset", {"text": "x"}), topic_type="")
    assert said("S20", page) == [("BLOCK", "topic_type")]
