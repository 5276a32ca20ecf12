"""The window on small screens, and with larger text than it was drawn for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from inspector.domain.scope import Scope
from inspector.gui.actions import Actions
from inspector.gui.captures.columns import COLUMNS
from inspector.gui.first_start import FirstStart
from inspector.gui.main_window import MainWindow
from inspector.gui.summary.scope_bar import SUMMARY
from inspector.gui.theme import Theme
from inspector.session.session import Session
from tests.builders import ANSWER, a_completion, an_answer
from tests.gui.conftest import deliver, until


@pytest.fixture
def large(qapp: QApplication) -> Iterator[Theme]:
    """A theme for text half as large again."""
    before = qapp.font()
    font = QFont(before)
    font.setPixelSize(19)
    qapp.setFont(font)
    theme = Theme(qapp)
    yield theme
    theme.deleteLater()
    qapp.setFont(before)


@pytest.fixture
async def large_window(session: Session, large: Theme) -> AsyncIterator[MainWindow]:
    """The whole window in such text, on a small screen."""
    window = MainWindow(session, large)
    window.resize(1024, 700)
    window.show()
    window.activateWindow()
    await until(window.isActiveWindow)
    yield window
    window.end()
    await session.close()
    window.deleteLater()


async def test_it_opens_no_larger_than_the_screen(session: Session, theme: Theme) -> None:
    window = MainWindow(session, theme)
    room = window.screen().availableGeometry()
    assert room.width() < 1440, "else the test says nothing: the offscreen platform's screen is small"
    assert window.width() <= room.width()
    assert window.height() < room.height()
    assert window.minimumWidth() <= room.width()
    window.end()
    window.deleteLater()


@pytest.mark.parametrize(
    ("size", "left_out"), [((1440, 900), set()), ((1380, 860), set()), ((1024, 700), {"survey"})]
)
async def test_the_answer_keeps_its_room(
    window: MainWindow, session: Session, size: tuple[int, int], left_out: set[str]
) -> None:
    await deliver(session, ANSWER)
    await until(lambda: window.model.rowCount() == 1)
    window.resize(*size)
    answer = len(COLUMNS) - 1
    await until(lambda: window.list.columnWidth(answer) >= COLUMNS[answer].width)
    await until(lambda: hidden(window) == left_out)
    shown = [number for number in range(len(COLUMNS)) if not window.list.isColumnHidden(number)]
    assert sum(map(window.list.columnWidth, shown)) <= window.list.viewport().width()


async def test_what_was_left_out_comes_back(window: MainWindow, session: Session) -> None:
    await deliver(session, ANSWER)
    await until(lambda: window.model.rowCount() == 1)
    window.resize(1024, 700)
    await until(lambda: hidden(window))
    window.resize(1440, 900)
    await until(lambda: not hidden(window))


def hidden(window: MainWindow) -> set[str]:
    """The usual columns for which there is no room."""
    return {
        column.name
        for number, column in enumerate(COLUMNS)
        if column.is_usual and window.list.isColumnHidden(number)
    }


async def test_a_width_that_its_user_chose_stays(window: MainWindow, session: Session) -> None:
    await deliver(session, ANSWER)
    await until(lambda: window.model.rowCount() == 1)
    window.list.horizontalHeader().resizeSection(4, 222)  # as a drag does
    window.resize(1300, 860)
    await until(lambda: window.width() == 1300)
    assert window.list.columnWidth(4) == 222


def test_no_line_of_the_first_start_is_cut_with_large_text(qapp: QApplication, large: Theme) -> None:
    window = QWidget()
    page = FirstStart(large, Actions(large, window), window)
    window.resize(1000, 620)
    page.resize(1000, 620)
    window.show()
    qapp.processEvents()
    for label in page.findChildren(QLabel):
        width = label.fontMetrics().horizontalAdvance(label.text())
        lines = 1 if not label.wordWrap() else -(-width // label.width())
        assert lines > 1 or width <= label.width(), label.text()
        assert label.height() >= lines * label.fontMetrics().height(), label.text()
    assert page.verticalScrollBar().maximum() > 0, "what is higher than the window can be scrolled to"
    window.deleteLater()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700)])
async def test_each_tab_of_a_capture_is_in_sight(
    window: MainWindow, session: Session, size: tuple[int, int]
) -> None:
    await deliver(session, ANSWER)
    await session.marks.put_note(1, "x")
    window.resize(*size)
    await until(lambda: window.model.rowCount() == 1)
    window.list.choose(1)
    strip = window.detail.strip
    await until(lambda: strip.accessibleTabName(5) == "Notes, 1")
    for tab in (5, 0):
        window.detail.show_tab(tab)
        for number in range(strip.count()):
            assert strip.rect().contains(strip.tabRect(number)), strip.tabText(number)


async def test_nothing_of_a_pages_bar_is_cut_off_with_large_text(
    large_window: MainWindow, session: Session
) -> None:
    window = large_window
    await deliver(session, an_answer("8"), a_completion("9"))
    await deliver(session, an_answer("forged"), secret=None)
    await until(lambda: window.model.rowCount() == 3 and not session.groups.behind)
    window.surveys.tree.choose(Scope(part="surveys", survey_id="s-1"))
    window.stage.show_part(SUMMARY)
    bar = window.stage.bar
    parts = (bar.others, bar.period, bar.replay, bar.save, bar.choice)
    await until(lambda: bar.surveys.isVisible() and bar.others.isVisible())

    def is_whole(part: QWidget) -> bool:
        return part.width() >= part.sizeHint().width() and bar.rect().contains(part.geometry())

    await until(lambda: all(is_whole(part) for part in parts))
    assert bar.replay.text() == "Replay 3…"
    assert bar.replay.toolTip() == "Replay 3 captures, 1 not verified"
    root = bar._links[0]
    assert not root.isVisible(), "it leads nowhere"
    window.surveys.tree.choose(Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1"))
    assert root.isVisible()
