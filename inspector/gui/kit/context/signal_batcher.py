"""Signals of the session for the window: never inside a task, and about once per frame.

A slot inside the emitting task could open a dialog there, and other tasks would be lost: qasync refuses to
enter a task while another one is running. So a timer passes on every signal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from inspector.base.signals import Signal as SessionSignal

FRAME_MS = 16
_FLOOD_IDS = 50
"""Number of ids in one burst above which the next ones are collected for longer. Rows that pass so fast
cannot be read, and senders wait for their responses while they are drawn."""
_FLOOD_MS = 64


class SignalBatcher(QObject):
    """Passes on the last value of a signal, once per burst."""

    passed = Signal(object)
    """Emitted by Qt's loop, outside every task."""

    def __init__(self, signal: SessionSignal[Any], parent: QObject, interval_ms: int = FRAME_MS) -> None:
        super().__init__(parent)
        self._values: list[Any] = []
        self._interval_ms = interval_ms
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self.flush)
        signal.connect(self._collect)

    @Slot()
    def flush(self) -> None:
        """Pass on the collected values, if there are any."""
        values, self._values = self._values, []
        for value in self._merged(values):
            self.passed.emit(value)

    def _collect(self, value: Any) -> None:
        self._values.append(value)
        if not self._timer.isActive():
            self._timer.start()

    def _merged(self, values: list[Any]) -> Sequence[Any]:
        """Return what to pass on for a burst of values."""
        return values[-1:]


class EachSignalBatcher(SignalBatcher):
    """Passes on every value of a signal, one at a time and in order."""

    def _merged(self, values: list[Any]) -> Sequence[Any]:
        return values


class IdsSignalBatcher(SignalBatcher):
    """Passes on all ids since the last time, as one ascending tuple."""

    def _merged(self, values: list[Any]) -> Sequence[Any]:
        ids = tuple(sorted(set().union(*values)))
        is_flood = len(ids) > _FLOOD_IDS
        self._timer.setInterval(max(self._interval_ms, _FLOOD_MS if is_flood else 0))
        return [ids] if ids else []
