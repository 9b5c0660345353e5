from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from frontend_export.edge.submission import GRAPHEME, Comment, characters_in
from tests.growth import assert_linear

PARTS = [
    *("a", "\u00e9", "\u0301", "\u200d", "\ufe0f", "\r", "\n"),
    *("\U0001f1ec", "\U0001f1e7", "\U0001f469", "\U0001f3fd"),  # G, B, a woman, a skin tone
    *("\u0915", "\u094d", "\u093c", "\u0600", "\u1100", "\u1161", "\u11a8"),  # that join
]


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_characters_are_counted_as_unicode_counts_them(text: str) -> None:
    assert characters_in(text) == len(GRAPHEME.findall(text))


def test_ids_of_a_comment_with_marks_beyond_reason_take_no_square_of_time() -> None:
    def ids_of(text: str) -> None:
        comment = Comment(page="k", locale="en", name="Sam", text=text, email="")
        assert len(comment.digest) == 64
        comment.ids(secret=b"s", network_at=lambda instant: "n", now=0)

    assert_linear(ids_of, "a" + "\u0301\u0323" * 740, "a" + "\u0301\u0323" * 5_920)


def test_accents_in_either_encoding_are_the_same_comment() -> None:
    one, other = (
        Comment(page="k", locale="en", name="Zoë", text=text, email="")
        for text in ("caf\u00e9  au lait", "cafe\u0301 au\nlait")
    )
    assert one.digest == other.digest
