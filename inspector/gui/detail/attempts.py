"""The Attempts tab: where this capture was sent and what was answered, newest first."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from inspector.base.clock import now_ms, short_time
from inspector.base.errors import InspectorError
from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import AttemptDetail, AttemptRow, CaptureDetail
from inspector.domain.replay.attempt import SINCE_TEXT, Since, since_each
from inspector.gui.detail.attempt_change import SinceDelegate
from inspector.gui.detail.attempt_text import (
    answer_pieces,
    attempt_sentence,
    elapsed_text,
    outcome_word,
    sent_pieces,
    times_sentence,
)
from inspector.gui.detail.capture_text import day_and_time
from inspector.gui.detail.comparison_view import ComparisonView
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.tab_strip import TabStrip
from inspector.gui.kit.table import LOUD, Cells, RowModel, Table
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.value_boxes import ComboBox
from inspector.session.replays import Run
from inspector.session.session import Session

_TITLES = ("Time", "Target", "Outcome", "Took", "Since last time")
_TARGET, _TOOK, _SINCE = 1, 3, 4
_VIEWS = ("Answer", "Sent", "Compare")
ANSWER, SENT, COMPARE = range(3)
_MOST = 1 << 20


class AttemptsTab(QStackedWidget):
    """A table, and below it the chosen attempt: its answer, what was sent, or its answer beside another."""

    def __init__(self, session: Session, theme: Theme, mask: Mask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mask = mask
        self._session = session
        self._load = LatestTask(session.tasks, "show an attempt")
        self._rows: tuple[AttemptRow, ...] = ()
        self._body = b""
        self._shown: int | None = None
        px = theme.px
        self._model = RowModel(_TITLES, right=frozenset({3}), loud_column=2, parent=self)
        self._table = Table(theme, self._model, "Attempts")
        self._table.set_widths(96, 156, 76, 66)
        # The sentence below tells both of the attempt that is chosen.
        self._table.give_way(_TOOK, _TARGET, last=132, flexible=_TARGET, least=130)
        self._delegate = SinceDelegate(theme, self._table)
        self._table.setItemDelegateForColumn(_SINCE, self._delegate)
        self._table.selectionModel().currentRowChanged.connect(self._chosen)
        self._status = Label(theme, px=13, weight=600)
        self._status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._sentence = FlowText(theme, font=theme.font(12.5), tone="text2")
        self._times = FlowText(theme, font=theme.font(12), tone="text2")
        self._strip = TabStrip(theme, _VIEWS)
        for number in range(len(_VIEWS)):
            self._strip.setTabToolTip(number, "")  # no key leads there
        self._answer = TextView(theme, "Answer of the chosen attempt")
        self._sent = TextView(theme, "The request as it was sent")
        self._other = ComboBox()
        self._other.setAccessibleName("Attempt to compare with")
        self._comparison = ComparisonView(theme, "Both answers, line by line")
        self._views = QStackedWidget()
        for view in (self._answer, self._sent, self._compare_page(theme)):
            self._views.addWidget(view)
        self._strip.currentChanged.connect(self._views.setCurrentIndex)
        self._other.activated.connect(self._compare)
        table = QVBoxLayout()
        table.setContentsMargins(px(16), 0, 0, 0)
        table.addWidget(self._table)
        head = QVBoxLayout()
        head.setContentsMargins(px(20), px(10), px(20), 0)
        head.setSpacing(px(2))
        for part in (self._status, self._sentence, self._times):
            head.addWidget(part)
        strip = QHBoxLayout()
        strip.setContentsMargins(px(20), 0, 0, 0)
        strip.addWidget(self._strip)
        views = QVBoxLayout()
        views.setContentsMargins(px(12), 0, 0, 0)
        views.addWidget(self._views)
        filled = QWidget()
        layout = QVBoxLayout(filled)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(table, 2)
        layout.addWidget(Hairline(theme))
        layout.addLayout(head)
        layout.addLayout(strip)
        layout.addWidget(Hairline(theme))
        layout.addLayout(views, 3)
        self._table.setMinimumHeight(px(3 * 28))
        self._views.setMinimumHeight(px(100))
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidgetResizable(True)
        scroll.setWidget(filled)
        filled.setBackgroundRole(QPalette.ColorRole.Base)
        self.addWidget(_nothing(theme))
        self.addWidget(scroll)

    def show_detail(self, detail: CaptureDetail) -> None:
        """Show the attempts of another capture, or those of the same with what has come since."""
        before, was_newest = self._shown, bool(self._rows) and self._shown == self._rows[0].id
        self._rows = detail.attempts
        self._body = detail.capture.body
        self.setCurrentIndex(1 if self._rows else 0)
        words = since_each(self._rows)
        self._model.show_rows([_cells(row, word) for row, word in zip(self._rows, words, strict=True)])
        self._load.cancel()
        self._shown = None
        if self._rows:
            ids = [row.id for row in self._rows]
            # Who looks at the newest wants to see the one that came; who looks at an older one, that one.
            self._table.selectRow(ids.index(before) if before in ids and not was_newest else 0)
        else:
            for view in (self._answer, self._sent, self._comparison):
                view.forget()

    @Slot(QModelIndex, QModelIndex)
    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if 0 <= current.row() < len(self._rows):
            row = self._rows[current.row()]
            self._shown = row.id
            self._status.setText(f"{day_and_time(row.started_ms, now_ms())}, {outcome_word(row)}")
            self._sentence.show_text(attempt_sentence(row))
            self._times.show_text(times_sentence(row))
            self._offer_others(current.row())
            self._load.start(self._show(row.id))

    def _offer_others(self, place: int) -> None:
        """Every other attempt; the one before the chosen comes first to mind."""
        self._other.clear()
        for number, row in enumerate(self._rows):
            if number != place:
                self._other.addItem(f"{day_and_time(row.started_ms, now_ms())}, {outcome_word(row)}", row.id)
        # Without the chosen one, that before it stands at its place.
        self._other.setCurrentIndex(min(place, self._other.count() - 1))
        self._other.setEnabled(self._other.count() > 0)

    async def _show(self, attempt_id: int) -> None:
        try:
            attempt = await self._mask.attempt(await self._session.captures.attempt(attempt_id))
        except InspectorError as error:
            self._sentence.show_text(str(error))
            for view in (self._answer, self._sent, self._comparison):
                view.forget()
            return
        if attempt.is_answer_cut:
            self._sentence.show_text(
                f"{attempt_sentence(attempt.row)} Its answer is cut: the beginning is kept."
            )
        self._answer.fill(answer_pieces(attempt), _MOST)
        self._sent.fill(sent_pieces(attempt, self._body), _MOST)
        await self._show_comparison(attempt)

    @Slot(int)
    def _compare(self, _place: int) -> None:
        if self._shown is not None:
            self._load.start(self._show(self._shown))

    async def _show_comparison(self, attempt: AttemptDetail) -> None:
        other: int | None = self._other.currentData()
        if other is None:
            self._comparison.forget()
            return
        try:
            before = await self._mask.attempt(await self._session.captures.attempt(other))
        except InspectorError:
            self._comparison.forget()
            return
        self._comparison.show_comparison(await self._session.requests.compare(before, attempt))

    def _compare_page(self, theme: Theme) -> QWidget:
        px = theme.px
        page = QWidget()
        label = Label(theme, "Before", px=12, tone="text2")
        label.setBuddy(self._other)
        row = QHBoxLayout()
        row.setContentsMargins(px(8), px(8), px(20), 0)
        row.setSpacing(px(8))
        row.addWidget(label)
        row.addWidget(self._other, 1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self._comparison, 1)
        return page


def _nothing(theme: Theme) -> QWidget:
    px = theme.px
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(px(20), px(14), px(20), 0)
    layout.addWidget(Label(theme, "Not sent anywhere yet", px=15, weight=600))
    layout.addWidget(
        Label(
            theme,
            "Replay sends it to your own server exactly as it came, with its signature,"
            " and keeps the answer here.",
            tone="text2",
            wraps=True,
        )
    )
    layout.addStretch(1)
    return page


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
"""What comes within this time is told of once."""


class AttemptsWatch(QObject):
    """Hears of every attempt of the session, and passes on those of one capture."""

    came = Signal()
    """Emitted outside of every task."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._capture_id: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TOGETHER_MS)
        self._timer.timeout.connect(self.came)
        session.replays.started.connect(self._run_started)
        session.requests.attempted.connect(self._attempted)
        session.forwards.attempted.connect(self._attempted)

    def watch(self, capture_id: int | None) -> None:
        """Listen for this one from now on."""
        self._capture_id = capture_id

    def _run_started(self, run: Run) -> None:
        run.attempted.connect(self._attempted)

    def _attempted(self, attempt: AttemptRow) -> None:
        """Called within the task that sends: the timer leads out of it."""
        if attempt.capture_id == self._capture_id and not self._timer.isActive():
            self._timer.start()
