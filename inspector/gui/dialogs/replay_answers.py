"""Reads both answers of the attempt that is chosen in the Replay window: the last one, and the one before."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject, Slot

from inspector.base.errors import InspectorError
from inspector.domain.rows import AttemptRow
from inspector.gui.detail.load import Load
from inspector.gui.dialogs.replay_progress import ReplayProgress
from inspector.gui.mask import Mask
from inspector.session.session import Session


class ReplayAnswers(QObject):
    """Shows them where the attempts are."""

    def __init__(self, session: Session, progress: ReplayProgress, mask: Mask, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._progress = progress
        self._mask = mask
        self._load = Load(session.tasks, "compare two answers")
        progress.chosen.connect(self._compare)

    def cancel(self) -> None:
        """Give up what is being read."""
        self._load.cancel()

    @Slot(object)
    def _compare(self, attempt: AttemptRow) -> None:
        self._load.start(self._show(attempt))

    async def _show(self, attempt: AttemptRow) -> None:
        compared = self._session.requests.since([attempt]).get(attempt.id)
        found = None
        if compared is not None and compared.before is not None:
            with suppress(InspectorError):  # cleared in the meantime
                found = await self._mask.compared(compared.before.id, attempt.id)
        self._progress.show_comparison(found)
