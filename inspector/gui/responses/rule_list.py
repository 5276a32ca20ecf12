"""The list of rules in the dialog *Responses*: a sentence per rule, its switch, its query and its matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from inspector.gui.kit.controls.switch import paint_switch
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import draw_line, plain_tip
from inspector.gui.kit.table import AnyIndex
from inspector.gui.kit.theme import Theme

LINE_ROLE = Qt.ItemDataRole.UserRole
_NONE = QModelIndex()
_ROW = 52
_LEFT, _RIGHT = 16, 16
_GRIP_AT, _SWITCH_AT, _TEXT_AT = 12, 36, 84
_SWITCH = (36, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A row of the list, safe to display."""

    key: int | None
    """The rule's id; None for the last row, which is not a rule."""
    sentence: str
    note: str
    """The second line: the rule's query, or a remark."""
    is_query: bool = False
    """Whether the second line is a query, which is drawn in the fixed font."""
    number: str = ""
    """At the right: the number of matches, or `off`."""
    name: str = ""
    """Below it: `rule 3`, as captures and the terminal name the rule."""
    is_on: bool = True
    is_movable: bool = False
    icon: str = "inbox"
    """The icon in place of a switch."""

    @property
    def has_switch(self) -> bool:
        """Whether the rule can be turned on and off here."""
        return self.key is not None

    @property
    def spoken(self) -> str:
        """The row for screen readers."""
        state = "" if not self.has_switch else "on" if self.is_on else "off"
        return ", ".join(
            dict.fromkeys(filter(None, (self.name, self.sentence, self.note, state, self.number)))
        )


class RuleModel(QAbstractListModel):
    """The rows, in the order in which they are tried."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lines: tuple[RuleLine, ...] = ()

    def show_lines(self, lines: Sequence[RuleLine]) -> None:
        """Show other rows. A selected rule stays selected."""
        before = [line.key for line in self.lines]
        if before == [line.key for line in lines]:
            self.lines = tuple(lines)
            self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))
            return
        self.beginResetModel()
        self.lines = tuple(lines)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _NONE) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return line.sentence
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return line.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip("\n".join(filter(None, (line.sentence, line.note))))
        if role == Qt.ItemDataRole.CheckStateRole and line.has_switch:
            return (Qt.CheckState.Checked if line.is_on else Qt.CheckState.Unchecked).value
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled


class RuleList(QListView):
    """The rules. Space turns the selected one on or off, Alt ↑ ↓ and dragging move it, Del removes it."""

    rule_selected = Signal(object)
    """The id of the selected rule; None for the last row."""
    switched = Signal(object, bool)
    """A rule's id, and whether to turn it on."""
    moved = Signal(object, int)
    """A rule's id, and by how many places: negative is up."""
    remove_requested = Signal(object)
    """A rule's id."""
    edit_requested = Signal()
    """Return was pressed on a rule, or it was double-clicked."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rules = RuleModel(self)
        self._delegate = _RuleDelegate(theme, self)
        self._is_filling = False
        self._pressed: QPoint | None = None
        self.drop_at: int | None = None
        """The place that a dragged rule would get; None while nothing is dragged."""
        self.setModel(self.rules)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Response rules, the first match wins")
        self.setAccessibleDescription("Space turns a rule on or off, Alt ↑ ↓ moves it, Del removes it")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(False)
        self.doubleClicked.connect(self.edit_requested)
        self.selectionModel().currentChanged.connect(self._current_changed)
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    # ---- the shown rows

    def show_lines(self, lines: Sequence[RuleLine]) -> None:
        """Show other rows. The selected rule stays selected, without a signal."""
        key = self.selected
        self._is_filling = True
        self.rules.show_lines(lines)
        self._put_selection(key)
        self._is_filling = False
        self.viewport().update()

    @property
    def selected(self) -> int | None:
        """The id of the selected rule."""
        line = self.line_at(self.currentIndex().row())
        return None if line is None else line.key

    def select(self, key: int | None) -> None:
        """Select a rule, or with None the last row."""
        before = self.currentIndex().row()
        self._put_selection(key)
        if self.currentIndex().row() == before:
            self.rule_selected.emit(self.selected)

    def _put_selection(self, key: int | None) -> None:
        for place, line in enumerate(self.rules.lines):
            if line.key == key:
                if self.currentIndex().row() != place:
                    self.setCurrentIndex(self.rules.index(place))
                return

    def line_at(self, place: int) -> RuleLine | None:
        """Return a row, or None if there is none at this place."""
        return self.rules.lines[place] if 0 <= place < len(self.rules.lines) else None

    def switch_area(self, place: int) -> QRect:
        """Return where the switch of a row is drawn."""
        return switch_area(self.visualRect(self.rules.index(place)), self._theme)

    def _current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        line = self.line_at(current.row())
        if line is not None and not self._is_filling:
            self.rule_selected.emit(line.key)

    # ---- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        line, place = self.line_at(self.currentIndex().row()), self.currentIndex().row()
        key, by = event.key(), {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if by is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            if line is not None:
                self._move(line, place, place + by)
        elif key == Qt.Key.Key_Space and line is not None and line.key is not None:
            self.switched.emit(line.key, not line.is_on)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and line is not None and line.key is not None:
            self.remove_requested.emit(line.key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit_requested.emit()
        else:
            super().keyPressEvent(event)

    def _move(self, line: RuleLine, place: int, to: int) -> None:
        movable = [number for number, one in enumerate(self.rules.lines) if one.is_movable]
        if line.is_movable and line.key is not None and to != place and to in movable:
            self.moved.emit(line.key, to - place)

    # ---- the mouse: a click on the switch, or a drag

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.indexAt(event.position().toPoint()).row()
        line = self.line_at(place)
        if event.button() == Qt.MouseButton.LeftButton and line is not None and line.key is not None:
            if self.switch_area(place).adjusted(-4, -8, 4, 8).contains(event.position().toPoint()):
                self.setFocus(Qt.FocusReason.MouseFocusReason)
                self.setCurrentIndex(self.rules.index(place))
                self.switched.emit(line.key, not line.is_on)
                return
            self._pressed = event.position().toPoint() if line.is_movable else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        if self._pressed is None:
            super().mouseMoveEvent(event)
        elif (
            self.drop_at is not None
            or (here - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        ):
            self._show_drop(self._place_of_drop(here))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place, to = self.currentIndex().row(), self.drop_at
        line = self.line_at(place)
        self._pressed = None
        self._show_drop(None)
        if to is not None and line is not None:
            self._move(line, place, to - (to > place))
            return
        super().mouseReleaseEvent(event)

    def _place_of_drop(self, here: QPoint) -> int:
        """Return the place before which the dragged rule would be put."""
        movable = [place for place, line in enumerate(self.rules.lines) if line.is_movable]
        for place in movable:
            if here.y() < self.visualRect(self.rules.index(place)).center().y():
                return place
        return movable[-1] + 1

    def _show_drop(self, place: int | None) -> None:
        self.drop_at = place
        self.setCursor(Qt.CursorShape.ArrowCursor if place is None else Qt.CursorShape.ClosedHandCursor)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.drop_at is None:
            return
        painter, px = QPainter(self.viewport()), self._theme.px
        above = self.visualRect(self.rules.index(max(self.drop_at - 1, 0)))
        y = above.top() + 1 if self.drop_at == 0 else above.bottom()
        painter.setPen(QPen(self._theme.color("accent"), 2))
        painter.drawLine(px(_LEFT), y, self.viewport().width() - px(_RIGHT), y)


class _RuleDelegate(QStyledItemDelegate):
    """Draws a row: grip, switch or icon, sentence over query, and the number at the right."""

    def __init__(self, theme: Theme, view: RuleList) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme, px = self._theme, self._theme.px
        line: RuleLine = index.data(LINE_ROLE)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected:
            ground = "selection" if self._view.isActiveWindow() else "selection_no_focus"
            painter.fillRect(rect, theme.color(ground))
            painter.fillRect(QRect(rect.left(), rect.top(), px(3), rect.height()), theme.color("accent"))
        else:
            bottom = QRect(rect.left() + px(_LEFT), rect.bottom(), rect.width() - px(_LEFT + _RIGHT), 1)
            painter.fillRect(bottom, theme.color("line"))
        if line.is_movable:
            grip = QRectF(rect.left() + px(_GRIP_AT), rect.top(), px(16), rect.height())
            paint_icon(painter, "grip", theme, grip)
        switch = switch_area(rect, theme)
        if line.has_switch:
            paint_switch(painter, QRectF(switch), theme, is_on=line.is_on)
        else:
            paint_icon(painter, line.icon, theme, QRectF(switch))
        self._texts(painter, rect, line)
        if option.state & QStyle.StateFlag.State_HasFocus and self._view.window().testAttribute(
            Qt.WidgetAttribute.WA_KeyboardFocusChange
        ):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), 3, 3)
        painter.restore()

    def _texts(self, painter: QPainter, rect: QRect, line: RuleLine) -> None:
        theme, px = self._theme, self._theme.px
        left, right = rect.left() + px(_TEXT_AT), rect.right() - px(_RIGHT)
        number = theme.metrics(12).horizontalAdvance(line.number)
        top = QRect(left, rect.top() + px(7), right - left, px(20))
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text2"))
        painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, line.number)
        room = top.width() - (number + px(12) if number else 0)
        painter.setFont(theme.font(13, 500 if line.is_on else 400))
        painter.setPen(theme.color("text" if line.is_on else "text2"))
        self._line(painter, QRect(left, top.top(), room, top.height()), line.sentence)
        painter.setFont(theme.fixed_font(12) if line.is_query else theme.font(12))
        painter.setPen(theme.color("text2"))
        below = QRect(left, top.bottom() + 1, right - left, px(18))
        name_room = theme.metrics(12).horizontalAdvance(line.name) + px(12) if line.name else 0
        self._line(painter, below.adjusted(0, 0, -name_room, 0), line.note)
        painter.setFont(theme.font(12))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, line.name)

    @staticmethod
    def _line(painter: QPainter, area: QRect, text: str) -> None:
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(area.width(), 0))
        draw_line(painter, area, shown, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


def switch_area(rect: QRect, theme: Theme) -> QRect:
    """Return where the switch is in the area of a row."""
    width, height = map(theme.px, _SWITCH)
    return QRect(rect.left() + theme.px(_SWITCH_AT), rect.center().y() - height // 2, width, height)
