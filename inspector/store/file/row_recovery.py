"""Copying the readable rows of a damaged file into a new one, and making them consistent."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from inspector.store.file import migrations
from inspector.store.file.page_reader import Pages, StoredRow, Value
from inspector.store.write import inboxes
from inspector.store.write.columns import body_hash

RECOVERED = (
    "captures", "bodies", "findings", "attempts", "secrets", "nonces", "allowed_hosts", "deletions",
    "notes", "marks", "shapes", "inboxes", "inbox_captures", "inbox_gaps",
)  # fmt: skip
"""Tables whose rows are copied. A row is recognised by its values only, so their types must differ."""
REBUILT = ("respondents", "groups", "surveys", "figures", "news", "refolds", "unsure_news")
"""Tables that the follower rebuilds from the captures."""
LEFT_BEHIND = ("plans", "targets", "forwards", "deliveries", "strays")
"""Deliveries and their producers: after damage, nothing is sent unless the user asks again. Stray requests
are not worth a recovery."""
_BATCH = 1_000
BODY_LOST = "The capture file was damaged, and this body could not be recovered."


def find_wrong_body(connection: sqlite3.Connection) -> str | None:
    """Return what is wrong if a body differs from the one that arrived, or None."""
    is_wrong = any(not is_right for _, _, is_right in bodies(connection))
    return "a body differs from the one that arrived" if is_wrong else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The result of a recovery."""

    count: int
    """Captures in the new file."""
    without_body: int
    """Of these, captures without their body. They are marked as cut: only the exact body is ever shown."""
    lost: int | None
    """None if it is unknown."""


def salvage_in_words(path: Path, fresh: Path) -> str:
    """As `salvage`, but return a sentence without its full stop."""
    found = salvage(path, fresh)
    words = f"{found.count:,} captures were recovered"
    if found.without_body:
        words += f", {found.without_body:,} of them without a body"
    if found.lost is None:
        return f"{words}. The number of lost captures is unknown"
    return f"{words}, and {found.lost:,} were lost" if found.lost else f"{words}, and none was lost"


def salvage(path: Path, fresh: Path) -> Recovered:
    """Fill an empty file with the readable rows of a damaged one."""
    connection = sqlite3.connect(fresh, isolation_level=None)
    try:
        # The file is synced before it is used. If this fails, it is removed.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        migrations.migrate(connection)
        connection.execute("BEGIN IMMEDIATE")
        with closing(Pages(path)) as pages:
            last_ids, figures = _take_over(connection, pages.rows(), RECOVERED)
        without_body = _check_bodies(connection)
        _make_consistent(connection, last_ids)
        count = _living(connection)
        expected = None
        if figures is not None:
            watermark, total = figures
            expected = total + max(0, last_ids.get("captures", 0) - watermark)
        connection.execute("COMMIT")
    finally:
        connection.close()
    lost = None if expected is None else max(0, expected - count)
    return Recovered(count=count, without_body=without_body, lost=lost)


def copy_rows(connection: sqlite3.Connection, path: Path, tables: Sequence[str]) -> dict[str, int]:
    """Copy the readable rows of a damaged file into these tables. Return the last id of each table."""
    with closing(Pages(path)) as pages:
        last_ids, _ = _take_over(connection, pages.rows(), tables)
    return last_ids


class _Table:
    """The columns of one table, to recognise its rows by the types of their values."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.name = name
        columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
        self.columns = [str(column[1]) for column in columns]
        sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
        self._has_rowid = "WITHOUT ROWID" not in sql
        self._types = [_TYPES[column[2]] for column in columns]
        self._may_be_null = [not column[3] and not column[5] for column in columns]
        self._is_id = self._has_rowid and columns[0][2] == "INTEGER" and columns[0][5] == 1
        may_lack = [not column[3] or column[4] is not None for column in columns]
        self._fewest = next(
            (index + 1 for index in range(len(columns) - 1, -1, -1) if not may_lack[index]), 2
        )

    def is_of(self, row: StoredRow) -> bool:
        """Return whether a row may be from this table. Older rows lack columns that were added later."""
        if (row.rowid is not None) != self._has_rowid:
            return False
        if not self._fewest <= len(row.values) <= len(self.columns):
            return False
        for index, value in enumerate(row.values):
            if index == 0 and self._is_id:
                if value is not None:
                    return False
            elif value is None:
                if not self._may_be_null[index]:
                    return False
            elif not isinstance(value, self._types[index]):
                return False
        return self.name not in _FURTHER or _FURTHER[self.name](row.values)

    def insert(self, connection: sqlite3.Connection, rows: Iterable[StoredRow]) -> None:
        """Insert rows, including those that lack columns."""
        by_length: dict[int, list[tuple[object, ...]]] = {}
        for rowid, values in rows:
            whole = (rowid, *values[1:]) if self._is_id else values
            by_length.setdefault(len(values), []).append(whole)
        for length, some in by_length.items():
            names = ", ".join(self.columns[:length])
            marks = ", ".join("?" * length)
            connection.executemany(f"INSERT OR IGNORE INTO {self.name} ({names}) VALUES ({marks})", some)


_TYPES: dict[str, tuple[type, ...]] = {
    "INTEGER": (int,),
    "REAL": (int, float),
    "TEXT": (str,),
    "BLOB": (bytes,),
}


_FURTHER: dict[str, Callable[[tuple[Value, ...]], bool]] = {
    "marks": lambda values: values[1] in (0, 1),
    "deletions": lambda values: isinstance(values[1], int) and values[1] > 1,  # when it was created
    # When it was allowed. A row of sqlite_sequence also is a name and a number.
    "allowed_hosts": lambda values: isinstance(values[1], int) and values[1] >= _FIRST_MS,
}
"""Additional conditions for tables whose rows have the same types."""
_FIRST_MS = 1_000_000_000_000
"""September 2001 in milliseconds. Our times are later, and all ids are smaller."""


def _take_over(
    connection: sqlite3.Connection, rows: Iterator[StoredRow], names: Sequence[str]
) -> tuple[dict[str, int], tuple[int, int] | None]:
    """Copy the rows of these tables. Return the last id of each table, and watermark and total of the
    counts."""
    tables = [_Table(connection, name) for name in names]
    has_figures = bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'figures'").fetchone())
    figures_table = _Table(connection, "figures") if has_figures else None
    counted = _counted(connection)
    last_ids: dict[str, int] = {}
    figures: tuple[int, int] | None = None
    while batch := list(islice(rows, _BATCH)):
        sorted_out: dict[str, list[StoredRow]] = {}
        for row in batch:
            values = row.values
            if (sequence := _sequence(row, counted)) is not None:
                name, last_id = sequence
                last_ids[name] = last_id
            elif figures_table is not None and figures_table.is_of(row) and row.rowid == 1:
                figures = int(values[1] or 0), int(values[2] or 0)
            else:
                candidates = [table for table in tables if table.is_of(row)]
                exact = [table for table in candidates if len(table.columns) == len(values)]
                for table in (exact or candidates)[:1]:
                    sorted_out.setdefault(table.name, []).append(row)
        for table in tables:
            table.insert(connection, sorted_out.get(table.name, ()))
    return last_ids, figures


def _counted(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the tables that never reuse an id."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
    return frozenset(name for (name,) in found)


def _sequence(row: StoredRow, counted: frozenset[str]) -> tuple[str, int] | None:
    """Return table and last id of a row of sqlite_sequence, or None for any other row."""
    if row.rowid is None or len(row.values) != 2:
        return None
    name, last_id = row.values
    if isinstance(name, str) and name in counted and isinstance(last_id, int) and last_id < _FIRST_MS:
        return name, last_id
    return None


def bodies(connection: sqlite3.Connection, *, after: int = 0) -> Iterator[tuple[int, int, bool]]:
    """Yield id, size and body correctness of each capture after `after`.

    A body is correct if it matches its hash, or if an earlier recovery emptied it: its loss is known.
    """
    query = (
        "SELECT id, body_hash, trouble, body FROM captures LEFT JOIN bodies ON capture_id = id"
        " WHERE deletion IS NULL AND id > ? ORDER BY id"
    )
    for capture_id, expected, trouble, body in connection.execute(query, (after,)):
        is_known_lost = not body and trouble == BODY_LOST
        is_right = body is not None and (is_known_lost or body_hash(body) == expected)
        yield capture_id, len(body or b""), is_right


def _check_bodies(connection: sqlite3.Connection) -> int:
    """Mark captures whose body is lost or does not match its stored hash. Return their number."""
    bad = [(capture_id,) for capture_id, _, is_right in bodies(connection) if not is_right]
    connection.executemany("INSERT OR REPLACE INTO bodies VALUES (?, x'')", bad)
    connection.executemany(
        "UPDATE captures SET kind = 'cut', size = 0, is_json = NULL, verdict = 'unchecked', reason = 'cut',"
        f" matched = 0, secret = NULL, is_trusted = 0, trouble = '{BODY_LOST}' WHERE id = ?",
        bad,
    )
    connection.executemany("DELETE FROM findings WHERE capture_id = ?", bad)
    return len(bad)


def _make_consistent(connection: sqlite3.Connection, last_ids: dict[str, int]) -> None:
    """Remove rows without a capture, queue lost causes for diagnosis, and prevent the reuse of ids."""
    inboxes.repair_positions(connection)  # before lost captures are forgotten: they must not come again
    for table in ("bodies", "findings", "attempts", "marks", "inbox_captures"):
        connection.execute(f"DELETE FROM {table} WHERE capture_id NOT IN (SELECT id FROM captures)")
    connection.execute("DELETE FROM shapes WHERE NOT EXISTS (SELECT 1 FROM captures c WHERE c.shape = hash)")
    connection.execute("DELETE FROM findings WHERE is_between")  # the follower adds them again
    connection.execute(
        "UPDATE captures SET is_examined = 0 WHERE verdict = 'invalid'"
        " AND NOT EXISTS (SELECT 1 FROM findings WHERE capture_id = id)"
    )
    connection.execute(  # deletions that no process can undo are final
        "INSERT OR IGNORE INTO deletions (id, made_ms)"
        " SELECT DISTINCT deletion, received_ms FROM captures WHERE deletion IS NOT NULL"
    )
    # Attempts refer to plans and forwards that are not copied, so no later one may get the same id.
    named = "SELECT coalesce(max(plan_id), 0), coalesce(max(forward_id), 0) FROM attempts"
    for name, last_id in zip(("plans", "forwards"), connection.execute(named).fetchone(), strict=True):
        last_ids[name] = max(last_ids.get(name, 0), last_id)
    for name, last_id in last_ids.items():
        connection.execute(
            "INSERT INTO sqlite_sequence SELECT ?, 0 WHERE NOT EXISTS"
            " (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
            (name, name),
        )
        connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (last_id, name))


def _living(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM captures WHERE deletion IS NULL").fetchone()[0]
    return count
