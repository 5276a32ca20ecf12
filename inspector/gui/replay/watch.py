"""Progress of a run, shown ten times per second until its window is closed."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from inspector.base.errors import InspectorError
from inspector.domain.capture.rows import AttemptRow
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.replay.progress import ReplayProgress, worth_a_row
from inspector.session.replays import Run
from inspector.session.session import Session

_TICK_MS = 100
_TIMES_S = 1.0
_MOST_COMPARED = 1_000
"""Maximum attempts per tick that are compared with their previous ones."""


class RunWatch(QObject):
    """Follows one run at a time."""

    stored = Signal()
    """The plan is stored and has its `plan_id`."""
    ended = Signal(object, str)
    """The Run, and why it ended early as a sentence or an empty text."""

    def __init__(self, session: Session, progress: ReplayProgress, mask: Mask, parent: QObject) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        """The run in progress, or None."""
        self.last_run: Run | None = None
        self.plan_id: int | None = None
        """The plan of the current run, or of the last one."""
        self._session = session
        self._progress = progress
        self._mask = mask
        self._new: list[AttemptRow] = []
        self._began = self._timed = 0.0
        self._load = LatestTask(session.tasks, "watch a replay", self)
        self._times_load = LatestTask(session.tasks, "time a replay", self)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        progress.pause.clicked.connect(self.pause)
        progress.stop.clicked.connect(self._stop)

    def begin(self, run: Run) -> None:
        """Follow a run that was just started."""
        self.run = self.last_run = run
        self.plan_id = run.plan_id
        run.attempted.connect(self._attempted)
        self._began = self._timed = time.monotonic()
        self._progress.begin()
        self._progress.show_progress(run.progress, 0.0)
        self._timer.start()
        self._load.start(self._watch(run))

    @Slot()
    def pause(self) -> None:
        """Pause or resume the run."""
        if self.run is not None:
            if self.run.progress.state == "paused":
                self.run.resume()
            else:
                self.run.pause()
            self._tick()

    def stop_following(self) -> None:
        """Stop following the run, which continues."""
        self._timer.stop()
        self._load.cancel()
        self._times_load.cancel()
        if self.run is not None:
            self.run.attempted.disconnect(self._attempted)

    async def _watch(self, run: Run) -> None:
        problem = ""
        try:
            await run.wait()
        except InspectorError as error:
            problem = str(error)
        self._tick()
        self._timer.stop()
        self._times_load.cancel()
        run.attempted.disconnect(self._attempted)
        self.run = None
        self.ended.emit(run, problem)

    def _attempted(self, attempt: AttemptRow) -> None:
        """Keep the attempt for the next tick, because this is called within the run's task."""
        self._new.append(attempt)

    @Slot()
    def _tick(self) -> None:
        if self.run is None:
            return
        new, self._new = self._new, []
        rows = self._mask.rows([one.capture_id for one in worth_a_row(new)])
        self._progress.add(new, rows, self._session.requests.since(new[-_MOST_COMPARED:]))
        now = time.monotonic()
        self._progress.show_progress(self.run.progress, now - self._began)
        if self.plan_id is None and self.run.plan_id is not None:
            self.plan_id = self.run.plan_id
        if self.plan_id is not None:
            self.stored.emit()
            if now - self._timed > _TIMES_S:
                self._timed = math.inf  # not again before these times are known
                self._times_load.start(self._show_times(self.plan_id))

    async def _show_times(self, plan_id: int) -> None:
        self._progress.show_times(await self._session.replays.summary(plan_id))
        self._timed = time.monotonic()

    @Slot()
    def _stop(self) -> None:
        if self.run is not None:
            self.run.stop()
