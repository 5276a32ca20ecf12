"""Tells when the capture that is shown has been sent once more, whoever sent it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from inspector.domain.capture.rows import AttemptRow
from inspector.session.replays import Run
from inspector.session.session import Session

_TOGETHER_MS = 100
"""What comes within this time is told of once."""


class AttemptsWatch(QObject):
    """Hears of every attempt of the session, and passes on those of one capture."""

    came = Signal()
    """Emitted outside of every task."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._capture_id: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TOGETHER_MS)
        self._timer.timeout.connect(self.came)
        session.replays.started.connect(self._run_started)
        session.requests.attempted.connect(self._attempted)
        session.forwards.attempted.connect(self._attempted)

    def watch(self, capture_id: int | None) -> None:
        """Listen for this one from now on."""
        self._capture_id = capture_id

    def _run_started(self, run: Run) -> None:
        run.attempted.connect(self._attempted)

    def _attempted(self, attempt: AttemptRow) -> None:
        """Called within the task that sends: the timer leads out of it."""
        if attempt.capture_id == self._capture_id and not self._timer.isActive():
            self._timer.start()
