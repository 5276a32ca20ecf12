"""The files that belong to a capture file: their names, and their permissions for the owner only."""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.base.files import data_folder

_SHARED = ("-wal", "-shm")
"""SQLite creates these with the current mode of the file.

If it was read-only for a while, they would stay read-only, and so would the whole file.
"""
MAGIC = b"SQLite format 3\x00"
"""The first bytes of each SQLite file (https://sqlite.org/fileformat2.html)."""
_BESIDE = ("-journal", ".lock", ".listener", ".damaged")
JOURNAL = ".journal"
"""The ending of the journal of a capture file (see store/journal.py)."""

log = logging.getLogger(__name__)


def log_of(path: Path) -> Path:
    """Return the path of SQLite's write-ahead log, with commits that are not in the file itself yet."""
    return path.with_name(f"{path.name}-wal")


def has_log(path: Path) -> bool:
    """Return whether the file without its log may lack the last commits."""
    try:
        return log_of(path).stat().st_size > 0
    except OSError:
        return False


def remove_log(path: Path) -> None:
    """Remove the files that SQLite shares between processes. No process may have `path` open."""
    for ending in _SHARED:
        path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)


def identity(path: Path) -> tuple[int, int] | None:
    """Return device and inode of the file that has this name now, or None if it does not exist."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def make(path: Path) -> bool:
    """Create an empty file that only its owner can read. Return False if it exists. Raises OSError."""
    try:
        # SQLite would create it with 0644 under a common umask. -wal and -shm get the mode of the file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def tighten(path: Path) -> None:
    """Remove the permissions of others for the file, those next to it, and the program's own folder.

    A folder that the user selected keeps its mode: it may be shared on purpose.
    """
    if is_in_own_folder(path):
        _change_mode(path.parent)
    for file in (path, *(path.with_name(f"{path.name}{ending}") for ending in (*_BESIDE, JOURNAL))):
        _change_mode(file)
    tighten_shared(path)


def is_in_own_folder(path: Path) -> bool:
    """Return whether a resolved path is in the program's own folder."""
    return path.parent == data_folder().resolve()


def tighten_shared(path: Path) -> None:
    """Restrict the files that SQLite shares between processes to reading and writing by the owner."""
    for ending in _SHARED:
        _change_mode(path.with_name(f"{path.name}{ending}"), 0o600)


def free_name(path: Path, ending: str) -> Path:
    """Return an unused name next to `path`."""
    name = path.with_name(f"{path.name}.{ending}")
    number = 2
    while os.path.lexists(name):
        name = path.with_name(f"{path.name}.{ending}-{number}")
        number += 1
    return name


def need_room(path: Path, what: str) -> None:
    """Check that another file of the same size fits next to `path`. Raises InspectorError if not."""
    size = sum(file.stat().st_size for file in (path, log_of(path)) if file.exists())
    free = shutil.disk_usage(path.parent).free
    if free < size + 2**20:
        raise InspectorError(
            f"{what} {path} needs {size // 2**20 + 1:,} MiB next to it, but only "
            f"{free // 2**20:,} MiB are free. Free some space, then start again."
        )


def sync(path: Path) -> None:
    """Sync a file, and its name in its folder, to disk."""
    _sync(path)
    if os.name == "posix":
        _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _change_mode(path: Path, wanted: int | None = None) -> None:
    """Set the mode of a file, or remove the permissions of others. Links are not followed."""
    if os.name != "posix" or path.is_symlink():
        return
    try:
        mode = path.stat().st_mode & 0o7777
        owners = mode & ~0o077 if wanted is None else wanted
        if mode != owners:
            path.chmod(owners)
    except FileNotFoundError:
        pass
    except OSError as error:  # it belongs to another user, who decides
        log.info("cannot change the permissions of %s: %s", path, error)


def is_capture_file(path: Path, database: Path) -> bool:
    """Return whether `path` is this capture file, its journal or one of their logs, under any name."""
    for end in ("", *_SHARED, JOURNAL, *(f"{JOURNAL}{end}" for end in _SHARED)):
        with suppress(OSError):
            if path.samefile(f"{database}{end}"):
                return True
    return False
