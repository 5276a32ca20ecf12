"""The tray: what arrived meanwhile, and a window that goes on listening while it is closed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QSystemTrayIcon

from inspector.domain.query.alert import Alert
from inspector.gui.alerts.tray import badged
from inspector.gui.kit.context.window import NO_TRAY
from inspector.gui.kit.icons import app_icon
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.tokens import LIGHT
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver
from tests.waiting import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "systemTrayWindowChanged")


@pytest.fixture
def in_tray(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desktop with a tray: the offscreen platform has none."""
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", lambda: True)


@pytest.fixture
async def tray_window(in_tray: None, session: Session, theme: Theme) -> AsyncIterator[MainWindow]:
    window = MainWindow(session, theme)
    window.show()
    window.activateWindow()
    await until(window.isActiveWindow)
    yield window
    window.end()
    await session.close()
    window.deleteLater()


async def test_what_arrives_meanwhile_is_counted_until_the_window_is_looked_at(
    tray_window: MainWindow, session: Session
) -> None:
    window = tray_window
    await deliver(session, an_answer("seen"))
    await until(lambda: window.model.rowCount() == 1)
    window.tray.count()
    assert window.tray.text == "Webhook Inspector"
    window.showMinimized()
    await deliver(session, an_answer("2"), an_answer("3"))
    await deliver(session, an_answer("forged"), secret="wrong")
    await until(lambda: window.tray.text == "Webhook Inspector: 3 new captures, 1 invalid")
    window.showNormal()
    await until(lambda: window.tray.text == "Webhook Inspector")


async def test_closing_hides_the_window_and_goes_on_listening(
    tray_window: MainWindow, session: Session
) -> None:
    window = tray_window
    quits: list[bool] = []
    window.quit_requested.connect(lambda: quits.append(True))
    await session.preferences.save("keep_listening", True)
    window.close()
    assert not window.isVisible()
    assert not quits
    await deliver(session, an_answer("while closed"))
    await until(lambda: window.model.rowCount() == 1)
    show, _, leave = window.tray.menu.actions()
    show.trigger()
    assert window.isVisible()
    window.close()
    leave.trigger()
    assert quits == [True]


async def test_its_switch_is_saved_at_once_and_is_not_mistaken_for_a_limit_of_captures(
    tray_window: MainWindow, session: Session
) -> None:
    window = tray_window
    await deliver(session, an_answer("kept"))
    window.settings_commands.open_setting("keep_listening")
    [dialog] = window.findChildren(SettingsDialog)
    QTest.mouseClick(dialog.rows["keep_listening"].control, Qt.MouseButton.LeftButton)
    await until(lambda: session.preferences.keeps_listening)
    assert not dialog.findChildren(QDialog)
    dialog.close()
    window.close()
    assert not window.isVisible()
    await deliver(session, an_answer("while closed"))


async def test_without_the_setting_closing_quits(tray_window: MainWindow) -> None:
    quits: list[bool] = []
    tray_window.quit_requested.connect(lambda: quits.append(True))
    tray_window.close()
    assert quits == [True]


async def test_a_key_quits_though_closing_would_not(tray_window: MainWindow, session: Session) -> None:
    quits: list[bool] = []
    tray_window.quit_requested.connect(lambda: quits.append(True))
    await session.preferences.save("keep_listening", True)
    QTest.keyClick(tray_window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert quits == [True]


async def test_without_a_tray_the_setting_says_why_and_closing_quits(
    window: MainWindow, session: Session
) -> None:
    await session.preferences.save("keep_listening", True)
    window.settings_commands.open_setting("keep_listening")
    [dialog] = window.findChildren(SettingsDialog)
    row = dialog.rows["keep_listening"]
    assert not row.control.isEnabled()
    assert row.facts.text() == NO_TRAY
    dialog.close()
    quits: list[bool] = []
    window.quit_requested.connect(lambda: quits.append(True))
    window.close()
    assert quits == [True]


async def test_a_click_on_a_message_opens_its_capture(tray_window: MainWindow, session: Session) -> None:
    window = tray_window
    await deliver(session, an_answer("1"), an_answer("2"))
    await until(lambda: window.model.rowCount() == 2)
    window.hide()
    assert window.tray.show_message(Alert(title="A", said="B", capture_id=1))
    assert window.tray.icon is not None
    window.tray.icon.messageClicked.emit()
    assert window.isVisible()
    await until(lambda: window.detail.isVisible() and window.list.shown == 1)


async def test_a_desktop_without_a_tray_shows_no_message(window: MainWindow) -> None:
    assert not window.tray.show_message(Alert(title="A", said="B", capture_id=1))


def test_the_number_is_drawn_on_the_icon_in_a_shape_that_tells_invalid_ones(theme: Theme) -> None:
    plain = app_icon()
    assert badged(plain, 0, 0) is plain
    images = [
        badged(plain, unread, invalid).pixmap(32).toImage() for unread, invalid in ((3, 0), (3, 1), (400, 0))
    ]
    corner = images[0].width() - 4
    assert images[0] != images[1] != images[2]
    fill = LIGHT.invalid, LIGHT.accent
    assert images[1].pixelColor(corner, corner).name() == fill[0], "a square"
    assert images[0].pixelColor(corner, corner).name() != fill[1], "a disc"
