"""The list of the tests of a receiver, in groups that fold, with the status and time of each response."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from inspector.domain.receiver.report import TestGroup
from inspector.gui.check.result_groups import ResultGroup, ResultRow, RowState
from inspector.gui.detail.attempt_change import paint_since
from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import draw_line, plain_tip
from inspector.gui.kit.table import paint_selection, set_up_tree
from inspector.gui.kit.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_NODE = Qt.ItemDataRole.UserRole
_ABOVE, _TITLE, _ROW_TEXT, _GLYPH = 4, 32, 54, 33
_RIGHT, _STATUS_END = 6, 74
"""Together with the scroll bar, which is always visible, times end 16 px from the edge."""
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_AT_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class _ResultModel(QAbstractItemModel):
    """Groups, and in each its tests and *Show N more*. The id of an index is 0, or its group's number + 1."""

    def __init__(self, parent: QObject, mask: Mask | None) -> None:
        super().__init__(parent)
        self._mask = mask
        self.groups: list[ResultGroup] = []
        self.whole: set[TestGroup] = set()
        """The groups of which every row is listed."""

    def show_groups(self, groups: Sequence[ResultGroup]) -> bool:
        """Show other groups. Return whether other rows must be listed, so that nothing is expanded."""
        before, after = ([_titles(group) for group in one] for one in (self.groups, groups))
        if before == after:
            self.groups = list(groups)
            for number in range(len(groups)):
                above = self.index(number, 0)
                self.dataChanged.emit(above, above)
                last = self.rowCount(above) - 1
                self.dataChanged.emit(self.index(0, 0, above), self.index(last, 0, above))
            return False
        self.beginResetModel()
        self.groups, self.whole = list(groups), set()
        self.endResetModel()
        return True

    def show_whole(self, number: int) -> None:
        """List every row of a group."""
        group, above = self.groups[number], self.index(number, 0)
        listed = self.rowCount(above) - 1
        self.beginRemoveRows(above, listed, listed)
        self.whole.add(group.name)
        most, self.groups[number] = group.most, _without_rest(group)
        self.endRemoveRows()
        assert most is not None, "otherwise every row is listed"
        self.beginInsertRows(above, most, len(group.rows) - 1)
        self.groups[number] = group
        self.endInsertRows()

    def listed(self, group: ResultGroup) -> tuple[ResultRow, ...]:
        """Return the rows of a group that are listed."""
        return group.rows if group.name in self.whole else group.rows[: group.most]

    def node(self, index: Index) -> ResultGroup | ResultRow | int:
        """Return the group, the test, or the number of tests that *Show N more* would list."""
        if not (above := index.internalId()):
            return self.groups[index.row()]
        group = self.groups[above - 1]
        listed = self.listed(group)
        return listed[index.row()] if index.row() < len(listed) else len(group.rows) - len(listed)

    def index_of(self, title: str) -> QModelIndex:
        """Return the index of a listed test, or an invalid one."""
        for number, group in enumerate(self.groups):
            for row, one in enumerate(self.listed(group)):
                if one.title == title:
                    return self.createIndex(row, 0, number + 1)
        return QModelIndex()

    # ---- Qt overrides

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        if column or not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]
        above = index.internalId() if index.isValid() else 0
        return self.createIndex(above - 1, 0, 0) if above else QModelIndex()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        if not parent.isValid():
            return len(self.groups)
        if parent.internalId():
            return 0
        group = self.groups[parent.row()]
        listed = len(self.listed(group))
        return listed + (listed < len(group.rows))

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        node = self.node(index)
        if role == _NODE:
            return node
        if role == Qt.ItemDataRole.DisplayRole:
            return _more(node) if isinstance(node, int) else node.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if isinstance(node, ResultGroup):
                return ", ".join(filter(None, (node.title, node.note)))
            return _more(node) if isinstance(node, int) else node.spoken
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(node, ResultRow):
            return plain_tip(node.sentence if self._mask is None else self._mask.sentence(node.sentence))
        return None


def _titles(group: ResultGroup) -> tuple[str, ...]:
    return (group.name, str(group.most), str(group.is_open), *(row.title for row in group.rows))


def _without_rest(group: ResultGroup) -> ResultGroup:
    return replace(group, rows=group.rows[: group.most])


def _more(count: int) -> str:
    return f"Show {count} more"


class ResultTree(QTreeView):
    """The tests. Arrow keys fold and unfold groups, Enter opens a test, and R replays it."""

    selected = Signal(str)
    """The title of the test that is selected now."""
    opened = Signal()
    """The user wants to read the selected test."""
    replay_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, mask: Mask | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows = _ResultModel(self, mask)
        self._delegate = _ResultDelegate(theme, self)
        self.setAccessibleName("Tests of the receiver and their results")
        set_up_tree(self)
        self.setItemDelegate(self._delegate)
        self.setModel(self._rows)
        theme.changed.connect(self.viewport().update)

    def show_groups(self, groups: Sequence[ResultGroup]) -> None:
        """Show other results. If the rows stay, so do the selection and what is folded."""
        if self._rows.show_groups(groups):
            for number, group in enumerate(groups):
                self.setExpanded(self._rows.index(number, 0), group.is_open)

    def select(self, title: str) -> None:
        """Select a test, if it is listed."""
        index = self._rows.index_of(title)
        if index.isValid():
            self.setCurrentIndex(index)

    def select_first(self) -> None:
        """Select the first test of the first open group."""
        for number, group in enumerate(self._rows.groups):
            if group.is_open and group.rows:
                self.setCurrentIndex(self._rows.index(0, 0, self._rows.index(number, 0)))
                return
        self.setCurrentIndex(self._rows.index(0, 0))

    @property
    def selected_title(self) -> str:
        """The title of the selected test, or an empty text."""
        index = self.currentIndex()
        node = self._rows.node(index) if index.isValid() else None
        return node.title if isinstance(node, ResultRow) else ""

    @property
    def lines(self) -> list[str]:
        """Every visible row for screen readers, in order."""
        lines: list[str] = []
        index = self._rows.index(0, 0)
        while index.isValid():
            lines.append(str(index.data(Qt.ItemDataRole.AccessibleTextRole)))
            index = self.indexBelow(index)
        return lines

    # ---- Qt overrides

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and isinstance(node := self._rows.node(current), ResultRow):
            self.selected.emit(node.title)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index, key = self.currentIndex(), event.key()
        if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self._open(index)
        elif key == Qt.Key.Key_R:
            self.replay_requested.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        is_left = event.button() == Qt.MouseButton.LeftButton and index.isValid()
        if is_left and not isinstance(self._rows.node(index), ResultRow):
            self.setCurrentIndex(index)
            self._open(index)
            return
        super().mousePressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        node = self._rows.node(index)
        if isinstance(node, ResultGroup):
            self.setExpanded(index, not self.isExpanded(index))
        elif isinstance(node, ResultRow):
            self.opened.emit()
        else:
            above, row = index.parent(), index.row()
            self._rows.show_whole(above.row())
            self.setCurrentIndex(self._rows.index(row, 0, above))

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(320), self._theme.px(11 * 28))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(240), self._theme.px(3 * 28))

    @Slot()
    def fit_rows(self) -> None:
        """Lay out the rows again in another height."""
        self.scheduleDelayedItemsLayout()


class _ResultDelegate(QStyledItemDelegate):
    """Draws a whole row: a group with its chevron and counts, or a test with its sign, status and time."""

    def __init__(self, theme: Theme, view: ResultTree) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        theme.changed.connect(view.fit_rows)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        theme = self._theme
        above = theme.px(_ABOVE) if isinstance(index.data(_NODE), ResultGroup) else 0
        return QSize(theme.px(100), theme.row_height + above)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        node, theme = index.data(_NODE), self._theme
        rect: QRect = option.rect
        painter.save()
        if isinstance(node, ResultGroup):
            rect = rect.adjusted(0, theme.px(_ABOVE), 0, 0)
        option.rect = rect
        if paint_selection(painter, option, theme):
            painter.fillRect(rect.left(), rect.top(), theme.px(3), rect.height(), theme.color("accent"))
        if isinstance(node, ResultGroup):
            self._paint_group(painter, rect, node, is_open=self._view.isExpanded(index))
        elif isinstance(node, ResultRow):
            self._paint_row(painter, rect, node)
        else:
            self._text(painter, rect, _ROW_TEXT, _RIGHT, _more(node), "accent")
        painter.restore()

    def _paint_group(self, painter: QPainter, rect: QRect, group: ResultGroup, *, is_open: bool) -> None:
        px = self._theme.px
        chevron = QRectF(rect.left() + px(11), rect.top(), px(14), rect.height())
        paint_icon(painter, "chevron-down" if is_open else "chevron-right", self._theme, chevron, "text2", 13)
        tone, weight = ("invalid", self._theme.loud_weight()) if group.is_loud else ("text2", 400)
        width = self._text_at_right(painter, rect, _RIGHT, group.note, tone, px=12, weight=weight)
        right = _RIGHT + width / self._theme.scale + 8
        self._text(painter, rect, _TITLE, right, group.title, "text", weight=600)

    def _paint_row(self, painter: QPainter, rect: QRect, row: ResultRow) -> None:
        theme = self._theme
        sign = QRectF(rect.left() + theme.px(_GLYPH), rect.top(), theme.px(14), rect.height())
        paint_state(painter, sign, row.state, theme)
        is_loud = row.state in ("failed", "warning") or row.differs
        is_quiet = row.state in ("undecided", "waiting")
        if row.other is not None:
            tone = "invalid" if row.differs else "text2"
            text = f"{row.status} · {row.other_status}"
            width = self._text_at_right(painter, rect, _RIGHT + 22, text, tone)
            other = QRectF(rect.right() - theme.px(_RIGHT + 14), rect.top(), theme.px(14), rect.height())
            paint_state(painter, other, row.other, theme)
            right = _RIGHT + 22 + width / theme.scale
        elif row.note:
            right = _RIGHT + self._text_at_right(painter, rect, _RIGHT, row.note, "text2") / theme.scale
        else:
            self._text_at_right(painter, rect, _RIGHT, row.took, "text2")
            tone = {"failed": "invalid", "warning": "warning"}.get(row.state, "text2")
            width = self._text_at_right(painter, rect, _STATUS_END, row.status, tone)
            right = _STATUS_END + width / theme.scale
        weight = theme.loud_weight() if is_loud else 400
        title_tone = "text2" if is_quiet else "text"
        self._text(painter, rect, _ROW_TEXT, right + 8, row.title, title_tone, weight=weight)

    def _text(
        self,
        painter: QPainter,
        rect: QRect,
        left: float,
        right: float,
        text: str,
        tone: str,
        *,
        weight: int = 400,
    ) -> None:
        px = self._theme.px
        area = rect.adjusted(px(left), 0, -px(right), 0)
        painter.setFont(self._theme.font(13, weight))
        painter.setPen(self._theme.color(tone))
        metrics = self._theme.metrics(13, weight)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        draw_line(painter, area, shown, _LEFT)

    def _text_at_right(
        self,
        painter: QPainter,
        rect: QRect,
        right: float,
        text: str,
        tone: str,
        *,
        px: float = 13,
        weight: int = 400,
    ) -> int:
        """Draw a text that ends `right` px from the edge, and return its width in pixels."""
        painter.setFont(self._theme.font(px, weight))
        painter.setPen(self._theme.color(tone))
        draw_line(painter, rect.adjusted(0, 0, -self._theme.px(right), 0), text, _AT_RIGHT)
        return self._theme.metrics(px, weight).horizontalAdvance(text)


def paint_state(painter: QPainter, rect: QRectF, state: RowState, theme: Theme) -> None:
    """Draw the sign of a result in the middle of `rect`. A test without a result has none."""
    if state == "warning":
        paint_icon(painter, "warning", theme, rect, "warning", min(rect.width(), rect.height()) / theme.scale)
    elif state == "undecided":
        paint_since(painter, rect, "first", theme)
    elif state in ("passed", "failed"):
        paint_glyph(painter, rect, Badge.VALID if state == "passed" else Badge.INVALID, theme)
