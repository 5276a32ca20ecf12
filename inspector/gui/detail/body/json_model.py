"""The tree of a JSON body for Qt: numbers of values, whose texts are made when they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from inspector.domain.json_place import path_of
from inspector.domain.outline import Outline

AnyIndex = QModelIndex | QPersistentModelIndex
_TITLES = ("Name", "Value")
_A_TURN = 64 * 1024
"""Characters that are searched in one go: about a millisecond."""


class JsonModel(QAbstractItemModel):
    """Names and values; an index holds the number of its value and nothing else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outline: Outline | None = None
        self._top = 0

    def show_outline(self, outline: Outline | None) -> None:
        """Show another tree. Of an object or array its members are the outermost rows."""
        self.beginResetModel()
        self._outline = outline
        self._top = 0
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
        return self._outline.count(self._value(parent))

    def index(self, row: int, column: int, parent: AnyIndex = QModelIndex()) -> QModelIndex:  # noqa: B008
        if self._outline is None or not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self._outline.child(self._value(parent), row))

    def parent(self, index: AnyIndex = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if self._outline is None or not index.isValid():
            return QModelIndex()
        above = self._outline.parents[index.internalId()]
        if above == self._top:
            return QModelIndex()
        return self.createIndex(self._outline.rows[above], 0, above)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._outline is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            value = index.internalId()
            return self._outline.name(value) if index.column() == 0 else self._outline.label(value)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _TITLES[section]
        return None

    def text_of(self, index: AnyIndex) -> str:
        """The source text of a value, whole."""
        if self._outline is None or not index.isValid():
            return ""
        value = index.internalId()
        return self._outline.text[self._outline.starts[value] : self._outline.ends[value]]

    def path_of(self, index: AnyIndex) -> str:
        """Where a value stands, as a filter takes it."""
        if self._outline is None or not index.isValid():
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
                if value and value != last and value != self._top:
                    found.append(value)
                    last = value
            yield found

    def _value(self, index: AnyIndex) -> int:
        return index.internalId() if index.isValid() else self._top
