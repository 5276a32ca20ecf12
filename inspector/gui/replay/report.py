"""Saves what came of a replay as a masked page, to be passed on."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.files import write_new
from inspector.base.visible import visible
from inspector.domain.replay.attempt import SINCE_TEXT
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.dialog import ask_where
from inspector.gui.replay.counts import Counts
from inspector.session.session import Session


class ReplayReport(QObject):
    """Asks where to, and writes."""

    message_posted = Signal(str)
    """That it was saved, or what came in the way."""

    def __init__(self, session: Session, runner: Runner, since: Counts, dialog: QWidget) -> None:
        super().__init__(dialog)
        self._session = session
        self._runner = runner
        self._since = since
        self._dialog = dialog
        self._plan_id: int | None = None

    def ask(self, plan_id: int) -> None:
        """Ask where to save the page of a plan."""
        self._plan_id = plan_id
        name = f"replay-{plan_id}.md"
        ask_where(self._dialog, "Save report, masked", kinds="Markdown (*.md)", name=name, then=self.write)

    @Slot(str)
    def write(self, file: str) -> None:
        """Write it, for its user alone to read; an existing file is replaced, as was asked."""
        if self._plan_id is not None:
            self._runner.run(
                self._write(self._plan_id, Path(file)), "save a report", self.message_posted.emit
            )

    async def _write(self, plan_id: int, file: Path) -> None:
        since = {word: self._since.counts[word] for word in SINCE_TEXT}
        page = await self._session.replays.report(plan_id, since)
        await asyncio.to_thread(write_new, file, page, replaces=True)
        self.message_posted.emit(f"Saved a masked report as {visible(file.name)}.")
