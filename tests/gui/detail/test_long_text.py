"""Long texts: pieces, JSON colours in any line, and copies without folds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor

from inspector.gui.detail.long_text import (
    PIECE,
    colour_spans,
    ends_in_string,
    from_utf16,
    pretty_pieces,
    raw_pieces,
    utf16_length,
)
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.theme import Theme
from tests.waiting import until


def coloured(line: str, is_in_string: bool = False) -> list[tuple[str, str]]:
    return [
        (line[start : start + length], tone.removeprefix("code_"))
        for start, length, tone in colour_spans(line, is_in_string)
    ]


def test_texts_numbers_and_words_are_told_apart_and_names_left_alone() -> None:
    assert coloured('{"a": "x \\" y", "b": [-1.50e9, true, null]}') == [
        ('"x \\" y"', "string"),
        ("-1.50e9", "number"),
        ("true", "word"),
        ("null", "word"),
    ]


def test_a_line_that_begins_within_a_text_knows_where_that_ends() -> None:
    assert coloured('12 true", 7', is_in_string=True) == [('12 true"', "string"), ("7", "number")]
    assert ends_in_string('"12', False)
    assert ends_in_string('12 \\" 3', True)
    assert not ends_in_string('3", 4', True)


@given(st.text(alphabet="a🦙é", max_size=9), st.integers(0, 9))
def test_places_are_counted_as_qt_counts_them(text: str, place: int) -> None:
    place = min(place, len(text))
    assert from_utf16(text, utf16_length(text[:place])) == place
    assert utf16_length(text) == len(text.encode("utf-16-le")) // 2


async def test_what_stands_behind_an_emoji_is_copied_exactly(theme: Theme) -> None:
    view = TextView(theme, "Text")
    view.fill(raw_pieces("🦙🦙 llama x".encode()), 1 << 20)
    await until(lambda: view.is_whole)
    cursor = QTextCursor(view.document())
    cursor.setPosition(5)
    cursor.setPosition(10, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    assert view.createMimeDataFromSelection().text() == "llama"
    view.deleteLater()


async def test_what_is_in_sight_is_coloured_and_again_when_the_theme_changes(theme: Theme) -> None:
    view = TextView(theme, "Text")
    view.resize(400, 200)
    view.show()
    view.fill(pretty_pieces('{"a": 1, "b": ["' + 'x", "' * 200 + '"]}'), 1 << 20, is_json=True)
    await until(lambda: view.is_whole)
    view.grab()
    line = view.document().findBlockByNumber(1)

    def colour() -> str:
        ranges = line.layout().formats()  # kept: what is in it dies with it
        return ranges[0].format.foreground().color().name()

    assert colour() == theme.tokens.code_number
    assert not view.document().lastBlock().layout().formats(), "what nobody sees waits"
    theme.force(True)
    view.grab()
    assert colour() == theme.tokens.code_number
    view.deleteLater()


def raw(body: bytes) -> str:
    return "".join(piece.text for piece in raw_pieces(body))


@given(st.text(alphabet="aé漢😀\n", max_size=50), st.integers(0, 3))
def test_a_character_that_stands_across_two_pieces_stays_one(text: str, shift: int) -> None:
    body = b"x" * (PIECE - shift) + text.encode()
    assert raw(body) == body.decode()


def test_bytes_that_are_not_text_and_what_hides_are_escaped() -> None:
    assert raw(b"a\xffb\x00\r\n\xe2\x80\xae") == "a\\xffb\\x00\\r\n\\u202e"


def test_one_string_of_a_megabyte_comes_in_many_pieces() -> None:
    pieces = list(pretty_pieces('{"a": "' + "x" * 2**20 + '"}'))
    assert max(len(piece.text) for piece in pieces) <= PIECE
