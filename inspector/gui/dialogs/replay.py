"""The Replay window: a plan, then its run, which goes on when the window is closed."""

from __future__ import annotations

import time
from collections.abc import Iterable

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from inspector.base.errors import InspectorError
from inspector.base.visible import shortened, visible
from inspector.domain.rows import AttemptRow
from inspector.domain.scope import EVERYTHING, Scope
from inspector.gui.buttons import Button
from inspector.gui.detail.load import Load
from inspector.gui.detail.words import counted
from inspector.gui.dialogs.replay_plan import ReplayPlan
from inspector.gui.dialogs.replay_progress import MAX_ROWS, ReplayProgress
from inspector.gui.labels import Hairline, Label
from inspector.gui.runner import Runner
from inspector.gui.theme import Theme
from inspector.session.plan import Plan, Progress
from inspector.session.run import Run
from inspector.session.session import Session

What = tuple[int, ...] | tuple[Scope, str]
"""Captures by id, or everything that a scope and a query choose."""

_TICK_MS = 100
_HERE = "http://127.0.0.1/"


class ReplayDialog(QDialog):
    """Not modal. It looks at its run some times a second, and lets go of it when it is closed."""

    def __init__(self, session: Session, theme: Theme, what: What, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._session = session
        self._what = what
        self._count: int | None = None
        self._run: Run | None = None
        self._plan: Plan | None = None
        self._new: list[AttemptRow] = []
        self._began = 0.0
        self.runner = Runner(session.tasks, self)
        self._load = Load(session.tasks, "watch a replay")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.resize(px(880), px(560))
        self.plan = ReplayPlan(theme, session.replays.last_target or "")
        self.plan.changed.connect(self._edited)
        self.plan.allowed.connect(self._allow)
        self.plan.target.returnPressed.connect(self._replay)
        self.progress = ReplayProgress(theme)
        self.progress.stop.clicked.connect(self._stop)
        self._note = Label(theme, "Nothing is sent yet.", px=12, tone="text2")
        self.verb = Button(theme, "Replay", icon="replay", is_primary=True)
        self.verb.clicked.connect(self._replay)
        close = Button(theme, "Close", key="Esc")
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setContentsMargins(px(20), px(10), px(20), px(10))
        foot.setSpacing(px(8))
        foot.addWidget(self._note, 1)
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
        self.finished.connect(self._let_go)
        self.plan.target.setFocus()
        self.plan.target.selectAll()
        self._show_count()
        self.runner.run(self._look(), "count what is to be replayed", self.progress.tell)

    # ---- the plan

    async def _look(self) -> None:
        """How many there are, before a target is known."""
        plan = await self._make_plan(_HERE)
        self._count = plan.count
        self._show_count()

    async def _make_plan(self, to: str) -> Plan:
        scope, text = self._what[0], self._what[1] if len(self._what) > 1 else ""
        if isinstance(scope, Scope) and isinstance(text, str):
            return await self._session.replays.plan(to, scope=scope, text=text)
        return await self._session.replays.plan(to, ids=[one for one in self._what if isinstance(one, int)])

    def _show_count(self) -> None:
        count = self._count
        named = "…" if count is None else counted(count, "capture")
        self.setWindowTitle(f"Replay {named}")
        self.plan.show_what(f"{named}{_origin(self._what)}")
        self.verb.show_as("Replay" if count is None else f"Replay {count:,}", "replay")
        self._edited()

    @Slot()
    def _edited(self) -> None:
        is_running = self._run is not None
        self.verb.setEnabled(bool(self.plan.target.text().strip()) and not is_running and bool(self._count))

    @Slot()
    def _replay(self) -> None:
        if self.verb.isEnabled():
            self.verb.setEnabled(False)
            self.progress.tell("")
            self.runner.run(self._begin(is_allowed=False), "replay", self._refuse)

    @Slot()
    def _allow(self) -> None:
        self.plan.question.hide()
        self.runner.run(self._begin(is_allowed=True), "replay", self._refuse)

    async def _begin(self, *, is_allowed: bool) -> None:
        plan = await self._make_plan(self.plan.target.text())
        if plan.asks_host is not None and is_allowed:
            await self._session.replays.allow_host(plan.asks_host)
        elif plan.asks_host is not None:
            self.plan.question.ask(visible(plan.asks_host))
            return
        self._count = plan.count
        self._show_count()
        run = self._run = self._session.replays.start(plan, at_once=self.plan.at_once.value())
        run.attempted.connect(self._attempted)
        self._began = time.monotonic()
        self.plan.show_running(True)
        self.verb.setEnabled(False)
        self._note.setText("Runs on when this window is closed.")
        self.progress.begin()
        self.progress.show_progress(run.progress, 0.0)
        self._timer.start()
        self._load.start(self._watch(run))

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
        self._note.setText(_ended(run.progress))
        self.progress.stop.setEnabled(False)
        self.progress.tell(trouble)
        self._edited()

    def _attempted(self, attempt: AttemptRow) -> None:
        """Called within the run's task: kept for the next tick."""
        self._new.append(attempt)

    @Slot()
    def _tick(self) -> None:
        if self._run is None:
            return
        new, self._new = self._new, []
        rows = self._session.captures.rows(_last({one.capture_id: None for one in new}))
        self.progress.add(new, rows)
        self.progress.show_progress(self._run.progress, time.monotonic() - self._began)

    @Slot()
    def _stop(self) -> None:
        if self._run is not None:
            self._run.stop()
            self.progress.stop.setEnabled(False)

    @Slot()
    def _let_go(self) -> None:
        """The window is closed: the run goes on without it."""
        self._timer.stop()
        self._load.cancel()
        if self._run is not None:
            self._run.attempted.disconnect(self._attempted)


def _ended(progress: Progress) -> str:
    """What the foot says once it is over."""
    if not progress.sent:
        return "Nothing was sent."
    stopped = "Stopped: " if progress.state == "stopped" else ""
    were = "was" if progress.sent == 1 else "were"
    return f"{stopped}{progress.sent:,} {were} sent; each attempt is kept with its capture."


def _last(ids: Iterable[int]) -> list[int]:
    return list(ids)[-MAX_ROWS:]


def _origin(what: What) -> str:
    if not what or not isinstance(what[0], Scope):
        return ", as selected"
    scope, text = what[0], str(what[1])
    of = "" if scope == EVERYTHING else " in the chosen part of the tree"
    if text.strip():
        of += f", matching {shortened(visible(text), 80)}"
    return of or ", all that is listed"
