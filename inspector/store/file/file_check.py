"""Checking and compacting the file."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from inspector.base.errors import BusyError, InspectorError
from inspector.domain.capture.retention import size_in_words
from inspector.store.file import files
from inspector.store.file.database import connect, empty_log
from inspector.store.file.disk_errors import in_words, is_damage
from inspector.store.file.row_recovery import bodies

TABLES_PART = 0.75
"""The progress of a check once SQLite has checked each table."""
MAX_PROBLEMS = 20
"""Maximum number of problems reported per table. Further ones add no information."""
_BODIES_AT_ONCE, _BYTES_AT_ONCE = 5_000, 32 * 2**20
_LOOK_EVERY = 20_000
"""SQLite instructions between two checks of `stop`: about 1 ms."""

ProgressReport = Callable[[float, str], None]
"""Called with the progress from 0 to 1, and the current work."""


class _Step(NamedTuple):
    """Tables that are checked one after another, and their name for the user."""

    title: str
    tables: tuple[str, ...]
    weight: int = 1
    """Its relative duration. Captures and bodies take most of the time."""


_STEPS = (
    _Step("captures", ("captures",), 10),
    _Step("bodies", ("bodies",), 6),
    _Step("findings", ("findings", "shapes", "news", "unsure_news"), 3),
    _Step("surveys and respondents", ("surveys", "groups", "respondents", "figures", "refolds"), 2),
    _Step("attempts", ("attempts",), 3),
    _Step("replays and forwards", ("plans", "targets", "forwards", "deliveries")),
    _Step("shared inboxes", ("inboxes", "inbox_captures", "inbox_gaps")),
)


class Stopped(Exception):
    """The user stopped the operation. The file is unchanged."""


class Sizes(NamedTuple):
    """The size of the file in bytes, before and after."""

    before: int
    after: int


def check(path: Path, report: ProgressReport, stop: threading.Event) -> list[str]:
    """Return the problems that SQLite finds, as sentences. Other processes may write meanwhile. Raises
    Stopped."""
    connection = _stoppable(path, stop, read_only=True)
    problems: list[str] = []
    try:
        problems += _problems(connection, report)
    except sqlite3.OperationalError as error:
        raise _in_words(error, path, stop) from error
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        problems.append(f"Cannot read the file completely: {error}.")
    finally:
        connection.close()
    return problems


class Bodies(NamedTuple):
    """The result of comparing some bodies of a file with their stored hashes."""

    wrong: tuple[int, ...]
    """Captures with a missing or different body."""
    last: int | None
    """The last capture that was compared; None if there are no more."""
    part: float
    """The progress through the file, from 0 to 1."""


def unowned_bodies(connection: sqlite3.Connection) -> int:
    """Return the number of bodies without a capture. Call it in a thread."""
    query = "SELECT count(*) FROM bodies WHERE capture_id NOT IN (SELECT id FROM captures)"
    count: int = connection.execute(query).fetchone()[0]
    return count


def compare_bodies(path: Path, *, after: int) -> Bodies:
    """Compare the bodies of a few thousand captures after `after`. Runs in the worker process."""
    wrong: list[int] = []
    size = 0
    with closing(connect(path, read_only=True)) as connection:
        (newest,) = connection.execute("SELECT max(id) FROM captures").fetchone()
        for number, (capture_id, length, is_right) in enumerate(bodies(connection, after=after), start=1):
            size += length
            if not is_right:
                wrong.append(capture_id)
            if number >= _BODIES_AT_ONCE or size >= _BYTES_AT_ONCE:
                return Bodies(tuple(wrong), capture_id, capture_id / newest)
    return Bodies(tuple(wrong), None, 1.0)


def compact(path: Path, report: ProgressReport, stop: threading.Event) -> Sizes:
    """Rewrite the file without its free pages. Raises Stopped and InspectorError.

    No process can write meanwhile. Even after a kill, the file is complete: either the old or the new one.
    """
    _compact_journal(path.with_name(f"{path.name}{files.JOURNAL}"), stop)
    connection = _stoppable(path, stop)
    try:
        page_size, pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
        _check_room(path, (pages - free) * page_size)
        report(0.0, f"Compacting {size_in_words(pages * page_size)}")
        # Otherwise the copy would be in memory, or in a folder that others can read.
        connection.execute("PRAGMA temp_store = FILE")
        folder = str(path.resolve().parent).replace("'", "''")
        connection.execute(f"PRAGMA temp_store_directory = '{folder}'")
        try:
            connection.execute("VACUUM")
        finally:
            connection.set_progress_handler(None, 0)
            connection.execute("PRAGMA temp_store_directory = ''")
    except sqlite3.OperationalError as error:
        raise _in_words(error, path, stop) from error
    finally:
        connection.close()
    empty_log(path)
    report(1.0, "Compacted")
    return Sizes(pages * page_size, path.stat().st_size)


def _compact_journal(path: Path, stop: threading.Event) -> None:
    """Rewrite the journal, which is almost empty unless captures wait."""
    if path.exists():
        with closing(_stoppable(path, stop)) as connection:
            try:
                connection.execute("VACUUM")
            except sqlite3.OperationalError as error:
                raise _in_words(error, path, stop) from error
        empty_log(path)


def _problems(connection: sqlite3.Connection, report: ProgressReport) -> Iterator[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
    tables = [name for (name,) in connection.execute(query)]
    named = {name for step in _STEPS for name in step.tables}
    steps = (*_STEPS, _Step("everything else", tuple(name for name in tables if name not in named)))
    whole = sum(step.weight for step in steps) / TABLES_PART
    done = 0
    for step in steps:
        report(done / whole, f"Checking {step.title}")
        # By table: SQLite reports no progress within one.
        for name in step.tables:
            if name in tables:
                for (said,) in connection.execute(f'PRAGMA integrity_check("{name}")').fetchmany(
                    MAX_PROBLEMS
                ):
                    if said != "ok":
                        yield f"Table {name}: {said}."
        done += step.weight


def _check_room(path: Path, used: int) -> None:
    """Check the free disk space. The new file is written twice: next to the old one, and into its log."""
    free = shutil.disk_usage(path.parent).free
    if free < 2 * used:
        raise InspectorError(
            f"Compacting needs {size_in_words(2 * used)} of free disk space next to {path}, "
            f"but only {size_in_words(free)} are free. Free some space, or remove captures "
            "first."
        )


def _stoppable(path: Path, stop: threading.Event, *, read_only: bool = False) -> sqlite3.Connection:
    connection = connect(path, read_only=read_only)
    connection.set_progress_handler(stop.is_set, _LOOK_EVERY)
    return connection


def _in_words(error: sqlite3.OperationalError, path: Path, stop: threading.Event) -> Exception:
    if stop.is_set():
        return Stopped()
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BusyError(f"Another program is writing to {path}. Try again when it has ended.")
    if name.startswith("SQLITE_FULL"):
        return InspectorError(f"The disk of {path} is full, and the file is unchanged. Free some space.")
    return in_words(error, path, then="try again") or error
