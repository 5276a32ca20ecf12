"""The list in the form of the appearance settings, and what it shows while it is empty."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.gui.captures.columns import COLUMNS, NUMBERS
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.gui.captures.test_capture_list import cells, fill
from tests.waiting import until


async def test_answers_are_drawn_or_plain_text(window: MainWindow, session: Session) -> None:
    await fill(window, an_answer(["Dark mode", "Offline"]))
    assert [part.form for part in window.model.line_at(0).parts] == ["choice", "choice"]
    await session.preferences.save("draw_answers", False)
    await until(lambda: [part.form for part in window.model.line_at(0).parts] == ["text"])
    assert window.model.line_at(0).parts[0].words == "Dark mode, Offline"


async def test_times_have_the_form_of_the_setting(window: MainWindow, session: Session) -> None:
    await fill(window, b"{}", received_ms=1_700_000_000_000)
    for form, wanted in (("utc", "14 Nov 2023"), ("relative", r"[\d,]+ d ago"), ("local-24", ".*2023")):
        await session.preferences.save("times", form)
        await until(lambda wanted=wanted: re.fullmatch(wanted, cells(window, "time")[0]))


@pytest.mark.qt_log_ignore("This plugin does not support")
async def test_columns_fit_another_text_size(window: MainWindow, session: Session) -> None:
    await fill(window, a_completion("fine"))
    window.resize(2000, 900)
    event = NUMBERS["event"]
    before, usual = window.list.columnWidth(event), window.theme.scale
    for size in (150, 90, 100):
        await session.preferences.save("text_size", size)
        await until(lambda size=size: window.theme.scale == pytest.approx(usual * size / 100, rel=0.05))
        words = window.theme.metrics(13, 600).horizontalAdvance("Completion")
        await until(lambda words=words: window.list.columnWidth(event) >= words + 6)
        shown = [number for number in range(len(COLUMNS)) if not window.list.isColumnHidden(number)]
        assert sum(map(window.list.columnWidth, shown)) == window.list.viewport().width()
    assert window.list.columnWidth(event) == before


async def test_an_empty_list_offers_to_clear_the_filter(window: MainWindow) -> None:
    await fill(window, an_answer())
    empty = window.list.empty
    assert not empty.isVisible()
    window.filter_row.field.setText("user:nobody-has-this-name")
    await until(empty.isVisible)
    assert empty.sentence.text() == "No captures match."
    QTest.mouseClick(empty.clear, Qt.MouseButton.LeftButton)
    await until(lambda: not empty.isVisible() and window.model.rowCount() == 1)
    assert window.filter_row.field.text() == ""
