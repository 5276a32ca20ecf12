"""The list as a model: ids alone, newest on top; visible rows come through a bounded cache."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from inspector.domain.rows import CaptureRow
from inspector.gui.captures.columns import COLUMNS
from inspector.gui.captures.line import Line, line_of
from inspector.gui.labels import plain_tip

Index = QModelIndex | QPersistentModelIndex

_PAGE = 100
_CACHED = 2_000
_NOWHERE = QModelIndex()


class CaptureModel(QAbstractTableModel):
    """A million ids are eight megabytes; rows are read by pages around what is looked at."""

    def __init__(
        self, read_rows: Callable[[Sequence[int]], dict[int, CaptureRow]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._read_rows = read_rows
        self._ids = array("q")  # ascending: a new one is appended, where at the front it would move all
        self._lines: OrderedDict[int, Line] = OrderedDict()

    # ---- what it holds

    def set_ids(self, newest_first: Iterable[int]) -> None:
        """Hold other ids."""
        self.beginResetModel()
        self._ids = array("q", newest_first)
        self._ids.reverse()
        self._lines.clear()
        self.endResetModel()

    def add(self, ascending: Sequence[int]) -> int:
        """Put new captures on top, those that it does not hold yet; says how many."""
        newest = self._ids[-1] if self._ids else 0
        fresh = [capture_id for capture_id in ascending if capture_id > newest]
        if fresh:
            self.beginInsertRows(_NOWHERE, 0, len(fresh) - 1)
            self._ids.extend(fresh)
            self.endInsertRows()
        return len(fresh)

    def insert(self, capture_id: int) -> None:
        """Put one capture in its place, which may be between others."""
        place = bisect_left(self._ids, capture_id)
        if place < len(self._ids) and self._ids[place] == capture_id:
            return
        row = len(self._ids) - place
        self.beginInsertRows(_NOWHERE, row, row)
        self._ids.insert(place, capture_id)
        self.endInsertRows()

    def add_older(self, newest_first: Sequence[int]) -> None:
        """Put captures below, all of them older than those that it holds."""
        if not newest_first:
            return
        first = len(self._ids)
        older = array("q", newest_first)
        older.reverse()
        self.beginInsertRows(_NOWHERE, first, first + len(older) - 1)
        self._ids = older + self._ids
        self.endInsertRows()

    def refresh(self, ids: Iterable[int]) -> None:
        """Read these again: they look different now."""
        rows = [self.row_of(one) for one in ids if self._lines.pop(one, None) is not None]
        held = [row for row in rows if row is not None]
        if held:  # one span for all: a view repaints what is in sight
            self.dataChanged.emit(self.index(min(held), 0), self.index(max(held), len(COLUMNS) - 1))

    def forget(self) -> None:
        """Read each row again when it is seen: all of them look different now."""
        self.refresh(list(self._lines))

    def refresh_nameless(self) -> None:
        """Read again what shows a survey's id: a completion may have brought its name."""
        self.refresh([line.id for line in self._lines.values() if line.is_nameless])

    def id_at(self, row: int) -> int:
        """The capture in a row."""
        return self._ids[len(self._ids) - 1 - row]

    def row_of(self, capture_id: int) -> int | None:
        """The row of a capture, if it is in the list."""
        place = bisect_left(self._ids, capture_id)
        if place == len(self._ids) or self._ids[place] != capture_id:
            return None
        return len(self._ids) - 1 - place

    def line_at(self, row: int) -> Line:
        """What a row shows."""
        capture_id = self.id_at(row)
        if capture_id not in self._lines:
            self._read_around(row)
        self._lines.move_to_end(capture_id)
        return self._lines[capture_id]

    def lines(self, first: int, last: int) -> list[Line]:
        """What these rows show, both included: those in sight, and in a flood no others are read."""
        ids = [self.id_at(row) for row in range(first, last + 1)]
        self._read([one for one in ids if one not in self._lines])
        for capture_id in ids:
            self._lines.move_to_end(capture_id)
        return [self._lines[capture_id] for capture_id in ids]

    # ---- Qt's side

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        column = COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.text(self.line_at(index.row()))
        if role == Qt.ItemDataRole.ToolTipRole and column.tip is not None:
            return plain_tip(column.tip(self.line_at(index.row())))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        return None

    def _read_around(self, row: int) -> None:
        first = max(0, row - _PAGE // 2)
        last = min(len(self._ids), first + _PAGE)
        self._read([one for one in map(self.id_at, range(first, last)) if one not in self._lines])

    def _read(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        rows = self._read_rows(ids)
        for capture_id in ids:
            self._lines[capture_id] = line_of(capture_id, rows.get(capture_id))
        while len(self._lines) > _CACHED:
            self._lines.popitem(last=False)
