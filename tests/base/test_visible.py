"""Foreign text can be printed: nothing in it moves a cursor, turns a line around or hides."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.visible import shortened, visible, visible_block, visible_bytes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("\ufeffbom", r"\ufeffbom"),
        ("\ud800", r"\ud800"),
        ("é 日本 🙂", "é 日本 🙂"),
        ("👩\u200d👩\u200d👧 ❤\ufe0f\u200d🔥", "👩\u200d👩\u200d👧 ❤\ufe0f\u200d🔥"),
        ("می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष"),
        ("ad\u200dmin \u200d👩", r"ad\u200dmin \u200d👩"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("🏴\U000e0067", r"🏴\U000e0067"),
    ],
)
def test_hidden_characters_are_spelt_out_and_others_stay(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_no_control_format_or_surrogate_character_is_left(text: str) -> None:
    turning = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    left = {
        c
        for c in visible(text)
        if unicodedata.category(c) in ("Cc", "Cs") or unicodedata.bidirectional(c) in turning
    }
    assert not left
    visible(text).encode()


def test_variation_selectors_are_spelt_out_although_python_can_print_them() -> None:
    for code in range(0xE0000, 0xE1000):
        assert visible(f"a{chr(code)}") == f"a\\U{code:08x}"


def test_a_block_keeps_its_line_feeds_alone() -> None:
    assert visible_block("a\nb\r\n\x1b") == "a\nb\\r\n\\x1b"


def test_bytes_that_are_not_utf_8_are_spelt_as_bytes() -> None:
    assert visible_bytes(b"caf\xc3\xa9 caf\xe9") == "café caf\\xe9"


def test_what_is_cut_off_is_seen_to_be() -> None:
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abcd", 4) == "abcd"
