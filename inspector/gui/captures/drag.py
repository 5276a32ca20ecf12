"""Captures as files that can be dragged out of the list: each body under the name `capture-<id>.json`."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QUrl

from inspector.session.session import Session

MOST = 100
"""Files of one drag."""
MOST_BYTES = 8 * 2**20
"""Of their bodies: they are written while the pointer waits."""


def why_not(session: Session, ids: Sequence[int]) -> str | None:
    """Return why these captures cannot be dragged, in a sentence; None where they can."""
    if len(ids) > MOST:
        return f"At most {MOST} captures can be dragged at once; export them instead."
    rows = session.captures.rows(ids)
    if sum(row.size for row in rows.values()) > MOST_BYTES:
        return "These bodies are too large to be dragged; export them instead."
    return None if rows else "There is nothing to drag."


def dragged(session: Session, ids: Sequence[int]) -> QMimeData:
    """Return the files of these captures, byte for byte what was sent. Raises InspectorError."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in session.body_files.write(ids)])
    return data
