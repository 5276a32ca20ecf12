"""The attempts of a capture, newest first: the target and its response."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from inspector.base.clock import now_ms, short_time
from inspector.base.errors import InspectorError
from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import AttemptRow
from inspector.domain.replay.attempt import SINCE_TEXT, Since, since_each
from inspector.gui.detail.attempt_change import SinceDelegate
from inspector.gui.detail.attempt_text import (
    attempt_sentence,
    elapsed_text,
    outcome_word,
    sent_pieces,
    times_sentence,
)
from inspector.gui.detail.capture_text import day_and_time
from inspector.gui.detail.detail_view import DetailView, ShownCapture, ViewContext
from inspector.gui.detail.response_view import ResponseView
from inspector.gui.detail.text_view import LineDiffView, TextView
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.controls.value_boxes import ComboBox
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, box, column, grow, row
from inspector.gui.kit.tab_strip import TabStrip
from inspector.gui.kit.table import LOUD, Cells, RowModel, Table
from inspector.gui.kit.theme import Theme
from inspector.session.replays import Run
from inspector.session.session import Session

_TITLES = ("Time", "Target", "Outcome", "Took", "Since last time")
_TARGET, _TOOK, _SINCE = 1, 3, 4
_VIEWS = ("Response", "Sent", "Compare")
RESPONSE, SENT, COMPARE = range(3)
_MOST = 1 << 20


class AttemptsTab(DetailView, QStackedWidget):
    """A table above the selected attempt: its response, the request as sent, or a comparison."""

    label = "Attempts"
    widest_count = "00"
    reason_requested = Signal(object)
    """The AttemptRow of a request: the user asks why the receiver rejected it."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        session, theme = context.session, context.theme
        px = theme.px
        self._mask = context.mask
        self._session = session
        self._task = LatestTask(session.tasks, "show an attempt", self)
        self._rows: tuple[AttemptRow, ...] = ()
        self._body = b""
        self._shown: int | None = None
        self.model = RowModel(_TITLES, right=frozenset({3}), loud_column=2, parent=self)
        self.table = Table(theme, self.model, "Attempts")
        self.table.set_widths(96, 156, 76, 66)
        # These columns can shrink, because the sentence below has both for the selected attempt.
        self.table.give_way(_TOOK, _TARGET, last=132, flexible=_TARGET, least=130)
        self._delegate = SinceDelegate(theme, self.table)
        self.table.setItemDelegateForColumn(_SINCE, self._delegate)
        self.table.selectionModel().currentRowChanged.connect(self._select)
        self._status = Label(theme, px=13, weight=600)
        self._status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence = FlowText(theme, font=theme.font(12.5), tone="text2")
        self.times = FlowText(theme, font=theme.font(12), tone="text2")
        self.strip = TabStrip(theme, _VIEWS)
        for number in range(len(_VIEWS)):
            self.strip.setTabToolTip(number, "")  # it has no shortcut
        self.response = ResponseView(session, theme, context.mask, explains=True)
        self.response.reason_requested.connect(self.reason_requested)
        self.sent = TextView(theme, "Request as sent")
        self.other = ComboBox(theme, "Attempt to compare with")
        self.comparison = LineDiffView(theme, "Both responses, line by line")
        label = Label(theme, "Before", px=12, tone="text2")
        label.setBuddy(self.other)
        other = row(theme, label, grow(self.other), spacing=8, margins=(8, 8, 20, 0))
        self.views = QStackedWidget()
        sent = box(row(theme, self.sent, margins=(12, 0, 0, 0)))
        compared = box(column(theme, other, grow(self.comparison), margins=(12, 0, 0, 0)))
        for view in (self.response, sent, compared):
            self.views.addWidget(view)
        self.strip.currentChanged.connect(self.views.setCurrentIndex)
        self.other.activated.connect(self._compare)
        table = row(theme, self.table, margins=(16, 0, 0, 0))
        text = (self._status, self.sentence, self.times)
        filled = box(
            column(
                theme,
                grow(table, 2),
                Hairline(theme),
                column(theme, *text, spacing=2, margins=(20, 10, 20, 0)),
                row(theme, self.strip, margins=(20, 0, 0, 0)),
                Hairline(theme),
                grow(self.views, 3),
            )
        )
        self.table.setMinimumHeight(px(3 * 28))
        self.views.setMinimumHeight(px(100))
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidgetResizable(True)
        scroll.setWidget(filled)
        filled.setBackgroundRole(QPalette.ColorRole.Base)
        self.addWidget(_no_attempts(theme))
        self.addWidget(scroll)

    @staticmethod
    def mark(shown: ShownCapture) -> int:
        return len(shown.exact.attempts)

    def show_capture(self, shown: ShownCapture) -> None:
        detail = shown.masked
        before, was_newest = self._shown, bool(self._rows) and self._shown == self._rows[0].id
        self._rows = detail.attempts
        self._body = detail.capture.body
        self.setCurrentIndex(1 if self._rows else 0)
        changes = since_each(self._rows)
        self.model.show_rows([_cells(row, since) for row, since in zip(self._rows, changes, strict=True)])
        self._task.cancel()
        self._shown = None
        if self._rows:
            ids = [row.id for row in self._rows]
            # If the newest attempt was selected, select the new one. An older selection stays.
            self.table.selectRow(ids.index(before) if before in ids and not was_newest else 0)
        else:
            self._forget_texts()

    def clear(self) -> None:
        self._task.cancel()
        self._rows, self._shown = (), None
        self._forget_texts()

    def _forget_texts(self) -> None:
        for view in (self.response, self.sent, self.comparison):
            view.forget()

    @Slot(QModelIndex, QModelIndex)
    def _select(self, current: QModelIndex, _before: QModelIndex) -> None:
        if 0 <= current.row() < len(self._rows):
            row = self._rows[current.row()]
            self._shown = row.id
            self._status.setText(_when_and_what(row))
            self.sentence.show_text(attempt_sentence(row))
            self.times.show_text(times_sentence(row))
            self._fill_others(current.row())
            self.response.show_attempt(row)
            self._task.start(self._show(row.id))

    def _fill_others(self, place: int) -> None:
        """List every other attempt for comparison, with the previous one selected."""
        self.other.clear()
        for number, attempt in enumerate(self._rows):
            if number != place:
                self.other.addItem(_when_and_what(attempt), attempt.id)
        self.other.setCurrentIndex(min(place, self.other.count() - 1))
        self.other.setEnabled(self.other.count() > 0)

    async def _show(self, attempt_id: int) -> None:
        try:
            attempt = await self._mask.attempt(await self._session.captures.attempt(attempt_id))
        except InspectorError as error:
            self.sentence.show_text(str(error))
            for view in (self.response, self.sent, self.comparison):
                view.forget()
            return
        if attempt.is_response_cut:
            self.sentence.show_text(
                f"{attempt_sentence(attempt.row)} Only the beginning of the response is stored."
            )
        self.sent.fill(sent_pieces(attempt, self._body), _MOST)
        await self._show_comparison(attempt_id)

    @Slot(int)
    def _compare(self, _place: int) -> None:
        if self._shown is not None:
            self._task.start(self._show(self._shown))

    async def _show_comparison(self, attempt_id: int) -> None:
        other: int | None = self.other.currentData()
        try:
            if other is not None:
                self.comparison.show_comparison(await self._mask.compared(other, attempt_id))
                return
        except InspectorError:
            pass  # it was just cleared
        self.comparison.forget()


def _no_attempts(theme: Theme) -> QWidget:
    text = "Replay sends the exact bytes with their signature to your server, and stores the response here."
    return box(
        column(
            theme,
            Label(theme, "Not sent anywhere yet", px=15, weight=600),
            Label(theme, text, tone="text2", wraps=True),
            STRETCH,
            spacing=6,
            margins=(20, 14, 20, 0),
        )
    )


def _when_and_what(row: AttemptRow) -> str:
    return f"{day_and_time(row.started_ms, now_ms())}, {outcome_word(row)}"


def _cells(row: AttemptRow, since: Since | None) -> Cells:
    return (
        short_time(row.started_ms),
        shortened(visible(row.target), 300),
        outcome_word(row),
        elapsed_text(row),
        "–" if since is None else SINCE_TEXT[since],
        "" if row.is_expected else LOUD,
    )


_TOGETHER_MS = 100
"""In ms; attempts within this time are reported once."""


class AttemptsWatch(QObject):
    """A signal for new attempts on one capture, from any part of the session."""

    attempted = Signal()
    """Emitted outside of every task."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._capture_id: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TOGETHER_MS)
        self._timer.timeout.connect(self.attempted)
        session.replays.started.connect(self._run_started)
        session.requests.attempted.connect(self._attempted)
        session.forwards.attempted.connect(self._attempted)

    def watch(self, capture_id: int | None) -> None:
        """Watch only this capture."""
        self._capture_id = capture_id

    def _run_started(self, run: Run) -> None:
        run.attempted.connect(self._attempted)

    def _attempted(self, attempt: AttemptRow) -> None:
        """Start the timer, which leaves the sending task that calls this."""
        if attempt.capture_id == self._capture_id and not self._timer.isActive():
            self._timer.start()
