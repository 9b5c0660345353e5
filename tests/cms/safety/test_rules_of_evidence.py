"""S1 to S4, S12, S14: benefits and risks, sources, uses without a licence, numbers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from .sound_page import (
    SOURCE,
    SOURCES,
    TODAY,
    benefit,
    benefits,
    found,
    heading,
    risks,
    said,
    section,
    sound,
    use,
    uses,
)

LONG = "It can do a great deal of good for a great many people. " * 12


# S1


def test_benefits_without_risks_are_refused():
    assert said("S1", sound(heading(), benefits())) == [("BLOCK", "body.2")]


def test_uses_without_risks_are_refused():
    assert said("S1", sound(uses())) == [("BLOCK", "body.1")]


def test_risks_that_say_nothing_are_none():
    empty = ("risks", {"heading": "Risks", "introduction": "", "groups": []})
    assert said("S1", sound(benefits(), empty)) == [("BLOCK", "body.1")]


@pytest.mark.parametrize(
    "title", ["What is it?", "Nonesuchin", "How Nonesuchin is taken", "Benefits of sleep"]
)
def test_other_headings_announce_no_benefits(title):
    assert said("S1", sound(heading(title), title="What is Nonesuchin?")) == []


@pytest.mark.parametrize("words", ["-", "…", "TBC", "to be confirmed", "N/A"])
def test_risks_of_a_dash_are_none(words):
    empty = ("risks", {"heading": "Risks", "introduction": words, "groups": []})
    assert said("S1", sound(benefits(), empty)) == [("BLOCK", "body.1")]


@pytest.mark.parametrize(
    "title",
    [
        "What are the benefits?",
        "Benefits of Nonesuchin",
        "What is Nonesuchin used for?",
        "How Nonesuchin helps",
        *["Benefits", "The benefits", "Medical uses", "What it is used for", "How it helps"],
    ],
)
def test_benefits_that_a_heading_announces_need_risks_too(title):
    text = ("rich_text", "<p>It eases pain.</p>")
    named = {"title": "What is Nonesuchin?"}
    assert said("S1", sound(heading(title), text, **named)) == [("BLOCK", "body.1")]
    assert said("S1", sound(heading(title), text, risks(), **named)) == []
    asked = [{"type": "item", "value": {"question": title, "answer": "<p>It eases pain.</p>"}}]
    for other in (
        ("details", {"title": title, "text": "<p>It eases pain.</p>"}),
        ("faq", {"heading": "Questions", "items": asked}),
        ("rich_text", f"<h3>{title}</h3><p>It eases pain.</p>"),
        ("rich_text", f'<p data-block-key="x"><b>{title}</b>:</p><p>It eases pain.</p>'),
    ):
        assert said("S1", sound(other, **named)) == [("BLOCK", "body.1")]
    assert said("S1", sound(heading("Benefits you can claim"), text)) == []


def test_benefits_beside_risks_pass():
    assert said("S1", sound(benefits(), risks())) == []


def test_risks_as_they_were_stored_before_count():
    old = (
        "risks",
        {"heading": "Risks", "introduction": "", "items": [{"term": "", "text": "Ill."}]},
    )
    assert said("S1", sound(benefits(), old)) == []


def test_page_without_benefits_needs_no_risks():
    assert said("S1", sound(section("driving"))) == []


# S2


def test_risks_at_the_end_of_a_page_without_contents_are_late():
    late = sound(("rich_text", LONG), risks())
    (finding,) = found("S2", late)
    assert finding.place.path == "body.2"
    assert "90 %" in finding.message


def test_contents_list_leads_to_late_risks():
    assert said("S2", sound(heading(), ("rich_text", LONG), heading(), risks())) == []


def test_how_late_is_a_limit():
    assert said("S2", sound(("rich_text", LONG), risks()), risks_within_percent=95) == []


def test_few_words_on_risks_beside_many_on_benefits_are_told_with_their_share():
    (finding,) = found("S2", sound(benefits(benefit(LONG)), risks("Ill."), heading()))
    assert (finding.place.path, finding.about) == ("body.2", "share")
    assert "%" in finding.message


def test_risks_of_half_the_words_are_enough():
    assert said("S2", sound(benefits(benefit("word " * 20)), risks("word " * 10), heading())) == []


def details(text):
    return "details", {"title": "More", "text": text}


def test_safety_that_only_stands_where_readers_must_open_it_is_hidden():
    assert said("S2", sound(details("Call 999 after an overdose."))) == [("WARN", "body.1")]


def transcript(words):
    return "video", {"title": "A talk", "url": "", "transcript": f"<p>{words}</p>"}


def test_safety_that_only_a_transcript_has_is_hidden():
    warning = "Call 999 after an overdose."
    assert said("S2", sound(transcript(warning))) == [("WARN", "body.1")]
    assert said("S2", sound(details(warning), transcript(warning))) == [
        ("WARN", "body.1"),
        ("WARN", "body.2"),
    ]
    assert said("S2", sound(("rich_text", warning), transcript(warning))) == []


def test_safety_that_stands_outside_too_is_in_sight():
    outside = ("rich_text", "Call 999 after an overdose.")
    assert said("S2", sound(outside, details("Call 999 after an overdose."))) == []


@pytest.mark.parametrize(
    "shown", [{"summary": "Call 999 after an overdose."}, {"key_points": ("An overdose: 999.",)}]
)
def test_safety_that_the_top_of_the_page_says_is_in_sight(shown):
    assert said("S2", sound(details("Call 999 after an overdose."), **shown)) == []


# S3


def test_use_without_a_source_is_refused_at_its_place():
    assert said("S3", sound(uses(use(), use(sources=[])), risks())) == [
        ("BLOCK", "body.1.medical_uses.items.2")
    ]


def test_benefits_without_a_source_are_refused_each():
    page = sound(benefits(benefit(sources=[]), benefit(sources=[])), risks())
    assert said("S3", page) == [
        ("BLOCK", "body.1.benefits.items.1"),
        ("BLOCK", "body.1.benefits.items.2"),
    ]


def test_key_that_no_source_has_is_refused():
    (finding,) = found("S3", sound(uses(use(sources=["nhs-2025", "gone-1999"])), risks()))
    assert "gone-1999" in finding.message


def test_unknown_key_deep_in_a_block_is_refused():
    page = sound(risks())
    groups = page.blocks[0].value["groups"]
    groups[0]["value"]["sources"] = ["gone"]
    assert said("S3", page) == [("BLOCK", "body.1")]


def test_few_sources_and_one_publisher_are_told():
    other = replace(SOURCE, publisher=" nhs ", url="https://www.nhs.uk/y/")
    page = sound(sources=(SOURCE, other), blocks=())
    assert [one.about for one in found("S3", page)] == ["few", "publishers"]
    assert said("S3", page, least_sources=2, least_publishers=1) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://www.nhs.uk/x/",
        "https://WWW.nhs.uk/x",
        "https://www.nhs.uk/x/#dose",
        "https://nhs.uk/x",
    ],
)
def test_source_that_stands_there_twice_counts_once(url):
    page = sound(sources=(*SOURCES[:2], replace(SOURCES[2], url=url)))
    (finding,) = found("S3", page)
    assert finding.message.startswith("The article has 2 of at least 3 sources (what stands there")


@pytest.mark.parametrize("name", ["NHS.", "The NHS", "nhs"])
def test_publisher_is_one_however_it_is_written(name):
    others = (replace(source, publisher=name) for source in SOURCES[1:])
    assert [one.about for one in found("S3", sound(sources=(SOURCE, *others)))] == ["publishers"]


# S4


@pytest.mark.parametrize(
    "change",
    [
        {"title": " "},
        {"title": "-"},
        {"publisher": ""},
        {"published": None},
        {"url": ""},
        {"url": "http://www.nhs.uk/"},
        {"url": "javascript:alert(1)"},
        {"url": "https://"},
        {"url": "https://[x"},
        {"url": "https://nhs.uk/a b"},
        {"url": "https://intranet/sleep"},
        {"url": "https://10.0.0.1/sleep"},
        {"publisher": "TBC"},
    ],
    ids=str,
)
def test_source_that_cannot_be_checked_is_refused(change):
    page = sound(sources=(replace(SOURCE, **change), *SOURCES[1:]))
    assert said("S4", page) == [("BLOCK", "sources.1")]


def test_day_on_which_it_was_read_is_a_date_too():
    assert said("S4", sound(sources=(replace(SOURCE, published=None, accessed=TODAY),))) == []


def test_source_is_old_the_day_after_five_years():
    page = sound(sources=(replace(SOURCE, published=date(2021, 11, 26)),))
    assert said("S4", page) == []
    assert said("S4", page, TODAY + timedelta(days=1)) == [("WARN", "sources.1")]
    assert said("S4", page, TODAY + timedelta(days=1), source_years=6) == []


@pytest.mark.parametrize(
    ("title", "repeated"),
    [("a" * 80, "a" * 80), ("a" * 81, "a" * 79 + "…"), ("a" * 78 + " cut", "a" * 78 + "…")],
)
def test_what_a_message_repeats_ends_with_dots_where_it_is_cut(title, repeated):
    old = replace(SOURCE, title=title, published=date(2010, 1, 1))
    (finding,) = found("S4", sound(sources=(old, *SOURCES[1:])))
    assert finding.message.startswith(f"'{repeated}' was published")


@pytest.mark.parametrize("name", ["published", "accessed"])
def test_day_of_a_source_that_has_not_come_is_told(name):
    page = sound(sources=(replace(SOURCE, **{name: date(2062, 11, 26)}), *SOURCES[1:]))
    (finding,) = found("S4", page)
    assert (finding.severity, finding.place.path) == ("WARN", "sources.1")
    assert "26 November 2062" in finding.message
    assert "has not come" not in " ".join(
        one.message for one in found("S4", page, date(2062, 11, 26))
    )


def test_day_that_has_come_east_of_here_passes():
    page = sound(sources=(replace(SOURCE, accessed=TODAY + timedelta(days=1)),))
    assert said("S4", page) == []


def test_dead_source_is_told():
    page = sound(sources=(replace(SOURCE, dead_since=TODAY),))
    assert [one.about for one in found("S4", page)] == ["dead"]
    assert said("S4", page, TODAY - timedelta(days=1)) == []


# S12


@pytest.mark.parametrize("status", ["off_label", "under_study"])
def test_use_without_a_licence_is_not_the_first(status):
    page = sound(uses(use(status=status), use()))
    assert said("S12", page) == [("BLOCK", "body.1.medical_uses.items.1")]


def test_use_without_a_licence_may_follow():
    assert said("S12", sound(uses(use(), use(status="off_label")))) == []


def test_first_use_of_a_second_list_follows_too():
    assert said("S12", sound(uses(use()), uses(use(status="off_label")))) == []


def test_use_without_a_licence_says_where():
    page = sound(uses(use(), use(status="off_label", country="")))
    assert said("S12", page) == [("BLOCK", "body.1.medical_uses.items.2")]


@pytest.mark.parametrize(
    "words",
    [
        "This is often off-label, outside the licence.",
        "Some doctors give it off-licence.",
        "It has no licence for this.",
        "It is not yet approved.",
        "This is experimental.",
        "There is no marketing authorisation for it.",
        "It has not been approved for this.",
        "<p>It is off<b>-label</b>.</p>",
    ],
)
def test_words_that_call_a_licensed_use_off_label_are_told(words):
    page = sound(uses(use(), use(text=words)))
    assert said("S12", page) == [("WARN", "body.1.medical_uses.items.2")]


def test_points_of_a_use_speak_of_its_licence_too():
    points = [{"type": "item", "value": "Used off-label in children."}]
    assert said("S12", sound(uses(use(), use(points=points)))) == [
        ("WARN", "body.1.medical_uses.items.2")
    ]
    points = [{"type": "item", "value": "The licence covers children."}]
    assert said("S12", sound(uses(use(), use(points=points)))) == []


# S14


@pytest.mark.parametrize(
    "text",
    [
        "It reduces the risk of a stroke by 50%.",
        "It cut deaths by about 30 per cent.",
        "People had 40% fewer attacks.",
        "It makes bleeding twice as likely.",
        "It doubles the risk of a fall.",
        "There is a 3-fold rise.",
        "It works 3 times better than that.",
        "It lowers the score by 20–30 %.",
        "It cuts the risk of a stroke by half.",
        "The number of attacks fell by about a third.",
        "It cuts your chances in half.",
        "A fall is half as likely.",
        "Deaths went down by two-thirds.",
        "It has half the risk.",
        "The risk of a fall doubles.",
        "There is a tenfold rise.",
        "In 2019 a trial found that it cuts the risk by 50%.",
        "In 12 weeks it lowered the risk by 30%.",
        "For 6 months it cut attacks by 40%.",
        "A reduction of 50% in the risk, or a risk that is 50% lower.",
        "The risk is a third lower.",
        "It has three times the risk.",
        "The relative risk is 0.5.",
        "An odds ratio of 2.4.",
        "It cuts the risk by fifty per cent.",
        "The risk goes up 50%.",
        "It halved attacks.",
        "It makes a fall 3x as likely.",
    ],
)
def test_number_without_a_base_is_told(text):
    assert said("S14", sound(("rich_text", text))) == [("WARN", "body.1")]


@pytest.mark.parametrize(
    "text",
    [
        "It lowers the risk from 8 in 100 to 4 in 100.",
        "It reduces the risk by 50%: 4 in 100 people instead of 8 in 100.",
        "About 1 in 7 people have it.",
        "In trials, 48% of people felt sleepy.",
        "Sleep for 7 hours or more.",
        "The review has 64 trials with 5,299 people.",
        "Never take more than the leaflet says in 24 hours.",
        "Attacks last 4 to 72 hours.",
        "It can lower the risk of a fall.",
        "Take it twice a day.",
        "The doctor may lower the dose by half.",
        "Take the second one by half past eight.",
        "It cuts the risk by half, from 8 in 100 to 4 in 100.",
        "A quarter of the people stopped early.",
        "Of 2000 people, 40 had a stroke: 50% fewer.",
        "Eye drops of 0.5% are used.",
        "Among 500 women, the risk fell by 30%.",
        "Half of people get better in 12 weeks.",
    ],
)
def test_number_that_readers_can_weigh_passes(text):
    assert said("S14", sound(("rich_text", text))) == []


def test_figure_of_a_benefit_is_its_base():
    bare = benefit("It cuts the risk by 50%.")
    weighed = benefit("It cuts the risk by 50%.", figure="4 in 100 instead of 8 in 100")
    assert said("S14", sound(benefits(bare))) == [("WARN", "body.1.benefits.items.1.text")]
    assert said("S14", sound(benefits(weighed))) == []
    dash = benefit("It cuts the risk by 50%.", figure="-")
    assert said("S14", sound(benefits(dash))) == [("WARN", "body.1.benefits.items.1.text")]
