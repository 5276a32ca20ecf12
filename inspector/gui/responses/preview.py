"""The preview of a rule: the stored captures that match it, and what each would get if it arrived now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from inspector.gui.captures.line import CaptureLine
from inspector.gui.kit.answer_row import AnswerRowPainter
from inspector.gui.kit.badges import paint_glyph
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Label, draw_line, plain_tip
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.table import AnyIndex
from inspector.gui.kit.theme import Theme

_ROW_ROLE = Qt.ItemDataRole.UserRole
_NONE = QModelIndex()
_HEIGHT = 28
_TIME, _EVENT, _RESPONDENT = 58, 76, 68
_GLYPH, _GAP = 14, 10
_ARROW, _STATUS, _RULE = 16, 30, 112
_NARROW = 560
"""Below this width of the list, respondents are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLine:
    """A capture, and what it would get."""

    line: CaptureLine
    response: str
    """`503`, or a word such as `close`."""
    is_refused: bool
    """Whether the sender would see a failure."""
    rule: str
    """`rule 1`, or `everything else`."""

    @property
    def spoken(self) -> str:
        """The row for screen readers."""
        line = self.line
        word = "" if line.badge is None else line.badge.word
        answers = ", ".join(part.words for part in line.parts) or line.answer
        parts = (line.time, word, line.event, line.respondent, answers, f"gets {self.response}", self.rule)
        return ", ".join(filter(None, parts))


class _PreviewModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[PreviewLine, ...] = ()

    def show_rows(self, rows: Sequence[PreviewLine]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _NONE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        shown = self.rows[index.row()]
        if role == _ROW_ROLE:
            return shown
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return shown.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(shown.spoken.replace(", ", "\n"))
        return None


class PreviewPane(QWidget):
    """A sentence with the number of matches, and the first of them with their responses."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.about = ElidedLabel(theme, px=12, tone="text2")
        self.show_link = Link(theme, "Show them", px=13)
        self._model = _PreviewModel(self)
        self.list = QListView()
        self._delegate = _PreviewDelegate(theme, self.list)
        self.list.setModel(self._model)
        self.list.setItemDelegate(self._delegate)
        self.list.setAccessibleName("Preview")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.list.setUniformItemSizes(True)
        head = row(
            theme,
            Label(theme, "Preview", weight=600),
            grow(self.about),
            self.show_link,
            spacing=10,
        )
        column(theme, head, 6, grow(self.list), on=self)
        theme.changed.connect(self.list.scheduleDelayedItemsLayout)

    @property
    def rows(self) -> tuple[PreviewLine, ...]:
        """The rows, in the order in which they would arrive."""
        return self._model.rows

    def show_about(self, sentence: str, *, has_matches: bool) -> None:
        """Show how many captures match. Without matches there are none to show in the list."""
        self.about.setText(sentence)
        self.show_link.setVisible(has_matches)

    def show_rows(self, rows: Sequence[PreviewLine]) -> None:
        """Show other captures. The place that was scrolled to stays."""
        place = self.list.verticalScrollBar().value()
        if tuple(rows) != self._model.rows:
            self._model.show_rows(rows)
            self.list.verticalScrollBar().setValue(place)


class _PreviewDelegate(QStyledItemDelegate):
    """Draws time, verdict, event, respondent and answers, then an arrow, the response and its rule."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self._answers = AnswerRowPainter(theme)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme, px = self._theme, self._theme.px
        shown: PreviewLine = index.data(_ROW_ROLE)
        line, rect = shown.line, QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.color("line"))
        time_width = max(px(_TIME), theme.metrics(13).horizontalAdvance(line.time) + 2)
        self._text(painter, rect.left(), time_width, rect, line.time, "text2")
        left = rect.left() + time_width + px(_GAP)
        if line.badge is not None:
            paint_glyph(painter, QRectF(left, rect.top(), px(_GLYPH), rect.height()), line.badge, theme)
        left += px(_GLYPH + _GAP)
        weight = theme.loud_weight() if line.is_loud else 400
        self._text(painter, left, px(_EVENT), rect, line.event, "text", weight)
        left += px(_EVENT + _GAP)
        if rect.width() >= px(_NARROW):
            middle = Qt.TextElideMode.ElideMiddle
            self._text(painter, left, px(_RESPONDENT), rect, line.respondent, "text2", mode=middle)
            left += px(_RESPONDENT + _GAP)
        right = rect.right() - px(_ARROW + _STATUS + _RULE + 2 * _GAP)
        area = QRectF(left, rect.top(), right - px(_GAP) - left, rect.height())
        if line.parts:
            self._answers.paint(painter, area, line.parts)
        else:
            self._text(painter, left, int(area.width()), rect, line.answer, "text2")
        paint_icon(painter, "arrow-right", theme, QRectF(right, rect.top(), px(_ARROW), rect.height()))
        self._response(painter, right + px(_ARROW + _GAP), rect, shown)
        if option.state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 2), theme.color("accent"))
        painter.restore()

    def _response(self, painter: QPainter, left: int, rect: QRect, shown: PreviewLine) -> None:
        """Draw the response and its rule. A word such as `close` may need a part of the rule's room."""
        theme, px = self._theme, self._theme.px
        font_width = theme.metrics(13, 600).horizontalAdvance(shown.response) + 2
        width = max(px(_STATUS), font_width)
        tone = "invalid" if shown.is_refused else "text"
        self._text(painter, left, width, rect, shown.response, tone, 600)
        left += width + px(_GAP)
        self._text(painter, left, rect.right() - left, rect, shown.rule, "text2", px=12)

    def _text(
        self,
        painter: QPainter,
        left: int,
        width: int,
        rect: QRect,
        text: str,
        tone: str,
        weight: int = 400,
        *,
        px: float = 13,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        painter.setFont(self._theme.font(px, weight))
        painter.setPen(self._theme.color(tone))
        shown = painter.fontMetrics().elidedText(text, mode, max(width, 0))
        area = QRect(left, rect.top(), max(width, 0), rect.height())
        draw_line(painter, area, shown, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
