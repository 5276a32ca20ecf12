"""Long text fills piece by piece, is folded for the eye alone, and is copied as it was sent."""

from __future__ import annotations

import asyncio

from PySide6.QtGui import QTextCursor

from inspector.domain.capture.line_diff import LineDiff, LinePair
from inspector.gui.detail.long_text import FOLD, PIECE, raw_pieces
from inspector.gui.detail.text_view import LineDiffView, TextView
from inspector.gui.kit.theme import Theme
from tests.waiting import until


async def test_a_long_line_is_folded_for_the_eye_and_copied_whole(theme: Theme) -> None:
    view = TextView(theme, "Text")
    line = "x" * (3 * FOLD + 7)
    view.fill(raw_pieces(f"{line}\nsecond\n".encode()), 1 << 20)
    await until(lambda: view.is_whole)
    assert view.document().blockCount() == 6
    view.selectAll()
    assert view.createMimeDataFromSelection().text() == f"{line}\nsecond\n"
    cursor = QTextCursor(view.document())
    cursor.setPosition(FOLD - 2)
    cursor.setPosition(FOLD + 3, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    assert view.createMimeDataFromSelection().text() == "xxxx", "the fold itself is no character"
    view.deleteLater()


async def test_each_fold_is_marked_and_no_line_break_is(theme: Theme) -> None:
    view = TextView(theme, "Text")
    view.resize(900, 600)
    view.show()
    view.fill(raw_pieces(f"{'x' * (2 * FOLD + 7)}\nsecond\nthird".encode()), 1 << 20)
    await until(lambda: view.is_whole)
    view.grab()
    assert len(view.fold_marks()) == 2
    first = view.fold_marks()[0]
    row = view.grab(first.toAlignedRect().translated(view.viewport().pos())).toImage()
    colours = {row.pixelColor(x, y).name() for x in range(row.width()) for y in range(row.height())}
    assert theme.color("text3").name() in colours
    view.selectAll()
    assert "↩" not in view.createMimeDataFromSelection().text()
    view.deleteLater()


async def test_it_stops_at_its_limit_and_goes_on_when_asked(theme: Theme) -> None:
    view = TextView(theme, "Text")
    body = b"line\n" * 40_000
    paused = asyncio.Event()
    view.paused.connect(paused.set)
    view.fill(raw_pieces(body), 50_000)
    await paused.wait()
    assert not view.is_whole
    assert 50_000 <= len(view.toPlainText()) < 50_000 + PIECE
    view.fill_up(1 << 40)
    await until(lambda: view.is_whole)
    assert view.toPlainText().encode() == body
    view.deleteLater()


def test_the_text_that_both_lines_of_a_pair_share_is_grey_up_to_whole_words(theme: Theme) -> None:
    view = LineDiffView(theme, "difference")
    pairs = (
        LinePair(before="same", after="same", is_same=True),
        LinePair(before="length: 1208 bytes", after="length: 1206 bytes", is_same=False),
        LinePair(before=None, after="new", is_same=False),
    )
    view.show_comparison(LineDiff(lines=pairs), is_paired=True)
    assert view.toPlainText() == "  same\n− length: 1208 bytes\n+ length: 1206 bytes\n+ new"
    grey = theme.color("text2")
    marks = [mark for mark in view.extraSelections() if mark.format.foreground().color() == grey]
    assert [mark.cursor.selectedText() for mark in marks] == ["length: ", " bytes"] * 2
    soft = theme.color("accent_soft")
    tinted = [mark for mark in view.extraSelections() if mark.format.background().color() == soft]
    assert [mark.cursor.blockNumber() for mark in tinted] == [2, 3], "only the new lines"
