"""Bytes as rows of hexadecimal digits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.gui.detail.body.hex_view import row_cells, row_count, row_text


def test_a_row_shows_offset_digits_and_characters() -> None:
    assert row_text(b'{"a":\x00\xff}', 0, 8) == '0000  7b 22 61 22  3a 00 ff 7d  {"a":..}'


def test_a_short_last_row_stands_in_the_same_columns() -> None:
    body = b"0123456789"
    first, last = row_text(body, 0, 8), row_text(body, 1, 8)
    assert last.index("89", 20) == first.index("01234567")


def test_offsets_are_as_wide_as_the_body_asks_for() -> None:
    bodies = (b"", bytes(65_536), bytes(65_537), bytes(1 + (16 << 20)))
    assert [row_text(body, 0, 8).index(" ") for body in bodies] == [4, 4, 6, 8]


@given(st.binary(max_size=100), st.sampled_from([4, 8, 12, 16]))
def test_every_byte_is_in_one_row(body: bytes, width: int) -> None:
    rows = [row_text(body, number, width) for number in range(row_count(len(body), width))]
    assert bytes.fromhex("".join(row[6 : 6 + width * 3 + 1] for row in rows)) == body


@given(st.binary(min_size=1, max_size=100), st.sampled_from([4, 8, 12, 16]), st.data())
def test_a_byte_is_where_its_cells_say(body: bytes, width: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(body) - 1))
    row = row_text(body, at // width, width)
    (digits, two), (sign, one) = row_cells(len(body), width, at % width)
    assert row[digits : digits + two] == f"{body[at]:02x}"
    assert row[sign : sign + one] == (chr(body[at]) if 0x20 <= body[at] < 0x7F else ".")
