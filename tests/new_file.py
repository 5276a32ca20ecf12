"""Creates capture files for tests. The program waits for the disk for one, a dozen times."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from inspector.store.file import database


def a_new_file(path: Path) -> Path:
    """Create a file as the program does, without captures, unless it exists. Return its path."""
    if not os.path.lexists(path):
        path.write_bytes(_CONTENT)
    return path


def _content() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "captures.db")
        database.prepare(path, create=True)
        return path.read_bytes()


_CONTENT = _content()
"""Read before any test, because some change how files are created."""
