"""Bodies as files for another program, next to the database.

They are removed when the process ends, or at the next start if it was killed.
"""

from __future__ import annotations

import glob
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.base.files import NewFile
from inspector.session.captures import Captures
from inspector.store.store import Store

log = logging.getLogger(__name__)


class BodyFiles:
    """The files of this process, in a folder that is named after it."""

    def __init__(self, store: Store, captures: Captures) -> None:
        self._store = store
        self._captures = captures
        self._beginning = f"{store.path.name}.dragged-"
        self._folder = store.path.with_name(f"{self._beginning}{store.claim.name}")

    def write(self, ids: Sequence[int]) -> list[Path]:
        """Write `capture-<id>.json` for each of a few captures, byte for byte what was sent.

        Raises InspectorError.
        """
        self._store.claim.hold()  # while this process runs, no other one removes them
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InspectorError(f"Cannot create {self._folder}: {error.strerror}.") from error
        paths = []
        for capture_id, body in self._captures.bodies(ids).items():
            path = self._folder / f"capture-{capture_id}.json"
            with NewFile(path, replaces=True) as file:
                file.write_bytes(body)
            paths.append(path)
        return paths

    def remove(self) -> None:
        """Remove the files of this process, if there are any."""
        if self._folder.exists():
            _remove(self._folder)

    def remove_left_behind(self) -> None:
        """Remove the files of processes that were killed."""
        for folder in self._store.path.parent.glob(f"{glob.escape(self._beginning)}*"):
            if self._store.claim.is_dead(folder.name.removeprefix(self._beginning)):
                _remove(folder)


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)  # which follows no link
    except OSError as error:
        log.info("the bodies in %s cannot be removed: %s", folder, error)
