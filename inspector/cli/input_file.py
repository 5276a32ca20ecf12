"""A file that a verb reads all at once; `-` is standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import visible


def read_input(file: Path | None, *, most: int | None = None) -> bytes:
    """All of it, of standard input where no file is named. Raises InspectorError where it cannot be read,
    and UsageError where it is longer than `most` bytes."""
    data = _standard_input() if file is None or str(file) == "-" else _content(file, most)
    if most is not None and len(data) > most:
        name = "Standard input" if file is None or str(file) == "-" else visible(str(file))
        raise UsageError(f"{name} is longer than {most:,} bytes, which is the most that is taken here.")
    return data


def _content(file: Path, most: int | None) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(-1 if most is None else most + 1)
    except OSError as error:
        raise InspectorError(f"Cannot read {visible(str(file))}: {error.strerror}.") from error


def _standard_input() -> bytes:
    """Read past Python's buffer, whose lock a thread that is left behind would hold at the end of the
    process."""
    if sys.stdin is None or sys.stdin.closed:
        raise InspectorError("Standard input is closed; name a file instead.")
    raw: Any = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    try:
        data: bytes = raw.read()
    except OSError as error:
        raise InspectorError(f"Cannot read standard input: {error.strerror}.") from error
    return data
