"""What the session announces, handed to the window: never inside a task, at most once a frame or so.

A slot that ran inside the emitting task could open a dialog there, and other tasks would then be lost
(qasync refuses to enter a task while another is being executed); so everything waits for a timer.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from inspector.base.signals import Signal as Announcement

FRAME_MS = 16


class SignalBatcher(QObject):
    """Passes the last value of an announcement on, once for a burst."""

    passed = Signal(object)
    """Emitted by Qt's own loop, outside of every task."""

    def __init__(self, announcement: Announcement[Any], parent: QObject, wait_ms: int = FRAME_MS) -> None:
        super().__init__(parent)
        self._last: Any = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(wait_ms)
        self._timer.timeout.connect(self.flush)
        announcement.connect(self._collect)

    @Slot()
    def flush(self) -> None:
        """Pass on what has been collected, if anything has."""
        last, self._last = self._last, None
        self.passed.emit(last)

    def _collect(self, value: Any) -> None:
        self._keep(value)
        if not self._timer.isActive():
            self._timer.start()

    def _keep(self, value: Any) -> None:
        """Keep a value for the next `flush`."""
        self._last = value


class EachSignalBatcher(SignalBatcher):
    """Passes on every value of an announcement, one at a time and in order."""

    def __init__(self, announcement: Announcement[Any], parent: QObject, wait_ms: int = FRAME_MS) -> None:
        self._values: list[Any] = []
        super().__init__(announcement, parent, wait_ms)

    @Slot()
    def flush(self) -> None:
        """Pass on what has been collected, if anything has."""
        values, self._values = self._values, []
        for value in values:
            self.passed.emit(value)

    def _keep(self, value: Any) -> None:
        self._values.append(value)


class IdsSignalBatcher(SignalBatcher):
    """Passes on every id that was announced since the last time, as one ascending tuple."""

    def __init__(
        self, announcement: Announcement[tuple[int, ...]], parent: QObject, wait_ms: int = FRAME_MS
    ) -> None:
        self._ids: set[int] = set()
        super().__init__(announcement, parent, wait_ms)

    @Slot()
    def flush(self) -> None:
        """Pass on what has been collected, if anything has."""
        ids, self._ids = tuple(sorted(self._ids)), set()
        if ids:
            self.passed.emit(ids)

    def _keep(self, value: Any) -> None:
        self._ids.update(value)
