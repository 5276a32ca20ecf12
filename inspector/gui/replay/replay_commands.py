"""Replay commands for the whole window, and its Replay button: plan, pause, stop and resume replays, and ask
before the program quits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QWidget

from inspector.base.visible import shortened, visible
from inspector.domain.query.scope import Scope
from inspector.gui.detail.pane import DetailPane
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window, bring_to_front
from inspector.gui.kit.controls.split_button import SplitButton
from inspector.gui.kit.dialog import ConfirmDialog, FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.editor.edit_dialog import EditDialog
from inspector.gui.replay.in_place import InPlaceReplay
from inspector.gui.replay.panel import ReplayPanel, ResponseFold
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.replay.several import SeveralCaptures
from inspector.gui.replay.target_choice import TargetMenu
from inspector.session.replays import Progress, RemainingPlan, Run
from inspector.session.session import Session

_WIDTH = 144


class ReplayButton(SplitButton):
    """The button in the filter row: it replays the selection, or else the newest capture."""

    def __init__(self, window: Window) -> None:
        action = window.action("replay")
        then = tuple(map(window.action, ("replay-plan", "edit-replay")))
        self.targets = TargetMenu(window.session, window.screen_mask, then=then)
        super().__init__(
            window.theme,
            "Replay",
            icon="replay",
            key=action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
            width=_WIDTH,
            menu_name="Targets, and other ways to replay",
            menu=self.targets,
        )
        self._action = action
        # A click leaves the focus in the list, so that its shortcuts work.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    @Slot()
    def open_menu(self) -> None:
        self.targets.fill()  # its width decides where it opens
        super().open_menu()

    @Slot(object)
    def show_selection(self, ids: Iterable[int]) -> None:
        """Show how many captures are selected, if there are several."""
        count = len(tuple(ids))
        self.show_as(f"Replay {count:,}" if count > 1 else "Replay", "replay")

    @Slot()
    def _follow(self) -> None:
        self.setEnabled(self._action.isEnabled())


_LONGEST = 40
_IDLE_MS = 500


class ReplayCommands(QObject):
    """Connects its own actions. They act on the replay that was started last."""

    quit_allowed = Signal()
    """The program may quit: no replay is running, or the user confirmed."""

    reason_requested = Signal(object)
    """The AttemptRow of a request: the user asks why the receiver rejected it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._session = session = window.session
        self._pane: DetailPane | None = None
        """The pane of the window."""
        self._several: SeveralCaptures | None = None
        self._remaining: RemainingPlan | None = None
        self._load = LatestTask(session.tasks, "look for a replay to resume", self)
        self._quit: QuitDialog | None = None
        self.in_place = in_place = InPlaceReplay(session, window.runner, self)
        self.fold = ResponseFold(self)
        self.button = ReplayButton(window)
        self.button.targets.selected.connect(in_place.send_to)
        self.button.targets.another_requested.connect(self._ask_target)
        in_place.began.connect(self.fold.open)
        window.action("response").triggered.connect(self.fold.toggle)
        self._resume, self._pause, self._stop = map(window.action, ("resume", "pause-replay", "stop-replay"))
        self._resume.triggered.connect(self.resume)
        self._cancel_action = window.action("cancel-plan")
        self._cancel_action.triggered.connect(self.cancel_plan)
        self._pause.triggered.connect(self.pause)
        self._stop.triggered.connect(self.stop)
        window.action("quit").triggered.connect(self.ask_to_quit)
        self._edit = window.action("edit-replay")
        self._is_prepared = False
        self._preparation = QTimer(self)
        self._preparation.setSingleShot(True)
        self._preparation.setInterval(_IDLE_MS)
        self._preparation.timeout.connect(self._prepare)
        self._edit.changed.connect(self._prepare_soon)
        SignalBatcher(session.replays.changed, self).passed.connect(self._show)
        for moment in (session.replays.started, session.replays.ended):
            # The suggested replay may be running now.
            SignalBatcher(moment, self).passed.connect(self.look)
        self._show()
        self.look()

    def add_to(self, pane: DetailPane) -> None:
        """Add the strip and the response to a pane, and the page of several captures to the first one: the
        others show one capture each."""
        pane.use_below_header(self._build_panel)
        if self._pane is not None:
            self.in_place.left.connect(pane.strip.setFocus)
            return
        self._pane = pane
        pane.use_for_several(self._show_several)

    def _build_panel(self) -> ReplayPanel:
        panel = ReplayPanel(self._window, self.in_place, self.fold)
        panel.reason_requested.connect(self.reason_requested)
        return panel

    def _show_several(self, ids: Sequence[int]) -> SeveralCaptures:
        """Show several captures on their page. Its 110 widgets are made for the first of these selections."""
        if self._several is None:
            assert self._pane is not None
            self._several = several = SeveralCaptures(self._window, self.in_place)
            several.reason_requested.connect(self.reason_requested)
            several.header.close_requested.connect(self._pane.close_requested)
            several.scope_requested.connect(self._pane.scope_requested)
        self._several.show_selection(ids)
        return self._several

    def panel_of(self, pane: DetailPane) -> ReplayPanel:
        """Return the strip and the response of a pane."""
        assert isinstance(pane.above, ReplayPanel)
        return pane.above

    def several_of(self, pane: DetailPane) -> SeveralCaptures:
        """Return the page of several captures of a pane, after several were selected."""
        return pane.findChildren(SeveralCaptures)[0]

    @Slot()
    def _prepare_soon(self) -> None:
        if self._edit.isEnabled() and not self._is_prepared:
            self._is_prepared = True
            self._preparation.start()

    @Slot()
    def _prepare(self) -> None:
        """Start the worker process, which takes a second, before the first Edit reads options in it."""
        self._window.runner.run(self._session.summaries.prepare(), "start the worker")

    @Slot()
    def _ask_target(self) -> None:
        self.in_place.ask_target()

    # ---- plans

    @Slot(object)
    def replay(self, ids: Sequence[int]) -> None:
        """Open the plan for sending these captures."""
        if ids:
            self._open(ReplayDialog, tuple(ids))

    def replay_matching(self, scope: Scope, text: str = "") -> None:
        """Open the plan for sending every capture of a scope that matches a query."""
        self._open(ReplayDialog, (scope, text))

    @Slot(object)
    def edit_and_replay(self, capture_id: int) -> None:
        """Open one capture to edit and send it."""
        self._open(EditDialog, capture_id)

    @Slot()
    def resume(self) -> None:
        """Open the remaining deliveries of the replay that was stopped last."""
        if self._remaining is not None:
            self._open(ReplayDialog, self._remaining)

    @Slot()
    def cancel_plan(self) -> None:
        """Ask whether the remaining deliveries of the replay that was stopped last should never be sent."""
        if self._remaining is not None:
            self._ask_to_cancel(self._remaining)

    @Slot(object)
    def _ask_to_cancel(self, remaining: RemainingPlan) -> None:
        window = self._window
        place = _place(window.screen_mask.sentence(remaining.place))
        title = f"Cancel replay {remaining.plan_id:,}?"
        text = (
            f"{remaining.left:,} of {remaining.total:,} deliveries to {place} will never be sent. This "
            "cannot be undone. Attempts so far remain."
        )
        verb = f"Cancel {remaining.left:,}"
        make = partial(ConfirmDialog, window.session, window.theme, title, text, verb)
        if (question := window.open_dialog(make)) is not None:
            question.cancel.show_as("Keep it", None)
            question.accepted.connect(partial(self._cancel_plan, remaining.plan_id))

    def _cancel_plan(self, plan_id: int) -> None:
        self._window.runner.run(self._cancel(plan_id), "cancel a replay")

    async def _cancel(self, plan_id: int) -> None:
        count = await self._session.replays.cancel(plan_id)
        self._window.notify(f"Cancelled replay {plan_id:,}: {count:,} will not be sent.")
        self.look()

    def _open(self, make: Callable[..., QDialog], what: object) -> None:
        """Open a dialog next to the window, which stays usable."""
        window = self._window
        made = partial(make, window.session, window.theme, what, mask=window.screen_mask)
        dialog = window.open_dialog(made, is_modal=False)
        if isinstance(dialog, ReplayDialog):
            dialog.reason_requested.connect(self.reason_requested)
            dialog.cancel_requested.connect(self._ask_to_cancel)

    # ---- running replays

    @Slot()
    def pause(self) -> None:
        """Pause or resume the replay."""
        if (run := self._running) is not None:
            if run.progress.state == "paused":
                run.resume()
            else:
                run.pause()

    @Slot()
    def stop(self) -> None:
        """Stop the replay; it can be resumed."""
        if (run := self._running) is not None:
            run.stop()

    @Slot()
    def ask_to_quit(self) -> None:
        """Quit, but ask first if a replay is running."""
        runs = self._session.replays.runs
        if not runs:
            self.quit_allowed.emit()
        elif self._quit is None:
            progress = [run.progress for run in runs]
            self._quit = QuitDialog(self._session, self._window.theme, progress, self._window.widget)
            self._quit.accepted.connect(self.quit_allowed)
            self._quit.finished.connect(self._answered)
            bring_to_front(self._window.widget)  # it may be hidden in the tray
            self._quit.open()
        else:
            self._quit.raise_()
            self._quit.activateWindow()

    @Slot()
    def _answered(self) -> None:
        self._quit = None

    # ---- state

    @Slot()
    def look(self) -> None:
        """Look again for a replay to resume: another process may have stopped or resumed one."""
        self._load.start(self._read_remaining())

    def end(self) -> None:
        """Stop looking."""
        self._load.cancel()
        if self._several is not None:
            self._several.end()

    async def _read_remaining(self) -> None:
        remaining = await self._session.replays.rest()
        if shiboken6.isValid(self):  # the window may be closed by now
            self._remaining = remaining
            self._show()

    @property
    def _running(self) -> Run | None:
        return next(reversed(self._session.replays.runs), None)

    @Slot()
    def _show(self) -> None:
        run, remaining = self._running, self._remaining
        self._resume.setEnabled(remaining is not None)
        self._resume.setText("Resume a replay…" if remaining is None else resume_text(remaining))
        self._cancel_action.setEnabled(remaining is not None)
        self._cancel_action.setText(
            "Cancel a stopped replay…" if remaining is None else cancel_text(remaining)
        )
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


def resume_text(remaining: RemainingPlan) -> str:
    """Return the text of the command: `Resume the replay to localhost:3000, 4,988 left…`."""
    return f"Resume the replay to {_place(remaining.place)}, {remaining.left:,} left…"


def cancel_text(remaining: RemainingPlan) -> str:
    """Return the text of the command: `Cancel the stopped replay to localhost:3000, 4,988 left…`."""
    return f"Cancel the stopped replay to {_place(remaining.place)}, {remaining.left:,} left…"


def _place(place: str) -> str:
    return shortened(visible(place), _LONGEST)


class QuitDialog(FormDialog):
    """The question before quitting; accepted if the replays should stop and the program quit."""

    def __init__(
        self, session: Session, theme: Theme, runs: Sequence[Progress], parent: QWidget | None = None
    ) -> None:
        """`runs`: the progress of each running replay."""
        title = "Stop the replay and quit?" if len(runs) == 1 else f"Stop {len(runs)} replays and quit?"
        super().__init__(session, theme, title, "Stop and quit", parent)
        self.sentence = Label(theme, quit_text(runs), wraps=True)
        self.add(self.sentence)
        self.cancel.show_as("Keep running", None)
        self.verb.clicked.connect(self.accept)
        self.verb.setFocus()


def quit_text(runs: Sequence[Progress]) -> str:
    """Return how far the replays are, and what quitting does to them."""
    done = sum(run.sent + run.skipped for run in runs)
    total = sum(run.total for run in runs)
    them = "it" if len(runs) == 1 else "them"
    return f"{done:,} of {total:,} done. You can resume {them} later."
