"""The open test of a receiver: its request and response, its replays, and the request that was accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import shiboken6
from PySide6.QtCore import QPoint, QSize, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from inspector.base.clock import short_time
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.receiver.report import TestGroup
from inspector.gui.check.result_groups import sentence_of
from inspector.gui.detail.attempt_text import request_pieces, result_text
from inspector.gui.detail.response_view import ResponseView
from inspector.gui.detail.signature.verdict_head import BadgeGlyph
from inspector.gui.detail.text_view import LineDiffView, TextView
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import STRETCH, box, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.menus import make_exclusive
from inspector.gui.kit.theme import Theme
from inspector.session.receiver.check import CauseProbe, CheckResult
from inspector.session.session import Session

_MOST = 1 << 20
_NOTHING = "Select a test to see its request and response."
_NOT_SENT = "This test sends nothing. It evaluates the responses of the other tests."
_NOT_RUN = "This test was not run."
_WANTED: Mapping[TestGroup, str] = {"accepts": "2xx", "rejects": "4xx"}
_SAME = "the event"
_LEAST_LINES, _FEWEST_LINES = 5, 2
"""Lines of the request that are visible, and that are if the window is low."""
_SHARE = 3
"""The request takes at most one part of this many of the height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One request with its response that can be shown."""

    label: str
    exchange: AttemptDetail
    of: CheckResult
    """The result with this request, of this receiver or of the second one."""
    is_variant: bool = False
    """Whether it is the request that was accepted instead."""


class CheckExchange(QWidget):
    """One request of the selected test as sent, and its response."""

    replay_requested = Signal()
    message_posted = Signal(str)
    copy_as_requested = Signal(object)
    """The AttemptDetail to copy as a command."""

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, mask: Mask | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._mask = mask = mask or Mask(session, self)
        self._load = LatestTask(session.tasks, "show what a test sent", self)
        self._result: CheckResult | None = None
        self._probe: CauseProbe | None = None
        self._previous: CheckResult | None = None
        self._entries: list[_Entry] = []
        self._shown = 0
        self._can_replay = False
        self.title = ElidedLabel(theme, px=13, weight=600)
        self.outcome = ElidedLabel(theme, px=13)
        self.replay = Button(theme, "Replay", icon="replay")
        self.replay.clicked.connect(self.replay_requested)
        self.more = IconButton(theme, "more", "More actions for this request")
        self.more.clicked.connect(self._open_menu)
        self.explanation = FlowText(theme, font=theme.font(12.5), tone="text2")
        self.explanation.setAccessibleName("What the test found")
        self.which = Button(theme, "", is_quiet=True, has_menu=True)
        self.which.clicked.connect(self._open_entries)
        self.entries = QMenu(self)
        self.entries.triggered.connect(self._select_entry)
        self.length = ElidedLabel(theme, px=12, tone="text2")
        self.copy = IconButton(theme, "copy", "Copy the request")
        self.copy.clicked.connect(self._copy)
        self.request = TextView(theme, "Request of the selected test")
        self.request.paused.connect(self._fit)
        self.sent_difference = LineDiffView(theme, "Request compared with another one")
        self.views = QStackedWidget()
        for view in (self.request, self.sent_difference):
            view.document().setDocumentMargin(theme.px(4))
            self.views.addWidget(view)
        self.variant = ElidedLabel(theme, px=13)  # two causes make a long sentence
        self.show_variant = Link(theme, "Show that request", px=13)
        self.show_variant.clicked.connect(self._toggle_variant)
        tick = BadgeGlyph(theme, Badge.VALID, QSize(theme.px(14), theme.px(14)))
        self._below = box(row(theme, tick, self.variant, self.show_variant, STRETCH, spacing=6))
        self.response = ResponseView(
            session, theme, mask, has_status=True, title="Response", margin=20, below=self._below
        )
        self.menu = QMenu(self)
        self.curl_action = self.menu.addAction("Copy as cURL")
        self.copy_action = self.menu.addAction("Copy the request")
        self.menu.addSeparator()
        self.previous_action = self.menu.addAction("Compare with the last check of this target")
        self.variant_action = self.menu.addAction("Compare with the accepted variant")
        self.menu.triggered.connect(self._act)
        self._lay_out()
        mask.changed.connect(self._show_again)
        self.show_result(None)

    def _lay_out(self) -> None:
        theme = self._theme
        head = row(
            theme,
            *(self.title, grow(self.outcome), self.replay, self.more),
            spacing=8,
            margins=(20, 8, 16, 4),
        )
        explanation = row(theme, self.explanation, margins=(20, 0, 16, 4))
        request = row(
            theme,
            *(
                Label(theme, "Request", px=12, weight=500, tone="text2"),
                self.length,
                self.which,
                STRETCH,
                self.copy,
            ),
            spacing=8,
            margins=(20, 0, 16, 2),
        )
        self._parts = box(
            column(theme, request, row(theme, self.views, margins=(16, 0, 8, 0)), grow(self.response))
        )
        column(theme, head, explanation, grow(self._parts, 1_000), STRETCH, on=self)

    # ---- what is shown

    def show_result(
        self,
        result: CheckResult | None,
        *,
        probe: CauseProbe | None = None,
        previous: CheckResult | None = None,
        other: CheckResult | None = None,
        is_explained: bool = False,
        title: str = "",
    ) -> None:
        """Show another test; None shows nothing, or that the test of this `title` was not run.

        `probe`: the request that was accepted instead of this one. `previous`: the result of this test in
        the previous check of this target. `other`: its result at the second receiver. `is_explained`: the
        cause of its failure is shown elsewhere.
        """
        before, had_variant = self._result, self._probe is not None
        self._result, self._probe, self._previous = result, probe, previous
        self.explanation.setVisible(result is not None and not is_explained)
        if result is not None and result is before and (probe is not None or not had_variant):
            if self._entries and not had_variant:  # a reader keeps the place in the request
                self._add_variant(result, probe)
                self._show_choice()
            return
        has_sent = result is not None and bool(result.exchanges)
        self._parts.setVisible(has_sent)
        for button in (self.replay, self.more):
            button.setVisible(has_sent)
        if result is None:
            self.title.setText(title)
            self.title.setVisible(bool(title))
            self._show_outcome(_NOT_RUN if title else _NOTHING, "text2")
        else:
            self.title.setText(result.title)
            self.title.show()
            text, tone = _outcome(result)
            self._show_outcome(self._mask.sentence(text), tone)
            self._show_explanation(result)
        if not has_sent:
            self._load.cancel()
            self._entries = []
            for view in (self.response, self.request, self.sent_difference):
                view.forget()
            return
        assert result is not None, "it has exchanges"
        count = len(result.exchanges)
        self._entries = [
            _Entry(label=f"{number} of {count}", exchange=_marked(one, result), of=result)
            for number, one in enumerate(result.exchanges, start=1)
        ]
        if other is not None:
            self._entries = []
            self._add(result, "first receiver")
            self._add(other, "second receiver")
        self._add_variant(result, probe)
        self._show_entry(result.decisive)

    @property
    def replayable(self) -> CheckResult | None:
        """The requests to send again: those of the open test, or the accepted one if it is shown."""
        if not self._entries or not self.replay.isEnabled():
            return None
        return self._entries[self._shown].of

    def allow_replay(self, is_allowed: bool) -> None:
        """Allow replays once there is a report."""
        self._can_replay = is_allowed
        self.replay.setEnabled(is_allowed)

    def add_replay(self, result: CheckResult) -> None:
        """Show the responses to a replay of the open test, if it is still open."""
        self.replay.setEnabled(self._can_replay)
        if self._result is None or self._result.title != result.title or not result.exchanges:
            return
        first = len(self._entries)
        self._add(result, f"replay at {short_time(result.exchanges[0].row.started_ms)}")
        self._show_entry(first + result.decisive)
        text, tone = _outcome(result)
        self._show_outcome(f"Replayed: {text}", tone)

    def _add(self, result: CheckResult, label: str) -> None:
        """Add the requests of another result of the open test."""
        count = len(result.exchanges)
        for number, one in enumerate(result.exchanges, start=1):
            name = label if count == 1 else f"{label}, {number} of {count}"
            self._entries.append(_Entry(label=name, exchange=_marked(one, result), of=result))

    def _add_variant(self, result: CheckResult, probe: CauseProbe | None) -> None:
        """Add the request that was accepted instead."""
        if probe is not None:
            label = shortened(visible(probe.words), 60)
            variant = replace(result, test="variant", exchanges=(probe.exchange,))
            entry = _Entry(label=label, exchange=probe.exchange, of=variant, is_variant=True)
            self._entries.append(entry)

    def rescaled(self, ratio: float) -> None:
        """Fit the request to the new text size."""
        self._fit()

    def cancel(self) -> None:
        """Cancel preparing the exchange."""
        self._load.cancel()

    @property
    def shown(self) -> AttemptDetail | None:
        """The exchange that is shown, not masked."""
        return self._entries[self._shown].exchange if self._entries else None

    def _show_explanation(self, result: CheckResult) -> None:
        sentence = sentence_of(result)
        self.explanation.show_text(
            self._mask.sentence(sentence if result.exchanges else f"{sentence} {_NOT_SENT}")
        )

    def _show_outcome(self, text: str, tone: str) -> None:
        self.outcome.setText(text)
        self.outcome.set_tone(tone)

    def _show_entry(self, place: int) -> None:
        self._shown = place
        self._show_choice()
        entry = self._entries[place]
        self.replay.setEnabled(self._can_replay)
        self.length.setText(counted(len(entry.exchange.sent_body or b""), "byte"))
        self._load.start(self._fill(entry.exchange))

    def _show_choice(self) -> None:
        """Show which request is shown, and which other one was accepted."""
        entry = self._entries[self._shown]
        several = sum(not one.is_variant for one in self._entries) > 1 or entry.is_variant
        self.which.setVisible(several)
        self.which.show_as(entry.label, None)
        self.which.setAccessibleName(f"Request: {entry.label}")
        probe = self._probe
        self._below.setVisible(probe is not None)
        if probe is not None:
            status = probe.exchange.row.status
            self.variant.setText(f"{_variant_words(probe)}, got {status}.")
            self.show_variant.show_text(
                "Show the test’s request" if entry.is_variant else "Show that request"
            )

    async def _fill(self, exchange: AttemptDetail) -> None:
        shown = await self._masked(exchange)
        if not shiboken6.isValid(self):
            return
        lines = shown.sent_head.rstrip(b"\r\n").count(b"\r\n") + 1
        self.views.setCurrentWidget(self.request)
        self.request.fill(request_pieces(shown), _MOST, head_lines=lines)
        self.response.show_detail(shown)
        self._fit()

    async def _masked(self, exchange: AttemptDetail) -> AttemptDetail:
        sent = Capture(
            kind="captured",
            received_ms=exchange.row.started_ms,
            method="POST",
            target=b"/",
            headers=(),
            body=exchange.sent_body or b"",
        )
        return await self._mask.attempt(exchange, sent)

    @Slot()
    def _show_again(self) -> None:
        if self._result is not None:
            self._show_explanation(self._result)
        if self._entries:
            self._show_entry(self._shown)

    @Slot()
    def _fit(self) -> None:
        """Make the request as high as its lines, up to a part of the pane."""
        view = self.request if self.views.currentWidget() is self.request else self.sent_difference
        spacing = view.fontMetrics().lineSpacing()
        most = max(_LEAST_LINES, self.height() // _SHARE // spacing)
        lines = min(max(1, round(view.document().size().height())), most)
        margin = round(view.document().documentMargin())
        is_whole = lines >= round(view.document().size().height())
        margins = 2 * margin + 2 if is_whole else margin + 1  # no part of the next line is visible
        self.views.setMaximumHeight(lines * spacing + margins)
        self.views.setMinimumHeight(min(lines, _FEWEST_LINES) * spacing + margins)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # ---- user input

    @Slot()
    def _toggle_variant(self) -> None:
        is_shown = self._entries[self._shown].is_variant
        places = [place for place, one in enumerate(self._entries) if one.is_variant is not is_shown]
        self._show_entry(places[0])

    @Slot()
    def _open_entries(self) -> None:
        self.entries.clear()
        for place, entry in enumerate(self._entries):
            action = self.entries.addAction(entry.label.replace("&", "&&"))
            action.setData(place)
        make_exclusive(self.entries.actions())
        self.entries.actions()[self._shown].setChecked(True)
        self.entries.popup(self.which.mapToGlobal(QPoint(0, self.which.height())))

    @Slot(QAction)
    def _select_entry(self, action: QAction) -> None:
        self._show_entry(action.data())

    @Slot()
    def _open_menu(self) -> None:
        self.prepare_menu()
        self.menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def prepare_menu(self) -> None:
        """Enable what is possible for the open test."""
        self.previous_action.setEnabled(self._previous is not None and bool(self._previous.exchanges))
        self.variant_action.setEnabled(self._probe is not None)

    @Slot(QAction)
    def _act(self, action: QAction) -> None:
        if action is self.copy_action:
            self._copy()
        elif action is self.curl_action and self.shown is not None:
            self.copy_as_requested.emit(self.shown)
        elif action is self.previous_action and self._previous is not None:
            before = self._previous.exchanges[self._previous.decisive]
            self._load.start(self._compare(before))
        elif action is self.variant_action and self._probe is not None:
            self._load.start(self._compare(self._probe.exchange))

    async def _compare(self, before: AttemptDetail) -> None:
        """Show how the open request and response differ from others."""
        if self.shown is None:
            return
        old, new = await self._masked(before), await self._masked(self.shown)
        compared = await self._session.requests.compare_sent(old, new)
        if not shiboken6.isValid(self):
            return
        self.sent_difference.show_comparison(compared)
        self.views.setCurrentWidget(self.sent_difference)
        self._fit()
        await self.response.show_difference(old, new)

    @Slot()
    def _copy(self) -> None:
        if (shown := self.shown) is not None:
            body = (shown.sent_body or b"").decode("utf-8", "replace")
            QGuiApplication.clipboard().setText(shown.sent_head.decode("utf-8", "replace") + body)
            self.copy.confirm()


def _marked(exchange: AttemptDetail, result: CheckResult) -> AttemptDetail:
    """Return an exchange whose response counts as expected if the test did not fail."""
    return replace(exchange, row=exchange.row._replace(is_expected=result.result != "failed"))


def _variant_words(probe: CauseProbe) -> str:
    """Return `The same event, signed over {}`, or what other event was sent."""
    kind, _, how = visible(probe.words).partition(", ")
    return f"The same event, {how}" if kind == _SAME else f"{kind[:1].upper()}{kind[1:]}, {how}"


def _outcome(result: CheckResult) -> tuple[str, str]:
    """Return the decisive response and what was expected in a few words, and the token of its colour."""
    if not result.exchanges:
        return "", "text2"
    row = result.exchanges[result.decisive].row
    text, join = result_text(row), ". "
    if row.outcome in ("ok", "http-error"):  # otherwise the text is a sentence
        text, join = f"got {text}", ", "
    wanted = _WANTED.get(result.group) if result.result == "failed" else None
    tone = {"failed": "invalid", "warning": "warning"}.get(result.result, "text2")
    return f"expected {wanted}{join}{text}" if wanted else text, tone
