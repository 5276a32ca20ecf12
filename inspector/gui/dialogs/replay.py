"""The Replay window: a plan, then its run, which goes on when the window is closed."""

from __future__ import annotations

import time
from contextlib import suppress

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.domain.rows import AttemptRow
from inspector.gui.buttons import Button
from inspector.gui.detail.load import Load
from inspector.gui.detail.words import counted
from inspector.gui.dialogs.replay_choice import What, choice, origin
from inspector.gui.dialogs.replay_plan import ReplayPlan
from inspector.gui.dialogs.replay_progress import MAX_ROWS, ReplayProgress
from inspector.gui.dialogs.replay_words import ended, outline_text
from inspector.gui.dialogs.target import TargetDialog
from inspector.gui.labels import Hairline, Label, plain_tip
from inspector.gui.mask import Mask
from inspector.gui.runner import Runner
from inspector.gui.theme import Theme
from inspector.session.plan import Plan
from inspector.session.run import Run
from inspector.session.session import Session

_TICK_MS = 100
_DEBOUNCE_MS = 200
_MOST_COMPARED = 1_000
"""Attempts of one tick that are told beside the ones before them."""
_HERE = "http://127.0.0.1/"


class ReplayDialog(QDialog):
    """Not modal. It looks at its run some times a second, and lets go of it when it is closed."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        what: What,
        parent: QWidget | None = None,
        *,
        mask: Mask | None = None,
    ) -> None:
        super().__init__(parent)
        self._mask = mask or Mask(session, self)
        self._mask.changed.connect(self._draw_again)
        px = theme.px
        self._session = session
        self._theme = theme
        self._what = what
        self._count: int | None = None
        self._run: Run | None = None
        self._rest_plan: Plan | None = None
        """What is left of a plan that goes on."""
        self._unfinished: int | None = None
        self._is_taking_up = False
        """Its rest is being read: to ask for it once more is no second wish."""
        self._has_run = False
        self._new: list[AttemptRow] = []
        self._began = 0.0
        self.runner = Runner(session.tasks, self)
        self._load = Load(session.tasks, "watch a replay")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.resize(px(1000), px(640))
        self._outline_load = Load(session.tasks, "outline a replay")
        self._answers_load = Load(session.tasks, "compare two answers")
        self.plan = ReplayPlan(session, theme, self.runner, session.replays.last_target or "")
        self.plan.to.edit_asked.connect(self._edit_target)
        self.plan.changed.connect(self._edited)
        self.plan.allowed.connect(self._allow)
        self.plan.unknown.allow.clicked.connect(self._send_again)
        self.plan.target.returnPressed.connect(self._replay)
        self.progress = ReplayProgress(theme)
        self.progress.stop.clicked.connect(self._stop)
        self.progress.pause.clicked.connect(self._pause)
        self.progress.draw_sentences_by(self._mask.sentence)
        self.progress.chosen.connect(self._compare)
        self._note = Label(theme, "Nothing is sent yet.", px=12, tone="text2")
        self.verb = Button(theme, "Replay", icon="replay", is_primary=True)
        self.verb.clicked.connect(self._replay)
        self.rest = Button(theme, "Resume", icon="play")
        self.rest.clicked.connect(self._resume)
        self.rest.hide()
        close = Button(theme, "Close", key="Esc")
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setContentsMargins(px(20), px(10), px(20), px(10))
        foot.setSpacing(px(8))
        foot.addWidget(self._note, 1)
        foot.addWidget(self.rest)
        foot.addWidget(self.verb)
        foot.addWidget(close)
        parts = QHBoxLayout()
        parts.setSpacing(0)
        parts.addWidget(self.plan)
        parts.addWidget(self.progress, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(parts, 1)
        layout.addWidget(Hairline(theme))
        layout.addLayout(foot)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._outline_timer = QTimer(self)
        self._outline_timer.setSingleShot(True)
        self._outline_timer.setInterval(_DEBOUNCE_MS)
        self._outline_timer.timeout.connect(self._outline)
        self.finished.connect(self._let_go)
        self.plan.target.setFocus()
        self.plan.target.selectAll()
        self._show_count()
        self._offer_rest()
        self.runner.run(self._look(), "count what is to be replayed", self.progress.tell)

    # ---- the plan

    async def _look(self) -> None:
        """How many there are, before a target is known."""
        plan = await self._make_plan(_HERE)
        self._count = plan.count
        self._show_count()

    async def _make_plan(self, to: str) -> Plan:
        course, manner = self.plan.course(), self.plan.manner()
        return await self._session.replays.plan(to, **choice(self._what), course=course, manner=manner)

    def _show_count(self) -> None:
        count = self._count
        named = "…" if count is None else counted(count, "capture")
        self.setWindowTitle(f"Replay {named}")
        self.plan.show_what(f"{named}{origin(self._what)}")
        self.verb.show_as("Replay" if count is None else f"Replay {count:,}", "replay")
        self._edited()

    @Slot()
    def _edited(self) -> None:
        is_running = self._run is not None
        self.verb.setEnabled(bool(self.plan.to.text) and not is_running and bool(self._count))
        if not is_running and not self._has_run:
            self._outline_timer.start()

    @Slot()
    def _outline(self) -> None:
        if self._count and not self._has_run:
            self._outline_load.start(self._show_outline())

    async def _show_outline(self) -> None:
        """What the plan is going to do, as far as it makes sense yet."""
        try:
            plan = await self._make_plan(self.plan.to.text)
            outline = await self._session.replays.outline(plan)
        except InspectorError:
            self.progress.say("Name a target to see what has to differ.")
            return
        self.progress.say(self._mask.sentence(outline_text(plan, outline)))

    @Slot(str)
    def _edit_target(self, name: str) -> None:
        url = "" if name or "://" not in self.plan.to.text else self.plan.to.text
        dialog = TargetDialog(self._session, self._theme, self, name=name, url=url)
        dialog.saved.connect(self.plan.target.setText)
        dialog.open()

    @Slot()
    def _replay(self) -> None:
        if self.verb.isEnabled():
            self.verb.setEnabled(False)
            self.progress.tell("")
            self._rest_plan = None  # whose host may have been asked about; that is over now
            self.runner.run(self._begin(is_allowed=False), "replay", self._refuse)

    @Slot()
    def _allow(self) -> None:
        self.plan.question.hide()
        self.runner.run(self._begin(is_allowed=True), "replay", self._refuse)

    async def _begin(self, *, is_allowed: bool) -> None:
        plan = self._rest_plan or await self._make_plan(self.plan.to.text)
        if plan.asks_host is not None and is_allowed:
            await self._session.replays.allow_host(plan.asks_host)
        elif plan.asks_host is not None:
            self.plan.question.ask(visible(plan.asks_host))
            return
        self._rest_plan = None
        self._count = plan.count
        self._show_count()
        self._has_run = True
        self._outline_load.cancel()
        run = self._run = self._session.replays.start(plan)
        run.attempted.connect(self._attempted)
        self._began = time.monotonic()
        self.plan.show_running(True)
        self.verb.setEnabled(False)
        self.rest.hide()
        self.plan.unknown.hide()
        self._note.setText("Runs on when this window is closed.")
        self.progress.begin()
        self.progress.show_progress(run.progress, 0.0)
        self._timer.start()
        self._load.start(self._watch(run))

    # ---- what was left of a plan

    def _offer_rest(self) -> None:
        """Offer to go on with the plan that was stopped last."""
        plan = next(iter(self._session.replays.unfinished()), None)
        self._unfinished = None if plan is None else plan.id
        self.rest.setVisible(plan is not None)
        if plan is not None:
            self.rest.show_as(f"Resume replay {plan.id:,}", "play")
            self.rest.setToolTip(plain_tip(f"To {plan.url}: what is left of it is sent, and nothing twice."))

    @Slot()
    def _resume(self) -> None:
        if self._unfinished is not None:
            self._take_up(self._unfinished)

    @Slot()
    def _send_again(self) -> None:
        plan_id = self.plan.unknown.plan_id
        if plan_id is not None:
            self._take_up(plan_id, is_retrying_unknown=True)

    def _take_up(self, plan_id: int, *, is_retrying_unknown: bool = False) -> None:
        if self._run is None and not self._is_taking_up:
            self._is_taking_up = True
            going_on = self._go_on(plan_id, is_retrying_unknown=is_retrying_unknown)
            self.runner.run(going_on, "resume a replay", self._refuse)

    async def _go_on(self, plan_id: int, *, is_retrying_unknown: bool) -> None:
        try:
            rest = await self._session.replays.resume(plan_id, is_retrying_unknown=is_retrying_unknown)
        finally:
            self._is_taking_up = False
        self._rest_plan = rest
        self.progress.tell("")
        await self._begin(is_allowed=False)

    @Slot(str)
    def _refuse(self, sentence: str) -> None:
        self.progress.tell(sentence)
        self._edited()

    # ---- the run

    async def _watch(self, run: Run) -> None:
        trouble = ""
        try:
            await run.wait()
        except InspectorError as error:
            trouble = str(error)
        self._tick()
        self._timer.stop()
        run.attempted.disconnect(self._attempted)
        self._run = None
        self.plan.show_running(False)
        self._note.setText(ended(run.progress))
        self.progress.pause.setEnabled(False)
        self.progress.stop.setEnabled(False)
        self.progress.tell(trouble)
        self._edited()
        self._offer_rest()
        if run.plan_id is not None:
            summary = await self._session.replays.summary(run.plan_id)
            self.progress.show_summary(summary)
            self.plan.unknown.ask(summary)

    def _attempted(self, attempt: AttemptRow) -> None:
        """Called within the run's task: kept for the next tick."""
        self._new.append(attempt)

    @Slot()
    def _tick(self) -> None:
        if self._run is None:
            return
        new, self._new = self._new, []
        rows = self._mask.rows([one.capture_id for one in new[-MAX_ROWS:]])
        self.progress.add(new, rows, self._session.requests.since(new[-_MOST_COMPARED:]))
        self.progress.show_progress(self._run.progress, time.monotonic() - self._began)

    @Slot()
    def _pause(self) -> None:
        if self._run is not None:
            if self._run.progress.state == "paused":
                self._run.go_on()
            else:
                self._run.pause()
            self._tick()

    @Slot(object)
    def _compare(self, attempt: AttemptRow) -> None:
        self._answers_load.start(self._show_answers(attempt))

    async def _show_answers(self, attempt: AttemptRow) -> None:
        compared = self._session.requests.since([attempt]).get(attempt.id)
        found = None
        if compared is not None and compared.before is not None:
            with suppress(InspectorError):  # cleared in the meantime
                found = await self._mask.compared(compared.before.id, attempt.id)
        self.progress.show_comparison(found)

    @Slot()
    def _draw_again(self) -> None:
        """Other parts of what is shown are hidden now."""
        self.progress.draw_again(self._mask.rows(self.progress.capture_ids))
        self.progress.show_comparison(None)
        self._edited()

    @Slot()
    def _stop(self) -> None:
        if self._run is not None:
            self._run.stop()
            self.progress.stop.setEnabled(False)

    @Slot()
    def _let_go(self) -> None:
        """The window is closed: the run goes on without it."""
        self._timer.stop()
        self._outline_timer.stop()
        for load in (self._load, self._outline_load, self._answers_load):
            load.cancel()
        if self._run is not None:
            self._run.attempted.disconnect(self._attempted)
