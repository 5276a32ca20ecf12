"""*Check my receiver*: the verdict on a receiver with its cause, and what each test sent and got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from typing import TypeAlias

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.receiver.comparison import VersusReport, VersusStep
from inspector.domain.receiver.events import USER
from inspector.domain.receiver.report import TestGroup
from inspector.gui.check.cause_card import CauseCard
from inspector.gui.check.check_fields import CheckFields
from inspector.gui.check.exchange import CheckExchange
from inspector.gui.check.report_button import ReportButton
from inspector.gui.check.result_groups import grouped
from inspector.gui.check.result_tree import ResultTree
from inspector.gui.check.verdict_line import VerdictLine, state_of, verdict_text
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
_LEAST_WIDTH, _LEAST_HEIGHT = 1024, 668
_LIST, _TEST = 440, 717
"""How the list and the open test share the width."""
_EVALUATING = "Evaluating the responses…"
_Step: TypeAlias = CheckStep | VersusStep | VersusReport


class CheckDialog(BaseDialog):
    """A window that is not modal, so that arriving captures can be inspected meanwhile. Closing it stops the
    check."""

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, mask: Mask | None = None
    ) -> None:
        super().__init__("Check my receiver", parent)
        self._session = session
        self._theme = theme
        self._mask = mask
        self._task: asyncio.Task[str] | None = None
        self._stop = CheckStop()
        self._is_closed = False
        self._results: list[CheckResult] = []
        self._report: CheckReport | None = None
        self._others: list[CheckResult] | None = None
        """The results of the second receiver, if two are compared."""
        self._comparison: VersusReport | None = None
        self._plan: tuple[tuple[str, TestGroup], ...] = planned()
        self._is_old = False
        """The report is that of an earlier check."""
        self._host: str | None = None
        """The host that must be allowed first."""
        self._probe: CauseProbe | None = None
        """The latest request of the search for a cause."""
        self.runner = Runner(session.tasks, self)
        self.fields = CheckFields(session, theme, self.runner, mask)
        self.verdict = VerdictLine(theme)
        self.card = CauseCard(theme, mask=mask)
        self.results = ResultTree(theme, mask=mask)
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
        self.results.replay_requested.connect(self._replay)
        self.exchange.replay_requested.connect(self._replay)
        self.exchange.copy_as_requested.connect(self._copy_as)
        self.save.message_posted.connect(self.note.setText)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(self._end)
        if mask is not None:
            mask.changed.connect(self._show_verdict)
        self._show_nothing()
        self.fields.show_secrets()
        self._show_last()
        self.fields.target.setFocus()
        self.fields.target.line.selectAll()

    def _show_last(self) -> None:
        """Show the report of the latest check, if it was of this receiver."""
        for report in self._session.receiver_check.reports[:1]:
            is_whole = report.capture_id is None and report.total == len(self._plan)
            if is_whole and report.to == self.fields.to:
                self._report, self._is_old = report, True
                self._show_report(report)

    @Slot()
    def _changed(self) -> None:
        """Show the tests that are selected now. A report stays until other tests are selected."""
        plan = self._planned()
        if not self.is_checking and (self._report is None or plan != self._plan):
            self._plan = plan
            self._show_nothing()

    def explain(self, capture_id: int, to: str) -> None:
        """Find out why a receiver rejects a capture, unless a check is running."""
        if self._task is None:
            self.fields.target.line.setText(to)
            self.fields.select_capture(capture_id)
            self._check()

    def _planned(self) -> tuple[tuple[str, TestGroup], ...]:
        return () if self.fields.capture_id is not None else planned(self.fields.groups)

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
        versus = fields.versus if fields.capture_id is None else None
        self._results, self._report, self._host, self._probe = [], None, None, None
        self._is_old = False
        self._others, self._comparison = None if versus is None else [], None
        self._plan, self._stop = self._planned(), CheckStop()
        self.save.show_report(None)
        self.exchange.allow_replay(False)
        fields.hide_questions()
        self.card.hide()
        self.exchange.show_result(None)
        self._show_rows(is_running=True)
        self._show_progress("Connecting to the receiver…")
        self.verdict.stop.setFocus()  # the focused control is disabled now
        self.note.setText("Closing this window stops the check.")
        self._task = self._session.tasks.spawn(
            self._run(to, versus, secret, is_allowed=is_allowed), "check a receiver"
        )
        self._task.add_done_callback(self._ended)
        fields.lock(True)

    async def _run(self, to: str, versus: str | None, secret: str, *, is_allowed: bool) -> str:
        """Run the check. If it fails, return why, as a sentence."""
        try:
            for place in filter(None, (to, versus)):
                host = await self._session.requests.asks_host(place)
                if host is not None and not is_allowed:
                    self._host = host
                    return ""
                if host is not None:
                    await self._session.hosts.allow(host)
                    is_allowed = False  # the other host is another question
            async with aclosing(self._steps(to, versus, secret)) as steps:
                async for step in steps:
                    if isinstance(step, CheckResult) and not self._results:  # it is worth suggesting again
                        with suppress(InspectorError):  # the check does not need the file
                            await self._session.replays.remember_target(to)
                    self._take(step)
        except InspectorError as error:
            return str(error)
        return ""

    def _steps(self, to: str, versus: str | None, secret: str) -> AsyncGenerator[_Step, None]:
        fields, check = self.fields, self._session.receiver_check
        if (capture_id := fields.capture_id) is not None:
            return check.why(
                capture_id,
                to,
                sign_with=secret,
                is_resigning_unverified=fields.is_resigning,
                per_second=fields.pace,
                stop=self._stop,
            )
        if versus is not None:
            return check.versus(
                to, versus, sign_with=secret, groups=fields.groups, per_second=fields.pace, stop=self._stop
            )
        return check.run(to, sign_with=secret, groups=fields.groups, per_second=fields.pace, stop=self._stop)

    def _take(self, step: _Step) -> None:
        results = self._results
        if isinstance(step, VersusStep):
            if step.side == "versus" and self._others is not None:
                results = self._others
            step = step.step
        if isinstance(step, VersusReport):
            self._comparison, self._report = step, step.to
        elif isinstance(step, CheckReport):
            self._report = step
        elif isinstance(step, CheckResult):
            results.append(step)
            self._show_rows(is_running=self._probe is None)
            done = len(self._results)
            has_next = done < len(self._plan)
            self._show_progress(f"Sending: {self._plan[done][0]}" if has_next else _EVALUATING)
        elif isinstance(step, CheckNotice):
            self._show_progress(visible(step.says))
        else:
            is_first, self._probe = self._probe is None, step
            if is_first:  # every test has ended, so that nothing moves when the report arrives
                self.card.show_search()
                self.card.show()
                self._show_ended()
            word = "accepted" if step.is_accepted else "rejected"
            words = shortened(visible(step.words), 100)
            self._show_progress(f"{words[:1].upper()}{words[1:]}: {word}")

    def _show_progress(self, about: str) -> None:
        done, total, probe = len(self._results), len(self._plan), self._probe
        headline = f"{done} of {total}"
        if probe is not None:
            done, total = probe.sent, probe.most
            headline = f"Searching for the cause: {done} of at most {total} requests"
        elif (capture_id := self.fields.capture_id) is not None:
            headline = f"Sending #{capture_id:,}"
        self.verdict.show_progress(headline, self._masked(about), done / max(total, 1))

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
        self._show_note()
        self._show_outcome("" if task.cancelled() else BUG if task.exception() else task.result())
        self.fields.lock(False)
        if had_focus and not self.fields.question.isVisible():
            (self.results if self._results else self.fields.target).setFocus()

    # ---- what is shown

    def _show_nothing(self) -> None:
        """Show that nothing was checked, with all tests in their groups."""
        self._report, self._results = None, []
        self._others = self._comparison = None
        self.save.show_report(None)
        self.card.hide()
        self.exchange.show_result(None)
        self._show_rows(is_running=False)
        about = f"{counted(len(self._plan), 'test')}, one after another."
        if (capture_id := self.fields.capture_id) is not None:
            about = f"Sends #{capture_id:,} again, and then variants of it with other signatures."
        self.verdict.show_sentences(_NOT_YET, about if self.fields.secret.count() else _NO_SECRET)
        self._show_note()

    def _show_rows(self, *, is_running: bool) -> None:
        self.content.show()
        groups = grouped(self._plan, self._results, is_running=is_running, others=self._others)
        self.results.show_groups(groups)

    def _show_outcome(self, problem: str) -> None:
        report = self._report
        if report is not None:
            self._show_report(report)
            return
        if self._host is not None:
            self._show_nothing()
            self.fields.ask_host(self._host)
            return
        self._show_rows(is_running=False)
        self.verdict.show_sentences("Not checked", problem, "failed")

    @Slot()
    def _show_verdict(self) -> None:
        """Show the sentences of the report, or of the comparison."""
        report = self._report
        if report is not None and not self.is_checking:
            sentence, about = verdict_text(report, self._comparison, is_old=self._is_old)
            state = state_of(report, self._comparison)
            self.verdict.show_sentences(self._masked(sentence), self._masked(about), state)

    def _masked(self, text: str) -> str:
        return text if self._mask is None else self._mask.sentence(text)

    def _show_note(self) -> None:
        """Show what the requests contain."""
        capture_id = self.fields.capture_id
        self.note.setText(_MADE_UP if capture_id is None else f"Sends #{capture_id:,} and variants of it.")

    def _show_report(self, report: CheckReport) -> None:
        """Show a verdict with its cause, and select the first failed test."""
        self.fields.verb.show_as("Check again", "replay")
        self.fields.verb.set_primary(False)
        self.save.show_report(self._comparison or report)
        self.exchange.allow_replay(True)
        self._results = list(report.results)
        self._show_verdict()
        sides = [report] if self._comparison is None else [report, self._comparison.versus]
        is_one = len(sides) > 1
        self.card.setVisible(any(self.card.show_report(one, is_one_of_two=is_one) for one in sides))
        self.content.setVisible(bool(self._results))
        if report.is_withheld:
            self.fields.ask_to_sign()
        if self._results:
            self._show_ended()

    def _show_ended(self) -> None:
        """Show the results with failures first, and select the first one unless another one is selected."""
        was_shown = self._probe is not None and self._report is not None
        before = self.results.selected_title if was_shown or self.results.hasFocus() else ""
        self._show_rows(is_running=False)
        if before:
            self.results.select(before)
            self._show_exchange(before)  # with what the report says about it
        else:
            self.results.select_first()

    @Slot(str)
    def _show_exchange(self, title: str) -> None:
        report = self._report
        result = _of_test(self._results, title)
        is_rejected = result is not None and (result.result, result.group) == ("failed", "accepts")
        probe, is_explained = None, is_rejected and self._probe is not None  # it is being searched for
        if report is not None and is_rejected:
            proved = [cause for cause in report.causes if cause.is_proved]
            is_explained = bool(proved)
            places = [cause.probe for cause in proved if cause.probe is not None]
            is_same_event = not self._plan or title == self._plan[0][0]
            if places and is_same_event:
                probe = report.probes[places[0]]
        before = None if report is None else self._session.receiver_check.previous(report)
        previous = None if before is None else _of_test(before.results, title)
        other = _of_test(self._others or (), title)
        self.exchange.show_result(
            result, probe=probe, previous=previous, other=other, is_explained=is_explained, title=title
        )

    @Slot()
    def _replay(self) -> None:
        """Send the requests of the open test again."""
        result = self.exchange.replayable
        report = self._report_with(result)
        if result is not None and report is not None and not self.is_checking:
            self.exchange.replay.setEnabled(False)
            self.runner.run(self._replayed(report, result), "replay a test", self._replay_failed)

    def _report_with(self, result: CheckResult | None) -> CheckReport | None:
        """Return the report with a result: in a comparison, that of its receiver."""
        compared = self._comparison
        if compared is not None and result in compared.versus.results:
            return compared.versus
        return self._report

    async def _replayed(self, report: CheckReport, result: CheckResult) -> None:
        again = await self._session.receiver_check.repeat(report, result)
        if not self._is_closed:
            self.exchange.add_replay(again)

    @Slot(str)
    def _replay_failed(self, problem: str) -> None:
        self.exchange.allow_replay(True)
        self.note.setText(problem)

    @Slot(object)
    def _copy_as(self, exchange: AttemptDetail) -> None:
        report = self._report_with(self.exchange.replayable)
        to = exchange.row.target if report is None else report.to
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
        theme = self._theme
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
        resize_within(self, theme, *self._fitting_size())

    def _fitting_size(self) -> tuple[int, int]:
        """Return the size of the drawing, at most that of the window behind it."""
        px, behind = self._theme.px, self.parentWidget()
        width, height = px(_WIDTH), px(_HEIGHT)
        if behind is not None:
            width = min(width, max(behind.window().width(), px(_LEAST_WIDTH)))
            height = min(height, max(behind.window().height(), px(_LEAST_HEIGHT)))
        return width, height


def _of_test(results: Sequence[CheckResult], title: str) -> CheckResult | None:
    return next((one for one in results if one.title == title), None)
