"""Notifications where there is no D-Bus (macOS, Windows): a message of an icon beside the clock."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon

from inspector.base.files import resource
from inspector.domain.query.alert import Alert


class TrayNotifications(QObject):
    """The icon appears with the first alert. A click brings up the capture of the last one."""

    opened = Signal(object)
    """The id of a capture."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._icon: QSystemTrayIcon | None = None
        self._last: int | None = None

    def show(self, alert: Alert) -> bool:
        """Show an alert; false where this desktop has nothing that could."""
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return False
        if self._icon is None:
            self._icon = QSystemTrayIcon(QIcon(str(resource("icons/webhook-inspector.svg"))), self)
            self._icon.setToolTip("Webhook Inspector")
            self._icon.messageClicked.connect(self._open)
            self._icon.show()
        self._last = alert.capture_id
        self._icon.showMessage(alert.title, alert.said, self._icon.icon())
        return True

    @Slot()
    def _open(self) -> None:
        if self._last is not None:
            self.opened.emit(self._last)
