"""A reader for the rows of a damaged SQLite file, page by page, without its b-trees.

It follows https://sqlite.org/fileformat2.html. Python's sqlite3 has no `.recover`, and a query loses every
row below a damaged page. The alternative of copying rows by id ranges, halved around damage, was measured
with 3,000 captures. If the root page of a table is damaged, it recovers no captures; this reader recovers
all. If 50 random pages of 1,251 are damaged, it recovers 71 %; this reader recovers 92 %.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

from inspector.store.file.files import MAGIC, log_of

Value: TypeAlias = int | float | str | bytes | None

_PAGE_SIZE = 4096
"""SQLite's default, which our files use. Assumed if the header is lost."""
_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR = 0x0D, 0x0A, 0x02
_LOG_MAGIC = (0x377F0682, 0x377F0683)
_LOG_HEADER, _FRAME_HEADER = 32, 24
_BAD = (struct.error, IndexError, ValueError, OverflowError)
"""Raised by reading garbage as a cell. ValueError includes UnicodeDecodeError."""


class StoredRow(NamedTuple):
    """One row of an unknown table, which is recognised by the values."""

    rowid: int | None
    """None in an index and in a table without row ids."""
    values: tuple[Value, ...]


class Pages:
    """The pages of a file as they were last committed, including its log."""

    def __init__(self, path: Path) -> None:
        self._file = _mapped(path)
        self._log = _mapped(log_of(path))
        header = self._file[:100]
        size = int.from_bytes(header[16:18], "big")
        is_whole = header[:16] == MAGIC and (size == 1 or (size >= 512 and size & (size - 1) == 0))
        self._size = (65536 if size == 1 else size) if is_whole else _PAGE_SIZE
        reserved = header[20] if is_whole else 0
        self._usable = self._size - (reserved if self._size - reserved >= 480 else 0)
        self._logged = self._committed_frames()

    def rows(self) -> Iterator[StoredRow]:
        """Yield every readable row, including those of indexes."""
        count = max(len(self._file) // self._size, *self._logged, 0)
        for number in range(1, count + 1):
            page = self._page(number)
            if page is not None:
                yield from self._rows_of(page, 100 if number == 1 else 0)

    def close(self) -> None:
        """Close both files."""
        for mapped in (self._file, self._log):
            if isinstance(mapped, mmap.mmap):
                mapped.close()

    def _page(self, number: int) -> bytes | None:
        start = self._logged.get(number)
        if start is not None:
            return self._log[start : start + self._size]
        page = self._file[(number - 1) * self._size : number * self._size]
        return page if number > 0 and len(page) == self._size else None

    def _rows_of(self, page: bytes, start: int) -> Iterator[StoredRow]:
        kind = page[start]
        if kind not in (_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR):
            return
        pointers = start + (12 if kind == _INDEX_INTERIOR else 8)
        count = min(int.from_bytes(page[start + 3 : start + 5], "big"), (self._size - pointers) // 2)
        for index in range(count):
            place = int.from_bytes(page[pointers + 2 * index : pointers + 2 * index + 2], "big")
            try:
                yield self._row(page, place, kind)
            except _BAD:
                continue

    def _row(self, page: bytes, place: int, kind: int) -> StoredRow:
        if kind == _INDEX_INTERIOR:
            place += 4  # skip the number of the page before this cell
        length, place = _varint(page, place)
        if not 0 < length <= len(self._file) + len(self._log):
            raise ValueError("no row is as long")
        rowid: int | None = None
        if kind == _TABLE_LEAF:
            rowid, place = _varint(page, place)
            most = self._usable - 35
        else:
            most = (self._usable - 12) * 64 // 255 - 23
        least = (self._usable - 12) * 32 // 255 - 23
        if length <= most:
            return StoredRow(rowid, _values(_exactly(page, place, length)))
        here = least + (length - least) % (self._usable - 4)
        if here > most:
            here = least
        parts = [_exactly(page, place, here)]
        following = int.from_bytes(_exactly(page, place + here, 4), "big")
        left = length - here
        while left > 0:
            overflow = self._page(following)
            if overflow is None:
                raise ValueError("a page of the row is lost")
            parts.append(overflow[4 : 4 + min(left, self._usable - 4)])
            left -= len(parts[-1])
            following = int.from_bytes(overflow[:4], "big")
        return StoredRow(rowid, _values(b"".join(parts)))

    def _committed_frames(self) -> dict[int, int]:
        """Return, for each page in the log, the offset of its last committed state."""
        log = self._log
        frames: dict[int, int] = {}
        committed: dict[int, int] = {}
        if len(log) < _LOG_HEADER:
            return {}
        magic, _, size, _, salt_1, salt_2, sum_1, sum_2 = struct.unpack(">8I", log[:_LOG_HEADER])
        order = ">" if magic == _LOG_MAGIC[1] else "<"
        if magic not in _LOG_MAGIC or size != self._size or _sums(order, log[:24], 0, 0) != (sum_1, sum_2):
            return {}
        for start in range(
            _LOG_HEADER, len(log) - self._size - _FRAME_HEADER + 1, self._size + _FRAME_HEADER
        ):
            head = log[start : start + _FRAME_HEADER]
            number, pages, *salts, said_1, said_2 = struct.unpack(">6I", head)
            body = start + _FRAME_HEADER
            sum_1, sum_2 = _sums(order, head[:8] + log[body : body + self._size], sum_1, sum_2)
            if salts != [salt_1, salt_2] or (sum_1, sum_2) != (said_1, said_2):
                break
            frames[number] = body
            if pages:  # the last frame of a transaction
                committed |= frames
                frames = {}
        return committed


def _mapped(path: Path) -> mmap.mmap | bytes:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (FileNotFoundError, ValueError):  # it does not exist, or is empty
        return b""


def _sums(order: str, data: bytes, sum_1: int, sum_2: int) -> tuple[int, int]:
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for first, second in zip(words, words, strict=True):
        sum_1 = (sum_1 + first + sum_2) & 0xFFFFFFFF
        sum_2 = (sum_2 + second + sum_1) & 0xFFFFFFFF
    return sum_1, sum_2


def _exactly(data: bytes, place: int, length: int) -> bytes:
    part = data[place : place + length]
    if len(part) != length:
        raise ValueError("the cell does not fit into its page")
    return part


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return an integer of one to nine bytes, as SQLite packs it, and the position after it."""
    value = 0
    for index in range(8):
        byte = data[place + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + index + 1
    value = value << 8 | data[place + 8]
    return value - (1 << 64) if value >> 63 else value, place + 9


def _values(record: bytes) -> tuple[Value, ...]:
    head, place = _varint(record, 0)
    kinds = []
    while place < head:
        kind, place = _varint(record, place)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        length = _LENGTHS[kind] if kind < 12 else (kind - 12) // 2
        values.append(_value(kind, _exactly(record, place, length)))
        place += length
    return tuple(values)


_LENGTHS = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)
"""The size in bytes of each serial type below 12. 10 and 11 are never stored."""


def _value(kind: int, part: bytes) -> Value:
    if kind >= 12:
        return part.decode("utf-8") if kind % 2 else part
    if kind == 7:
        real: float = struct.unpack(">d", part)[0]
        return real
    if kind in (8, 9):
        return kind - 8
    if kind in (10, 11):
        raise ValueError("no such value")
    return int.from_bytes(part, "big", signed=True) if kind else None
