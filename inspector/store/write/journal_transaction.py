"""What transactions of the capture file do to the journal: they reserve ids, and remove captures."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from inspector.store.file import database
from inspector.store.journal import (
    KIND,
    Entry,
    count_waiting,
    evaluated,
    in_words,
    last_capture,
    last_id,
    last_waiting,
    lay_out,
    path_of,
    raise_last_id,
    set_evaluated,
    waiting,
)

T = TypeVar("T")

_MOST_STORED = 256
"""Maximum number of waiting captures that an import stores at a time, and of their bytes."""
_MOST_BYTES = 8 * 2**20


def forget(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Overwrite captures that are being removed permanently, in a transaction of the capture file.

    Otherwise those that are not discarded yet would stay on the disk, and could be evaluated again.
    """
    if not ids:
        return
    first, last = min(ids), max(ids)
    with _opened(connection) as journal:
        if journal is not None and journal.run(partial(count_waiting, after=first - 1, up_to=last)):
            journal.run(partial(_remove, ids=ids))


def _remove(journal: sqlite3.Connection, ids: Sequence[int]) -> None:
    which = (json.dumps(list(ids)),)
    journal.execute("DELETE FROM entries WHERE id IN (SELECT value FROM json_each(?))", which)


def reserve_ids(
    connection: sqlite3.Connection, count: int, store_waiting: Callable[[Sequence[Entry]], object]
) -> int:
    """Reserve ids for captures that never are in the journal, such as imported ones. Return the first.

    This is part of a transaction of the capture file, whose path the connection knows. `store_waiting` gets
    the captures with smaller ids that are not in the capture file yet, in parts: readers remember the last id
    that they saw, so rows must be committed in the order of their ids.
    """
    last = last_capture(connection)
    with _opened(connection) as journal:
        if journal is None:  # no process has captured yet, and none can begin meanwhile
            return last + 1
        after = evaluated(connection)
        # Most of them before the lock: senders must not wait for a long journal.
        after = _store(journal, after, store_waiting)
        journal.run(_lock)
        _store(journal, after, store_waiting)
        last = max(last, journal.run(last_id))
        set_evaluated(connection, last + count)
        journal.run(partial(_commit_last_id, last=last + count))
    return last + 1


def _store(journal: _Opened, after: int, store_waiting: Callable[[Sequence[Entry]], object]) -> int:
    """Store the captures that wait now, in parts. Return the id of the last one."""
    read = partial(waiting, limit=_MOST_STORED, max_bytes=_MOST_BYTES, up_to=journal.run(last_waiting))
    while entries := journal.run(partial(read, after=after)):
        store_waiting(entries)
        after = entries[-1].id
    return after


def _lock(journal: sqlite3.Connection) -> None:
    journal.execute("BEGIN IMMEDIATE")


def _commit_last_id(journal: sqlite3.Connection, last: int) -> None:
    raise_last_id(journal, last)
    journal.execute("COMMIT")


def newest(connection: sqlite3.Connection) -> int:
    """Return the id of the newest capture that was ever stored, or that waits in the journal, or 0."""
    with _opened(connection) as journal:
        return max(last_capture(connection), 0 if journal is None else journal.run(last_id))


class _Opened(NamedTuple):
    """The journal, open during a transaction of its capture file."""

    path: Path
    connection: sqlite3.Connection

    def run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `query`. Raises BusyError for errors of the journal only."""
        with in_words(self.path):
            return query(self.connection)


@contextmanager
def _opened(connection: sqlite3.Connection) -> Iterator[_Opened | None]:
    """Open the journal of a connection's capture file; None if there is no journal. Raises BusyError."""
    name = connection.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[0]
    path = path_of(Path(name)) if name else None  # a file in memory has none
    if path is None or not path.exists():
        yield None
        return
    with in_words(path):
        journal = database.connect(path)
    with closing(journal):
        opened = _Opened(path, journal)
        opened.run(_upgrade)
        yield opened


def _upgrade(journal: sqlite3.Connection) -> None:
    """Add what a journal of an earlier version lacks, if no listener has opened it since."""
    if 0 < journal.execute("PRAGMA user_version").fetchone()[0] < KIND.latest:
        _lock(journal)
        lay_out(journal)
        journal.execute("COMMIT")
