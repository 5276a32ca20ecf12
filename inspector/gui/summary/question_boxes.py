"""One box a question: filled where it was answered, hollow where skipped, dotted where not asked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from inspector.domain.event.answers import AnswerEntry
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme

_SIDE, _GAP = 19, 5
_MOST = 24


class QuestionBoxes(QWidget):
    """The boxes, and in words how many of each there are."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        caption = Label(theme, "Questions", px=12, tone="text2")
        caption.setFixedWidth(theme.px(92))
        self._boxes = _Boxes(theme)
        self._words = Label(theme, px=12, tone="text2")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(4))
        row.addWidget(caption)
        row.addWidget(self._boxes)
        row.addSpacing(theme.px(8))
        row.addWidget(self._words, 1)

    def show_entries(self, entries: Sequence[AnswerEntry]) -> None:
        """Show other questions."""
        boxes = [box for entry in entries for box in _boxes_of(entry)]
        self._boxes.show_boxes(boxes[:_MOST])
        skipped = sum(form == "empty" for _, form in boxes)
        gaps = [entry.order for entry in entries if entry.form == "gap"]
        answered = sum(form not in ("empty", "gap") for _, form in boxes)
        parts = [f"{answered:,} answered"]
        if skipped:
            parts.append(f"{skipped:,} skipped")
        if gaps:
            is_one = len(gaps) == 1 and " " not in gaps[0]
            parts.append(f"question{'' if is_one else 's'} {', '.join(gaps[:5])} not asked")
        beyond = len(boxes) - _MOST
        self._words.setText((f"and {beyond:,} more: " if beyond > 0 else "") + ", ".join(parts))
        self.setVisible(bool(boxes))


class _Boxes(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: list[tuple[str, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_boxes(self, boxes: list[tuple[str, str]]) -> None:
        self._shown = boxes
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        px = self._theme.px
        return QSize(px((_SIDE + _GAP) * max(len(self._shown), 1)), px(_SIDE + 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(11, 600))
        for place, (order, form) in enumerate(self._shown):
            area = QRectF(px((_SIDE + _GAP) * place) + 0.5, 0.5, px(_SIDE), px(_SIDE))
            is_filled = form not in ("empty", "gap")
            pen = QPen(theme.color("text2" if form != "gap" else "control_outline"), 1.2)
            if form == "gap":
                pen.setStyle(Qt.PenStyle.DotLine)
            painter.setPen(pen)
            painter.setBrush(theme.color("text2") if is_filled else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 3, 3)
            painter.setPen(theme.color("base" if is_filled else "text2"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, order)


def _boxes_of(entry: AnswerEntry) -> list[tuple[str, str]]:
    first, _, last = entry.order.partition(" to ")
    if entry.form == "gap" and last.isdecimal():
        until = min(int(last), int(first) + _MOST)
        return [(str(number), "gap") for number in range(int(first), until + 1)]
    return [(entry.order if len(entry.order) <= 3 else "…", entry.form)]
