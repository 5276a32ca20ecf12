"""A plain table: rows of fixed height, an unobtrusive header, no grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, Slot
from PySide6.QtGui import QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QTreeView,
    QWidget,
)

from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex
Cells = tuple[str, ...]
_NONE = QModelIndex()
_ROW = 28
_LEFT = 3
"""The margin before the text of a cell."""
_APART = "\N{EM SPACE}"
"""The gap between right-aligned text and the next column."""
LOUD = "loud"
"""The extra cell after the last column that marks a row as a failure."""
LOUD_ROLE = Qt.ItemDataRole.UserRole
TIP_ROLE = Qt.ItemDataRole.UserRole + 1
"""The tool tip of a row as plain text."""


class RowModel(QAbstractTableModel):
    """A model of text rows, for a few hundred rows."""

    def __init__(
        self,
        titles: Cells,
        *,
        right: frozenset[int] = frozenset(),
        loud_column: int | None = None,
        has_tips: bool = False,
        parent: QObject | None = None,
    ) -> None:
        """`has_tips`: the cell after the last column is the tool tip of the row."""
        super().__init__(parent)
        self._titles = titles
        self._has_tips = has_tips
        self._loud_column = loud_column
        self._right = right
        self._rows: list[Cells] = []

    def show_rows(self, rows: list[Cells]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def put_rows(self, rows: list[Cells]) -> None:
        """Show other rows. If their number stays, the selection stays, too."""
        if len(rows) != len(self._rows):
            self.show_rows(rows)
        elif rows != self._rows:
            self._rows = rows
            last = self.index(len(rows) - 1, len(self._titles) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def append(self, row: Cells) -> None:
        """Append a row."""
        self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows))
        self._rows.append(row)
        self.endInsertRows()

    def prepend(self, row: Cells, most: int) -> None:
        """Insert a row at the top, and remove the last if there are more than `most`."""
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._rows.insert(0, row)
        self.endInsertRows()
        if len(self._rows) > most:
            self.beginRemoveRows(QModelIndex(), most, len(self._rows) - 1)
            del self._rows[most:]
            self.endRemoveRows()

    def rowCount(self, parent: AnyIndex = _NONE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = _NONE) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column() in self._right)
        if role == Qt.ItemDataRole.ToolTipRole and self._has_tips:
            return plain_tip(self._rows[index.row()][-1])
        if role == TIP_ROLE and self._has_tips:
            return self._rows[index.row()][-1]
        if role == LOUD_ROLE:
            return index.column() == self._loud_column and self._rows[index.row()][-1] == LOUD
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section in self._right)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """The columns that are hidden if there is little space: the arguments of `Table.give_way`."""

    columns: tuple[int, ...]
    last: int
    flexible: int | None
    least: int


class Table(QTableView):
    """A table in which one whole row is selected at a time."""

    def __init__(
        self, theme: Theme, model: RowModel, name: str, parent: QWidget | None = None, *, indent: int = _LEFT
    ) -> None:
        """`indent` is the left margin of the first column in px of the drawing. It is larger in a table that
        begins at the edge of its pane."""
        super().__init__(parent)
        self._theme = theme
        self._way: _Way | None = None
        self._widths: list[int] = []
        self.setModel(model)
        self._delegate = CellDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        if indent != _LEFT:
            self._first_delegate = _IndentedDelegate(theme, self, indent)
            self.setItemDelegateForColumn(0, self._first_delegate)
        self.setHorizontalHeader(_Head(theme, self, indent))
        self.setAccessibleName(name)
        set_up_rows(self, theme.row_height)
        theme.changed.connect(self._fit_rows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFont(theme.font(12))

    @Slot()
    def _fit_rows(self) -> None:
        fit_rows(self, self._theme.row_height)

    def set_widths(self, *widths: int) -> None:
        """Set the widths of the first columns in px of the drawing; the last one takes the remaining
        width."""
        for column, width in enumerate(widths):
            self.horizontalHeader().resizeSection(column, self._theme.px(width))

    def rescaled(self, ratio: float) -> None:
        """Keep the widths that `give_way` starts from in proportion."""
        self._widths = [round(width * ratio) for width in self._widths]

    def give_way(self, *columns: int, last: int, flexible: int | None = None, least: int = 0) -> None:
        """Hide `columns`, in this order, while the last one has less than `last` px of the drawing.

        Before that, the `flexible` column shrinks, down to `least` px.
        """
        self._way = _Way(columns=columns, last=last, flexible=flexible, least=least)
        self._widths = [self.columnWidth(column) for column in range(self.model().columnCount() - 1)]
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        way, px = self._way, self._theme.px
        if way is None:
            return
        room = self.viewport().width() - px(way.last)
        left_out: set[int] = set()
        others = 0
        for column in (None, *way.columns):
            if column is not None:
                left_out.add(column)
            shown = [one for one in range(len(self._widths)) if one not in left_out]
            others = sum(self._widths[one] for one in shown if one != way.flexible)
            if others + (px(way.least) if way.flexible in shown else 0) <= room:
                break
        for column in way.columns:
            self.setColumnHidden(column, column in left_out)
        if way.flexible is not None and way.flexible not in left_out:
            self.horizontalHeader().resizeSection(way.flexible, max(room - others, px(way.least)))


def set_up_rows(view: QTableView, height: int) -> None:
    """Make a table a list of rows of one height in pixels, selected as a whole, without grid and frame."""
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setShowGrid(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setTabKeyNavigation(False)
    view.setWordWrap(False)
    rows = view.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    fit_rows(view, height)


def set_up_tree(tree: QTreeView) -> None:
    """Let the delegate of a tree draw whole rows, with their chevrons."""
    tree.setHeaderHidden(True)
    tree.setIndentation(0)
    tree.setRootIsDecorated(False)
    tree.setExpandsOnDoubleClick(False)
    tree.setFrameShape(QFrame.Shape.NoFrame)
    tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    # If it appeared and disappeared, all numbers would move.
    tree.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def fit_rows(view: QTableView, height: int) -> None:
    """Make every row of a table this high, in pixels."""
    rows = view.verticalHeader()
    rows.setMinimumSectionSize(height)
    rows.setDefaultSectionSize(height)


def paint_selection(painter: QPainter, option: QStyleOptionViewItem, theme: Theme) -> bool:
    """Fill the background of a cell if it is selected, and return whether it is."""
    if not option.state & QStyle.StateFlag.State_Selected:
        return False
    is_active = bool(option.state & QStyle.StateFlag.State_Active)
    painter.fillRect(option.rect, theme.color("selection" if is_active else "selection_no_focus"))
    return True


class CellDelegate(QStyledItemDelegate):
    """Draws a cell aligned with its header; a failure has a coloured, heavier word."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus  # rows are selected, so no box around a cell
        if option.displayAlignment & Qt.AlignmentFlag.AlignRight:
            option.text += _APART
        if index.data(LOUD_ROLE):
            option.font = self._theme.font(12, 600)
            for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
                option.palette.setColor(role, self._theme.color("invalid"))

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw the selection of a whole cell, before its text is drawn in a part of it."""
        empty = QStyleOptionViewItem(option)
        self.initStyleOption(empty, index)
        empty.text = ""
        style: Any = option.widget.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, empty, painter, option.widget)


class _IndentedDelegate(CellDelegate):
    """Draws the first column of a table that begins at the edge of its pane."""

    def __init__(self, theme: Theme, parent: QWidget, indent: int) -> None:
        super().__init__(theme, parent)
        self._indent = indent

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        px = self._theme.px
        self.paint_ground(painter, option, index)
        if option.state & QStyle.StateFlag.State_Selected:
            bar = QRect(option.rect.left(), option.rect.top(), px(3), option.rect.height())
            painter.fillRect(bar, self._theme.color("accent"))
        shifted = QStyleOptionViewItem(option)
        shifted.rect = option.rect.adjusted(px(self._indent - _LEFT), 0, 0, 0)
        super().paint(painter, shifted, index)


class _Head(QHeaderView):
    def __init__(self, theme: Theme, parent: QWidget, indent: int) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._indent = indent
        self.setHighlightSections(False)
        self.setSectionsClickable(False)
        self.setStretchLastSection(True)
        self.setFixedHeight(theme.px(_ROW))
        self.setMinimumSectionSize(theme.px(36))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        theme = self._theme
        painter.fillRect(rect, theme.color("base"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.color("line"))
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text2"))
        model = self.model()
        title = model.headerData(logicalIndex, Qt.Orientation.Horizontal)
        side = model.headerData(logicalIndex, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole)
        text = f"{title}{_APART}" if side & int(Qt.AlignmentFlag.AlignRight) else str(title)
        left = theme.px(self._indent if logicalIndex == 0 else 3)
        painter.drawText(rect.adjusted(left, 0, -theme.px(3), 0), int(side), text)


def _alignment(is_right: bool) -> int:
    side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
