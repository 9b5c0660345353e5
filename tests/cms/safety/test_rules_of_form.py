"""S11, S16 to S19: helplines, headings, images, links, notices."""

from dataclasses import replace
from datetime import date

import pytest

from cms.safety.reading.facts import ImageFacts, TermFacts

from .sound_page import (
    HELPLINE,
    TODAY,
    benefits,
    button,
    found,
    heading,
    image,
    items,
    notice,
    risks,
    said,
    section,
    sound,
)


def text(html="<p>Text.</p>"):
    return "rich_text", html


def card(level="urgent", action="Call 111", conditions=("you feel sick",), note=""):
    return "care_card", {
        "level": level,
        "action": action,
        "conditions": items(*conditions),
        "note": note,
        "helpline": None,
    }


def advice(to_do, not_to_do):
    return "do_dont", {"do": items(*to_do), "dont": items(*not_to_do)}


# S11


@pytest.mark.parametrize(
    "change",
    [
        {"country": ""},
        {"phone": ""},
        {"phone": "call us"},
        {"hours": " "},
        {"last_checked": None},
        {"last_checked": date(2025, 11, 25)},
        {"last_checked": date(2062, 11, 26)},
    ],
    ids=str,
)
def test_helpline_that_readers_cannot_rely_on_is_told(change):
    page = sound(("helpline", {"helpline": 1}), helplines={1: replace(HELPLINE, **change)})
    assert said("S11", page) == [("WARN", "body.1")]


def test_deleted_helpline_is_told_wherever_it_stood():
    assert said("S11", sound(notice(helpline=5))) == [("WARN", "body.1")]


def test_checked_helpline_passes_for_twelve_months():
    page = sound(
        ("helpline", {"helpline": 1}), helplines={1: replace(HELPLINE, last_checked=TODAY)}
    )
    assert said("S11", page, date(2027, 11, 26)) == []
    assert said("S11", page, date(2027, 11, 27)) == [("WARN", "body.1")]


# S16


def test_page_without_a_title_is_refused():
    assert said("S16", sound(title=" ")) == [("BLOCK", "title")]


def test_part_of_a_section_without_a_section_is_refused():
    part = heading("Part", "subsection")
    assert said("S16", sound(part, text())) == [("BLOCK", "body.1")]
    assert said("S16", sound(heading(), part, text())) == []
    assert said("S16", sound(section("driving"), part, text())) == []


@pytest.mark.parametrize(
    "block",
    [
        heading(" "),
        heading("—"),
        ("benefits", {"heading": "", "items": []}),
        notice(title=""),
        card(action=""),
        ("details", {"title": "", "text": "x"}),
        ("conclusion", {"heading": None, "text": "x"}),
    ],
    ids=lambda block: block[0],
)
def test_empty_heading_is_refused(block):
    assert said("S16", sound(block)) == [("BLOCK", "body.1")]


def test_empty_question_is_refused_at_its_place():
    faq = ("faq", {"heading": "Q", "items": items({"question": "Why?"}, {"question": ""})})
    assert said("S16", sound(faq)) == [("BLOCK", "body.1.faq.items.2")]


@pytest.mark.parametrize("between", [(), (image(),), (button(),), (notice(),)], ids=str)
def test_text_after_a_notice_without_a_heading_is_refused(between):
    page = sound(heading(), notice(), *between, text())
    assert said("S16", page) == [("BLOCK", f"body.{len(page.blocks)}")]


@pytest.mark.parametrize(
    "between", [heading(), risks(), section("driving"), advice("a", "b")], ids=str
)
def test_text_after_a_notice_and_a_heading_passes(between):
    assert said("S16", sound(card(), between, text())) == []


def test_only_the_first_text_after_a_notice_is_told():
    assert said("S16", sound(heading(), notice(), text(), text())) == [("BLOCK", "body.3")]


@pytest.mark.parametrize("html", ["<h1>Title</h1>", "<h4>Deep</h4>", "<h3></h3>"])
def test_heading_within_a_text_that_is_out_of_order_is_refused(html):
    assert said("S16", sound(heading(), text(html))) == [("BLOCK", "body.2")]


def test_heading_within_a_text_that_is_in_order_passes():
    assert said("S16", sound(heading(), text("<h3>Below</h3><p>x</p><h4>Deeper</h4>"))) == []


# S17


@pytest.mark.parametrize("alt_text", ["", " ", "\u200b", ".", "-", "…"])
def test_image_without_alt_text_is_refused(alt_text):
    assert said("S17", sound(image(alt_text))) == [("BLOCK", "body.1")]


def test_decorative_image_needs_none():
    assert said("S17", sound(image("", decorative=True))) == []


def test_image_within_a_text_needs_one_too():
    embed = '<embed embedtype="image" id="7" alt="{}"/>'
    assert said("S17", sound(text(embed.format("")))) == [("BLOCK", "body.1")]
    assert said("S17", sound(text(embed.format("A leaf")))) == []


@pytest.mark.parametrize(
    "alt_text",
    [
        "IMG_2041",
        "leaf.png",
        "leaf_3",
        "DSC 0012",
        "image1",
        "x" * 126,
        "Logo",
        "alt text",
        "An image of",
        "n/a",
        "Screenshot 2026-11-01 at 10.22.33",
        "ketamine-vial-final",
        "stock photo",
        "A picture",
        "alt",
    ],
)
def test_alt_text_that_says_little_or_much_is_told(alt_text):
    assert said("S17", sound(image(alt_text))) == [("WARN", "body.1")]


@pytest.mark.parametrize(
    "alt_text",
    [
        "A leaf on a table",
        "x" * 125,
        "Leaf",
        "A photo of a clinic",
        "Images of a brain, before and after",
        "ورقة خضراء",
        "Figure: how the medicine reaches the blood",
        "X-ray",
        "COVID-19",
    ],
)
def test_alt_text_in_words_passes(alt_text):
    assert said("S17", sound(image(alt_text))) == []


def test_deleted_image_is_told():
    assert said("S17", sound(image(), images={})) == [("WARN", "body.1")]
    assert said("S17", sound(image(), images={7: ImageFacts("Leaf", "")})) == []


# S18


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://nhs.uk">click here</a>',
        '<a href="https://nhs.uk">Here</a>',
        '<a href="https://nhs.uk">Click here for more</a>',
        '<a href="https://nhs.uk">Download</a>',
        '<a linktype="page" id="3">Read more</a>',
        '<a linktype="page" id="3"> </a>',
        '<a href="https://nhs.uk">https://nhs.uk/sleep</a>',
        '<a href="https://nhs.uk">www.nhs.uk</a>',
        "See https://www.nhs.uk/sleep for that",
        '<a href="https://nhs.uk" target="_blank">NHS on sleep</a>',
        "<a href='https://nhs.uk' target=_blank>NHS on sleep</a>",
        '<a href="https://nhs.uk">See https://www.nhs.uk/sleep</a>',
        '<a href="https://nhs.uk">nhs.uk/sleep</a>',
        "See nhs.uk/sleep for that",
        '<a href="https://nhs.uk">Continue reading</a>',
        '<a href="https://nhs.uk">our website</a>',
        '<a href="https://nhs.uk">[1]</a>',
        '<a href="https://nhs.uk">→</a>',
    ],
)
def test_link_that_says_nothing_is_told(html):
    assert said("S18", sound(text(html))) == [("WARN", "body.1")]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://nhs.uk">the NHS on sleep</a>',
        '<a href="tel:999">Call 999</a>',
        'Come here. <a linktype="page" id="3">Where to get help here</a>',
        '<a href="https://nhs.uk"><b>Read more about sleep</b></a>',
        "Read more on this page.",
        '<a href="https://nhs.uk" target="_blank">NHS on sleep (opens in a new tab)</a>',
        '<a href="https://nhs.uk">ClinicalTrials.gov</a>',
        '<a href="tel:111">111</a>',
        "5 mg/ml and/or 1.5 mg/5 ml",
    ],
)
def test_link_that_says_where_it_leads_passes(html):
    assert said("S18", sound(text(html))) == []


def test_button_says_where_it_leads_too():
    assert said("S18", sound(button("Click here"))) == [("WARN", "body.1")]
    assert said("S18", sound(button("Find a service"))) == []


# S19


@pytest.mark.parametrize("number", [5, None])
def test_deleted_glossary_term_is_told(number):
    """The database may say that nothing is chosen, where what was chosen is gone."""
    page = sound(("glossary_term", {"glossary_term": number}), terms={4: TermFacts("Dose")})
    assert said("S19", page) == [("WARN", "body.1")]


def test_glossary_term_that_is_there_passes():
    page = sound(("glossary_term", {"glossary_term": 4}), terms={4: TermFacts("Dose", "So much.")})
    assert said("S19", page) == []


def test_third_notice_is_one_too_many():
    page = sound(notice(), notice(), notice())
    assert said("S19", page) == [("WARN", "body.3")]
    assert said("S19", page, notices=3) == []


@pytest.mark.parametrize(
    "item", ["avoid alcohol", "no alcohol", "you must not drive", "can't wait"]
)
def test_do_not_is_not_turned_round(item):
    page = sound(advice(["rest"], ["drink", item]))
    assert said("S19", page) == [("WARN", "body.1.do_dont.dont.2")]


@pytest.mark.parametrize("item", ["stop it suddenly", "notice it late", "do it in a hurry"])
def test_bare_verb_turns_nothing_round(item):
    assert said("S19", sound(advice(["avoid alcohol"], ["drink", item]))) == []


def test_each_item_has_a_reason_of_its_own():
    one, other = (
        {found.key for found in found("S19", sound(advice(["rest"], ["drink", item])))}
        for item in ("do not drive", "never smoke")
    )
    assert one
    assert one.isdisjoint(other)


def test_each_heading_of_a_card_has_a_reason_of_its_own():
    one, other = (
        {found.key for found in found("S19", sound(card(action=action)))}
        for action in ("Emergency", "Symptoms")
    )
    assert one
    assert one.isdisjoint(other)


def test_key_comes_back_from_a_form_as_it_was():
    item = f"do not {'x' * 52} and y"  # whose sixtieth character is a space
    (finding,) = found("S19", sound(advice(["rest"], ["drink", item])))
    assert finding.key == finding.key.strip()


@pytest.mark.parametrize("item", ["do not drive", "Don't drive", "don’t drive", "never drive"])
def test_do_not_is_not_written_twice(item):
    page = sound(advice(["rest"], ["drink", item]))
    assert said("S19", page) == [("WARN", "body.1.do_dont.dont.2")]


def test_advice_below_do_starts_with_its_verb():
    assert said("S19", sound(advice(["do rest", "drink"], ["drive"]))) == [
        ("WARN", "body.1.do_dont.do.1")
    ]
    assert said("S19", sound(advice(["not drive", "drink"], ["smoke"]))) == [
        ("WARN", "body.1.do_dont.do.1")
    ]
    assert said("S19", sound(advice(["rest", "do your exercises"], ["drive"]))) == []


def test_list_of_one_is_told():
    assert said("S19", sound(advice([], ["drive"]))) == [("WARN", "body.1")]


@pytest.mark.parametrize(
    "action", ["Emergency", "Symptoms", "Call 999 if", "Call 999 IF", "Call 999 when", "See a GP:"]
)
def test_card_that_does_not_say_what_to_do_is_told(action):
    assert said("S19", sound(card(action=action))) == [("WARN", "body.1")]


@pytest.mark.parametrize(
    "action",
    ["Call 999", "See a GP", "Ask for an urgent GP appointment", "Go to A&E now", "Phone 111"],
)
def test_card_that_says_what_to_do_passes(action):
    assert said("S19", sound(card(action=action))) == []


def test_card_without_a_condition_is_told():
    assert said("S19", sound(card(conditions=()))) == [("WARN", "body.1")]


@pytest.mark.parametrize(
    ("note", "is_told"),
    [
        ('<a linktype="page" id="3">Read about sleep</a>', True),
        ('<a href="tel:999">999</a>', False),
        ('<a href="https://nhs.uk/x">Find your nearest A&amp;E</a>', False),
    ],
)
def test_emergency_card_leads_to_help_only(note, is_told):
    assert bool(said("S19", sound(card("emergency", "Call 999", note=note)))) is is_told
    assert said("S19", sound(card("urgent", "Call 111", note=note))) == []


def test_findings_of_one_part_have_keys_of_their_own():
    page = sound(advice(["do rest"], ["do not drive"]), benefits())
    places = [one.place.path for one in found("S19", page)]
    assert places == ["body.1.do_dont.dont.1", "body.1.do_dont.do.1"]
