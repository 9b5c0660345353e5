import pytest

from cms.safety.reading.readability import hardest_sentences, readability, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("pain", 1),
        ("helped", 1),
        ("treated", 2),
        ("table", 2),
        ("tablets", 2),
        ("medicine", 3),
        ("ketamine", 3),
        ("people", 2),
        ("breathing", 2),
        ("doses", 2),
        ("causes", 2),
        ("emergency", 4),
        ("something", 2),
        ("Anxiety", 4),
        ("dialysis", 4),
        ("the", 1),
        ("mg", 1),
        ("ß", 1),
    ],
)
def test_syllables_of(word, count):
    assert syllables(word) == count


def test_lix_counts_long_words_and_words_of_a_sentence():
    measured = readability(["One two three. Four elephants sevenly six."])
    assert measured.words == 7
    assert measured.lix == pytest.approx(7 / 2 + 100 * 2 / 7)


def test_grade_is_that_of_flesch_and_kincaid():
    measured = readability(["The cat sat on the mat."])
    assert measured.grade == pytest.approx(0.39 * 6 + 11.8 * 1 - 15.59)


def test_nothing_to_read_is_not_hard():
    assert readability(["", "..."]) == (0, 0.0, 0.0)


def test_end_of_a_line_and_of_a_text_end_a_sentence():
    assert readability(["One\ntwo", "three"]).lix == pytest.approx(1)


def test_abbreviation_ends_no_sentence():
    assert readability(["Ask someone, e.g. a nurse."]).lix == pytest.approx(6 + 100 * 1 / 6)


def test_hardest_sentences_come_first():
    assert hardest_sentences(["One. One two three.", "One two."], 2) == [
        "One two three.",
        "One two.",
    ]
