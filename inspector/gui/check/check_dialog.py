"""The Check window: sends good and bad events to a receiver and reports what is wrong with it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from inspector.base.clock import local_time, now_ms
from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.domain.receiver.events import USER
from inspector.domain.replay.address_text import short_address, typed_url
from inspector.gui.check.exchange import CheckExchange
from inspector.gui.check.progress import CheckProgress
from inspector.gui.check.results import CheckResults
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import BUG, LatestTask, Runner
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.controls.value_boxes import ElidedComboBox
from inspector.gui.kit.dialog import BaseDialog
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import caption, column, foot, grow, resize_within, row
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.questions import HostQuestion
from inspector.gui.replay.target import TargetField
from inspector.session.receiver.check import CheckReport, CheckResult, as_text, conclusion
from inspector.session.session import Session

_ABOUT = (
    "Sends good and bad events in turn, and reports the receiver’s mistakes.\nThe events are test data. Their"
    f" user ids begin with {USER}."
)
_EVENTS = (
    "The check sends it test events signed with your secret. If you allow it, captures may be sent there too."
)
_NO_SECRET = "No active secret. Add the receiver’s secret to sign the test events."  # noqa: S105


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
        self._is_closed = False
        self._results: list[CheckResult] = []
        self._report: CheckReport | None = None
        self._of = ("", "")
        """Source of the results: the target as typed, and the secret's name."""
        self._host: str | None = None
        """The host that must be allowed first."""
        self.runner = Runner(session.tasks, self)
        self.target = TargetField(session, theme, self.runner, session.replays.last_target or "", mask=mask)
        self.secret = ElidedComboBox(theme, "Secret to sign with")
        self.question = HostQuestion(theme, _EVENTS)
        self.progress = CheckProgress(theme)
        self.results = CheckResults(theme)
        self.exchange = CheckExchange(session, theme, mask=mask)
        self._is_secret_selected = False
        self._likely = LatestTask(session.tasks, "find the secret that verifies captures")
        self.copy = Button(theme, "Copy as text", icon="copy")
        self.copy.setEnabled(False)
        self.verb = Button(theme, "Check", icon="play", is_primary=True)
        self._note = Label(theme, px=12, tone="text2")
        self._close = Button(theme, "Close", key="Esc")
        self._lay_out()
        self.target.changed.connect(self._edited)
        self.target.entered.connect(self._check)
        self.question.allow.clicked.connect(self._allow)
        self.progress.stop.clicked.connect(self.stop)
        self.copy.clicked.connect(self._copy)
        self.secret.activated.connect(self._secret_selected)
        self.results.selected.connect(self._show_exchange)
        self.verb.clicked.connect(self._check)
        self._close.clicked.connect(self.reject)
        self.finished.connect(self._end)
        SignalBatcher(session.secrets.changed, self).passed.connect(self._show_secrets)
        self._show_secrets()
        self.target.setFocus()
        self.target.line.selectAll()

    # ---- target and secret

    def use_target(self, to: str) -> None:
        """Enter a target, unless a check is running."""
        if self._task is None:
            self.target.line.setText(to)
            self.verb.setFocus()

    @Slot()
    def _show_secrets(self) -> None:
        """Show the active secrets. Until the user selects one, select the one that verifies captures."""
        before = self.secret.currentData()
        self.secret.clear()
        for secret in self._session.secrets.active:
            self.secret.addItem(visible(secret.name), secret.name)
        self.secret.setCurrentIndex(max(self.secret.findData(before), 0) if self.secret.count() else -1)
        self._edited()
        if not self._is_secret_selected and self.secret.count() > 1:
            self._likely.start(self._select_likely())

    async def _select_likely(self) -> None:
        place = self.secret.findData(await self._session.receiver_check.likely_secret())
        if place >= 0 and not self._is_secret_selected and not self.is_checking:
            self.secret.setCurrentIndex(place)

    @Slot(int)
    def _secret_selected(self, _place: int) -> None:
        self._is_secret_selected = True

    @Slot()
    def _edited(self) -> None:
        self.question.hide()
        self.progress.clear_error()
        self._allow_verb()

    def _allow_verb(self) -> None:
        is_idle, has_secret = not self.is_checking, self.secret.count() > 0
        self.verb.setEnabled(is_idle and has_secret and bool(self.target.text))
        self.target.set_fixed(not is_idle)
        self.secret.setEnabled(is_idle and has_secret)
        self.copy.setEnabled(is_idle and bool(self._results))
        if is_idle and not has_secret:
            self.progress.show_missing(_NO_SECRET)

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
        if not self.verb.isEnabled():
            return
        to, secret = self.target.text, str(self.secret.currentData())
        if self._session.targets.find(to) is None:
            to = typed_url(to)
        self._of = to, secret
        self._results = []
        self._report = None
        self._host = None
        self.results.show_results((), is_running=True)
        self.exchange.show_result(None)
        self.question.hide()
        self.progress.begin()
        self.progress.stop.setFocus()  # the focused control is disabled now
        self._note.setText("Closing this window stops the check.")
        self._task = self._session.tasks.spawn(
            self._run(to, secret, is_allowed=is_allowed), "check a receiver"
        )
        self._task.add_done_callback(self._ended)
        self._allow_verb()

    async def _run(self, to: str, secret: str, *, is_allowed: bool) -> str:
        """Run the check. If it fails, return why, as a sentence."""
        try:
            host = await self._session.requests.asks_host(to)
            if host is not None and not is_allowed:
                self._host = host
                return ""
            if host is not None:
                await self._session.hosts.allow(host)
            async with aclosing(self._session.receiver_check.run(to, sign_with=secret)) as results:
                async for result in results:
                    if isinstance(result, CheckReport):
                        self._report = result
                        if result.verdict == "unreachable":
                            return result.sentence
                    if not isinstance(result, CheckResult):
                        continue
                    if not self._results:  # the receiver exists, so it is worth suggesting again
                        with suppress(InspectorError):  # the check does not need the file
                            await self._session.replays.remember_target(to)
                    self._add(result)
        except InspectorError as error:
            return str(error)
        return ""

    def _add(self, result: CheckResult) -> None:
        self._results.append(result)
        self.results.show_results(self._results, is_running=True)
        self.progress.show_done(len(self._results))

    @Slot()
    def stop(self) -> None:
        """Stop sending. The results so far stay."""
        if self._task is not None:
            self._task.cancel()
            self.results.setFocus()  # a second key press does nothing there
            self.progress.stop.setEnabled(False)

    def _ended(self, task: asyncio.Task[str]) -> None:
        self._task = None
        if self._is_closed:
            return
        had_focus = self.focusWidget() is self.progress.stop
        self._note.clear()
        self.results.show_results(self._results, is_running=False)
        if self._results:
            self.results.select_first_wrong()
        self._show_outcome("" if task.cancelled() else BUG if task.exception() else task.result())
        self._allow_verb()
        if had_focus and not self.question.isVisible():
            (self.results if self._results else self.target).setFocus()

    def _show_outcome(self, problem: str) -> None:
        if self._host is not None:
            self.progress.wait()
            self.question.ask(visible(self._host))
            return
        if problem and not self._results:
            self.progress.refuse(problem)
            return
        to, secret = self._of
        stopped = conclusion(self._results) if self._results else ""
        sentence = stopped if self._report is None else self._report.sentence
        is_wrong = any(result.ok is False for result in self._results)
        about = (
            f"{visible(short_address(to))}, signed with {visible(secret)}, at {local_time(now_ms()):%H:%M:%S}"
        )
        self.progress.end(sentence, about, is_wrong=is_wrong, problem=problem)
        self.verb.show_as("Check again", "replay")

    @Slot(int)
    def _show_exchange(self, row: int) -> None:
        self.exchange.show_result(self._results[row] if row < len(self._results) else None)

    @Slot()
    def _copy(self) -> None:
        to, secret = self._of
        QGuiApplication.clipboard().setText(as_text(self._results, to=to, secret=secret))
        self._note.setText("Copied the results.")

    @Slot()
    def _end(self) -> None:
        self._is_closed = True
        self._likely.cancel()
        self.exchange.cancel()
        self.stop()

    # ---- layout

    def _lay_out(self) -> None:
        theme = self._theme
        to = column(theme, caption(theme, "To", self.target), self.target, spacing=4)
        signed_with = column(theme, caption(theme, "Signed with", self.secret), self.secret, spacing=4)
        head = column(
            theme,
            Label(theme, "Check my receiver", px=16, weight=600),
            Label(theme, _ABOUT, px=12, tone="text2", wraps=True),
            row(theme, grow(to, 3), grow(signed_with, 2), spacing=12),
            self.question,
            spacing=8,
            margins=(20, 16, 20, 14),
        )
        body = column(
            theme,
            self.progress,
            grow(self.results, 3),
            Hairline(theme),
            grow(self.exchange, 2),
            spacing=8,
            margins=(20, 12, 20, 10),
        )
        buttons = foot(theme, grow(self._note), self.copy, self.verb, self._close)
        column(theme, head, Hairline(theme), grow(body), Hairline(theme), buttons, on=self)
        resize_within(self, theme, theme.px(860), theme.px(860))
