"""The body as a tree: names beside values, a branch opened by a click or a key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QBrush, QColor, QContextMenuEvent, QGuiApplication, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from inspector.domain.json.json_index import JsonIndex
from inspector.domain.json.walk import source_at
from inspector.gui.kit.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex
_TITLES = ("Name", "Value")
A_PART = 1_000
"""Rows below one value that are made at once: Qt asks for each of them when a branch opens, 10 µs a row."""
_A_TURN = 64 * 1024
"""Characters that are searched in one go: about a millisecond."""


class JsonModel(QAbstractItemModel):
    """Names and values; an index holds the number of its value and nothing else.

    Of a value that holds many, the first thousand are there, and a row that gives more of them.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outline: JsonIndex | None = None
        self._top = 0
        self._limits: dict[int, int] = {}
        """Of values that hold more than A_PART: how many of them are there."""
        self._whole: set[int] = set()
        """Those of which the last has been asked for."""

    def show_outline(self, outline: JsonIndex | None) -> None:
        """Show another tree. Of an object or array its members are the outermost rows."""
        self.beginResetModel()
        self._outline = outline
        self._top = 0
        self._limits.clear()
        self._whole.clear()
        if outline is not None and outline.count(0):
            outermost = outline.child(0, 0)
            if outline.is_container(outermost) and outline.count(outermost):
                self._top = outermost
        self.endResetModel()

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return len(_TITLES)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        if self._outline is None or parent.column() > 0:
            return 0
        value = self._value(parent)
        if self._is_more(value):
            return 0
        count = self._outline.count(value)
        return count if count <= A_PART or value in self._whole else self._limits.get(value, A_PART) + 1

    def hasChildren(self, parent: AnyIndex = QModelIndex()) -> bool:  # noqa: B008 - asked for each row
        return self.rowCount(parent) > 0

    def index(self, row: int, column: int, parent: AnyIndex = QModelIndex()) -> QModelIndex:  # noqa: B008
        if self._outline is None or not self.hasIndex(row, column, parent):
            return QModelIndex()
        value = self._value(parent)
        if row == self.rowCount(parent) - 1 and self._has_more(value):
            return self.createIndex(row, column, len(self._outline.starts) + value)
        return self.createIndex(row, column, self._outline.child(value, row))

    def parent(self, index: AnyIndex = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if self._outline is None or not index.isValid():
            return QModelIndex()
        value = index.internalId()
        above = value - len(self._outline.starts) if self._is_more(value) else self._outline.parents[value]
        if above == self._top:
            return QModelIndex()
        return self.createIndex(self._outline.rows[above], 0, above)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._outline is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            value = index.internalId()
            if self._is_more(value):
                holder = value - len(self._outline.starts)
                left = self._outline.count(holder) - self._limits.get(holder, A_PART)
                return "…" if index.column() == 0 else f"[{left:,} more: press Enter or click]"
            return self._outline.name(value) if index.column() == 0 else self._outline.label(value)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _TITLES[section]
        return None

    def show_more(self, index: AnyIndex) -> None:
        """Where `index` is the row that stands for more, put the next thousand before it."""
        if self._outline is None or not index.isValid() or not self._is_more(index.internalId()):
            return
        holder, parent = index.internalId() - len(self._outline.starts), self.parent(index)
        limit, count = self._limits.get(holder, A_PART), self._outline.count(holder)
        added = min(A_PART, count - limit)
        self.beginInsertRows(parent, limit, limit + added - 1)
        self._limits[holder] = limit + added
        self.endInsertRows()
        if limit + added == count:
            self.beginRemoveRows(parent, count, count)
            self._whole.add(holder)
            self.endRemoveRows()

    def text_of(self, index: AnyIndex) -> str:
        """The source text of a value, whole."""
        if self._outline is None or not index.isValid():
            return ""
        value = index.internalId()
        if self._is_more(value):
            return ""
        return self._outline.text[self._outline.starts[value] : self._outline.ends[value]]

    def path_of(self, index: AnyIndex) -> str:
        """Where a value stands, as a filter takes it."""
        if self._outline is None or not index.isValid() or self._is_more(index.internalId()):
            return ""
        return self._outline.path(index.internalId())

    # ---- searching

    def index_of(self, value: int) -> QModelIndex:
        """The name of a value, by its number."""
        assert self._outline is not None
        return self.createIndex(self._outline.rows[value], 0, value)

    def search(self, needle: str) -> Iterator[list[int]]:
        """The numbers of values in whose names or sources `needle` stands, ignoring case, in steps."""
        if self._outline is None:
            return
        pattern = re.compile(re.escape(needle), re.IGNORECASE)
        text, last = self._outline.text, 0
        for start in range(0, len(text), _A_TURN):
            end = start + _A_TURN
            found: list[int] = []
            for match in pattern.finditer(text, start, end + len(needle) - 1):
                value = self._outline.value_at(match.start()) if match.start() < end else 0
                if value and value != last and value != self._top and self._is_there(value):
                    found.append(value)
                    last = value
            yield found

    def _is_there(self, value: int) -> bool:
        """Whether it and what it stands in have rows already."""
        assert self._outline is not None
        while value and value != self._top:
            holder = self._outline.parents[value]
            if holder not in self._whole and self._outline.rows[value] >= self._limits.get(holder, A_PART):
                return False
            value = holder
        return True

    def _has_more(self, value: int) -> bool:
        assert self._outline is not None
        return self._outline.count(value) > A_PART and value not in self._whole

    def _is_more(self, value: int) -> bool:
        """Whether it is no value but the row for more; those have the numbers after the last value."""
        assert self._outline is not None
        return value >= len(self._outline.starts)

    def _value(self, index: AnyIndex) -> int:
        return index.internalId() if index.isValid() else self._top


_ROW = 24
_FEW = 100
"""Rows that are opened unasked."""
_TONES = {
    '"': "code_string",
    "{": "text2",
    "[": "text2",
    "t": "code_word",
    "f": "code_word",
    "n": "code_word",
}
"""By the first character of a value; any other begins a number."""


class JsonTree(QTreeView):
    """A tree of at most some thousand values; what is copied of it is as it stands in the source."""

    copied = Signal(str)
    """What was copied, in a sentence."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.json = JsonModel(self)
        self.setModel(self.json)
        self._delegate = _Delegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setHeaderHidden(True)
        self.setIndentation(theme.px(16))
        self.setFont(theme.fixed_font())
        self.setAllColumnsShowFocus(True)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.header().setStretchLastSection(True)
        self.header().resizeSection(0, theme.px(190))
        self.setAccessibleName("Body as a tree")
        self.activated.connect(self.json.show_more)
        self.clicked.connect(self.json.show_more)
        self.exact: str | None = None
        """What values are copied of, where what is shown has parts of it hidden."""
        self.copy_value = self._action("Copy value", QKeySequence(QKeySequence.StandardKey.Copy))
        self.copy_value.triggered.connect(self._copy_value)
        self.copy_path = self._action("Copy path", QKeySequence("Ctrl+Shift+C"))
        self.copy_path.triggered.connect(self._copy_path)

    def show_outline(self, outline: JsonIndex | None) -> None:
        """Show another tree with its first levels open, as far as they are short."""
        self._delegate.found = frozenset()
        self.json.show_outline(outline)
        if outline is not None and len(outline.starts) <= 400:
            self.expandToDepth(2)
        elif outline is not None and self.json.rowCount() <= 50:
            for row in range(self.json.rowCount()):
                index = self.json.index(row, 0)
                if self.json.rowCount(index) <= _FEW:
                    self.expand(index)

    # ---- searching

    @property
    def anchor(self) -> int:
        """From where a search goes on."""
        index = self.currentIndex()
        return int(index.internalId()) if index.isValid() and self.selectionModel().hasSelection() else 0

    def search(self, needle: str) -> Iterator[list[int]]:
        """The values in whose names or sources `needle` stands, ignoring case."""
        return self.json.search(needle)

    def show_match(self, match: int, around: Sequence[int]) -> None:
        """Choose a value that was found, its branch open, with the others near it marked."""
        self._delegate.found = frozenset(around)
        index = self.json.index_of(match)
        self.setCurrentIndex(index)
        self.scrollTo(index, QTreeView.ScrollHint.PositionAtCenter)
        self.viewport().update()

    def show_no_match(self) -> None:
        """Mark nothing."""
        self._delegate.found = frozenset()
        self.viewport().update()

    # ---- copying

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self.currentIndex().isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.copy_value, self.copy_path])
        menu.addSeparator()
        menu.addAction("Open all below").triggered.connect(self._expand_current)
        menu.popup(event.globalPos())

    def _action(self, text: str, keys: QKeySequence) -> QAction:
        action = QAction(text, self)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.addAction(action)
        return action

    def _copy_value(self) -> None:
        if self.currentIndex().isValid():
            text = self.json.text_of(self.currentIndex())
            if self.exact is not None:
                text = source_at(self.exact, self.json.path_of(self.currentIndex())) or text
            QGuiApplication.clipboard().setText(text)
            self.copied.emit(f"Copied the value of {self.json.path_of(self.currentIndex())}")

    def _copy_path(self) -> None:
        if self.currentIndex().isValid():
            path = self.json.path_of(self.currentIndex())
            QGuiApplication.clipboard().setText(path)
            self.copied.emit(f"Copied {path}")

    def _expand_current(self) -> None:
        self.expandRecursively(self.currentIndex().siblingAtColumn(0))


class _Delegate(QStyledItemDelegate):
    """Names in grey, values in the colour of their kind; what was found stands on a ground of its own."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.found: frozenset[int] = frozenset()

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        tone = "text2" if index.column() == 0 else _TONES.get(option.text[:1], "code_number")
        if index.internalId() in self.found:
            tone = "text"
            option.backgroundBrush = QBrush(self._theme.color("found"))
        color = QColor(self._theme.color(tone))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
            option.palette.setColor(role, color)
        option.textElideMode = Qt.TextElideMode.ElideRight

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        size = super().sizeHint(option, index)
        size.setHeight(self._theme.px(_ROW))
        return size
