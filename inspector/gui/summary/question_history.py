"""A question of a respondent's page: its current answer, next to the captures that led to it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from inspector.base.clock import short_time
from inspector.domain.respondent.respondent_history import QuestionStory, RecordedAnswer
from inspector.gui.detail.answers.entry import EntryView
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Hairline
from inspector.gui.kit.layout import column, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme

COLUMNS = (("Arrived", 96), ("Event", 92), ("Value", 180), ("Compared", 128))
WIDTH = sum(width for _, width in COLUMNS) + 8
_AT_FIRST, _A_TURN = 8, 50


class History(QWidget):
    """Rows of a table without a frame; each time is a link to its capture."""

    capture_selected = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._said: tuple[RecordedAnswer, ...] = ()
        self._limit = _AT_FIRST
        self._rows: list[_Row] = []
        self.setFixedWidth(theme.px(WIDTH))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._more = Link(theme)
        self._more.clicked.connect(self._show_more)
        self._column = column(theme)
        column(theme, self._column, self._more, margins=(0, 8, 0, 8), on=self)

    def show_said(self, said: tuple[RecordedAnswer, ...]) -> None:
        """Show another history."""
        self._said, self._limit = said, _AT_FIRST
        self._fill()

    @Slot()
    def _show_more(self) -> None:
        self._limit += _A_TURN
        self._fill()

    def _fill(self) -> None:
        shown = self._said[: self._limit]
        for number, said in enumerate(shown):
            if number == len(self._rows):
                row = _Row(self._theme)
                row.capture_selected.connect(self.capture_selected)
                self._rows.append(row)
                self._column.addWidget(row)
            self._rows[number].show_said(said)
            self._rows[number].show()
        for row in self._rows[len(shown) :]:
            row.hide()
        left = len(self._said) - len(shown)
        self._more.show_text(f"Show {min(left, _A_TURN):,} more")
        self._more.setVisible(left > 0)


class _Row(QWidget):
    capture_selected = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._said: RecordedAnswer | None = None
        px = theme.px
        self.setFixedHeight(px(24))
        self._time = Link(theme)
        self._time.clicked.connect(self._choose)
        self._manner = ElidedLabel(theme, px=12, tone="text2")
        self._value = ElidedLabel(theme, px=12)
        self._compared = ElidedLabel(theme, px=12, tone="text2")
        row_layout = row(theme, margins=(8, 0, 0, 0), on=self)
        for widget, (_, width) in zip(
            (self._time, self._manner, self._value, self._compared), COLUMNS, strict=True
        ):
            widget.setFixedWidth(px(width - 8))
            row_layout.addWidget(widget)
            row_layout.addSpacing(px(8))

    def show_said(self, said: RecordedAnswer) -> None:
        self._said = said
        self._time.show_text(short_time(said.received_ms))
        self._time.setAccessibleName(f"Capture {said.capture_id}, {said.manner}, {said.compared}")
        self._manner.setText(said.manner)
        self._value.setText(said.value)
        weight = 600 if said.is_conflict else 400
        self._value.setFont(self._theme.font(12, weight))
        self._compared.setFont(self._theme.font(12, weight))
        self._compared.set_tone("warning" if said.is_conflict else "text2")
        self._compared.setText(said.compared)
        self._compared.setContentsMargins(0, 0, 0, 0)
        self._compared.setIndent(0)
        self.update()

    @Slot()
    def _choose(self) -> None:
        if self._said is not None:
            self.capture_selected.emit(self._said.capture_id)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._said is None or not self._said.is_conflict:
            return
        px = self._theme.px
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("warning_soft"))
        left = self._compared.x() - px(20)
        paint_icon(painter, "warning", self._theme, QRectF(left, 0, px(14), self.height()), "warning", 14)


class QuestionRow(QWidget):
    """Used again for another question."""

    capture_selected = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._entry = EntryView(theme)
        self._entry.line.hide()
        self._history = History(theme)
        self._history.capture_selected.connect(self.capture_selected)
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._both.setContentsMargins(px(4), 0, px(16), 0)
        self._both.setSpacing(px(8))
        self._both.addWidget(self._entry, 1, Qt.AlignmentFlag.AlignTop)
        self._both.addWidget(self._history, 0, Qt.AlignmentFlag.AlignTop)
        column(theme, self._both, column(theme, Hairline(theme), margins=(48, 0, 24, 0)), on=self)

    def show_story(self, story: QuestionStory, *, is_narrow: bool) -> None:
        """Show another question."""
        self._entry.show_entry(story.entry)
        self._history.show_said(story.history)
        self._history.setVisible(bool(story.history))
        self.set_narrow(is_narrow)

    def set_narrow(self, is_narrow: bool) -> None:
        """Whether the history stands below the answer."""
        self._both.setDirection(
            QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        )
