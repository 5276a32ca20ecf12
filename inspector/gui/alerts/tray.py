"""The icon in the tray, and the number on the dock icon: what arrived while the user looked elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

from inspector.base.quantity import counted
from inspector.domain.capture.rows import VerdictTotals
from inspector.domain.query.alert import Alert
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window, bring_to_front, has_tray
from inspector.gui.kit.icons import APP_SIZES, app_icon
from inspector.gui.kit.tokens import LIGHT

_NAME = "Webhook Inspector"
_INTERVAL_MS = 500
_MOST = 99


class Tray(QObject):
    """Counts captures and invalid ones since the program was last looked at. A click shows the window."""

    opened = Signal(object)
    """The id of the clicked message's capture, or None if it was not about one."""
    quit_requested = Signal()
    """The user wants to quit, by the menu."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._seen = VerdictTotals()
        self.unread = self.invalid = 0
        """The captures that arrived since the program was last looked at, and the invalid ones of them."""
        self._last_capture: int | None = None
        self.icon: QSystemTrayIcon | None = None
        """None if this desktop has no tray."""
        self.menu = QMenu(window.widget)
        self._plain = app_icon()
        if has_tray():
            self._show_icon()
        captures = window.session.captures
        for moment in (captures.captured, captures.judged):
            SignalBatcher(moment, self, _INTERVAL_MS).passed.connect(self.count)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        # By a timer, because no timer runs once the main window has ended (see `MainWindow.end`).
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.count)
        app.focusChanged.connect(self._count_soon)  # also when a window of the program is activated
        window.widget.installEventFilter(self)
        self.count()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.WindowActivate, QEvent.Type.WindowStateChange):
            self.count()
        return False

    @property
    def text(self) -> str:
        """The counts as the tooltip of the icon shows them."""
        if not self.unread:
            return _NAME
        invalid = f", {self.invalid:,} invalid" if self.invalid else ""
        return f"{_NAME}: {counted(self.unread, 'new capture')}{invalid}"

    def _show_icon(self) -> None:
        self.icon = icon = QSystemTrayIcon(self._plain, self)
        self.menu.addAction("Show the window", self._show_window)
        self.menu.addSeparator()
        self.menu.addAction("Quit", self.quit_requested.emit)
        icon.setContextMenu(self.menu)
        icon.setToolTip(_NAME)
        icon.activated.connect(self._activated)
        icon.messageClicked.connect(self._open_last)
        icon.show()

    @Slot()
    def _count_soon(self) -> None:
        self._soon.start(0)

    @Slot()
    def count(self) -> None:
        """Count again; while a window of the program is in use, nothing is unread."""
        totals = self._window.session.captures.figures()
        active = QApplication.activeWindow()
        if active is not None and active.isVisible() and not active.isMinimized():
            self._seen = totals
        unread = max(totals.total - self._seen.total, 0)
        invalid = min(max(totals.invalid - self._seen.invalid, 0), unread)
        if (unread, invalid) == (self.unread, self.invalid):
            return
        self.unread, self.invalid = unread, invalid
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.setBadgeNumber(unread)
        if self.icon is not None:
            self.icon.setToolTip(self.text)
            self.icon.setIcon(badged(self._plain, unread, invalid))

    def show_message(self, alert: Alert) -> bool:
        """Show an alert as a message of the tray. Return False if this desktop has no such messages."""
        if self.icon is None or not QSystemTrayIcon.supportsMessages():
            return False
        self._last_capture = alert.capture_id
        self.icon.showMessage(alert.title, alert.said, self._plain)
        return True

    @Slot()
    def _open_last(self) -> None:
        self.opened.emit(self._last_capture)

    @Slot(QSystemTrayIcon.ActivationReason)
    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self._show_window()

    @Slot()
    def _show_window(self) -> None:
        bring_to_front(self._window.widget)


def badged(icon: QIcon, unread: int, invalid: int) -> QIcon:
    """Return the icon with the number of unread captures: in a disc, or in a square if some are invalid."""
    if not unread:
        return icon
    result = QIcon()
    text = f"{unread}" if unread <= _MOST else f"{_MOST}+"
    for side in APP_SIZES:
        pixels = QPixmap(icon.pixmap(side))
        painter = QPainter(pixels)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = side * 0.56
        width = min(max(height, height * 0.62 * len(text)), side)
        line = side / 24  # sets it off from the icon, which is blue too
        area = QRectF(side - width, side - height, width, height).adjusted(line, line, -line, -line)
        painter.setPen(QPen(QColor(LIGHT.on_accent), line))
        painter.setBrush(QColor(LIGHT.invalid if invalid else LIGHT.accent))
        radius = height * (0.15 if invalid else 0.5)  # the shape says it, too
        painter.drawRoundedRect(area, radius, radius)
        font = painter.font()
        font.setPixelSize(max(round(height * (0.7 if len(text) < 3 else 0.55)), 1))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(LIGHT.on_accent))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        result.addPixmap(pixels)
    return result
