"""The list of the palette: hits under the captions of their parts, and their drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from inspector.gui.kit.buttons import key_cap_width, paint_key_cap
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import direction_of, isolated, plain_tip
from inspector.gui.kit.theme import Theme
from inspector.gui.palette.entry import UNAVAILABLE, Hit

Index = QModelIndex | QPersistentModelIndex
HIT_ROLE = Qt.ItemDataRole.UserRole
_NOWHERE = QModelIndex()
ROW = 34
CAPTION = 28
_MIDDLE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine


class PaletteModel(QAbstractListModel):
    """A model of hits, with a caption before the first hit of each part."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[Hit | str] = []

    def hold(self, hits: Sequence[Hit]) -> None:
        """Show other hits, in the order of their captions."""
        self.beginResetModel()
        self._rows = []
        part = ""
        for hit in hits:
            caption = UNAVAILABLE if hit.entry.reason else hit.entry.part
            if caption != part:
                part = caption
                self._rows.append(part)
            self._rows.append(hit)
        self.endResetModel()

    def hit_at(self, row: int) -> Hit | None:
        """Return the hit of a row; None for a caption."""
        row_at = self._rows[row] if 0 <= row < len(self._rows) else None
        return row_at if isinstance(row_at, Hit) else None

    def row_of(self, hit: Hit) -> int:
        """Return the row of a hit."""
        return self._rows.index(hit)

    def next_row(self, row: int, step: int) -> int:
        """Return the next row with a hit, wrapping at the ends; -1 if there is none."""
        count = len(self._rows)
        for _ in range(count):
            row = (row + step) % count
            if isinstance(self._rows[row], Hit):
                return row
        return -1

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.hit_at(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()] if index.isValid() else ""
        if isinstance(row, str):
            return row if role == Qt.ItemDataRole.DisplayRole else None
        entry = row.entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{entry.title}: {entry.reason or entry.hint}" if entry.hint else "")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            keys = "+".join(entry.keys)
            return ", ".join(part for part in (entry.title, entry.reason or entry.hint, keys) if part)
        return row if role == HIT_ROLE else None


class PaletteDelegate(QStyledItemDelegate):
    """Draws rows 36 px high; captions are lower and cannot be selected."""

    def __init__(self, theme: Theme, parent: QListView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: QWidget = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        is_hit = isinstance(index.data(HIT_ROLE), Hit)
        return QSize(0, self._theme.px(ROW if is_hit else CAPTION))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        px, theme = self._theme.px, self._theme
        hit = index.data(HIT_ROLE)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not isinstance(hit, Hit):
            painter.setFont(theme.font(12, 500))
            painter.setPen(theme.color("text2"))
            area = rect.adjusted(px(20), px(6), -px(20), 0)
            painter.drawText(area, _MIDDLE, str(index.data()))
        else:
            is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
            if is_selected:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("selection"))
                painter.drawRoundedRect(QRectF(rect.adjusted(px(8), 0, -px(8), 0)), 4, 4)
            self._paint_hit(painter, rect.adjusted(px(20), 0, -px(20), 0), hit)
        painter.restore()

    def _paint_hit(self, painter: QPainter, area: QRect, hit: Hit) -> None:
        px, theme, entry = self._theme.px, self._theme, hit.entry
        tone = "text2" if entry.reason else "text"
        if entry.icon:
            icon = QRectF(area.left(), area.top(), px(16), area.height())
            paint_icon(painter, entry.icon, theme, icon, "disabled" if entry.reason else "text2")
        area = area.adjusted(px(28), 0, 0, 0)
        for key in reversed(entry.keys):
            width = key_cap_width(key, theme, self._view)
            area.setRight(area.right() - width)
            cap = QRectF(area.right() + 1, area.center().y() - px(9), width, px(18))
            paint_key_cap(painter, cap, key, theme)
            area.setRight(area.right() - px(4))
        area.setLeft(self._paint_title(painter, area, hit, tone) + px(12))
        note = entry.reason or entry.hint
        if note and area.width() > px(40):
            painter.setFont(theme.font(12))
            painter.setPen(theme.color("text2"))
            area.setRight(area.right() - px(8))
            shown = theme.metrics(12).elidedText(note, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, _MIDDLE, shown)

    def _paint_title(self, painter: QPainter, area: QRect, hit: Hit, tone: str) -> int:
        """Draw the title with its typed parts in bold, and return its right edge."""
        theme, title = self._theme, hit.entry.title
        limit = area.right()
        x = area.left()
        if isolated(title) != title:  # right-to-left pieces drawn one by one would change their order
            return x + self._paint_in_order(painter, area, hit, tone)
        for start, end, is_typed in _pieces(len(title), hit.spans):
            font = theme.font(13, 700 if is_typed else 400)
            font.setUnderline(is_typed)
            metrics = theme.metrics(13, 700 if is_typed else 400)
            piece = title[start:end]
            width = metrics.horizontalAdvance(piece)
            if x + width > limit:
                piece = metrics.elidedText(piece, Qt.TextElideMode.ElideRight, limit - x)
                width = metrics.horizontalAdvance(piece)
            painter.setFont(font)
            painter.setPen(theme.color(tone))
            painter.drawText(QRect(x, area.top(), width + 2, area.height()), _MIDDLE, piece)
            x += width
        return x

    def _paint_in_order(self, painter: QPainter, area: QRect, hit: Hit, tone: str) -> int:
        """Draw the title as one text in its own direction, and return its width."""
        font = self._theme.font(13)
        title = self._theme.metrics(13, 700).elidedText(
            hit.entry.title, Qt.TextElideMode.ElideRight, area.width()
        )
        layout = QTextLayout(title, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        option.setTextDirection(direction_of(title))
        layout.setTextOption(option)
        bold = QTextCharFormat()
        bold.setFontWeight(700)
        bold.setFontUnderline(True)
        formats = []
        for start, end, is_typed in _pieces(len(title), hit.spans):
            if is_typed and start < len(title):
                one = QTextLayout.FormatRange()
                # the layout counts UTF-16 units
                one.start, one.length = _units(title[:start]), _units(title[start:end])
                one.format = bold
                formats.append(one)
        layout.setFormats(formats)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(area.width())
        width = math.ceil(line.naturalTextWidth())
        line.setLineWidth(width)  # it starts at the left edge, as the other titles
        layout.endLayout()
        painter.setPen(self._theme.color(tone))
        layout.draw(painter, QPointF(area.left(), area.top() + (area.height() - line.height()) / 2))
        return width


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _pieces(length: int, spans: tuple[tuple[int, int], ...]) -> list[tuple[int, int, bool]]:
    """Return the pieces of a title as (start, end, is_typed); spans may overlap."""
    pieces: list[tuple[int, int, bool]] = []
    at = 0
    for start, end in spans:
        start = max(start, at)
        if start > at:
            pieces.append((at, start, False))
        if end > start:
            pieces.append((start, end, True))
            at = end
    return [*pieces, (at, length, False)] if at < length else pieces
