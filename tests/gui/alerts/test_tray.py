"""Where there is no D-Bus, an icon beside the clock; where there is none either, nothing, and it says so."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon

from inspector.domain.query.alert import Alert
from inspector.gui.alerts.alert_notifier import TrayNotifications


async def test_a_desktop_without_a_tray_shows_nothing() -> None:
    parent = QObject()
    tray = TrayNotifications(parent)
    is_there = QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()
    assert tray.show(Alert(title="A", said="B", capture_id=1)) is is_there
    parent.deleteLater()


async def test_a_click_leads_to_the_last_capture() -> None:
    parent = QObject()
    tray = TrayNotifications(parent)
    opened: list[object] = []
    tray.opened.connect(opened.append)
    tray._open()
    assert opened == []
    tray._last = 7
    tray._open()
    assert opened == [7]
    parent.deleteLater()
