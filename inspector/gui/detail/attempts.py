"""The Attempts tab: where this capture was sent and what was answered, newest first."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from inspector.base.clock import local_time, now_ms
from inspector.base.errors import InspectorError
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.rows import AttemptDetail, AttemptRow, CaptureDetail
from inspector.gui.detail.flow_text import FlowText
from inspector.gui.detail.load import Load
from inspector.gui.detail.outcomes import elapsed_text, outcome_sentence, outcome_word
from inspector.gui.detail.pieces import Piece, raw_pieces
from inspector.gui.detail.table import LOUD, Cells, RowModel, Table
from inspector.gui.detail.text_view import TextView
from inspector.gui.detail.words import day_and_time
from inspector.gui.labels import Hairline, Label
from inspector.gui.theme import Theme
from inspector.session.session import Session

_TITLES = ("Time", "Target", "Outcome", "Took")


class AttemptsTab(QStackedWidget):
    """A table, and the answer of the chosen attempt below it."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._load = Load(session.tasks, "show an attempt")
        self._rows: tuple[AttemptRow, ...] = ()
        self._shown: int | None = None
        px = theme.px
        none = QWidget()
        empty = QVBoxLayout(none)
        empty.setContentsMargins(px(20), px(14), px(20), 0)
        empty.addWidget(Label(theme, "Not sent anywhere yet", px=15, weight=600))
        empty.addWidget(
            Label(
                theme,
                "Replay sends it to your own server exactly as it came, with its signature,"
                " and keeps the answer here.",
                tone="text2",
                wraps=True,
            )
        )
        empty.addStretch(1)
        self._model = RowModel(_TITLES, right=frozenset({3}), loud_column=2, parent=self)
        self._table = Table(theme, self._model, "Attempts")
        self._table.set_widths(76, 236, 84)
        self._table.selectionModel().currentRowChanged.connect(self._chosen)
        self._status = Label(theme, px=13, weight=600)
        self._sentence = FlowText(theme, font=theme.font(12.5), tone="text2")
        self._answer = TextView(theme, "Answer of the chosen attempt")
        filled = QWidget()
        layout = QVBoxLayout(filled)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        table = QVBoxLayout()
        table.setContentsMargins(px(16), 0, 0, 0)
        table.addWidget(self._table)
        layout.addLayout(table, 2)
        layout.addWidget(Hairline(theme))
        head = QVBoxLayout()
        head.setContentsMargins(px(20), px(10), px(20), px(4))
        head.setSpacing(px(2))
        head.addWidget(self._status)
        head.addWidget(self._sentence)
        layout.addLayout(head)
        answer = QVBoxLayout()
        answer.setContentsMargins(px(12), 0, 0, 0)
        answer.addWidget(self._answer)
        layout.addLayout(answer, 3)
        self.addWidget(none)
        self.addWidget(filled)

    def show_detail(self, detail: CaptureDetail) -> None:
        """Show the attempts of another capture, or those of the same with what has come since."""
        before = self._shown
        self._rows = detail.attempts
        self.setCurrentIndex(1 if self._rows else 0)
        self._model.show_rows([_cells(row) for row in self._rows])
        self._load.cancel()
        self._shown = None
        if self._rows:
            ids = [row.id for row in self._rows]
            self._table.selectRow(ids.index(before) if before in ids and before != ids[-1] else 0)
        else:
            self._answer.forget()

    @Slot(QModelIndex, QModelIndex)
    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if 0 <= current.row() < len(self._rows):
            row = self._rows[current.row()]
            self._shown = row.id
            self._status.setText(f"{day_and_time(row.started_ms, now_ms())}, {outcome_word(row)}")
            self._status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._sentence.show_text(_sentence(row))
            self._load.start(self._show_answer(row.id))

    async def _show_answer(self, attempt_id: int) -> None:
        try:
            attempt = await self._session.captures.attempt(attempt_id)
        except InspectorError as error:
            self._sentence.show_text(str(error))
            self._answer.forget()
            return
        if attempt.is_answer_cut:
            self._sentence.show_text(
                f"{_sentence(attempt.row)} Its answer was longer; the beginning is kept."
            )
        self._answer.fill(_answer_pieces(attempt), 1 << 20)


def _cells(row: AttemptRow) -> Cells:
    return (
        f"{local_time(row.started_ms):%H:%M:%S}",
        shortened(visible(row.target), 300),
        outcome_word(row),
        elapsed_text(row),
        "" if row.outcome == "ok" else LOUD,
    )


def _sentence(row: AttemptRow) -> str:
    signature = {
        "original": "with its own signature",
        "resigned": "signed anew",
        "stale": "with a signature that no longer fits",
        "broken": "with a broken signature",
        "none": "unsigned",
    }[row.signature]
    edited = "Edited, " if row.edited else "Exactly as it came, "
    return f"{outcome_sentence(row)} {edited}{signature}, to {shortened(visible(row.target), 200)}."


def _answer_pieces(attempt: AttemptDetail) -> Iterator[Piece]:
    head = "\n".join(
        f"{visible_bytes(name)}: {visible_bytes(value)}" for name, value in attempt.answer_headers
    )
    if head:
        yield Piece(text=head + "\n\n", taken=0)
    yield from raw_pieces(attempt.answer_body)
