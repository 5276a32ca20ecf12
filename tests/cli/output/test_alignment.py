from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.cli.output.alignment import cut, display_width, fit, hanging, wrapped
from inspector.cli.output.capture_text import byte_count
from inspector.cli.output.signature_text import grouped


@given(st.text(), st.integers(1, 40))
def test_a_field_takes_its_width_whatever_the_text(text: str, width: int) -> None:
    assert display_width(fit(text, width)) == width
    assert display_width(cut(text, width)) <= width


def test_wide_characters_take_two_cells() -> None:
    assert fit("調査", 6) == "調査  "
    assert cut("調査調査", 5) == "調査…"


def test_each_character_takes_the_cells_that_unicode_says() -> None:
    for char in map(chr, range(0x10000)):
        usual = 2 if unicodedata.east_asian_width(char) in "WF" else 1
        assert display_width(char) == (0 if unicodedata.combining(char) else usual), ascii(char)
    assert display_width("“a” ✓ 調…") == 9


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


@given(st.text(st.sampled_from("ab 調\u0301"), max_size=80), st.integers(10, 60), st.sampled_from([0, 4]))
def test_a_paragraph_fits_and_loses_no_character(text: str, width: int, indent: int) -> None:
    lines = wrapped(text, width, indent=indent, least=1)
    assert max(map(display_width, lines)) <= width - indent
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_only_a_word_wider_than_a_line_is_broken() -> None:
    assert wrapped("one two three", 9, indent=0, least=1) == ["one two", "three"]
    assert wrapped("at http://localhost/", 9, indent=0, least=1) == ["at http:/", "/localhos", "t/"]
    assert list(hanging("Fix    ", "one two three", 14, indent=7)) == ["Fix    one two three"]
    assert list(hanging("Fix    ", "one " * 9 + "end", 37, indent=7))[1:] == ["       one one end"]
