"""Captures as files that can be dragged out of the list: each body under the name `capture-<id>.json`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QTemporaryDir, QUrl

from inspector.base.new_file import NewFile
from inspector.session.captures import Captures

MOST = 100
"""Files of one drag."""
MOST_BYTES = 8 * 2**20
"""Of their bodies: they are written while the pointer waits."""


class DraggedFiles(QObject):
    """Writes them into a folder of this process, which goes when that ends."""

    def __init__(self, captures: Captures, parent: QObject) -> None:
        super().__init__(parent)
        self._captures = captures
        self._folder: QTemporaryDir | None = None

    def why_not(self, ids: Sequence[int]) -> str | None:
        """Why these cannot be dragged, in a sentence; null where they can."""
        if len(ids) > MOST:
            return f"At most {MOST} captures can be dragged at once; export them instead."
        rows = self._captures.rows(ids)
        if sum(row.size for row in rows.values()) > MOST_BYTES:
            return "These bodies are too large to be dragged; export them instead."
        return None if rows else "There is nothing to drag."

    def of(self, ids: Sequence[int]) -> QMimeData:
        """The files of these captures, byte for byte what was sent. Raises InspectorError."""
        if self._folder is None:
            self._folder = QTemporaryDir()
        folder = Path(self._folder.path())
        urls = []
        for capture_id, body in self._captures.bodies(ids).items():
            path = folder / f"capture-{capture_id}.json"
            with NewFile(path, replaces=True) as file:
                file.write_bytes(body)
            urls.append(QUrl.fromLocalFile(str(path)))
        data = QMimeData()
        data.setUrls(urls)
        return data
