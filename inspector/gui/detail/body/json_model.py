"""The tree of a JSON body for Qt: numbers of values, whose texts are made when they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from inspector.domain.json.json_index import JsonIndex
from inspector.domain.json.json_path import path_of

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
        return path_of(self._outline, index.internalId())

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
