"""The detail pane in a narrow place: nothing of it is cut without a sign, and Replay is always there."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from inspector.gui.detail.pane import VIEWS
from inspector.gui.detail.signature.digests import DigestView
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import a_completion
from tests.gui.conftest import deliver
from tests.waiting import until


@pytest.mark.parametrize("width", [860, 1024, 1440])
async def test_no_splitter_makes_the_pane_so_narrow_that_a_tab_is_outside(
    window: MainWindow, session: Session, width: int
) -> None:
    await deliver(session, a_completion())
    await until(lambda: window.model.rowCount() == 1)
    window.resize(width, 700)
    window.list.select_capture(1)
    await until(lambda: window.detail.currentIndex() == 1)
    window.frame.splitters[1].setSizes([10_000, 1])
    strip = window.detail.strip
    for tab in range(len(VIEWS)):
        window.detail.strip.setCurrentIndex(tab)
        places = [strip.tabRect(number) for number in range(len(VIEWS))]
        assert strip.rect().contains(places[0])
        assert strip.rect().contains(places[-1])


def test_digests_wrap_where_they_have_no_room(theme: Theme) -> None:
    above = QWidget()
    view = DigestView(theme, "Received", above)
    view.show_digest("0123456789abcdef" * 4)
    view.resize(view.sizeHint())
    above.show()
    two_lines = view.height()
    view.resize(view.width() - 1, view.height())
    assert view.height() == 2 * two_lines
    view.resize(view.minimumSizeHint())
    assert view.height() == 4 * two_lines
    above.deleteLater()


async def test_edit_and_replay_keeps_its_key_in_the_narrowest_pane(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion())
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    bar, narrowest = window.detail.action_bar, window.detail.minimumWidth()
    await until(bar.isVisible)
    window.frame.splitters[1].setSizes([10_000, 1])
    await until(bar.width, lambda width: width == narrowest)
    await until(bar.edit.width, lambda width: width == bar.edit.sizeHint().width())


async def test_replay_stays_on_every_tab_while_the_list_is_walked(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion(user="ann"), a_completion(user="bob"))
    await until(lambda: window.model.rowCount() == 2)
    QTest.keyClick(window.list, Qt.Key.Key_J)
    panel, button = window.replay_commands.panel_of(window.detail), window.replay_commands.button
    for tab in range(len(VIEWS)):
        QTest.keyClick(window.list, Qt.Key(Qt.Key.Key_1 + tab))
        assert window.detail.strip.currentIndex() == tab
        QTest.keyClick(window.list, Qt.Key.Key_J if tab % 2 == 0 else Qt.Key.Key_K)
        await until(lambda: panel.strip.isVisible() and panel.line.text == "Not replayed yet")
        assert button.isVisible()
        assert button.isEnabled()


async def test_what_a_strip_says_has_precedence_over_its_target_in_the_narrowest_pane(
    window: MainWindow, session: Session
) -> None:
    await deliver(session, a_completion())
    await until(lambda: window.model.rowCount() == 1)
    await session.replays.remember_target("http://127.0.0.1:9/a/rather/long/path/of/a/target/that/is/cut")
    window.list.select_capture(1)
    line, narrowest = window.replay_commands.panel_of(window.detail).line, window.detail.minimumWidth()
    await until(line.isVisible)
    window.frame.splitters[1].setSizes([10_000, 1])
    await until(window.detail.width, lambda width: width == narrowest)
    QTest.keyClick(window.list, Qt.Key.Key_R)
    await until(lambda: line.text.startswith("No response"))
    await until(lambda: not line.result.is_elided and line.toggle.geometry().right() < line.width())


async def test_esc_folds_the_hints_before_it_closes_the_detail(window: MainWindow, session: Session) -> None:
    await deliver(session, b'{"user_id": "' + b"u" * 300 + b'"}')
    await until(lambda: window.model.rowCount() == 1)
    window.list.select_capture(1)
    chip = window.detail.header.hints
    await until(chip.isVisible)
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    link = chip.sheet.rows[0].link
    assert link.hasFocus()
    assert chip.sheet.height() <= 100, "only as high as its text"
    assert chip.sheet.rect().contains(chip.sheet.rows[0].geometry())
    QTest.keyClick(link, Qt.Key.Key_Escape)
    assert not chip.sheet.isVisible()
    assert window.list.shown == 1
    QTest.keyClick(chip, Qt.Key.Key_Escape)
    await until(lambda: window.list.shown is None)
