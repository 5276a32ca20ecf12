"""Where the completion says otherwise than the answers seen: one amber bar with what to compare."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from inspector.domain.respondent.respondent_history import Conflict
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme

_MOST = 5


class ConflictBar(QWidget):
    """Hidden where nothing contradicts."""

    capture_selected = Signal(object)
    compare_requested = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._conflicts: tuple[Conflict, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        px = theme.px
        self._lines = QVBoxLayout()
        self._lines.setSpacing(px(4))
        self._rows: list[tuple[QWidget, Label, Label]] = []
        self.compare = Button(theme, "Compare the two")
        self.compare.clicked.connect(self._compare)
        self.compare.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(36), px(8), px(8), px(8))
        layout.setSpacing(px(12))
        # Not higher than its text next to a higher button: else the two labels part.
        lines = QVBoxLayout()
        lines.addStretch(1)
        lines.addLayout(self._lines)
        lines.addStretch(1)
        layout.addLayout(lines, 1)
        layout.addWidget(self.compare)
        self.hide()

    def offer_compare(self) -> None:
        """Somebody compares what `compare_requested` names."""
        self.compare.show()

    def show_conflicts(self, conflicts: Sequence[Conflict]) -> None:
        """Say each in a line, the first few of many."""
        self._conflicts = tuple(conflicts)
        shown = self._conflicts[:_MOST]
        while len(self._rows) < len(shown):
            self._rows.append(self._new())
        for number, (whole, what, how) in enumerate(self._rows):
            whole.setVisible(number < len(shown))
            if number < len(shown):
                conflict = shown[number]
                name = f"Question {conflict.order}" if conflict.order else "A question"
                what.setText(f"{name} has two answers.")
                how.setText(
                    f"The last answer seen was {conflict.seen}, the completion says {conflict.completed}."
                )
        self.setVisible(bool(shown))

    @Slot()
    def _compare(self) -> None:
        if self._conflicts:
            self.compare_requested.emit(self._conflicts[0].seen_in, self._conflicts[0].completed_in)

    def _new(self) -> tuple[QWidget, Label, Label]:
        whole = QWidget()
        what = Label(self._theme, weight=600)
        how = Label(self._theme, wraps=True)
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.px(8))
        row.addWidget(what, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(how, 1, Qt.AlignmentFlag.AlignTop)
        self._lines.addWidget(whole)
        return whole, what, how

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("warning_soft"))
        painter.setBrush(self._theme.color("warning_soft"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        area = QRectF(px(12), 0, px(16), self.height())
        paint_icon(painter, "warning", self._theme, area, "warning", 16)
