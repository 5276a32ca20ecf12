"""Which rows arrived a moment ago: they are marked for two seconds."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_FRESH_S = 2.0
_MOST = 200
_LOOK_MS = 100


class FreshRows(QObject):
    """A bounded number of ids, each for as long as it is fresh."""

    faded = Signal(object)
    """Ids that are fresh no more, ascending."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._arrived: deque[tuple[float, int]] = deque()
        self._ids: set[int] = set()
        self._fading = QTimer(self)
        self._fading.setInterval(_LOOK_MS)
        self._fading.timeout.connect(self._fade)

    def __contains__(self, capture_id: int) -> bool:
        return capture_id in self._ids

    def add(self, ascending: Sequence[int]) -> None:
        """These arrived just now."""
        now = time.monotonic()
        for capture_id in ascending[-_MOST:]:
            self._arrived.append((now, capture_id))
            self._ids.add(capture_id)
        if not self._fading.isActive():  # to start it again would put it off, for ever where many arrive
            self._fading.start()

    def clear(self) -> None:
        """None is fresh any more."""
        self._arrived.clear()
        self._ids.clear()

    @Slot()
    def _fade(self) -> None:
        until = time.monotonic() - _FRESH_S
        faded: list[int] = []
        while self._arrived and (self._arrived[0][0] <= until or len(self._arrived) > _MOST):
            faded.append(self._arrived.popleft()[1])
        self._ids.difference_update(faded)
        if faded:
            self.faded.emit(faded)
        if not self._arrived:
            self._fading.stop()
