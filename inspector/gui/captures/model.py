"""The model of the list: only ids, newest on top. A bounded cache has the visible rows."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import eq
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from inspector.domain.capture.rows import CaptureRow, ThreadRow
from inspector.gui.captures.columns import COLUMNS
from inspector.gui.captures.line import (
    CaptureLine,
    line_in_plain_text,
    line_in_thread,
    line_of,
    line_with_time,
    thread_line,
)
from inspector.gui.captures.thread_rows import ThreadRows
from inspector.gui.kit.answer_row import AnswerParts
from inspector.gui.kit.labels import plain_tip
from inspector.session.preferences import Times
from inspector.session.threads import ThreadIds

ThreadContent = tuple[ThreadRow, AnswerParts]
Index = QModelIndex | QPersistentModelIndex

_PAGE = 100
_CACHED = 2_000
_MOST_MEMBERS = 100_000
"""The maximum number of captures whose threads are remembered."""
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
        read_threads: Callable[[Mapping[int, Sequence[int]]], Mapping[int, ThreadContent]] | None = None,
        show_values: Callable[[Sequence[str], tuple[str, ...]], tuple[str, ...]] | None = None,
    ) -> None:
        """Create an empty model. `show_values` masks the values at JSON paths for display.

        Without `read_answers`, answers are plain text.
        """
        super().__init__(parent)
        self._read_rows = read_rows
        self._read_answers = read_answers
        self._read_threads = read_threads
        self._threads: ThreadRows | None = None
        self._previous: dict[int, int | None] = {}
        self._thread_of: dict[int, int] = {}
        """The keys of threads that were read, by capture."""
        self._is_drawing = True
        self._times: Times = "local-24"
        self._show_values = show_values
        self._ids = array("q")  # ascending, so that a new id is appended
        self._lines: OrderedDict[int, CaptureLine] = OrderedDict()
        """By the key of the row (see thread_rows.py). Without threads, that is the id of the capture."""
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

    @property
    def is_threaded(self) -> bool:
        """Whether captures are folded by respondent."""
        return self._threads is not None

    @property
    def capture_count(self) -> int:
        """The number of captures in the list, including those in folded threads."""
        return len(self._ids) if self._threads is None else self._threads.capture_count

    def set_threads(self, found: ThreadIds, *, is_more: bool = False) -> None:
        """Replace all rows by threads. Open threads stay open.

        With `is_more`, they are the same threads as now, complete and followed by older ones: the visible
        rows do not move.
        """
        before, threads = self._threads, ThreadRows(found)
        opened = {} if before is None else {key: before.members(key) for key in before.open}
        more = len(threads) - (0 if before is None else len(before))
        is_same = before is not None and not opened and more >= 0
        if is_more and is_same and before is not None:
            is_same = all(map(eq, threads.newest_first, before.newest_first))
        if is_more and is_same:
            if more:
                self.beginInsertRows(_NOWHERE, len(threads) - more, len(threads) - 1)
            self._threads = threads
            self._lines.clear()
            if more:
                self.endInsertRows()
            if len(threads):  # those that were listed may have more captures
                self.dataChanged.emit(self.index(0, 0), self.index(len(threads) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._is_by_time = True
        self._threads, self._ids = threads, array("q")
        # The newest capture of a thread may no longer be in it.
        threads.set_open([next(filter(threads.count, ids), key) for key, ids in opened.items()])
        self._lines.clear()
        self.endResetModel()

    def thread_row(self, row: int) -> int:
        """Return the row of the thread that a row is inside, or the row itself."""
        if self._threads is None or (key := self._threads.key_at(row)) > 0:
            return row
        inside = next(head for head in self._threads.open if -key in self._threads.members(head))
        return self._threads.row_of(inside) or 0

    def toggle_thread(self, row: int, is_open: bool | None = None) -> bool:
        """Open or fold the thread in a row, and return whether it changed. A row inside it folds it."""
        if self._threads is None or not 0 <= row < len(self._threads):
            return False
        threads, key = self._threads, self._threads.key_at(self.thread_row(row))
        opened = set(threads.open)
        if is_open is None:
            is_open = key not in opened
        count, top = threads.count(key), threads.row_of(key)
        if is_open == (key in opened) or count < 2 or top is None:
            return False
        self._lines.pop(key, None)
        if is_open:
            self.beginInsertRows(_NOWHERE, top + 1, top + count)
            threads.set_open(opened | {key})
            self.endInsertRows()
        else:
            self.beginRemoveRows(_NOWHERE, top + 1, top + count)
            threads.set_open(opened - {key})
            self.endRemoveRows()
        self.dataChanged.emit(self.index(top, 0), self.index(top, len(COLUMNS) - 1))
        return True

    def reveal(self, capture_id: int) -> int | None:
        """Return the row of a capture, after opening its thread. None if it is not in the list."""
        threads = self._threads
        if threads is None:
            return self.row_of(capture_id)
        key = capture_id if threads.count(capture_id) else threads.thread_of(capture_id)
        if key is None:
            return None
        if (row := threads.row_of(key)) is not None and threads.count(key) > 1:
            self.toggle_thread(row, True)
            return threads.row_of(-capture_id)
        return row

    def set_forms(self, *, draws_answers: bool, times: Times) -> None:
        """Draw answers or show them as plain text, and show times in another form."""
        if (draws_answers, times) != (self._is_drawing, self._times):
            self._is_drawing, self._times = draws_answers, times
            self.forget()

    def note_previous(self, previous: Mapping[int, int | None]) -> None:
        """Take the previous captures of the respondents of captures that are about to be added."""
        self._previous.update(previous)

    def set_ids(self, newest_first: Iterable[int], *, is_by_time: bool = True) -> None:
        """Replace all ids, given newest first. With `is_by_time=False` the order is arbitrary and final."""
        self.beginResetModel()
        self._threads = None
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
        if self._threads is not None:
            return self._add_to_threads(self._threads, ascending)
        fresh = [capture_id for capture_id in ascending if self.row_of(capture_id) is None]
        for place, several in groupby(reversed(fresh), partial(bisect_left, self._ids)):
            ids = array("q", several)
            ids.reverse()
            row = len(self._ids) - place
            self.beginInsertRows(_NOWHERE, row, row + len(ids) - 1)
            self._ids[place:place] = ids
            self.endInsertRows()
        return len(fresh)

    def _add_to_threads(self, threads: ThreadRows, ascending: Sequence[int]) -> int:
        """Add captures to the threads of their respondents, which move to the top.

        For Qt, only the number of rows changes: nothing is selected meanwhile.
        """
        before, joined = len(threads), [one for one in ascending if threads.row_of(one) is None]
        for capture_id in joined:
            previous = self._previous.get(capture_id)
            if previous is not None:
                self._lines.pop(previous, None)
                self._lines.pop(-previous, None)  # it may have been the last one
            threads.join(capture_id, previous)
        self._previous.clear()
        if (more := len(threads) - before) > 0:
            self.beginInsertRows(_NOWHERE, 0, more - 1)
            self.endInsertRows()
        if joined:
            self.dataChanged.emit(self.index(0, 0), self.index(len(threads) - 1, len(COLUMNS) - 1))
        return len(joined)

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
        changed = set(ids)
        changed |= {-one for one in changed} | {self._thread_of.get(one, one) for one in changed}
        known = [key for key in changed if self._lines.pop(key, None) is not None]
        if known and not (self._is_by_time and self._threads is None):  # finding each takes too long
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(COLUMNS) - 1))
            return
        held = [row for row in map(self.row_of, known) if row is not None]
        if held:  # one span for all, because a view repaints only visible rows
            self.dataChanged.emit(self.index(min(held), 0), self.index(max(held), len(COLUMNS) - 1))

    def forget(self) -> None:
        """Discard all cached rows, because all have changed. They are read again when visible."""
        self.refresh([abs(key) for key in self._lines])

    def refresh_nameless(self) -> None:
        """Read rows without a survey name again, because a completion may have brought the name."""
        self.refresh([line.id for line in self._lines.values() if line.is_nameless])

    @property
    def cached_count(self) -> int:
        """The number of lines in the cache."""
        return len(self._lines)

    @property
    def newest_id(self) -> int | None:
        """The newest capture in the list, or None."""
        if self._threads is not None:
            return next(self._threads.newest_first, None)
        return max(self._ids[-1:] if self._is_by_time else self._ids, default=None)

    def key_at(self, row: int) -> int:
        """Return the key of a row: its capture, or minus its capture inside an open thread."""
        return self._ids[len(self._ids) - 1 - row] if self._threads is None else self._threads.key_at(row)

    def id_at(self, row: int) -> int:
        """Return the capture in a row, the newest one of a thread."""
        return abs(self.key_at(row))

    def ids_at(self, row: int) -> Sequence[int]:
        """Return the captures that a row stands for: all of a thread, newest first."""
        return (self.id_at(row),) if self._threads is None else self._threads.members(self.key_at(row))

    def ids_of(self, spans: Sequence[tuple[int, int]]) -> tuple[int, ...]:
        """Return the captures that spans of rows stand for, from top to bottom; of threads, newest first.

        A span is its first and last row. A million rows take 30 ms.
        """
        if self._threads is None:
            count, found = len(self._ids), array("q")
            for first, last in spans:
                part = self._ids[count - 1 - last : count - first]
                part.reverse()
                found += part
            return tuple(found)
        if sum(last - first + 1 for first, last in spans) == len(self._threads):
            return tuple(self._threads.all_members())  # many times faster for a long list
        rows = (row for first, last in spans for row in range(first, last + 1))
        return tuple(sorted({one for row in rows for one in self.ids_at(row)}, reverse=True))

    def row_of(self, key: int) -> int | None:
        """Return the row of a capture or of another key, or None if it has no row."""
        if self._threads is not None:
            return self._threads.row_of(key)
        if not self._is_by_time:
            try:
                return len(self._ids) - 1 - self._ids.index(key)
            except ValueError:
                return None
        place = bisect_left(self._ids, key)
        if place == len(self._ids) or self._ids[place] != key:
            return None
        return len(self._ids) - 1 - place

    def rows_of(self, keys: Collection[int]) -> dict[int, int]:
        """Return the rows of the captures, or other keys, that have one, by key."""
        if self._is_by_time:
            found = {one: self.row_of(one) for one in keys}
            return {one: row for one, row in found.items() if row is not None}
        last = len(self._ids) - 1
        return {one: last - place for place, one in enumerate(self._ids) if one in keys}

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
        if rows := self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, len(COLUMNS) - 1))

    def put_values(self, values: Mapping[int, tuple[str, ...]]) -> None:
        """Store the values at the JSON paths, by capture."""
        self._values.update(values)
        while len(self._values) > _CACHED:
            self._values.popitem(last=False)
        for capture_id, texts in values.items():
            for key in (capture_id, -capture_id):
                if (line := self._lines.get(key)) is not None:
                    self._lines[key] = replace(line, values=self._drawn(texts))
        if values and (rows := self.rowCount()):
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, len(COLUMNS) - 1))

    def values_of(self, capture_id: int) -> tuple[str, ...]:
        """Return the exact values at the JSON paths of a capture, or none if not read yet."""
        return self._values.get(capture_id, ())

    def _drawn(self, values: tuple[str, ...]) -> tuple[str, ...]:
        return values if self._show_values is None else self._show_values(self.paths, values)

    def line_at(self, row: int) -> CaptureLine:
        """Return the content of a row."""
        key = self.key_at(row)
        if key not in self._lines:
            self._read_around(row)
        self._lines.move_to_end(key)
        return self._lines[key]

    def lines(self, first: int, last: int) -> list[CaptureLine]:
        """Return the content of the rows from `first` to `last`. Only these are read, to save time."""
        keys = [self.key_at(row) for row in range(first, last + 1)]
        self._read([one for one in keys if one not in self._lines])
        for key in keys:
            self._lines.move_to_end(key)
        return [self._lines[key] for key in keys]

    # ---- Qt overrides

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._ids if self._threads is None else self._threads)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= self.rowCount():
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
        last = min(self.rowCount(), first + _PAGE)
        self._read([one for one in map(self.key_at, range(first, last)) if one not in self._lines])

    def _read(self, keys: Sequence[int]) -> None:
        if not keys:
            return
        ids = list(dict.fromkeys(map(abs, keys)))
        rows, threads, read_threads = self._read_rows(ids), self._threads, self._read_threads
        read_answers = self._read_answers if self._is_drawing else None
        answers = {} if read_answers is None else read_answers(ids)
        folded: Mapping[int, ThreadContent] = {}
        if threads is not None and read_threads is not None:
            folded = read_threads({key: threads.members(key) for key in keys if threads.count(key) > 1})
            if len(self._thread_of) > _MOST_MEMBERS:
                self._thread_of.clear()
            for key in folded:
                self._thread_of.update(dict.fromkeys(threads.members(key), key))
        for key in keys:
            capture_id = abs(key)
            line = line_of(capture_id, rows.get(capture_id), answers.get(capture_id, ()))
            if (values := self._values.get(capture_id)) is not None:  # a body never changes
                line = replace(line, values=self._drawn(values))
            if threads is not None and key < 0:
                line = line_in_thread(line, is_last=threads.is_last(key))
            elif threads is not None and key in folded:
                line = thread_line(line, threads.count(key), *folded[key], is_open=key in threads.open)
            line = line_with_time(line, self._times)
            self._lines[key] = line if self._is_drawing else line_in_plain_text(line)
        while len(self._lines) > _CACHED:
            self._lines.popitem(last=False)
        if self.paths and (wanted := tuple(one for one in ids if one not in self._values)):
            self.values_requested.emit(wanted)
