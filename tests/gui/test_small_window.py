"""The window on small screens, and with larger text than it was drawn for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTableView, QWidget

from inspector.domain.query.scope import Scope
from inspector.gui.captures.columns import COLUMNS
from inspector.gui.compare.window import CompareWindow
from inspector.gui.first_start.first_start import FirstStart
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.labels import ElidedLabel
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.page_bar import SUMMARY
from inspector.session.session import Session
from tests.builders import ANSWER, a_completion, an_answer
from tests.gui.conftest import at_rest, deliver, end
from tests.session.test_replays import receiver
from tests.waiting import until


@pytest.fixture
def large(qapp: QApplication) -> Iterator[Theme]:
    """A theme for text half as large again."""
    font = QFont(qapp.font())
    font.setPixelSize(19)
    qapp.setFont(font)
    theme = Theme(qapp)
    yield theme
    theme.deleteLater()


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
    end(window)


@pytest.mark.parametrize(
    ("size", "left_out"), [((2000, 900), set()), ((1440, 900), {"survey"}), ((1024, 700), {"survey"})]
)
async def test_the_answer_keeps_its_room(
    window: MainWindow, session: Session, size: tuple[int, int], left_out: set[str]
) -> None:
    await deliver(session, ANSWER)
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)  # which opens the detail
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
    window.list.select_capture(1)  # which opens the detail
    await until(lambda: hidden(window))
    window.list.select_nothing()
    await until(lambda: not hidden(window))
    window.list.select_capture(1)
    await until(lambda: hidden(window))
    window.resize(2000, 900)
    await until(lambda: not hidden(window))


def hidden(window: MainWindow) -> set[str]:
    """The usual columns for which there is no room. No listed capture has a tag."""
    return {
        column.name
        for number, column in enumerate(COLUMNS)
        if column.is_usual and column.name != "tags" and window.list.isColumnHidden(number)
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


@pytest.mark.qt_log_ignore("This plugin does not support")
async def test_tab_scrolls_to_the_stop_that_it_leads_to(large_window: MainWindow) -> None:
    page = large_window.first_start
    large_window.setMinimumHeight(400)
    large_window.resize(1024, 400)
    await until(lambda: page.isVisible() and page.viewport().height() < 400)
    last = page.sample_card.button
    assert not page.viewport().rect().contains(last.mapTo(page.viewport(), last.rect().center()))
    for _ in range(40):
        QTest.keyClick(large_window, Qt.Key.Key_Tab)
        if large_window.focusWidget() is last:
            break
    assert page.viewport().rect().contains(last.mapTo(page.viewport(), last.rect().center()))


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700)])
async def test_each_tab_of_a_capture_is_in_sight(
    window: MainWindow, session: Session, size: tuple[int, int]
) -> None:
    await deliver(session, ANSWER)
    await session.captures.put_note(1, "x")
    window.resize(*size)
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    strip = window.detail.strip
    await until(lambda: strip.accessibleTabName(5) == "Notes, 1")
    for tab in (5, 0):
        window.detail.strip.setCurrentIndex(tab)
        for number in range(strip.count()):
            assert strip.rect().contains(strip.tabRect(number)), strip.tabText(number)


async def test_nothing_of_a_pages_bar_is_cut_off_with_large_text(
    large_window: MainWindow, session: Session
) -> None:
    window = large_window
    await deliver(session, an_answer("8"), a_completion("9"))
    await deliver(session, an_answer("forged"), secret=None)
    await until(lambda: window.model.rowCount() == 3 and not session.groups.behind)
    window.surveys.tree.select(Scope(part="surveys", survey_id="s-1"))
    window.summary_stack.show_part(SUMMARY)
    bar = window.summary_stack.bar
    parts = (bar.others, bar.period, bar.replay, bar.save)
    await until(lambda: window.filter_row.surveys.isVisible() and bar.others.isVisible())

    def is_whole(part: QWidget) -> bool:
        return part.width() >= part.sizeHint().width() and bar.rect().contains(part.geometry())

    await until(lambda: all(is_whole(part) for part in parts))
    assert bar.replay.text() == "Replay 3…"
    assert bar.replay.toolTip() == "Replay 3 captures, 1 untrusted"
    root = bar.path[0]
    assert not root.isVisible(), "it leads nowhere"
    window.surveys.tree.select(Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1"))
    assert root.isVisible()


async def test_nothing_of_a_capture_is_cut_off_or_scrolls_sideways(
    window: MainWindow, session: Session
) -> None:
    await look_at_all_of_a_capture(window, session)


async def test_nothing_of_a_capture_is_cut_off_with_large_text(
    large_window: MainWindow, session: Session
) -> None:
    await look_at_all_of_a_capture(large_window, session)


async def look_at_all_of_a_capture(window: MainWindow, session: Session) -> None:
    window.resize(1024, 700)
    odd = a_completion("8", "9").replace(b'"9"', b"9").replace(b'"8"', b"8")  # which the header tells
    await deliver(session, odd)
    await until(lambda: window.model.rowCount() == 1)
    await session.preferences.save("detail_pane", "always")
    await until(window.detail.no_capture.isVisible)
    assert_whole(window.detail)
    async with receiver() as (url, _):
        for _ in range(2):
            await session.replays.start(await session.replays.plan(f"{url}a/path/that/is/long")).wait()
    await until(lambda: window.status.message.startswith("Replayed"))
    window.list.select_capture(1)
    await until(lambda: window.detail.shown is not None)
    for tab in range(window.detail.strip.count()):
        window.detail.strip.setCurrentIndex(tab)
        await at_rest("show a capture")
        await settled()
        assert_whole(window.detail)
        header = window.detail.header
        assert header.hints.isVisible()
        assert header.rect().contains(header.hints.geometry())
    table = window.detail.attempts.table
    window.detail.show_view("Attempts")
    assert not table.isColumnHidden(4), "what came of it since stays"
    assert table.columnWidth(4) >= table.fontMetrics().horizontalAdvance("First attempt")


async def test_a_sentence_of_the_status_line_is_whole_and_the_figures_come_back(
    large_window: MainWindow,
) -> None:
    status = large_window.status
    assert status.counts.isVisible()
    status.notify("Forwarding to 127.0.0.1:9 is waiting: Nothing listens there.")
    await until(lambda: not status.counts.isVisible())
    await until(lambda: status.message_label.width() >= status.message_label.sizeHint().width())
    status.clear_message()
    await until(status.counts.isVisible)


async def test_columns_that_gave_way_come_back(window: MainWindow, session: Session) -> None:
    await deliver(session, ANSWER)
    async with receiver() as (url, _):
        await session.replays.start(await session.replays.plan(url)).wait()
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    window.detail.show_view("Attempts")
    table = window.detail.attempts.table
    await until(lambda: table.isVisible() and not table.isColumnHidden(3))
    window.resize(1024, 700)
    await until(lambda: table.isColumnHidden(3))
    assert not table.isColumnHidden(1)
    window.resize(1440, 900)
    window.frame.splitters[1].setSizes([600, 600])
    await until(lambda: not table.isColumnHidden(3))


@pytest.mark.qt_log_ignore("This plugin does not support")
async def test_nothing_of_a_contradiction_and_of_comparing_is_cut_off_with_large_text(
    large_window: MainWindow, session: Session
) -> None:
    window = large_window
    await deliver(session, an_answer("8", question="q-2", order=2), a_completion("fine", "9"))
    await until(lambda: window.model.rowCount() == 2 and not session.groups.behind)
    window.surveys.tree.select(Scope(part="surveys", survey_id="s-1", group_id="g-1", user_id="u-1"))
    window.summary_stack.show_part(SUMMARY)
    conflicts = window.summary_stack.respondent.conflicts
    await until(conflicts.isVisible)
    await settled()
    assert not [one for one in conflicts.findChildren(ElidedLabel) if one.toolTip()]
    assert_whole(conflicts)
    conflicts.compare.click()
    await until(lambda: any(one.model.lines for one in window.findChildren(CompareWindow)))
    [compared] = window.findChildren(CompareWindow)
    compared.resize(1024, 700)
    await until(lambda: compared.width() == 1024)
    await settled()
    assert_whole(compared)
    facts = [one for one in compared.findChildren(QLabel) if one.text().startswith("capture ")]
    assert len(facts) == 2
    for one in facts:
        assert one.width() >= one.fontMetrics().horizontalAdvance(one.text()) or one.wordWrap()


@pytest.mark.qt_log_ignore("This plugin does not support")
async def test_the_table_of_a_replay_does_not_scroll_sideways_with_large_text(
    large_window: MainWindow, session: Session
) -> None:
    await deliver(session, ANSWER)
    dialog = ReplayDialog(session, large_window.theme, (1,), large_window)
    dialog.resize(1024, 700)
    dialog.show()
    table = dialog.progress.table
    await until(table.isVisible)
    await settled()
    assert table.horizontalScrollBar().maximum() == 0
    titles = [
        table.model().headerData(column, Qt.Orientation.Horizontal)
        for column in range(table.model().columnCount())
        if not table.isColumnHidden(column)
    ]
    assert {"Respondent", "Last time", "Now", "Since last time"} <= set(titles)
    dialog.close()


async def settled() -> None:
    """Let the layouts that were asked for be made."""
    done = asyncio.Event()
    QTimer.singleShot(0, lambda: QTimer.singleShot(0, done.set))
    await done.wait()


def assert_whole(part: QWidget) -> None:
    """No sentence in it is cut, no button's words are, and no table scrolls sideways."""
    for one in part.findChildren(QWidget):
        if not one.isVisible():
            continue
        if isinstance(one, QLabel) and not isinstance(one, ElidedLabel) and one.text():
            lines = one.heightForWidth(one.width()) if one.wordWrap() else one.fontMetrics().height()
            longest = max(map(one.fontMetrics().horizontalAdvance, one.text().split("\n")))
            assert one.height() >= lines - 2, one.text()
            assert one.wordWrap() or one.width() >= longest, one.text()
        elif isinstance(one, Button):
            assert one.fitted()[0] == one.text() or one.toolTip(), one.text()
        elif isinstance(one, QTableView):
            assert one.horizontalScrollBar().maximum() == 0, one.accessibleName()
