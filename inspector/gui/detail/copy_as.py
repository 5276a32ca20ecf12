"""Copies the capture that is shown as a command for another client."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from inspector.base.errors import InspectorError
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.capture.rows import CaptureDetail
from inspector.gui.detail.action_bar import ActionBar
from inspector.gui.kit.latest_task import LatestTask
from inspector.session.session import Session

_SOMEWHERE = "http://localhost:3000/"
"""Where a copied command sends to, while nothing has been sent anywhere."""


class CopyAs(QObject):
    """Asks the session for what the action bar's menu names, and tells there what came of it."""

    def __init__(self, session: Session, bar: ActionBar, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._bar = bar
        self._load = LatestTask(session.tasks, "copy a request")
        self._detail: CaptureDetail | None = None
        bar.snippet_requested.connect(self._ask)

    def show_detail(self, detail: CaptureDetail | None) -> None:
        """Copy this one from now on."""
        self._detail = detail

    @Slot(str)
    def _ask(self, client: str) -> None:
        if self._detail is not None:
            self._load.start(self._copy(client, self._detail))

    async def _copy(self, client: str, detail: CaptureDetail) -> None:
        to = self._session.replays.last_target or _SOMEWHERE
        try:
            text = await self._session.requests.snippet(client, detail.row.id, to)
        except InspectorError as error:
            self._bar.notify(str(error))
            return
        is_signed = bool(detail.capture.values(SIGNATURE_HEADER))
        self._bar.copy_snippet(client, text, to=to, is_signed=is_signed)
