from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.cli.output.columns import byte_count, cut, display_width, fit, grouped


@given(st.text(), st.integers(1, 40))
def test_a_field_takes_its_width_whatever_the_text(text: str, width: int) -> None:
    assert display_width(fit(text, width)) == width
    assert display_width(cut(text, width)) <= width


def test_wide_characters_take_two_cells() -> None:
    assert fit("調査", 6) == "調査  "
    assert cut("調査調査", 5) == "調査…"


def test_what_fits_is_not_cut() -> None:
    assert cut("12345", 5) == "12345"
    assert cut("123456", 5) == "1234…"


def test_a_digest_stands_in_groups_of_eight() -> None:
    assert grouped("0123456789abcdef") == "01234567 89abcdef"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (9_999, "9,999 bytes"), (10_240, "10.0 KiB"), (52_428_800, "50.0 MiB")],
)
def test_sizes_are_told_in_words(count: int, text: str) -> None:
    assert byte_count(count) == text
