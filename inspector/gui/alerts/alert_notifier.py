"""Shows alerts on the desktop: a notification, a beep, and a click that selects the capture."""

from __future__ import annotations

import sys
from collections import deque

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from inspector.domain.query.alert import Alert
from inspector.gui.alerts.tray import Tray
from inspector.gui.kit.context.window import Window, bring_to_front

_KEPT = 20
_HIDDEN = "Details are hidden while the screen is masked."


class AlertNotifier(QObject):
    """Starts the session's alerts and shows each in the status bar and on the desktop: on Linux over D-Bus,
    elsewhere with the tray icon."""

    def __init__(self, window: Window, tray: Tray) -> None:
        super().__init__(window.widget)
        self._window = window
        self._waiting: deque[Alert] = deque(maxlen=_KEPT)
        self._clicked: deque[int | None] = deque(maxlen=_KEPT)
        self._tray = tray
        self._tray.opened.connect(self.show_capture)
        self._desktop = None
        if sys.platform == "linux":  # the D-Bus library is installed only on Linux
            from inspector.gui.alerts.desktop import DesktopNotifications

            self._desktop = DesktopNotifications(window.session.tasks, self._click)
        window.session.alerts.raised.connect(self._take)
        window.session.alerts.start()

    def _take(self, alert: Alert) -> None:
        """Queue an alert, because this runs in a task. A timer shows it (see signal_batcher.py)."""
        self._waiting.append(alert)
        QTimer.singleShot(0, self._show)

    @Slot()
    def _show(self) -> None:
        while self._waiting:
            self.show_alert(self._waiting.popleft())

    @Slot(object)
    def show_alert(self, alert: Alert) -> None:
        """Show an alert at once. Call it outside every task."""
        if alert.has_beep:
            QApplication.beep()
        mask = self._window.screen_mask
        sentence = _HIDDEN if mask.is_on and alert.capture_id is not None else alert.said
        title = mask.about(alert.title, alert.query)
        shown = Alert(title=title, said=sentence, capture_id=alert.capture_id)
        self._window.notify(f"{shown.title}. {shown.said}")
        if self._desktop is not None:
            self._window.runner.run(self._desktop.show(shown), "notify the desktop")
        else:
            self._tray.show_message(shown)

    def _click(self, capture_id: int | None) -> None:
        self._clicked.append(capture_id)
        QTimer.singleShot(0, self._open)

    @Slot()
    def _open(self) -> None:
        while self._clicked:
            self.show_capture(self._clicked.popleft())

    @Slot(object)
    def show_capture(self, capture_id: int | None) -> None:
        """Bring the window to the front and select the capture of a notification, if it is about one."""
        bring_to_front(self._window.widget)
        if capture_id is not None:
            self._window.select_capture(capture_id)
