"""Counts and sizes read as people say them."""

from __future__ import annotations

import pytest

from inspector.base.quantity import counted, size_text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (1536, "1.5 KB"),
        (41 * 2**20, "41 MB"),
        (5 * 2**50, "5,120 TB"),
    ],
)
def test_sizes_are_for_people(size: int, text: str) -> None:
    assert size_text(size) == text


def test_a_noun_agrees_with_its_number() -> None:
    assert [counted(number, "capture") for number in (0, 1, 1204)] == [
        "0 captures",
        "1 capture",
        "1,204 captures",
    ]
