"""A copy of the file as it is, made before it is brought to a newer format."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.store.file import files

log = logging.getLogger(__name__)


def copy_before_migration(connection: sqlite3.Connection, path: Path, version: int, latest: int) -> Path:
    """A copy beside the file, what its log has included; its owner's alone, and on the disk.

    It is kept until its owner deletes it. Raises InspectorError where there is no room for it.
    """
    files.need_room(path, f"Before its format is brought from {version} to {latest}, a copy of")
    name = f"v{version}-before-{latest}"
    copy = files.free_name(path, name)
    try:
        while not files.make(copy):  # another process was as quick
            copy = files.free_name(path, name)
        target = sqlite3.connect(copy, isolation_level=None)
        try:
            connection.backup(target)
        finally:
            target.close()
        files.sync(copy)
    except (OSError, sqlite3.OperationalError) as error:
        copy.unlink(missing_ok=True)
        raise InspectorError(
            f"{path} has to be brought to a newer format, and no copy of it can be made first: {error}."
        ) from error
    log.info("%s was copied to %s", path, copy)
    return copy
