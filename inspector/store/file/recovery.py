"""Recovery of a damaged file: it is set aside, and its readable rows are copied into a new one."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.base.next_step import or_another_file
from inspector.store.file import files
from inspector.store.file.disk_errors import damage_mark, is_damage
from inspector.store.file.locks import ListenerLock

SMALL_BYTES = 8 * 2**20
"""Maximum size of a file that is checked completely at each start of a listener, in about 10 ms."""

_SIGNS_WITHIN = 2 * 2**20

log = logging.getLogger(__name__)


def is_ours(path: Path, signs: tuple[bytes, ...]) -> bool:
    """Return whether a file that SQLite cannot read has one of our texts. A text file never is ours."""
    beginning = _beginning(path) + _beginning(files.log_of(path))  # a file may exist only in its log
    return b"\0" in beginning and any(sign in beginning for sign in signs)


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_SIGNS_WITHIN)
    except OSError:
        return b""


def find_damage(
    connection: sqlite3.Connection, path: Path, find_wrong_body: Callable[[sqlite3.Connection], str | None]
) -> str | None:
    """Return the first problem of a file, or None. Only small and marked files are checked.

    `find_wrong_body` reads every body, so it is called for marked files only.
    """
    mark = damage_mark(path)
    is_marked = mark.exists()
    if not is_marked and path.stat().st_size > SMALL_BYTES:
        return None
    found = broken_structure(connection, is_thorough=is_marked)
    if found is None and is_marked:
        found = find_wrong_body(connection)
    if found is None:
        mark.unlink(missing_ok=True)
    return found


def broken_structure(connection: sqlite3.Connection, *, is_thorough: bool = True) -> str | None:
    """Return the first problem that SQLite finds, or None. Indexes are checked only if `is_thorough`."""
    try:
        query = f"PRAGMA {'integrity' if is_thorough else 'quick'}_check(1)"
        found = [str(row[0]) for row in connection.execute(query)]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return str(error)
    if found == ["ok"]:
        return None
    return " ".join(found[0].split()) if found else "it cannot be checked"


def recover(path: Path, why: str, salvage: Callable[[Path, Path], str], lock: ListenerLock) -> str:
    """Replace a damaged file with a new one with all readable rows. The damaged file stays next to it.

    `salvage(path, fresh)` fills an empty file and returns what was recovered. Return a sentence for the user.
    Raises InspectorError if there is not enough space, or if another process captures into the file. Then
    the file is unchanged.
    """
    lock.acquire("a recovery of the file")
    fresh = path.with_name(f"{path.name}.recovering")
    try:
        files.need_room(path, "Recovering the damaged file")
        fresh.unlink(missing_ok=True)  # left over from a recovery that was killed
        files.make(fresh)
        found = salvage(path, fresh)
        files.sync(fresh)
        aside = _set_aside(path, fresh)
    except OSError as error:
        raise InspectorError(
            f"{path} is damaged ({why}) and cannot be set aside: {error.strerror}. {or_another_file()}"
        ) from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        lock.release()
    log.info("set aside %s, which was damaged (%s), as %s", path, why, aside)
    return f"{path} was damaged ({why}). {found}. The damaged file is now {aside}."


def _set_aside(path: Path, fresh: Path) -> Path:
    """Rename the damaged file, and give its name to the new one. Nothing is overwritten."""
    aside = files.free_name(path, f"damaged-{datetime.now().astimezone():%Y-%m-%dT%H-%M-%S}")
    files.tighten(path)
    try:
        os.link(path, aside)  # so that a file with this name exists at all times
    except OSError:
        path.rename(aside)
    with suppress(FileNotFoundError):
        files.log_of(path).rename(files.log_of(aside))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    fresh.replace(path)
    files.sync(path)
    damage_mark(path).unlink(missing_ok=True)
    return aside
