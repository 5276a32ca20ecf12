"""*Check my receiver*: the verdict on a receiver with its cause, and what each test sent and got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from inspector.base.clock import local_time, now_ms
from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.receiver.events import USER
from inspector.domain.receiver.report import TestGroup
from inspector.domain.replay.address_text import short_address
from inspector.gui.check.cause_card import CauseCard
from inspector.gui.check.check_fields import CheckFields
from inspector.gui.check.exchange import CheckExchange
from inspector.gui.check.report_button import ReportButton
from inspector.gui.check.result_groups import RowState, grouped
from inspector.gui.check.result_tree import ResultTree
from inspector.gui.check.verdict_line import VerdictLine
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import BUG, Runner
from inspector.gui.kit.dialog import BaseDialog
from inspector.gui.kit.labels import ElidedLabel, Hairline
from inspector.gui.kit.layout import STRETCH, Panel, box, column, foot, grow, resize_within, row
from inspector.gui.kit.theme import Theme
from inspector.session.receiver.check import (
    CauseProbe,
    CheckNotice,
    CheckReport,
    CheckResult,
    CheckStep,
    CheckStop,
    planned,
)
from inspector.session.session import Session

_MADE_UP = f"Test events are made up. Their user ids begin with {USER}."
_NO_SECRET = "No active secret. Add the receiver’s secret to sign the test events."  # noqa: S105
_NOT_YET = "Not checked yet"
_WIDTH, _HEIGHT = 1158, 788
_LIST, _TEST = 440, 717
"""How the list and the open test share the width."""
_VERDICTS: dict[str, RowState] = {"correct": "passed"}


class CheckDialog(BaseDialog):
    """A window that is not modal, so that arriving captures can be inspected meanwhile. Closing it stops the
    check."""

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, mask: Mask | None = None
    ) -> None:
        super().__init__("Check my receiver", parent)
        self._session = session
        self._theme = theme
        self._task: asyncio.Task[str] | None = None
        self._stop = CheckStop()
        self._is_closed = False
        self._results: list[CheckResult] = []
        self._report: CheckReport | None = None
        self._plan: tuple[tuple[str, TestGroup], ...] = planned()
        self._host: str | None = None
        """The host that must be allowed first."""
        self.runner = Runner(session.tasks, self)
        self.fields = CheckFields(session, theme, self.runner, mask)
        self.verdict = VerdictLine(theme)
        self.card = CauseCard(theme)
        self.results = ResultTree(theme)
        self.exchange = CheckExchange(session, theme, mask=mask)
        self.note = ElidedLabel(theme, _MADE_UP, px=12, tone="text2")
        self.close_button = Button(theme, "Close", key="Esc")
        self.save = ReportButton(session, theme, self.runner)
        self._lay_out()
        self.fields.changed.connect(self._changed)
        self.fields.started.connect(self._check)
        self.fields.allowed.connect(self._allow)
        self.verdict.stop.clicked.connect(self.stop)
        self.results.selected.connect(self._show_exchange)
        self.results.opened.connect(self.exchange.request.setFocus)
        self.exchange.copy_as_requested.connect(self._copy_as)
        self.save.message_posted.connect(self.note.setText)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(self._end)
        self._show_nothing()
        self.fields.show_secrets()
        self.fields.target.setFocus()
        self.fields.target.line.selectAll()

    @Slot()
    def _changed(self) -> None:
        """Show the tests that are selected now. A report stays until other tests are selected."""
        plan = planned(self.fields.groups)
        if not self.is_checking and (self._report is None or plan != self._plan):
            self._plan = plan
            self._show_nothing()

    def use_target(self, to: str) -> None:
        """Enter a target, unless a check is running."""
        if self._task is None:
            self.fields.target.line.setText(to)
            self.fields.verb.setFocus()

    def explain(self, capture_id: int, to: str) -> None:
        """Search why a receiver rejects a capture, unless a check is running."""
        if self._task is None:
            self.fields.target.line.setText(to)
            self.fields.select_capture(capture_id)
            self._check()

    # ---- the check

    @property
    def is_checking(self) -> bool:
        """Whether tests are being sent."""
        return self._task is not None

    @Slot()
    def _check(self) -> None:
        self._begin(is_allowed=False)

    @Slot()
    def _allow(self) -> None:
        self._begin(is_allowed=True)

    def _begin(self, *, is_allowed: bool) -> None:
        fields = self.fields
        if not fields.verb.isEnabled():
            return
        to, secret = fields.to, str(fields.secret.currentData())
        self._results, self._report, self._host = [], None, None
        self._plan, self._stop = planned(fields.groups), CheckStop()
        self.save.show_report(None)
        fields.question.hide()
        self.card.hide()
        self.exchange.show_result(None)
        self._show_rows(is_running=True)
        self.verdict.show_progress(f"0 of {len(self._plan)}", "Connecting to the receiver…", 0)
        self.verdict.stop.setFocus()  # the focused control is disabled now
        self.note.setText("Closing this window stops the check.")
        self._task = self._session.tasks.spawn(
            self._run(to, secret, is_allowed=is_allowed), "check a receiver"
        )
        self._task.add_done_callback(self._ended)
        fields.lock(True)

    async def _run(self, to: str, secret: str, *, is_allowed: bool) -> str:
        """Run the check. If it fails, return why, as a sentence."""
        try:
            host = await self._session.requests.asks_host(to)
            if host is not None and not is_allowed:
                self._host = host
                return ""
            if host is not None:
                await self._session.hosts.allow(host)
            async with aclosing(self._steps(to, secret)) as steps:
                async for step in steps:
                    if isinstance(step, CheckResult) and not self._results:  # it is worth suggesting again
                        with suppress(InspectorError):  # the check does not need the file
                            await self._session.replays.remember_target(to)
                    self._take(step)
        except InspectorError as error:
            return str(error)
        return ""

    def _steps(self, to: str, secret: str) -> AsyncGenerator[CheckStep, None]:
        fields = self.fields
        return self._session.receiver_check.run(
            to, sign_with=secret, groups=fields.groups, per_second=fields.pace, stop=self._stop
        )

    def _take(self, step: CheckStep) -> None:
        done, total = len(self._results), len(self._plan)
        if isinstance(step, CheckReport):
            self._report = step
        elif isinstance(step, CheckResult):
            self._results.append(step)
            self._show_rows(is_running=True)
            done += 1
            about = f"Sending: {self._plan[done][0]}" if done < total else "Evaluating the responses…"
            self.verdict.show_progress(f"{done} of {total}", about, done / max(total, 1))
        elif isinstance(step, CheckNotice):
            self.verdict.show_progress(f"{done} of {total}", visible(step.says), done / max(total, 1))
        else:
            self._show_search(step)

    def _show_search(self, probe: CauseProbe) -> None:
        headline = f"Searching the cause: {probe.sent} of at most {probe.most} requests"
        word = "accepted" if probe.is_accepted else "rejected"
        about = f"A valid event, {shortened(visible(probe.words), 100)}: {word}"
        self.verdict.show_progress(headline, about, probe.sent / max(probe.most, 1))

    @Slot()
    def stop(self) -> None:
        """Stop sending. The results so far stay."""
        if self._task is not None:
            self._stop.set()
            self.results.setFocus()  # a second key press does nothing there
            self.verdict.stop.setEnabled(False)

    def _ended(self, task: asyncio.Task[str]) -> None:
        self._task = None
        if self._is_closed:
            return
        had_focus = self.focusWidget() in (self.verdict.stop, self.results)
        self.note.setText(_MADE_UP)
        self._show_outcome("" if task.cancelled() else BUG if task.exception() else task.result())
        self.fields.lock(False)
        if had_focus and not self.fields.question.isVisible():
            (self.results if self._results else self.fields.target).setFocus()

    # ---- what is shown

    def _show_nothing(self) -> None:
        """Show that nothing was checked, with all tests in their groups."""
        self._report, self._results = None, []
        self.card.hide()
        self.exchange.show_result(None)
        self._show_rows(is_running=False)
        about = (
            f"{counted(len(self._plan), 'test')}, one after another."
            if self.fields.secret.count()
            else _NO_SECRET
        )
        self.verdict.show_sentences(_NOT_YET, about if self.fields.secret.count() else _NO_SECRET)

    def _show_rows(self, *, is_running: bool) -> None:
        self.content.show()
        self.results.show_groups(grouped(self._plan, self._results, is_running=is_running))

    def _show_outcome(self, problem: str) -> None:
        report = self._report
        if report is not None:
            self._show_report(report)
            return
        if self._host is not None:
            self._show_nothing()
            self.fields.question.ask(visible(self._host))
            return
        self._show_rows(is_running=False)
        self.verdict.show_sentences("Not checked", problem, "failed")

    def _show_report(self, report: CheckReport) -> None:
        """Show a verdict with its cause, and select the first failed test."""
        self.fields.verb.show_as("Check again", "replay")
        self.fields.verb.set_primary(False)
        self.save.show_report(report)
        self._results = list(report.results)
        state = _VERDICTS.get(report.verdict, "failed")
        if state == "passed" and (worst := {one.result for one in report.results} - {"passed"}):
            state = "warning" if worst & {"failed", "warning"} else "passed"
        about = " ".join(filter(None, (visible(report.counts), visible(report.note))))
        place = shortened(visible(short_address(report.to)), 80)
        at_time = f"{place}, {local_time(report.started_ms or now_ms()):%H:%M:%S}"
        self.verdict.show_sentences(visible(report.sentence), about or at_time, state)
        self.card.setVisible(self.card.show_report(report))
        self.content.setVisible(bool(self._results))
        if not self._results:
            return
        before = self.results.selected_title if self.results.hasFocus() else ""
        self._show_rows(is_running=False)
        if before:
            self.results.select(before)
        else:
            self.results.select_first()

    @Slot(str)
    def _show_exchange(self, title: str) -> None:
        report = self._report
        result = next((one for one in self._results if one.title == title), None)
        probe, is_explained = None, False
        if (
            report is not None
            and result is not None
            and result.result == "failed"
            and result.group == "accepts"
        ):
            proved = [cause for cause in report.causes if cause.is_proved]
            is_explained = bool(proved)
            places = [cause.probe for cause in proved if cause.probe is not None]
            if places and title == self._plan[0][0]:
                probe = report.probes[places[0]]
        self.exchange.show_result(result, probe=probe, is_explained=is_explained, title=title)

    @Slot(object)
    def _copy_as(self, exchange: AttemptDetail) -> None:
        to = exchange.row.target if self._report is None else self._report.to
        self.runner.run(self._copied(exchange, to), "copy a request", self.note.setText)

    async def _copied(self, exchange: AttemptDetail, to: str) -> None:
        text = await self._session.requests.snippet_of("curl", exchange, to)
        QGuiApplication.clipboard().setText(text)
        self.note.setText("Copied a cURL command. It contains the signature.")

    @Slot()
    def _end(self) -> None:
        self._is_closed = True
        self.fields.cancel()
        self.exchange.cancel()
        if self._task is not None:
            self._task.cancel()

    # ---- layout

    def _lay_out(self) -> None:
        theme, px = self._theme, self._theme.px
        upper = column(theme, self.verdict, self.card, spacing=10, margins=(20, 16, 20, 14))
        divider = Hairline(theme, is_upright=True)
        self.content = box(row(theme, grow(self.results, _LIST), divider, grow(self.exchange, _TEST)))
        bottom_bar = Panel(theme, fill="window", radius=0)
        foot_row = foot(theme, grow(self.note), self.save, self.close_button)
        column(theme, foot_row, on=bottom_bar)
        column(
            theme,
            *(self.fields, Hairline(theme), upper, Hairline(theme), grow(self.content, 1_000), STRETCH),
            *(Hairline(theme), bottom_bar),
            on=self,
        )
        resize_within(self, theme, px(_WIDTH), px(_HEIGHT))
