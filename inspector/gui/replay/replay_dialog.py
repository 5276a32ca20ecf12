"""The Replay window: a plan, then its run, which continues when the window is closed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QWidget

from inspector.base.errors import InspectorError
from inspector.base.files import write_new
from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.domain.replay.attempt import SINCE_TEXT
from inspector.domain.replay.plan_text import Facts
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask, Runner
from inspector.gui.kit.dialog import BaseDialog, ask_where
from inspector.gui.kit.labels import ElidedLabel, Hairline, plain_tip
from inspector.gui.kit.layout import Scrolled, column, foot, grow, resize_within, row
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.plan import ReplayPlan
from inspector.gui.replay.progress import ReplayProgress
from inspector.gui.replay.text import (
    What,
    choice,
    ended,
    origin,
    outline_text,
    plan_sentences,
    remaining_sentences,
    selected,
)
from inspector.gui.replay.watch import RunWatch
from inspector.session.replays import Plan, RemainingPlan, Run
from inspector.session.session import Session
from inspector.session.targets import Destination


class ResumeButton(Button):
    """The button that resumes the stopped replay of this window; hidden if there is none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Resume", icon="play", is_primary=True)
        self.plan_id: int | None = None
        self.hide()

    def show_remaining(self, remaining: RemainingPlan | None) -> None:
        """Suggest the remaining deliveries of a plan; None hides the button."""
        self.plan_id = None if remaining is None else remaining.plan_id
        if remaining is not None:
            self.show_as(resume_text(remaining.left), "play")
            self.setToolTip(plain_tip(f"To {remaining.url}. Sends only what has not been sent yet."))
        self.setVisible(remaining is not None)


def resume_text(left: int) -> str:
    """Return the text of the button: `Resume 1,265`."""
    return f"Resume {left:,}"


_DEBOUNCE_MS = 200
_HERE = "http://127.0.0.1/"


class ReplayDialog(BaseDialog):
    """A window that is not modal and shows its run until it is closed."""

    reason_requested = Signal(object)
    """The AttemptRow of a request: the user asks why the receiver rejected it."""
    cancel_requested = Signal(object)
    """A RemainingPlan: the user wants its deliveries never to be sent."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        what: What | RemainingPlan,
        parent: QWidget | None = None,
        *,
        mask: Mask | None = None,
    ) -> None:
        """`what`: the captures to send, or the remaining deliveries of a plan."""
        super().__init__("Replay", parent)
        self._mask = mask or Mask(session, self)
        self._mask.changed.connect(self._draw_again)
        self._session = session
        self._theme = theme
        self._is_resuming = isinstance(what, RemainingPlan)
        self._what: What = () if isinstance(what, RemainingPlan) else what
        self._count: int | None = None
        self._is_painted = False
        self._remaining_plan: Plan | None = None
        """The remaining plan whose host the user is asked about."""
        self._facts: Facts | None = None
        """The sentences that are shown instead of the fields."""
        self._is_reading_plan = False
        """The remaining plan is being read. Further requests are ignored meanwhile."""
        self._has_run = False
        self.runner = Runner(session.tasks, self)
        resize_within(self, theme, theme.px(1000), theme.px(640))
        self._outline_load = LatestTask(session.tasks, "preview a replay", self)
        self._after_load = LatestTask(session.tasks, "summarise a replay", self)
        self.plan = ReplayPlan(
            session, theme, self.runner, session.replays.last_target or "", mask=self._mask
        )
        self.plan.changed.connect(self._plan_edited)
        self.plan.allowed.connect(self._allow)
        self.plan.unknown.allow.clicked.connect(self._send_again)
        self.plan.target.returnPressed.connect(self._enter)
        self.progress = ReplayProgress(session, theme, self._mask)
        self.progress.reason_requested.connect(self.reason_requested)
        self.progress.table.installEventFilter(self)
        self.progress.draw_sentences_by(self._mask.sentence)
        self._watch = RunWatch(session, self.progress, self._mask, self)
        self._watch.ended.connect(self._show_end)
        self.note = ElidedLabel(theme, "Nothing sent yet.", px=12, tone="text2")
        self.verb = Button(theme, "Replay", icon="replay", is_primary=True)
        self.verb.clicked.connect(self._replay)
        self.resume_button = ResumeButton(theme)
        self.resume_button.clicked.connect(self._resume)
        self.cancel_plan = Button(theme, "Cancel the plan…")
        self.cancel_plan.setVisible(isinstance(what, RemainingPlan))
        self.cancel_plan.clicked.connect(self._cancel_plan)
        self._remaining = what if isinstance(what, RemainingPlan) else None
        self.report = Button(theme, "Save report…", icon="save")
        self.report.setEnabled(False)
        self._watch.stored.connect(self._allow_report)
        self.report.clicked.connect(self._save_report)
        close = Button(theme, "Close", key="Esc")
        close.clicked.connect(self.reject)
        parts = row(theme, self.plan, grow(Scrolled(theme, self.progress)))
        buttons = foot(
            theme, grow(self.note), self.cancel_plan, self.report, self.resume_button, self.verb, close
        )
        column(theme, grow(parts), Hairline(theme), buttons, on=self)
        self._outline_timer = QTimer(self)
        self._outline_timer.setSingleShot(True)
        self._outline_timer.setInterval(_DEBOUNCE_MS)
        self._outline_timer.timeout.connect(self._outline)
        self.finished.connect(self._stop_following)
        if isinstance(what, RemainingPlan):
            self._show_remaining(what)
        else:
            self.plan.target.setFocus()
            self.plan.target.selectAll()
            self._count = selected(self._what)
            self._show_count()

    # ---- the plan

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            if self._count is None:
                QTimer.singleShot(0, self, self._begin_counting)  # a million would delay the first paint

    @Slot()
    def _begin_counting(self) -> None:
        counting = self.runner.run(self._count_captures(), "count captures to replay", self.progress.notify)
        self.finished.connect(counting.cancel)

    async def _count_captures(self) -> None:
        """Count the captures before the target is known."""
        plan = await self._make_plan(_HERE)
        self._count = plan.count
        self._show_count()

    async def _make_plan(self, to: str | Destination) -> Plan:
        plan_options, request_options = self.plan.plan_options(), self.plan.request_options()
        return await self._session.replays.plan(
            to, **choice(self._what), course=plan_options, manner=request_options
        )

    def _show_count(self) -> None:
        count = self._count
        named = "…" if count is None else counted(count, "capture")
        self.setWindowTitle(f"Replay {named}")
        self.plan.show_what(f"{named}{origin(self._what, self._mask.rule)}")
        self.verb.show_as("Replay" if count is None else f"Replay {count:,}", "replay")
        self._edited()

    def _allow_verb(self) -> None:
        is_whole = bool(self.plan.to.text) and bool(self._count)
        self.verb.setEnabled((is_whole or self._is_resuming) and self._watch.run is None)

    @Slot()
    def _edited(self) -> None:
        self._allow_verb()
        if self._watch.run is None:
            self.progress.notify("")  # the error was about the plan before this edit
        if not self._has_run and not self._is_resuming:
            self._outline_timer.start()

    @Slot()
    def _outline(self) -> None:
        if self._count and not self._has_run:
            self._outline_load.start(self._show_outline())

    async def _show_outline(self) -> None:
        """Show what the plan will do, as far as its fields are valid."""
        try:
            plan = await self._make_plan(self.plan.to.text)
            outline = await self._session.replays.preview(plan)
        except InspectorError:
            self.progress.show_sentence("Enter a target to see the changes.")
            return
        self.progress.show_sentence(self._mask.sentence(outline_text(plan, outline)))

    @Slot()
    def _replay(self) -> None:
        if not self.verb.isEnabled():
            return
        self.verb.setEnabled(False)
        self.progress.notify("")
        self._remaining_plan = None  # any question about its host is obsolete
        if self._is_resuming and self.resume_button.plan_id is not None:
            self._resume_plan(self.resume_button.plan_id)
        else:
            self.runner.run(self._begin(is_allowed=False), "replay", self._show_error)

    @Slot()
    def _allow(self) -> None:
        self.plan.question.hide()
        self.runner.run(self._begin(is_allowed=True), "replay", self._show_error)

    async def _begin(self, *, is_allowed: bool) -> None:
        if (plan := self._remaining_plan) is None:
            if (destination := await self.plan.to.resolved()) is None:
                self._allow_verb()
                return
            plan = await self._make_plan(destination)
        if plan.asks_host is not None and is_allowed:
            await self._session.hosts.allow(plan.asks_host)
        elif plan.asks_host is not None:
            self.plan.question.ask(visible(plan.asks_host))
            return
        self._remaining_plan = None
        if not self._is_resuming:
            self._count = plan.count
            self._show_count()
        self._has_run = True
        self._outline_load.cancel()
        self._after_load.cancel()
        self._watch.begin(self._session.replays.start(plan))
        if not self._is_resuming:
            self._show_fixed(plan_sentences(plan, origin(self._what, self._mask.rule)))
        self.plan.show_running(True)
        self.verb.setEnabled(False)
        self.verb.hide()  # no other replay can be started meanwhile
        self.resume_button.hide()
        self.cancel_plan.hide()
        self.plan.unknown.hide()
        self.note.setText("Continues if you close this window.")
        self.progress.pause.setFocus(Qt.FocusReason.OtherFocusReason)  # Space pauses from here on

    # ---- a remaining plan

    def _show_remaining(self, remaining: RemainingPlan) -> None:
        """Show the remaining deliveries of a plan, which cannot be changed."""
        self.setWindowTitle(f"Resume replay {remaining.plan_id:,}")
        self._show_fixed(remaining_sentences(remaining))
        self.resume_button.plan_id, self._count = remaining.plan_id, remaining.left
        self.verb.show_as(resume_text(remaining.left), "play")
        self.verb.setFocus()
        self.progress.show_sentence("Sends only what has not been sent yet.")
        self._edited()

    async def _suggest_resuming(self, plan_id: int | None) -> None:
        """Suggest resuming this plan if it was stopped. Another plan is resumed by its own command."""
        remaining = None if plan_id is None else await self._session.replays.rest(plan_id)
        self.resume_button.show_remaining(remaining)
        self._prefer_resume(remaining is not None)

    def _prefer_resume(self, is_preferred: bool) -> None:
        """Make Resume or Replay the primary button, which Return presses in the target field."""
        self.resume_button.set_primary(is_preferred)
        self.verb.set_primary(not is_preferred)

    @Slot()
    def _enter(self) -> None:
        if self.resume_button.is_primary and self.resume_button.plan_id is not None:
            self._resume()
        elif self.verb.is_primary:
            self._replay()

    @Slot()
    def _plan_edited(self) -> None:
        """Prefer Replay: an edited plan is new and starts from the beginning."""
        self._prefer_resume(False)
        self._edited()

    @Slot()
    def _resume(self) -> None:
        if self.resume_button.plan_id is not None:
            self._resume_plan(self.resume_button.plan_id)

    @Slot()
    def _send_again(self) -> None:
        plan_id = self.plan.unknown.plan_id
        if plan_id is not None:
            self._resume_plan(plan_id, is_retrying_unknown=True)

    def _resume_plan(self, plan_id: int, *, is_retrying_unknown: bool = False) -> None:
        if self._watch.run is None and not self._is_reading_plan:
            self._is_reading_plan = True
            resuming = self._resumed(plan_id, is_retrying_unknown=is_retrying_unknown)
            self.runner.run(resuming, "resume a replay", self._show_error)

    async def _resumed(self, plan_id: int, *, is_retrying_unknown: bool) -> None:
        try:
            remaining = await self._session.replays.resume(plan_id, is_retrying_unknown=is_retrying_unknown)
        finally:
            self._is_reading_plan = False
        self._remaining_plan = remaining
        self.progress.notify("")
        await self._begin(is_allowed=False)

    @Slot(str)
    def _show_error(self, sentence: str) -> None:
        self.progress.notify(sentence)
        self._allow_verb()

    # ---- the run

    @Slot()
    def _allow_report(self) -> None:
        self.report.setEnabled(True)

    @Slot(object, str)
    def _show_end(self, run: Run, problem: str) -> None:
        self.plan.show_running(False)
        if not self._is_resuming:  # for a resumed plan, Resume is its own button
            self.verb.show()
            self._show_fixed(None)
        if self.focusWidget() in (None, self.progress.pause, self.progress.stop):
            self.report.setFocus(Qt.FocusReason.OtherFocusReason)  # for a late Space
        self._prefer_resume(run.progress.state == "stopped")  # also during the count
        self.note.setText(ended(run.progress))
        self.progress.end(problem)
        self._allow_verb()
        self._after_load.start(self._show_results(run))

    async def _show_results(self, run: Run) -> None:
        """Show the result of the whole plan, and what remains."""
        await self._suggest_resuming(run.plan_id)
        if run.plan_id is not None:
            summary = await self._session.replays.summary(run.plan_id)
            self.progress.show_summary(summary)
            self.plan.unknown.ask(summary)

    @Slot()
    def _save_report(self) -> None:
        if self._watch.plan_id is not None:
            name = f"replay-{self._watch.plan_id}.md"
            kinds = "Markdown (*.md)"
            ask_where(self, "Save report, masked", kinds=kinds, name=name, then=self._write_report)

    @Slot(str)
    def _write_report(self, file: str) -> None:
        if self._watch.plan_id is not None:
            work = self._written(self._watch.plan_id, Path(file))
            self.runner.run(work, "save a report", self.note.setText)

    async def _written(self, plan_id: int, file: Path) -> None:
        """Write the report, readable only by the user. The file dialog has asked before replacing a file."""
        since = {word: self.progress.since.counts[word] for word in SINCE_TEXT}
        page = await self._session.replays.report(plan_id, since)
        await asyncio.to_thread(write_new, file, page, replaces=True)
        self.note.setText(f"Saved a masked report as {visible(file.name)}.")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pause by Space, unless the focused widget uses it."""
        if event.key() == Qt.Key.Key_Space and self._watch.run is not None:
            self._watch.pause()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pause by Space in the table, too, where it would only select the current row."""
        is_press = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if is_press and event.key() == Qt.Key.Key_Space and self._watch.run is not None:  # type: ignore[attr-defined]
            self._watch.pause()
            return True
        return super().eventFilter(watched, event)

    @Slot()
    def _cancel_plan(self) -> None:
        if self._remaining is not None:
            self.cancel_requested.emit(self._remaining)

    # ---- masking

    def _show_fixed(self, facts: Facts | None) -> None:
        self._facts = facts
        drawn = self._mask.sentence
        self.plan.show_fixed(None if facts is None else tuple((name, drawn(text)) for name, text in facts))

    @Slot()
    def _draw_again(self) -> None:
        """Show everything again, because other values are masked."""
        self.progress.draw_again(self._mask.rows(self.progress.capture_ids))
        self._show_fixed(self._facts)
        self._edited()

    @Slot()
    def _stop_following(self) -> None:
        """Stop showing the run, which continues."""
        self._outline_timer.stop()
        self._watch.stop_following()
        self.progress.response_view.forget()
        for load in (self._outline_load, self._after_load):
            load.cancel()
