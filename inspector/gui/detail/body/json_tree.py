"""The body as a tree of names and values. The text of a value is created when it becomes visible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QBrush, QColor, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from inspector.domain.json.json_index import JsonIndex
from inspector.domain.json.walk import JsonPlace
from inspector.gui.kit.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex
_TITLES = ("Name", "Value")
A_PART = 1_000
"""Rows added below a value at once. Qt requests every row when a branch opens: 10 µs per row."""
_STEP = 64 * 1024
"""Characters searched in one step: about a millisecond."""


class JsonModel(QAbstractItemModel):
    """Names and values. An index contains only the number of its value.

    A value with more than A_PART members shows the first thousand and a row that adds more.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._json: JsonIndex | None = None
        self._top = 0
        self._limits: dict[int, int] = {}
        """The number of members shown, by value with more than A_PART members."""
        self._whole: set[int] = set()
        """Values with more than A_PART members that are all shown."""

    def show_index(self, json: JsonIndex | None) -> None:
        """Show another tree. The members of its object or array become the top-level rows."""
        self.beginResetModel()
        self._json = json
        self._top = 0
        self._limits.clear()
        self._whole.clear()
        if json is not None and json.count(0):
            outermost = json.child(0, 0)
            if json.is_container(outermost) and json.count(outermost):
                self._top = outermost
        self.endResetModel()

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - as in Qt
        return len(_TITLES)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        if self._json is None or parent.column() > 0:
            return 0
        value = self._value(parent)
        if self._is_more(value):
            return 0
        count = self._json.count(value)
        return count if count <= A_PART or value in self._whole else self._limits.get(value, A_PART) + 1

    def hasChildren(self, parent: AnyIndex = QModelIndex()) -> bool:  # noqa: B008 - requested for each row
        return self.rowCount(parent) > 0

    def index(self, row: int, column: int, parent: AnyIndex = QModelIndex()) -> QModelIndex:  # noqa: B008
        if self._json is None or not self.hasIndex(row, column, parent):
            return QModelIndex()
        value = self._value(parent)
        if row == self.rowCount(parent) - 1 and self._has_more(value):
            return self.createIndex(row, column, len(self._json.starts) + value)
        return self.createIndex(row, column, self._json.child(value, row))

    def parent(self, index: AnyIndex = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if self._json is None or not index.isValid():
            return QModelIndex()
        value = index.internalId()
        above = value - len(self._json.starts) if self._is_more(value) else self._json.parents[value]
        if above == self._top:
            return QModelIndex()
        return self.createIndex(self._json.rows[above], 0, above)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._json is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            value = index.internalId()
            if self._is_more(value):
                holder = value - len(self._json.starts)
                left = self._json.count(holder) - self._limits.get(holder, A_PART)
                return "…" if index.column() == 0 else f"[{left:,} more: press Enter or click]"
            return self._json.name(value) if index.column() == 0 else self._json.label(value)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _TITLES[section]
        return None

    def show_more(self, index: AnyIndex) -> None:
        """If `index` is the row for more members, insert the next thousand above it."""
        if self._json is None or not index.isValid() or not self._is_more(index.internalId()):
            return
        holder, parent = index.internalId() - len(self._json.starts), self.parent(index)
        limit, count = self._limits.get(holder, A_PART), self._json.count(holder)
        added = min(A_PART, count - limit)
        self.beginInsertRows(parent, limit, limit + added - 1)
        self._limits[holder] = limit + added
        self.endInsertRows()
        if limit + added == count:
            self.beginRemoveRows(parent, count, count)
            self._whole.add(holder)
            self.endRemoveRows()

    def text_of(self, index: AnyIndex) -> str:
        """Return the complete source text of a value."""
        if self._json is None or not index.isValid():
            return ""
        value = index.internalId()
        if self._is_more(value):
            return ""
        return self._json.text[self._json.starts[value] : self._json.ends[value]]

    def path_of(self, index: AnyIndex) -> str:
        """Return the path of a value as used in a filter, or an empty text if there is no value."""
        if self._json is None or not index.isValid() or self._is_more(index.internalId()):
            return ""
        return self._json.path(index.internalId())

    # ---- searching

    def index_of(self, value: int) -> QModelIndex:
        """Return the index of a value's name by the number of the value."""
        assert self._json is not None
        return self.createIndex(self._json.rows[value], 0, value)

    def search(self, needle: str) -> Iterator[list[int]]:
        """Yield the numbers of the values with `needle` in name or source, ignoring case, in steps."""
        if self._json is None:
            return
        pattern = re.compile(re.escape(needle), re.IGNORECASE)
        text, last = self._json.text, 0
        for start in range(0, len(text), _STEP):
            end = start + _STEP
            found: list[int] = []
            for match in pattern.finditer(text, start, end + len(needle) - 1):
                value = self._json.value_at(match.start()) if match.start() < end else 0
                if value and value != last and value != self._top and self._is_there(value):
                    found.append(value)
                    last = value
            yield found

    def _is_there(self, value: int) -> bool:
        """Return whether the value and its parents already have rows."""
        assert self._json is not None
        while value and value != self._top:
            holder = self._json.parents[value]
            if holder not in self._whole and self._json.rows[value] >= self._limits.get(holder, A_PART):
                return False
            value = holder
        return True

    def _has_more(self, value: int) -> bool:
        assert self._json is not None
        return self._json.count(value) > A_PART and value not in self._whole

    def _is_more(self, value: int) -> bool:
        """Return whether `value` is the row for more members. Their numbers follow those of the values."""
        assert self._json is not None
        return value >= len(self._json.starts)

    def _value(self, index: AnyIndex) -> int:
        return index.internalId() if index.isValid() else self._top


_ROW = 24
_FEW = 100
"""Branches with at most this number of rows are expanded at once."""
_TONES = {
    '"': "code_string",
    "{": "text2",
    "[": "text2",
    "t": "code_word",
    "f": "code_word",
    "n": "code_word",
}
"""Colours by the first character of a value. Any other character begins a number."""


class JsonTree(QTreeView):
    """A tree of at most a few thousand values, with their text as in the source."""

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

    def show_index(self, index: JsonIndex | None) -> None:
        """Show another tree. Expand its first levels if they are short."""
        self._delegate.found = frozenset()
        self.json.show_index(index)
        if index is not None and len(index.starts) <= 400:
            self.expandToDepth(2)
        elif index is not None and self.json.rowCount() <= 50:
            for row in range(self.json.rowCount()):
                branch = self.json.index(row, 0)
                if self.json.rowCount(branch) <= _FEW:
                    self.expand(branch)

    @property
    def place(self) -> JsonPlace | None:
        """The current value, or None."""
        index = self.currentIndex()
        path = self.json.path_of(index)
        return JsonPlace(path=path, source=self.json.text_of(index)) if path else None

    @Slot()
    def expand_current(self) -> None:
        """Expand the current value and everything below it."""
        self.expandRecursively(self.currentIndex().siblingAtColumn(0))

    # ---- searching

    @property
    def anchor(self) -> int:
        """The number of the value where a search begins."""
        index = self.currentIndex()
        return int(index.internalId()) if index.isValid() and self.selectionModel().hasSelection() else 0

    def search(self, needle: str) -> Iterator[list[int]]:
        """Yield the values with `needle` in name or source, ignoring case."""
        return self.json.search(needle)

    def show_match(self, match: int, around: Sequence[int]) -> None:
        """Select a match, expand its branch and mark those `around` it."""
        self._delegate.found = frozenset(around)
        index = self.json.index_of(match)
        self.setCurrentIndex(index)
        self.scrollTo(index, QTreeView.ScrollHint.PositionAtCenter)
        self.viewport().update()

    def show_no_match(self) -> None:
        """Remove all marks."""
        self._delegate.found = frozenset()
        self.viewport().update()


class _Delegate(QStyledItemDelegate):
    """A delegate that draws names in grey, values in the colour of their type, and matches highlighted."""

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
