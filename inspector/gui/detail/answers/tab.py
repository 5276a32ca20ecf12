"""The answers of a capture: each question in small grey text, its answer in large text."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from inspector.base.clock import at_time
from inspector.base.visible import visible
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.event.answers import AnswerEntry, AnswersPage
from inspector.gui.detail.answers.entry import EntryView
from inspector.gui.detail.answers.since_previous import SincePrevious
from inspector.gui.detail.detail_view import DetailView, ShownCapture, ViewContext
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, box, column
from inspector.gui.kit.links import ElidedLink
from inspector.gui.kit.tab_order import make_one_stop
from inspector.gui.kit.theme import Theme

AT_FIRST = 25
"""Questions shown until the user requests more."""
_ROWS_PER_STEP = 4
"""Rows filled per step. The first step of a page runs at once, the others later."""
_READING = AnswersPage(kind="unknown", title="Reading answers…")
_LAST_ANSWER = {"completion-disagrees": "The last answer was", "answer-changed": "The previous answer was"}
_FINDINGS = (*_LAST_ANSWER, "redelivery", "answer-repeated")


class AnswersTab(DetailView, QScrollArea):
    """One row per question. The rows are reused for the next capture."""

    label = "Answers"
    widest_count = "00"
    compare_requested = Signal(object)
    """A pair of ids: an earlier capture and the shown one."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme = context.theme
        self._mask = context.mask
        self._theme = theme
        self._entries: tuple[AnswerEntry, ...] = ()
        self._notes: dict[str, str] = {}
        self._others: dict[str, int] = {}
        """The capture that a note refers to, by question number."""
        self._id = 0
        self.rows: list[EntryView] = []
        self.shown = self._needed = 0
        """The number of filled rows, and the number of rows to fill."""
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._fill)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._intro = _Introduction(theme)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.more = ElidedLink(theme, px=13)
        self.more.clicked.connect(self._show_more)
        self.since_previous = SincePrevious(context.session, theme)
        self.since_previous.compare_clicked.connect(self._compare)
        below = column(theme, self.more, self.since_previous, margins=(44, 12, 20, 0))
        content = box(column(theme, self._intro, self._list, below, STRETCH, margins=(0, 0, 0, 12)))
        content.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(content)
        make_one_stop(self)

    @staticmethod
    def mark(shown: ShownCapture) -> int | None:
        return shown.page.count if shown.page is not None else None

    def show_capture(self, shown: ShownCapture) -> None:
        if shown.page is not None or shown.is_new:
            self.show_page(shown.masked, shown.page or _READING)

    def show_page(self, detail: CaptureDetail, page: AnswersPage) -> None:
        """Show the answers of another capture."""
        self._id = detail.row.id
        self.since_previous.show_detail(detail)
        self._entries = page.entries
        self._notes = self._notes_of(detail)
        general = self._notes.pop("", "")
        title = page.title
        sentence = "  ".join(part for part in (page.sentence, general) if part)
        if detail.row.kind == "refused":
            title, sentence = "Refused request", "The received bytes are in Body."
        self._intro.show_page(title, sentence, page)
        self.shown, self._needed = 0, min(len(self._entries), AT_FIRST)
        self._fill()
        for row in self.rows[self.shown :]:
            row.hide()
        self.verticalScrollBar().setValue(0)

    @Slot()
    def _fill(self) -> None:
        """Fill the next rows. An existing row takes 0.4 ms, a new one 1.5 ms."""
        for number in range(self.shown, min(self.shown + _ROWS_PER_STEP, self._needed)):
            if number == len(self.rows):
                self.rows.append(EntryView(self._theme))
                self.rows[number].compare_clicked.connect(self._compare)
                self._list.addWidget(self.rows[number])
            row, entry = self.rows[number], self._entries[number]
            row.show_entry(entry, self._notes.get(entry.order, ""), self._others.get(entry.order))
            row.line.setVisible(number < len(self._entries) - 1)
            row.show()
            self.shown = number + 1
        left = len(self._entries) - self._needed
        self.more.show_text(f"Show {min(left, 4 * AT_FIRST):,} more of {len(self._entries):,}")
        self.more.setVisible(left > 0)
        if self.shown < self._needed:
            self._timer.start()
        else:
            self._timer.stop()

    @Slot(int)
    def _compare(self, other: int) -> None:
        self.compare_requested.emit((other, self._id))

    @Slot()
    def _show_more(self) -> None:
        self._needed = min(len(self._entries), self._needed + 4 * AT_FIRST)
        self._fill()

    def _notes_of(self, detail: CaptureDetail) -> dict[str, str]:
        """Return sentences about findings across captures by question number; `""` is the whole capture."""
        notes: dict[str, list[str]] = {}
        self._others = {}
        for finding in detail.findings:
            if finding.code not in _FINDINGS:
                continue
            is_changed = finding.code == "answer-changed"
            order = str(detail.row.question_order if is_changed else finding.detail.get("order"))
            sentence = visible(finding.summary)
            other = finding.detail.get("of")
            row = self._mask.rows([other]).get(other) if isinstance(other, int) else None
            if row is not None and row.event == "answer" and finding.code in _LAST_ANSWER:
                answer = visible(row.summary) or "empty"
                sentence = f"{_LAST_ANSWER[finding.code]} {answer}, {at_time(row.received_ms)}."
            is_known = any(entry.order == order for entry in self._entries)
            notes.setdefault(order if is_known else "", []).append(sentence)
            if row is not None and is_known:
                self._others[order] = row.id
        return {order: "  ".join(sentences) for order, sentences in notes.items()}


class _Introduction(QWidget):
    """A title, a sentence and named fields, above the answers or instead of them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        px = theme.px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title = Label(theme, px=15, weight=600, wraps=True)
        self._sentence = FlowText(theme, font=theme.font(13), tone="text2")
        self._fields = QWidget()
        self._form = QFormLayout(self._fields)
        self._form.setContentsMargins(0, px(12), 0, 0)
        self._form.setHorizontalSpacing(px(16))
        self._form.setVerticalSpacing(px(6))
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        column(theme, self._title, self._sentence, self._fields, spacing=4, margins=(20, 14, 20, 0), on=self)

    def show_page(self, title: str, sentence: str, page: AnswersPage) -> None:
        """Show another title, sentence and fields. Hide the widget if all are empty."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._sentence.show_text(sentence)
        self._sentence.setVisible(bool(sentence))
        while self._form.rowCount():
            self._form.removeRow(0)
        for name, text in page.fields:
            value = FlowText(self._theme, font=self._theme.fixed_font())
            value.show_text(text)
            self._form.addRow(Label(self._theme, name, px=12, tone="text2"), value)
        if page.more_fields:
            self._form.addRow(Label(self._theme, f"{page.more_fields:,} more in Body.", px=12))
        self._fields.setVisible(bool(page.fields))
        self.setVisible(bool(title or sentence or page.fields))
