"""The model of the list: only ids, newest on top. A bounded cache has the visible rows."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from inspector.domain.capture.rows import CaptureRow
from inspector.gui.captures.columns import COLUMNS
from inspector.gui.captures.line import CaptureLine, line_of
from inspector.gui.kit.answer_row import AnswerParts
from inspector.gui.kit.labels import plain_tip

Index = QModelIndex | QPersistentModelIndex

_PAGE = 100
_CACHED = 2_000
_NOWHERE = QModelIndex()


class CaptureModel(QAbstractTableModel):
    """A million ids take 8 MB. Rows are read in pages around the visible ones."""

    values_requested = Signal(object)
    """Ids whose values at the JSON paths must be read and passed to `put_values`."""

    def __init__(
        self,
        read_rows: Callable[[Sequence[int]], dict[int, CaptureRow]],
        parent: QObject | None = None,
        *,
        read_answers: Callable[[Sequence[int]], Mapping[int, AnswerParts]] | None = None,
        show_values: Callable[[Sequence[str], tuple[str, ...]], tuple[str, ...]] | None = None,
    ) -> None:
        """Create an empty model. `show_values` masks the values at JSON paths for display.

        Without `read_answers`, answers are plain text.
        """
        super().__init__(parent)
        self._read_rows = read_rows
        self._read_answers = read_answers
        self._show_values = show_values
        self._ids = array("q")  # ascending, so that a new id is appended
        self._lines: OrderedDict[int, CaptureLine] = OrderedDict()
        self._is_by_time = True
        self.paths: tuple[str, ...] = ()
        """The JSON paths of the columns from the body, in the order of the columns."""
        self._values: OrderedDict[int, tuple[str, ...]] = OrderedDict()
        """The exact values at the paths. The lines have the values for display."""

    # ---- content

    @property
    def is_by_time(self) -> bool:
        """Whether the newest capture is on top. Otherwise new captures cannot be added."""
        return self._is_by_time

    def set_ids(self, newest_first: Iterable[int], *, is_by_time: bool = True) -> None:
        """Replace all ids, given newest first. With `is_by_time=False` the order is arbitrary and final."""
        self.beginResetModel()
        self._is_by_time = is_by_time
        self._ids = array("q", newest_first)
        self._ids.reverse()
        self._lines.clear()
        self.endResetModel()

    def add(self, ascending: Sequence[int]) -> int:
        """Insert the captures that are not in the list yet, and return their number.

        Most are inserted at the top. Captures of another process can be announced after newer ones of this
        process.
        """
        if not self._is_by_time:
            return 0
        fresh = [capture_id for capture_id in ascending if self.row_of(capture_id) is None]
        for place, several in groupby(reversed(fresh), partial(bisect_left, self._ids)):
            ids = array("q", several)
            ids.reverse()
            row = len(self._ids) - place
            self.beginInsertRows(_NOWHERE, row, row + len(ids) - 1)
            self._ids[place:place] = ids
            self.endInsertRows()
        return len(fresh)

    def add_older(self, newest_first: Sequence[int]) -> None:
        """Append captures that are all older than those in the list."""
        if not newest_first:
            return
        first = len(self._ids)
        older = array("q", newest_first)
        older.reverse()
        self.beginInsertRows(_NOWHERE, first, first + len(older) - 1)
        self._ids = older + self._ids
        self.endInsertRows()

    def refresh(self, ids: Iterable[int]) -> None:
        """Read changed captures again."""
        known = [one for one in ids if self._lines.pop(one, None) is not None]
        if known and not self._is_by_time:  # finding each among a million takes too long
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(COLUMNS) - 1))
            return
        held = [row for row in map(self.row_of, known) if row is not None]
        if held:  # one span for all, because a view repaints only visible rows
            self.dataChanged.emit(self.index(min(held), 0), self.index(max(held), len(COLUMNS) - 1))

    def forget(self) -> None:
        """Discard all cached rows, because all have changed. They are read again when visible."""
        self.refresh(list(self._lines))

    def refresh_nameless(self) -> None:
        """Read rows without a survey name again, because a completion may have brought the name."""
        self.refresh([line.id for line in self._lines.values() if line.is_nameless])

    @property
    def cached_count(self) -> int:
        """The number of lines in the cache."""
        return len(self._lines)

    def id_at(self, row: int) -> int:
        """Return the capture in a row."""
        return self._ids[len(self._ids) - 1 - row]

    @property
    def newest_id(self) -> int | None:
        """The newest capture in the list, or None."""
        return max(self._ids[-1:] if self._is_by_time else self._ids, default=None)

    def row_of(self, capture_id: int) -> int | None:
        """Return the row of a capture, or None if it is not in the list."""
        if not self._is_by_time:
            try:
                return len(self._ids) - 1 - self._ids.index(capture_id)
            except ValueError:
                return None
        place = bisect_left(self._ids, capture_id)
        if place == len(self._ids) or self._ids[place] != capture_id:
            return None
        return len(self._ids) - 1 - place

    def rows_of(self, ids: Collection[int]) -> dict[int, int]:
        """Return the rows of the captures that are in the list, by id."""
        if self._is_by_time:
            found = {one: self.row_of(one) for one in ids}
            return {one: row for one, row in found.items() if row is not None}
        last = len(self._ids) - 1
        return {one: last - place for place, one in enumerate(self._ids) if one in ids}

    def title(self, column: int) -> str:
        place = COLUMNS[column].place
        if place is None:
            return COLUMNS[column].title
        return self.paths[place] if place < len(self.paths) else ""

    def set_paths(self, paths: Sequence[str]) -> None:
        """Use columns from other JSON paths."""
        self.paths = tuple(paths)
        self._lines.clear()
        self._values.clear()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(COLUMNS) - 1))

    def put_values(self, values: Mapping[int, tuple[str, ...]]) -> None:
        """Store the values at the JSON paths, by capture."""
        self._values.update(values)
        while len(self._values) > _CACHED:
            self._values.popitem(last=False)
        for capture_id, texts in values.items():
            if (line := self._lines.get(capture_id)) is not None:
                self._lines[capture_id] = replace(line, values=self._drawn(texts))
        if values and self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(COLUMNS) - 1))

    def values_of(self, capture_id: int) -> tuple[str, ...]:
        """Return the exact values at the JSON paths of a capture, or none if not read yet."""
        return self._values.get(capture_id, ())

    def _drawn(self, values: tuple[str, ...]) -> tuple[str, ...]:
        return values if self._show_values is None else self._show_values(self.paths, values)

    def line_at(self, row: int) -> CaptureLine:
        """Return the content of a row."""
        capture_id = self.id_at(row)
        if capture_id not in self._lines:
            self._read_around(row)
        self._lines.move_to_end(capture_id)
        return self._lines[capture_id]

    def lines(self, first: int, last: int) -> list[CaptureLine]:
        """Return the content of the rows from `first` to `last`. Only these are read, to save time."""
        ids = [self.id_at(row) for row in range(first, last + 1)]
        self._read([one for one in ids if one not in self._lines])
        for capture_id in ids:
            self._lines.move_to_end(capture_id)
        return [self._lines[capture_id] for capture_id in ids]

    # ---- Qt overrides

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

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.title(section)
        return None

    def _read_around(self, row: int) -> None:
        first = max(0, row - _PAGE // 2)
        last = min(len(self._ids), first + _PAGE)
        self._read([one for one in map(self.id_at, range(first, last)) if one not in self._lines])

    def _read(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        rows = self._read_rows(ids)
        answers = self._read_answers(ids) if self._read_answers is not None else {}
        for capture_id in ids:
            line = line_of(capture_id, rows.get(capture_id), answers.get(capture_id, ()))
            if (values := self._values.get(capture_id)) is not None:  # a body never changes
                line = replace(line, values=self._drawn(values))
            self._lines[capture_id] = line
        while len(self._lines) > _CACHED:
            self._lines.popitem(last=False)
        if self.paths and (wanted := tuple(one for one in ids if one not in self._values)):
            self.values_requested.emit(wanted)
