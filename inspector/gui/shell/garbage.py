"""Collects garbage on the window's thread alone."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

_TICK_MS = 1_000
_MIDDLE_EVERY = 10
_OLD_EVERY = 60


class GarbageCollector(QObject):
    """Takes the place of Python's automatic collection for as long as it lives.

    Python collects in whichever thread happens to make an object. A QObject in a cycle would then die in
    a thread of the executor or of the store; Qt cannot stop its timers from there, and when one is due
    it calls into freed memory (seen with PySide6 6.11.3: SIGSEGV in QTimerInfoList::activateTimers).
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._collect)
        self._was_automatic = gc.isenabled()
        gc.disable()
        self._timer.start()

    def end(self) -> None:
        """Stop, and let Python collect again if it did before."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_automatic:
            gc.enable()

    @Slot()
    def _collect(self) -> None:
        self._ticks += 1
        if self._ticks == 1:
            # What importing and building made lives to the end: looking through it took 30 ms each time.
            gc.collect()
            gc.freeze()
        elif self._ticks % _OLD_EVERY == 0:
            gc.collect(2)
        elif self._ticks % _MIDDLE_EVERY == 0:
            gc.collect(1)
        else:
            gc.collect(0)
