"""What can be done with replays from anywhere: pause and stop the one that runs, resume the one that was
stopped; and whether one still runs when the program is to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

from inspector.base.visible import shortened, visible
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.quit import QuitDialog
from inspector.session.replays import RemainingPlan, Run
from inspector.session.session import Session

if TYPE_CHECKING:
    from inspector.gui.shell.main_window import MainWindow

_LONGEST = 40


class ReplayCommands(QObject):
    """Connects its own actions. They act on the replay that was started last."""

    quit_allowed = Signal()
    """The program may end: no replay runs, or its user has said so."""

    def __init__(self, window: MainWindow, session: Session, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._theme = theme
        self._load = LatestTask(session.tasks, "look for a replay to resume")
        self._rest: RemainingPlan | None = None
        self._quit: QuitDialog | None = None
        actions = window.actions_table
        self._resume, self._pause, self._stop = (
            actions[name] for name in ("resume", "pause-replay", "stop-replay")
        )
        self._resume.triggered.connect(self.resume)
        self._pause.triggered.connect(self.pause)
        self._stop.triggered.connect(self.stop)
        SignalBatcher(session.replays.changed, self).passed.connect(self._show)
        for moment in (session.replays.started, session.replays.ended):
            SignalBatcher(moment, self).passed.connect(
                self._look_again
            )  # the suggested one may be running now
        self._show()
        self.look()

    # ---- what its user asks for

    @Slot()
    def resume(self) -> None:
        """Open what is left of the replay that was stopped last."""
        if self._rest is not None:
            self._window.commands.resume(self._rest)

    @Slot()
    def pause(self) -> None:
        """Pause the replay, or let it go on."""
        if (run := self._running) is not None:
            if run.progress.state == "paused":
                run.go_on()
            else:
                run.pause()

    @Slot()
    def stop(self) -> None:
        """Stop the replay; it can be resumed."""
        if (run := self._running) is not None:
            run.stop()

    @Slot()
    def ask_to_quit(self) -> None:
        """Let the program end, once its user knows what becomes of a replay that still runs."""
        runs = self._session.replays.runs
        if not runs:
            self.quit_allowed.emit()
        elif self._quit is None:
            self._quit = QuitDialog(self._session, self._theme, [run.progress for run in runs], self._window)
            self._quit.accepted.connect(self.quit_allowed)
            self._quit.finished.connect(self._asked)
            self._quit.open()
        else:
            self._quit.raise_()
            self._quit.activateWindow()

    @Slot()
    def _asked(self) -> None:
        self._quit = None

    # ---- what there is

    def look(self) -> None:
        """Find out anew what can be resumed: another process may have left something, or taken it up."""
        self._load.start(self._look())

    def end(self) -> None:
        """Look no more."""
        self._load.cancel()

    async def _look(self) -> None:
        rest = await self._session.replays.rest()
        if shiboken6.isValid(self):  # the window may have gone meanwhile
            self._rest = rest
            self._show()

    @property
    def _running(self) -> Run | None:
        return next(reversed(self._session.replays.runs), None)

    @Slot()
    def _look_again(self) -> None:
        self.look()

    @Slot()
    def _show(self) -> None:
        run, rest = self._running, self._rest
        self._resume.setEnabled(rest is not None)
        self._resume.setText("Resume a replay…" if rest is None else resume_text(rest))
        is_paused = run is not None and run.progress.state == "paused"
        to = (
            ""
            if run is None or len(self._session.replays.runs) == 1
            else f" to {_place(run.plan.target.netloc)}"
        )
        self._pause.setText(f"Resume the paused replay{to}" if is_paused else f"Pause the replay{to}")
        self._stop.setText(f"Stop the replay{to}")
        for action in (self._pause, self._stop):
            action.setEnabled(run is not None)


def resume_text(rest: RemainingPlan) -> str:
    """`Resume the replay to localhost:3000, 4,988 left…`"""
    return f"Resume the replay to {_place(rest.place)}, {rest.left:,} left…"


def _place(place: str) -> str:
    return shortened(visible(place), _LONGEST)
