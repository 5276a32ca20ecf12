"""The response of an attempt for the windows that send, with or without its previous one."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject, Slot

from inspector.base.errors import InspectorError
from inspector.domain.capture.line_diff import LineDiff
from inspector.domain.capture.rows import AttemptRow
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.replay.progress import ReplayProgress
from inspector.session.session import Session


async def response_of(session: Session, mask: Mask, attempt: AttemptRow) -> LineDiff | None:
    """Return status, headers and body of the response, with the changes since a previous attempt.

    None without a response, or if the attempt was cleared in the meantime.
    """
    compared = session.requests.since([attempt]).get(attempt.id)
    before = None if compared is None else compared.before
    if before is None and attempt.status is None:
        return None
    with suppress(InspectorError):
        return await mask.compared(attempt.id if before is None else before.id, attempt.id)
    return None


class SelectedResponse(QObject):
    """Reads and shows the response of the attempt that is selected in the Replay window."""

    def __init__(self, session: Session, progress: ReplayProgress, mask: Mask, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._progress = progress
        self._mask = mask
        self._load = LatestTask(session.tasks, "show a response")
        progress.selected.connect(self._read)

    def cancel(self) -> None:
        """Cancel reading the response."""
        self._load.cancel()

    @Slot(object)
    def _read(self, attempt: AttemptRow) -> None:
        self._load.start(self._show(attempt))

    async def _show(self, attempt: AttemptRow) -> None:
        self._progress.show_comparison(await response_of(self._session, self._mask, attempt))
