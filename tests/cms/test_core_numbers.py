"""A number that came in with a request is one that a column holds, or none."""

import pytest

from cms.core.numbers import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("007", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None)]
    + [(text, None) for text in ("", "-1", "1.5", " 1", "1_0", "١٢", "²", "x")],
)
def test_number_that_a_column_holds(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_number_has_no_more_digits_than_asked_for() -> None:
    assert (whole_number("123", digits=3), whole_number("1234", digits=3)) == (123, None)
