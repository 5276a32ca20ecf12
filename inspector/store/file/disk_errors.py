"""Sentences for SQLite's errors about a disk or a file, and the mark of a damaged file."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from inspector.base.errors import BusyError, InspectorError
from inspector.base.files import write_new
from inspector.store.file import files

CAPTURING = "capturing resumes automatically"
EVALUATING = "evaluation resumes automatically"
_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")

log = logging.getLogger(__name__)


class Health:
    """The problems of one file, shared by all its readers and writers. It can be used from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.then = "try again"
        """The end of a sentence: what to do, or what happens, once the disk or file works again."""
        self.damage: str | None = None
        """A sentence once the file is known to be damaged. Nothing more is written to it."""
        self.lost_log: str | None = None
        """A sentence while the open log is not the one next to the file. Then nothing is written."""
        self.log_lost: Callable[[], None] = lambda: None
        """Called from any thread when the log is found to be lost."""
        self.may_restore: Callable[[], bool] = lambda: False
        """Whether the file may be written again if it was deleted while it was open. Called from any
        thread."""
        self.on_restored: Callable[[], None] = lambda: None
        """Called from any thread after that."""
        self.damage_found: Callable[[str], None] = lambda why: None
        """Called from any thread with the reason when the file is found to be damaged."""
        self._log = files.log_of(path)
        self._open_log: tuple[int, int] | None = None
        self._open_file: tuple[int, int] | None = None

    @property
    def has_log(self) -> bool:
        """Whether this process knows which log it has open."""
        return self._open_log is not None

    def opened_log(self) -> None:
        """Note which log this process has just opened."""
        self._open_file, self._open_log = files.identity(self.path), files.identity(self._log)
        self.lost_log = None

    def closed_log(self) -> None:
        """Note that this process has no log open."""
        self._open_log = None

    def restored(self) -> None:
        """Note that the file was deleted or replaced while it was open, and was written again."""
        self._open_log = self.lost_log = None
        self.on_restored()

    def check_log(self) -> None:
        """Check the log. Raises BusyError if it was deleted or replaced since this process opened it.

        SQLite keeps writing to the lost log, whose captures are lost when the process ends.
        """
        if self.lost_log is None:
            if self._open_log is None or files.identity(self._log) == self._open_log:
                return
            if files.identity(self.path) != self._open_file:  # the whole folder is missing and may come back
                return
            self.lost_log = (
                f"{self._log} was deleted or replaced while it was in use. Leave it alone while Webhook"
                " Inspector is open."
            )
            self.log_lost()
        raise BusyError(self.lost_log)

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Convert SQLite's errors about the disk or the file to BusyError."""
        try:
            yield
        except sqlite3.Error as error:
            busy = self.worded(error)
            if busy is None:
                raise
            raise busy from error

    def worded(self, error: sqlite3.Error) -> BusyError | None:
        """Return the error with a sentence, or None for a bug, which is not about the disk or the file."""
        if is_damage(error):
            return self.found_damage(str(error))
        return in_words(error, self.path, then=self.then)

    def found_damage(self, why: str) -> BusyError:
        """Stop all writing to the file, and let the next start recover it. Return the error for callers."""
        self.damage = (
            f"{self.path} is damaged ({why}), so nothing more is stored in it. Start Webhook "
            "Inspector again. It sets the file aside and recovers what can be read."
        )
        mark_damaged(self.path, why)
        self.damage_found(why)
        return BusyError(self.damage)


class Damaged(sqlite3.DatabaseError):
    """Damage that a check of the file found before any query did."""


def in_words(error: sqlite3.Error, path: Path, *, then: str) -> BusyError | None:
    """Return the error for a disk or file that cannot be used now, or None for any other error.

    Its sentence ends with `then`.
    """
    name = error_name(error)
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        what = f"The disk of {path} is full or failing. Free some space, and {then}"
    elif name.startswith("SQLITE_READONLY"):
        what = f"{path} is not writable. Give this user write permission, and {then}"
    elif name.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM")):
        what = (
            f"Cannot open {path}. Make sure that it exists and that this user can read and "
            f"write it, and {then}"
        )
    elif name.startswith(_LOCKED):
        what = f"Another program has locked {path}. Close it, and {then}"
    else:
        return None
    return BusyError(f"{what} ({error}).")


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error means that the content of the file is damaged."""
    return isinstance(error, Damaged) or error_name(error).startswith(_DAMAGE)


def is_locked(error: Exception) -> bool:
    """Return whether another process has locked the file."""
    return isinstance(error, sqlite3.Error) and error_name(error).startswith(_LOCKED)


def error_name(error: sqlite3.Error) -> str:
    """Return SQLite's name of an error, or an empty text."""
    return getattr(error, "sqlite_errorname", None) or ""


def damage_mark(path: Path) -> Path:
    """Return the path of the file that marks damage, so that the next start checks for it."""
    return path.with_name(f"{path.name}.damaged")


def mark_damaged(path: Path, why: str) -> None:
    """Mark the file, so that the next start of a listener checks it and recovers readable rows."""
    try:
        write_new(damage_mark(path), f"{why}\n", replaces=True)
    except InspectorError as error:
        log.info("cannot store that the file is damaged: %s", error)
