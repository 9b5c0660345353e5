"""What an article says around its body: who stands behind it, for whom, since when and until."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from frontend_export.content import ContentIndex, Discussion, ReaderComment, Rendered, ReportingLine
from frontend_export.render.renderer import Renderer

from .every_block import (
    ALERT,
    AUTHOR,
    FIELDS,
    REVIEWER,
    every_block_article,
    surroundings,
)
from .site_in_view import LINKS, NOW, Outline, article, block, content, site, stored

RENDERER = Renderer(site_url="https://example.org")
INSET = block("inset", {"text": "<p>The body.</p>"})


def render(**fields: Any) -> Rendered:
    return RENDERER.page(every_block_article(INSET, **fields), surroundings(), now=NOW)


def text_of(**fields: Any) -> str:
    return Outline(render(**fields).body).text


def test_box_near_the_top_says_who_reviewed_and_who_wrote():
    html = render().body.decode()
    box = html[html.index('<section class="review-box"') : html.index("The body.")]
    text = Outline(box.encode()).text
    assert "Reviewed by Dr Ada Example , FRCA (Consultant anaesthetist)" in text
    assert "Last reviewed 1 March 2026 Next review due 1 March 2029" in text
    assert "Written by Sam Writer" in text
    assert 'href="https://example.org/ada" rel="noopener"' in box


def test_box_says_for_whom_and_for_where():
    assert "Written for Carers Applies in United Kingdom" in text_of()
    assert "Written for" not in text_of(audience="everyone")
    assert "Applies in Ireland" in text_of(jurisdiction="IE")


def test_people_who_are_gone_are_left_out_with_a_warning():
    gone = surroundings(without=(REVIEWER, AUTHOR))
    found = RENDERER.page(every_block_article(INSET), gone, now=NOW)
    text = Outline(found.body).text
    assert "Reviewed by" not in text
    assert "Written by" not in text
    assert {one.message for one in found.findings} == {
        "Person 3 is not exported and was left out.",
        "Person 4 is not exported and was left out.",
    }


def test_profile_at_an_address_that_could_act_is_no_link():
    evil = REVIEWER._replace(fields={**REVIEWER.fields, "profile_url": "javascript:alert(1)"})
    there = ContentIndex(site(), pages=LINKS, snippets=[evil])
    html = RENDERER.page(every_block_article(INSET, authors=[]), there, now=NOW).body
    assert b"<dd>Dr Ada Example, FRCA" in html
    assert b"javascript:" not in html


def test_sample_has_its_banner_and_no_reviewer():
    text = text_of(sample_content=True)
    assert "Sample content. No clinician has reviewed this page." in text
    assert "Reviewed by" not in text
    assert "Last reviewed" not in text
    assert "Dr Ada Example" not in text


def test_major_change_is_told_with_its_day_and_a_minor_one_is_not():
    assert "Changed 25 November 2026 : The section on the bladder is new." in text_of()
    assert "bladder is new" not in text_of(change_kind="minor")
    assert "Changed" not in text_of(change_note="")


def test_key_points_come_before_the_body():
    text = text_of()
    assert "Key points It is an anaesthetic. It is watched." in text
    assert text.index("Key points") < text.index("The body.")


def test_other_names_stand_below_the_title():
    assert "What is ketamine? Also called: ket, ketamine hydrochloride" in text_of()


def test_legal_status_is_said_in_words_country_by_country():
    statuses = [
        {"country": "GB", "legal_class": "POM", "schedule": ""},
        {"country": "US", "legal_class": "controlled", "schedule": "Schedule III"},
        {"country": "GB", "legal_class": "controlled", "schedule": "Class B; Schedule 2"},
        {"country": "NZ", "legal_class": "P", "schedule": ""},
    ]
    text = text_of(legal_status=stored(*statuses))
    assert (
        "United Kingdom On prescription only Controlled drug: Class B; Schedule 2 "
        "New Zealand Sold in pharmacies only United States Controlled drug: Schedule III" in text
    )


def test_article_says_who_paid_who_gains_and_what_it_does_not_replace():
    text = text_of()
    assert "About this information This site does not replace advice." in text
    assert "Funding: Nobody paid for this page." in text
    assert "Conflicts of interest: Nobody gains by it." in text


def test_site_without_such_words_has_no_empty_part():
    page = every_block_article(INSET, funding="", conflicts="")
    html = RENDERER.page(page, surroundings(advice_statement=""), now=NOW).body
    assert b"About this information" not in html


def test_side_effects_are_reported_in_the_country_of_the_page():
    lines = (
        ReportingLine("US", "MedWatch", "https://www.fda.gov/medwatch"),
        ReportingLine("GB", "Yellow Card scheme", "https://yellowcard.mhra.gov.uk/"),
        ReportingLine("GB", "By phone", "javascript:alert(1)"),
    )
    there = surroundings(side_effect_reporting=lines)
    found = RENDERER.page(every_block_article(INSET), there, now=NOW)
    outline = Outline(found.body)
    assert outline.all("a", href="https://yellowcard.mhra.gov.uk/", rel="noopener")
    assert "In the United Kingdom: By phone" in outline.text
    assert "MedWatch" not in outline.text
    assert b"javascript:" not in found.body
    assert found.body.count(b'id="report-side-effects"') == 1


@pytest.mark.parametrize("fields", [{"topic_type": "condition"}, {"jurisdiction": "NZ"}])
def test_side_effects_of_no_medicine_or_another_country_are_not_asked_for(fields):
    assert "Report a side effect" not in text_of(**fields)


WITHDRAWN = {
    "withdrawn_on": "2026-11-01",
    "withdrawn_reason": "The medicine is off the market.",
    "replacement_page": 6,
}


def test_withdrawn_page_says_why_and_leads_on_and_shows_nothing_else():
    comment = ReaderComment(8, 5, "Sam", "My own words.", NOW)
    page = every_block_article(INSET, **WITHDRAWN)
    there = content(comments=[comment])
    outline = Outline(RENDERER.page(page, there, now=NOW).body)
    assert "This page was withdrawn on 1 November 2026" in outline.text
    assert "The medicine is off the market." in outline.text
    assert outline.all("a", href="/medicines/naloxone/")
    for gone in ("The body.", "My own words.", "Key points", "Sources", "Reviewed by"):
        assert gone not in outline.text
    assert not outline.all("form")
    assert "A strong medicine." not in outline.text
    assert not outline.all("meta", name="description")
    assert page.link.summary == ""


def test_withdrawn_page_goes_out_whatever_its_body_is_like():
    broken = block("medical_uses", 7)
    page = every_block_article(broken, **WITHDRAWN)._replace(fault="The body is none.")
    found = RENDERER.page(page, surroundings(), now=NOW)
    assert found.findings == ()
    assert b"This page was withdrawn" in found.body


def test_withdrawn_page_takes_no_comments_wherever_they_come_from():
    page = every_block_article(**WITHDRAWN)
    assert not page.shows_comments
    assert not page.takes_comments_at(NOW)


def test_withdrawn_page_without_a_replacement_leads_nowhere():
    assert "Read instead" not in text_of(**WITHDRAWN | {"replacement_page": None})


def test_replacement_that_is_gone_is_reported():
    found = render(**WITHDRAWN | {"replacement_page": 99})
    assert b"Read instead" not in found.body
    assert [one.message for one in found.findings] == [
        "Page 99 is not exported: what led to it was left out."
    ]


@pytest.mark.parametrize(
    ("level", "words"), [("urgent", "Urgent:"), ("information", "Information:"), ("?", "Urgent:")]
)
def test_alert_stands_above_the_header_of_every_page(level, words):
    there = surroundings(alert=ALERT._replace(level=level))
    page = RENDERER.page(every_block_article(), there, now=NOW).body.decode()
    for html in (page, RENDERER.not_found(there).body.decode()):
        assert f"<strong>{words}</strong> Some tablets are being recalled." in html
        assert html.index("recalled") < html.index('<header class="site-header"')
        assert html.index('class="skip-link"') < html.index("recalled")


def test_alert_disappears_by_the_clock():
    there = surroundings(alert=ALERT)
    assert ALERT.until is not None
    for at, is_shown in ((ALERT.until - timedelta(seconds=1), True), (ALERT.until, False)):
        html = RENDERER.page(every_block_article(), there, now=at).body
        assert (b"recalled" in html) is is_shown
    second = Discussion(number=2, count=2, total=0, comments=())
    comments = RENDERER.comments_page(every_block_article(), there, second, now=ALERT.until)
    assert b"recalled" not in comments.body


def test_alert_is_text_and_no_markup():
    there = surroundings(alert=ALERT._replace(text="<b>Recall</b>"))
    html = RENDERER.page(every_block_article(), there, now=NOW).body
    assert b"&lt;b&gt;Recall&lt;/b&gt;" in html


@pytest.mark.parametrize("empty", [None, ""])
def test_article_with_nothing_in_any_field_still_has_its_body(empty):
    fields = dict.fromkeys(FIELDS, empty) | {"comments_mode": "hidden"}
    page = every_block_article(INSET)._replace(fields=fields)
    found = RENDERER.page(page, content(), now=NOW)
    assert found.findings == ()
    assert "The body." in Outline(found.body).text
    assert "None" not in found.body.decode()


def test_article_of_a_cms_that_knows_none_of_these_fields_is_as_it_was():
    found = RENDERER.page(article(INSET), content(), now=NOW)
    assert found.findings == ()
    assert not re.search(rb"review-box|key-points|legal-status|disclosure", found.body)


def test_unknown_words_of_the_cms_do_not_break_the_page():
    text = text_of(
        audience="robots",
        jurisdiction="FR",
        legal_status=stored({"country": "FR", "legal_class": "liste I", "schedule": ""}),
    )
    assert "Applies in FR" in text
    assert "FR liste I" in text
    assert "Written for" not in text


def test_reading_time_is_that_of_the_body():
    words = block("rich_text", f"<p>{'word ' * 700}</p>")
    for body, said in (([INSET], "about 1 minute"), ([words], "about 4 minutes")):
        found = RENDERER.page(every_block_article(*body), surroundings(), now=NOW)
        assert f"Reading time: {said}" in Outline(found.body).text


def test_page_without_a_body_or_without_spaces_has_no_reading_time():
    assert "Reading time" not in text_of(withdrawn_on="2026-11-20")
    japanese = every_block_article(INSET)._replace(locale="ja")
    html = RENDERER.page(japanese, surroundings(), now=NOW).body
    assert b"Reading time" not in html
