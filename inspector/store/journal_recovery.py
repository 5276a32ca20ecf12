"""Checking the journal at a start, and recovering what can be read of a damaged one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.store import journal
from inspector.store.file import database, files, recovery
from inspector.store.file.disk_errors import Damaged
from inspector.store.file.locks import ListenerLock
from inspector.store.file.row_recovery import BODY_LOST, copy_rows


def prepare(capture_file: Path) -> tuple[str, ...]:
    """Check the journal of a capture file, and recover a damaged one. Return sentences about it.

    Does nothing if there is none. Raises InspectorError if it is of another program or user, or a newer
    version. Then it is not changed.
    """
    path = journal.path_of(capture_file)
    if not os.path.lexists(path):
        return ()
    _check_owner(path, capture_file)
    database.recognise(path, journal.KIND)
    try:
        database.format_version(path, journal.KIND)
        files.tighten(path)
        with closing(database.connect(path)) as connection:
            why = recovery.find_damage(connection, path, _find_wrong_body)
        if why is None:
            return ()
        raise Damaged(why)
    except sqlite3.Error as error:
        database.raise_unless_damaged(path, error)
        lock = ListenerLock(capture_file)
        return (recovery.recover(path, str(error), partial(_salvage, capture_file=capture_file), lock),)


def _check_owner(path: Path, capture_file: Path) -> None:
    """Raise InspectorError if another user of the folder, such as /tmp, could read new captures."""
    if path.is_symlink():
        raise InspectorError(f"{path} is a symbolic link. {journal.KIND.next_step}")
    if os.name == "posix" and path.stat().st_uid not in (os.geteuid(), capture_file.stat().st_uid):
        raise InspectorError(f"{path} belongs to another user. {journal.KIND.next_step}")


def find_problem(connection: sqlite3.Connection) -> str | None:
    """Return what is wrong with the journal, or None. It reads every waiting capture; call it in a thread."""
    return recovery.broken_structure(connection) or _find_wrong_body(connection)


def _find_wrong_body(connection: sqlite3.Connection) -> str | None:
    """Return what is wrong if a capture differs from the one that arrived, or None."""
    return "a capture differs from the one that arrived" if any(_wrong(connection)) else None


def _wrong(connection: sqlite3.Connection) -> Iterator[int]:
    """Yield the captures whose headers or body differ from those that arrived."""
    query = "SELECT id, CAST(headers AS BLOB), crc, CAST(body AS BLOB) FROM entries"
    for entry_id, headers, crc, body in connection.execute(query):
        if journal.crc_of(headers or b"", body or b"") != crc:
            yield entry_id


def _salvage(path: Path, fresh: Path, *, capture_file: Path) -> str:
    """Fill an empty file with the readable entries of a damaged journal. Return what was recovered."""
    with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # the file is synced before it is used
        journal.lay_out(connection)
        connection.execute("BEGIN IMMEDIATE")
        given = copy_rows(connection, path, ("entries",)).get("entries")
        bad = [(entry_id,) for entry_id in _wrong(connection)]
        connection.executemany(
            f"UPDATE entries SET kind = 'cut', headers = x'', crc = 0, body = x'', trouble = '{BODY_LOST}'"
            " WHERE id = ?",
            bad,
        )
        stored = 0
        with suppress(sqlite3.Error), closing(database.connect_unchanged(capture_file)) as captures:
            stored = journal.evaluated(captures)
        last = max(journal.last_waiting(connection), given or 0)
        journal.raise_last_id(connection, last)
        waiting_ids = [row[0] for row in connection.execute("SELECT id FROM entries WHERE id > ?", (stored,))]
        connection.execute("COMMIT")
    said = f"{len(waiting_ids):,} captures that wait for evaluation were recovered"
    if bad:
        said += f", {len(bad):,} of them without headers and body"
    if given is not None and len(waiting_ids) == max(0, given - stored):
        return f"{said}, and none was lost"
    return f"{said}. The number of lost captures is unknown"
