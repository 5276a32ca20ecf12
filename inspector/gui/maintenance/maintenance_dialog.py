"""The Maintenance dialog: check, recount or compact the file."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from inspector.base.errors import InspectorError
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.theme import Theme
from inspector.session.file.maintenance import Job, JobProgress
from inspector.session.session import Session

_JOBS: tuple[tuple[Job, str, str], ...] = (
    ("check", "Check", "Read the whole file and report damage. Capturing continues."),
    ("recount", "Recount", "Rebuild groups and statistics from the captures. Capturing continues."),
    (
        "compact",
        "Compact",
        "Reclaim the space of removed captures. Meanwhile, senders get 503.",
    ),
)
_STOPPED = "Stopped. The file is intact."
_BUG = "Internal error. See the log for details."


class MaintenanceDialog(FormDialog):
    """A dialog that runs one job at a time. Closing it stops the job, and the file stays intact."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, "Maintenance", "Stop", parent)
        self._session = session
        self._task: asyncio.Task[tuple[str, str]] | None = None
        self._is_closed = False
        self.cancel.show_as("Close", None)
        self.verb.setDefault(False)
        self.jobs: dict[Job, Button] = {}
        for job, name, what in _JOBS:
            self.add(self._line(job, name, what))
        self.jobs["check"].clicked.connect(self.check)
        self.jobs["recount"].clicked.connect(self.recount)
        self.jobs["compact"].clicked.connect(self.compact)
        self.add(6)
        self._doing = Label(theme, px=12, tone="text2")
        self._bar = ProgressBar(theme, self)
        running = row(theme, grow(self._doing), self._bar, spacing=8)
        self.add(running)
        self.outcome = Label(theme, wraps=True)
        self.add(self.outcome, self.error)
        self.verb.clicked.connect(self.stop)
        self.finished.connect(self._close)
        SignalBatcher(session.maintenance_jobs.progressed, self).passed.connect(self._show_progress)
        self._allow(True)

    def _line(self, job: Job, name: str, what: str) -> QHBoxLayout:
        button = self.jobs[job] = Button(self._theme, name)
        button.setFixedWidth(self._theme.px(92))
        return row(
            self._theme,
            button,
            grow(column(self._theme, Label(self._theme, what, px=12, tone="text2", wraps=True))),
            spacing=12,
        )

    @Slot()
    def check(self) -> None:
        """Check the file for damage."""
        self._start("check")

    @Slot()
    def recount(self) -> None:
        """Recount groups and statistics."""
        self._start("recount")

    @Slot()
    def compact(self) -> None:
        """Compact the file."""
        self._start("compact")

    def _start(self, job: Job) -> None:
        self.outcome.clear()
        self.notify("")
        self._doing.setText("Starting…")
        self._allow(False)
        self._task = self._session.tasks.spawn(self._run(job), f"maintain {job}")
        # If a task is stopped before it starts, none of its code runs.
        self._task.add_done_callback(self._ended)

    @Slot()
    def stop(self) -> None:
        """Stop the job; the file stays intact."""
        if self._task is not None:
            self._task.cancel()
            self.verb.setEnabled(False)

    async def _run(self, job: Job) -> tuple[str, str]:
        """Run the job, and return its result and its error. One of them is empty."""
        try:
            return " ".join((await self._session.maintenance_jobs.run(job)).said), ""
        except InspectorError as error:
            return "", str(error)

    def _ended(self, task: asyncio.Task[tuple[str, str]]) -> None:
        self._task = None
        if self._is_closed:
            return
        if task.cancelled():
            result, problem = _STOPPED, ""
        else:
            result, problem = ("", _BUG) if task.exception() else task.result()
        self._doing.clear()
        self._allow(True)
        self.outcome.setText(result)
        self.error.setText(problem)
        self.error.setVisible(bool(problem))
        self.fit()

    @Slot(object)
    def _show_progress(self, progress: JobProgress) -> None:
        if self._task is not None:
            self._doing.setText(progress.doing)
            self._bar.show_part(progress.part)
            self._bar.setAccessibleName(f"{progress.part:.0%} done")

    @Slot()
    def _close(self) -> None:
        self._is_closed = True
        self.stop()

    def _allow(self, is_idle: bool) -> None:
        for button in self.jobs.values():
            button.setEnabled(is_idle)
        self.verb.setEnabled(not is_idle)
        self._bar.setVisible(not is_idle)
        self._bar.show_part(0.0)
