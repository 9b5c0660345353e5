import time
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cms.core.normalise import MOST_FOLDED, UNSEEN, normalise, words

TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("aA ßİﬁ㏇\u0301\u0323\u200b\u00ad\ufe0f👩가\u1100\u1161\u11a8ｶﾞǅΐ\u0345"),
    ),
    max_size=25,  # shorter than the most marks that stay on one letter
)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("Kill", "kill"),
        ("Ｋｉｌｌ", "kill"),
        ("𝕂𝕚𝕝𝕝", "kill"),
        ("k\u200bi\u200dl\u2060l\ufeff", "kill"),
        ("ki\u00adll", "kill"),
        ("\u202ekill\u202c", "kill"),
        ("k\u034fi\ufe0fl\u3164l", "kill"),
        ("STRASSE straße", "strasse strasse"),
        ("Cafe\u0301 CAFÉ", "café café"),
        ("ﬁne", "fine"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("ｶﾞ", "ガ"),
        ("", ""),
        ("ﷺ", "ﷺ"),  # would be a phrase of 18 characters
    ],
)
def test_one_of_the_many_ways_to_write_it_is_left(typed, text):
    assert normalise(typed).text == text


@pytest.mark.parametrize(
    ("typed", "sought", "shown"),
    [
        ("I kill it", "kill", "kill"),
        ("👩‍👩‍👧 kill it", "kill", "kill"),
        ("x\u200bki\u200bll\u200b.", "kill", "ki\u200bll"),
        ("e\u0301 k\u0301ill", "ill", "ill"),
        ("cafe\u0301s", "café", "cafe\u0301"),
        ("\u200b\u200bkill", "kill", "kill"),
        ("of ﬁne", "fine", "ﬁne"),
        ("of ﬁne", "i", "ﬁ"),
        ("straßen", "asse", "aße"),
        ("ＫＩＬＬ👍", "kill", "ＫＩＬＬ"),
    ],
)
def test_span_is_where_it_stands_in_the_original(typed, sought, shown):
    normalised = normalise(typed)
    start = normalised.text.index(sought)
    begin, end = normalised.span(start, start + len(sought))
    assert typed[begin:end] == shown


@given(TEXTS)
@example("\u1100\u1161\u11a8")
@example("ｶ\u200bﾞ")
def test_it_is_unicodes_own_normal_form_of_what_can_be_seen(typed):
    seen = "".join(
        character
        for character in typed
        if unicodedata.category(character) != "Cf" and character not in UNSEEN
    )
    assume(not any(len(unicodedata.normalize("NFKC", one)) > MOST_FOLDED for one in seen))
    nfkc = unicodedata.normalize("NFKC", seen)
    expected = unicodedata.normalize("NFKC", nfkc.casefold())
    shown = normalise(typed).text
    assert unicodedata.normalize("NFKC", shown) == expected


@given(TEXTS)
def test_spans_cover_the_original_in_order(typed):
    normalised = normalise(typed)
    assert len(normalised.text) == len(normalised.starts) == len(normalised.ends)
    assert [*normalised.starts] == sorted(normalised.starts)
    assert [*normalised.ends] == sorted(normalised.ends)
    for position in range(len(normalised.text)):
        start, end = normalised.span(position, position + 1)
        assert 0 <= start < end <= len(typed)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("I want, to... DIE!", ["i", "want", "to", "die"]),
        ("don't dont don\u2019t don`t", ["dont", "dont", "dont", "dont"]),
        ("l'hôpital", ["l", "hôpital"]),
        ("rock 'n' roll", ["rock", "n", "roll"]),
        ("''kill''me''", ["kill", "me"]),
        ("kill_my-self", ["kill", "my", "self"]),
        ("20mg 0.5", ["20mg", "0", "5"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("Привет, мир", ["привет", "мир"]),
        ("s\u0336e\u0336x\u0336", ["sex"]),
        ("k\u0456ll \u041c\u0443 \u026aT", ["kill", "my", "it"]),
        ("", []),
        ("★ 👍", []),
    ],
)
def test_words_are_between_unicodes_edges(typed, found):
    assert [word.text for word in words(normalise(typed).text)] == found


@given(TEXTS)
def test_words_stand_apart_and_in_order(typed):
    text = normalise(typed).text
    end = -1
    for word in words(text):
        assert end < word.start < word.end <= len(text)
        end = word.end


def test_hundred_thousand_marks_on_one_letter_take_little_time():
    start = time.thread_time()
    normalise("a" + "\u0301\u0323" * 50_000)
    assert time.thread_time() - start < 2


@given(st.text(st.sampled_from("aA \n‘’“”–—…\u2009½µéÉßſK£©\xa0\u0301\u200b\u00ad"), max_size=20))
def test_common_signs_come_out_as_they_would_one_by_one(text):
    # A letter that no table of common signs knows sends the whole text the long way.
    assert normalise(text + "\u0416").text == normalise(text).text + "\u0436"
