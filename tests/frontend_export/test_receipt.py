from __future__ import annotations

import re

import pytest

from frontend_export.edge.receipt import PATTERN, receipt_of


@pytest.mark.parametrize(
    ("id", "receipt"),
    [
        ("6f1c", "AYX7-FANC-M3X7"),
        ("", "WD23-K416-AP80"),
        ("e" * 64, "XHA5-NQYC-SMKH"),
    ],
)
def test_receipt_follows_from_the_id_alone(id: str, receipt: str) -> None:
    assert receipt_of(id) == receipt


def test_receipt_has_no_letter_that_looks_like_another() -> None:
    for number in range(1000):
        receipt = receipt_of(str(number))
        assert re.fullmatch(PATTERN, receipt)
        assert not set("ILOU") & set(receipt)
