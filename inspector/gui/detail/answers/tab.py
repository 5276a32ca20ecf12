"""The Answers tab: each question small and grey, its answer large; what is no answer says what it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from inspector.base.clock import at_time
from inspector.base.visible import visible
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.event.answers import AnswerEntry, AnswersPage
from inspector.gui.detail.answers.entry import EntryView
from inspector.gui.detail.answers.since_previous import SincePrevious
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Label
from inspector.gui.kit.links import ElidedLink
from inspector.gui.kit.tab_order import make_one_stop
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

AT_FIRST = 25
"""So many questions are drawn before the user asks for more."""
A_TURN = 4
"""Rows that are made in one go; the first of a page at once, the others as the window goes on."""


class AnswersTab(QScrollArea):
    """One row a question, made once and used again for the next capture."""

    compare_requested = Signal(object)
    """A pair of ids: an earlier capture and the one that is shown."""

    def __init__(self, session: Session, theme: Theme, mask: Mask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mask = mask
        self._theme = theme
        px = theme.px
        self._entries: tuple[AnswerEntry, ...] = ()
        self._notes: dict[str, str] = {}
        self._others: dict[str, int] = {}
        """By the number of a question: the capture that what is odd about it is found in."""
        self._id = 0
        self._rows: list[EntryView] = []
        self._shown = self._wanted = 0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._fill)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        content.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self._said = _Said(theme)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._more = ElidedLink(theme, px=13)
        self._more.clicked.connect(self._show_more)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, px(12))
        layout.setSpacing(0)
        layout.addWidget(self._said)
        layout.addLayout(self._list)
        self._since = SincePrevious(session, theme)
        self._since.compare_clicked.connect(self._compare)
        below = QVBoxLayout()
        below.setContentsMargins(px(44), px(12), px(20), 0)
        below.addWidget(self._more)
        below.addWidget(self._since)
        layout.addLayout(below)
        layout.addStretch(1)
        self.setWidget(content)
        make_one_stop(self)

    def show_page(self, detail: CaptureDetail, page: AnswersPage) -> None:
        """Show the answers of another capture."""
        self._id = detail.row.id
        self._since.show_detail(detail)
        self._entries = page.entries
        self._notes = self._notes_of(detail)
        general = self._notes.pop("", "")
        title = page.title
        sentence = "  ".join(part for part in (page.sentence, general) if part)
        if detail.row.kind == "refused":
            title, sentence = "It never became a delivery", "What came of it stands in Body."
        self._said.show_page(title, sentence, page)
        self._shown, self._wanted = 0, min(len(self._entries), AT_FIRST)
        self._fill()
        for row in self._rows[self._shown :]:
            row.hide()
        self.verticalScrollBar().setValue(0)

    @Slot()
    def _fill(self) -> None:
        """Show some more of the rows that are wanted: one that exists takes 0.4 ms, a new one 1.5."""
        for number in range(self._shown, min(self._shown + A_TURN, self._wanted)):
            if number == len(self._rows):
                self._rows.append(EntryView(self._theme))
                self._rows[number].compare_clicked.connect(self._compare)
                self._list.addWidget(self._rows[number])
            row, entry = self._rows[number], self._entries[number]
            row.show_entry(entry, self._notes.get(entry.order, ""), self._others.get(entry.order))
            row.line.setVisible(number < len(self._entries) - 1)
            row.show()
            self._shown = number + 1
        left = len(self._entries) - self._wanted
        self._more.show_text(f"Show {min(left, 4 * AT_FIRST):,} more of {len(self._entries):,}")
        self._more.setVisible(left > 0)
        if self._shown < self._wanted:
            self._timer.start()
        else:
            self._timer.stop()

    @Slot(int)
    def _compare(self, other: int) -> None:
        self.compare_requested.emit((other, self._id))

    @Slot()
    def _show_more(self) -> None:
        self._wanted = min(len(self._entries), self._wanted + 4 * AT_FIRST)
        self._fill()

    def _notes_of(self, detail: CaptureDetail) -> dict[str, str]:
        """Findings between captures, by the number of the question they are about; `""` is all of them."""
        notes: dict[str, list[str]] = {}
        self._others = {}
        for finding in detail.findings:
            other = finding.detail.get("of")
            if finding.code not in (
                "completion-disagrees",
                "answer-changed",
                "redelivery",
                "answer-repeated",
            ):
                continue
            order = finding.detail.get("order")
            if finding.code == "answer-changed":
                order = detail.row.question_order
            said = visible(finding.summary)
            row = self._mask.rows([other]).get(other) if isinstance(other, int) else None
            if row is not None and finding.code in ("completion-disagrees", "answer-changed"):
                before = "The last answer seen was" if finding.code == "completion-disagrees" else "It was"
                if row.event == "answer":
                    said = f"{before} {_shown(row.summary)}, {at_time(row.received_ms)}."
            is_known = any(entry.order == str(order) for entry in self._entries)
            notes.setdefault(str(order) if is_known else "", []).append(said)
            if row is not None and is_known:
                self._others[str(order)] = row.id
        return {order: "  ".join(said) for order, said in notes.items()}


def _shown(summary: str) -> str:
    return visible(summary) or "empty"


class _Said(QWidget):
    """What stands above the answers, or in their place."""

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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(20), px(14), px(20), 0)
        layout.setSpacing(px(4))
        layout.addWidget(self._title)
        layout.addWidget(self._sentence)
        layout.addWidget(self._fields)

    def show_page(self, title: str, sentence: str, page: AnswersPage) -> None:
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
            self._form.addRow(Label(self._theme, f"{page.more_fields:,} more stand in Body.", px=12))
        self._fields.setVisible(bool(page.fields))
        self.setVisible(bool(title or sentence or page.fields))
