"""The lines of a comparison as a table: both values, and how they differ."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from inspector.domain.capture.capture_diff import DiffLine, DiffWord
from inspector.gui.kit.labels import draw_elided
from inspector.gui.kit.table import AnyIndex, Cells, RowModel, Table, paint_selection
from inspector.gui.kit.theme import Theme

SIGNS: dict[DiffWord, tuple[str, str]] = {
    "same": ("=", "same"),
    "written-otherwise": ("≈", "written differently"),
    "changed": ("≠", "changed"),
    "only-first": ("−", "only in the first"),
    "only-second": ("+", "only in the second"),
    "hidden": ("•", "masked, not compared"),
}
"""A sign and words for each outcome, because a tint is not enough."""
_TITLES = ("Compared", "Question", "First", "Second")
_SIGN, _NAME, FIRST, SECOND = range(4)
_ABSENT = "–"
_LEFT, _RIGHT = 8, 6
_WIDTH = 238
_BESIDE_SIGN = _LEFT + _RIGHT + 2


class LineModel(RowModel):
    """The lines of a comparison."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_TITLES, parent=parent)
        self.lines: tuple[DiffLine, ...] = ()

    def show_lines(self, lines: tuple[DiffLine, ...], name: str) -> None:
        """Show other lines. `name` is the title of the column with their names."""
        self.lines = lines
        self._titles = ("Compared", name, "First", "Second")
        self.show_rows([_cells(line) for line in lines])


class LineTable(Table):
    """A table in which differences have a neutral tint, with sign and words in a heavier font."""

    def __init__(self, theme: Theme, model: LineModel) -> None:
        super().__init__(theme, model, "Compared lines", indent=_LEFT)
        self._lines = _LineDelegate(theme, model, self)
        self.setItemDelegate(self._lines)
        self.set_widths(self._sign_width(), _WIDTH, _WIDTH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow table, share the width equally between the name and both values."""
        super().resizeEvent(event)
        sign, room = self.columnWidth(_SIGN), self.viewport().width()
        if sign + self._theme.px(3 * _WIDTH) > room:
            for column in (_NAME, FIRST):
                self.horizontalHeader().resizeSection(column, (room - sign) // 3)

    def _sign_width(self) -> int:
        """Return the width of the longest outcome in design px."""
        metrics = self._theme.metrics(12, 600)
        longest = max(metrics.horizontalAdvance(_said(word)) for word in SIGNS)
        return math.ceil(longest / self._theme.scale) + _BESIDE_SIGN

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setFont(self._theme.font(13))
            painter.setPen(self._theme.color("text2"))
            area = self.viewport().rect().adjusted(0, self._theme.px(32), 0, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignHCenter, "Nothing to show.")


class _LineDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, model: LineModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme, line = self._theme, self._model.lines[index.row()]
        area = QRectF(option.rect)
        if not paint_selection(painter, option, theme) and line.is_difference:
            painter.fillRect(area, theme.color("fresh"))
        if line.is_difference and index.column() == _SIGN:
            painter.fillRect(QRectF(area.left(), area.top() + 1, 3, area.height() - 2), theme.color("accent"))
        column, text = index.column(), str(index.data())
        is_absent = column in (FIRST, SECOND) and text == _ABSENT
        is_loud = line.is_difference and not is_absent
        painter.setFont(theme.font(12, 600 if is_loud and column == _SIGN else 400))
        painter.setPen(theme.color("text" if is_loud or column == _NAME else "text2"))
        area.adjust(theme.px(_LEFT if column == _SIGN else 3), 0, -theme.px(_RIGHT), 0)
        draw_elided(painter, area, text)


def _said(word: DiffWord) -> str:
    return "  ".join(SIGNS[word])


def _cells(line: DiffLine) -> Cells:
    name = f"{line.name}  {line.label}".strip() if line.label else line.name
    return (
        _said(line.word),
        name or "No number",
        _ABSENT if line.first is None else line.first,
        _ABSENT if line.second is None else line.second,
    )
