"""Counts, sizes and durations read as people say them."""

from __future__ import annotations

import pytest

from inspector.base.quantity import counted, duration_text, remaining_text, size_text


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


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0 s"),
        (420, "0.4 s"),
        (3_000, "3 s"),
        (9_960, "10 s"),
        (60_000, "1 min"),
        (72_000, "1 min 12 s"),
        (3_599_600, "1 h"),
        (11_100_000, "3 h 5 min"),
        (172_800_000, "2 days"),
    ],
)
def test_durations_are_for_people(milliseconds: int, text: str) -> None:
    assert duration_text(milliseconds) == text


def test_a_time_to_wait_is_never_too_short() -> None:
    assert [remaining_text(ms) for ms in (-1, 1, 44_100, 119_000, 299_100)] == [
        "0 s",
        "1 s",
        "45 s",
        "119 s",
        "5 min",
    ]
