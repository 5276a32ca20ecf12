"""The rows of the list below the filter field: captions, completions and recent filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from inspector.domain.query.completion import Suggestion
from inspector.gui.kit.labels import draw_elided, plain_tip
from inspector.gui.kit.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROW_ROLE = Qt.ItemDataRole.UserRole
_NOTE_AT = 226
"""The x of the notes, if there is room; otherwise they begin in the middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedRow:
    """A caption, a completion at the cursor, or a whole query."""

    label: str
    """Made visible."""
    note: str = ""
    completion: Suggestion | None = None
    query: str = ""
    """A whole query that replaces the text."""
    counted: str = ""
    """The query whose matches are counted; empty if nothing is counted."""
    count: int | None = None
    matched: str = ""
    """The typed text, which is emphasised where it is found."""

    @property
    def is_caption(self) -> bool:
        """Whether it only names the rows below it."""
        return self.completion is None and not self.query

    @property
    def spoken(self) -> str:
        """The row for screen readers."""
        count = "" if self.count is None else f"{self.count:,}"
        return " ".join(part for part in (self.label, self.note, count) if part)


class SuggestedRows(QStandardItemModel):
    """The rows, in order."""

    def show_rows(self, rows: Sequence[SuggestedRow]) -> None:
        """Replace all rows."""
        self.clear()
        self.appendColumn([_item(row) for row in rows])

    def row_at(self, place: int) -> SuggestedRow | None:
        """Return a row, or None if there is none at this place."""
        item = self.item(place)
        row = None if item is None else item.data(_ROW_ROLE)
        return row if isinstance(row, SuggestedRow) else None

    def rows(self) -> list[SuggestedRow]:
        """Return every row."""
        return [row for place in range(self.rowCount()) if (row := self.row_at(place)) is not None]

    def change(self, place: int, row: SuggestedRow) -> None:
        """Replace one row, which keeps its place."""
        item = self.item(place)
        item.setAccessibleText(row.spoken)
        item.setData(row, _ROW_ROLE)

    def next_place(self, place: int, by: int) -> int:
        """Return the next place, downwards or upwards, that can be selected. After the last comes the
        first."""
        count = self.rowCount()
        for step in range(1, count + 1):
            found = (place + by * step) % count if place >= 0 or by > 0 else count - step
            row = self.row_at(found)
            if row is not None and not row.is_caption:
                return found
        return -1


class SuggestedRowDelegate(QStyledItemDelegate):
    """Draws a row: its text in the fixed font, its note, and its count at the right."""

    def __init__(self, theme: Theme, parent: QListView) -> None:
        super().__init__(parent)
        self._theme = theme

    def height_of(self, row: SuggestedRow) -> int:
        """Return the height of a row."""
        return self._theme.px(26 if row.is_caption else 28)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = index.data(_ROW_ROLE)
        return QSize(0, self.height_of(row) if isinstance(row, SuggestedRow) else 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(_ROW_ROLE)
        if not isinstance(row, SuggestedRow):
            return
        px, theme = self._theme.px, self._theme
        rect: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected and not row.is_caption:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection"))
            painter.drawRoundedRect(rect.adjusted(px(5), 0, -px(5), 0), 3, 3)
        area = rect.adjusted(px(15), 0, -px(15), 0)
        if row.is_caption:
            painter.setFont(theme.font(11, 500))
            painter.setPen(theme.color("text2"))
            draw_elided(painter, area.adjusted(0, px(4), 0, 0), row.label)
            return
        count = "" if row.count is None else f"{row.count:,}"
        numbers = theme.metrics(12)
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text2"))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count)
        right = area.right() - max(numbers.horizontalAdvance(count), px(48)) - px(12)
        note_at = area.left() + min(px(_NOTE_AT), area.width() // 2)
        painter.setFont(theme.font(13))
        draw_elided(painter, QRect(note_at, area.top(), max(right - note_at, 0), area.height()), row.note)
        label_end = (note_at if row.note else right) - px(12)
        label = QRect(area.left(), area.top(), max(label_end - area.left(), 0), area.height())
        self._label(painter, label, row)

    def _label(self, painter: QPainter, area: QRect, row: SuggestedRow) -> None:
        """Draw the text of a row. The typed part is bold and underlined."""
        theme = self._theme
        plain, bold = theme.fixed_font(12), theme.fixed_font(12, 700)
        painter.setPen(theme.color("text"))
        painter.setFont(plain)
        start = row.label.lower().find(row.matched.lower()) if row.matched else -1
        end = start + len(row.matched)
        if start < 0 or not row.label.isascii():  # a part of a ligature or of right-to-left text has no place
            draw_elided(painter, area, row.label)
            return
        for text, font in (
            (row.label[:start], plain),
            (row.label[start:end], bold),
            (row.label[end:], plain),
        ):
            self._part(painter, area, text, font)

    def _part(self, painter: QPainter, area: QRect, text: str, font: QFont) -> None:
        """Draw a part of the text, and move the left edge of `area` behind it."""
        painter.setFont(font)
        width = min(painter.fontMetrics().horizontalAdvance(text), max(area.width(), 0))
        draw_elided(painter, area, text)
        if font.weight() > QFont.Weight.Medium:
            painter.save()
            painter.setPen(QPen(self._theme.color("accent"), 1.4))
            bottom = area.center().y() + painter.fontMetrics().ascent() // 2 + self._theme.px(4)
            painter.drawLine(area.left(), bottom, area.left() + width, bottom)
            painter.restore()
        area.setLeft(area.left() + width)


def _item(row: SuggestedRow) -> QStandardItem:
    item = QStandardItem(row.label)
    item.setAccessibleText(row.spoken)
    item.setToolTip(plain_tip(row.label if row.is_caption else f"{row.label}\n{row.note}".strip()))
    item.setEditable(False)
    item.setData(row, _ROW_ROLE)
    if row.is_caption:
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item
