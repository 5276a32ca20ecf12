"""Bodies of captures as files for other programs: dragged out of the window, or opened with an editor."""

from __future__ import annotations

import glob
import logging
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.base.files import NewFile
from inspector.session.captures import Captures
from inspector.store.store import Store

log = logging.getLogger(__name__)

_UNSAFE = re.compile(r"[^A-Za-z0-9@_-]")
_MOST_NAME = 60


class BodyFiles:
    """Bodies as files for other programs, in a folder next to the database that is named after this process.

    They are removed when the process ends, or at the next start if it was killed.
    """

    def __init__(self, store: Store, captures: Captures) -> None:
        self._store = store
        self._captures = captures
        self._beginning = f"{store.path.name}.dragged-"
        self._folder = store.path.with_name(f"{self._beginning}{store.undo_lock.name}")

    def write(self, ids: Sequence[int]) -> list[Path]:
        """Write the body of each of a few captures to `capture-<id>.json`, byte for byte.

        Raises InspectorError.
        """
        return self._write(self._folder, ids)

    def write_folder(self, ids: Sequence[int]) -> Path:
        """Write the bodies of the captures of a respondent to a folder of their own.

        Raises InspectorError.
        """
        rows = self._captures.rows(ids)
        user = next((row.user_id for row in rows.values() if row.user_id), "anonymous")
        # A sender chooses the id, so it is never a path. The number makes the name unique.
        name = _UNSAFE.sub("_", user[:_MOST_NAME])
        folder = self._folder / f"respondent-{name}-{min(ids)}"
        self._write(folder, ids)
        return folder

    def _write(self, folder: Path, ids: Sequence[int]) -> list[Path]:
        self._store.undo_lock.hold()  # while this process runs, no other one removes the files
        try:
            for one in dict.fromkeys((self._folder, folder)):
                one.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InspectorError(f"Cannot create {folder}: {error.strerror}.") from error
        paths = []
        for capture_id, body in self._captures.bodies(ids).items():
            path = folder / f"capture-{capture_id}.json"
            with NewFile(path, replaces=True) as file:
                file.write_bytes(body)
            paths.append(path)
        return paths

    def remove(self) -> None:
        """Remove the files of this process."""
        if self._folder.exists():
            _remove(self._folder)

    def remove_left_behind(self) -> None:
        """Remove the files of processes that were killed."""
        for folder in self._store.path.parent.glob(f"{glob.escape(self._beginning)}*"):
            if self._store.undo_lock.is_dead(folder.name.removeprefix(self._beginning)):
                _remove(folder)


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)  # does not follow links
    except OSError as error:
        log.info("cannot delete the bodies in %s: %s", folder, error)
