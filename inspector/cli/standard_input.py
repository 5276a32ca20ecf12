"""Standard input as a verb reads it: all at once, and past Python's buffer."""

from __future__ import annotations

import sys
from typing import Any

from inspector.base.errors import InspectorError


def standard_input() -> bytes:
    """All of it; raises InspectorError where there is none. Read past Python's buffer, whose lock a
    thread that is left behind would hold at the end of the process."""
    if sys.stdin is None or sys.stdin.closed:
        raise InspectorError("Standard input is closed; name a file instead.")
    raw: Any = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    try:
        data: bytes = raw.read()
    except OSError as error:
        raise InspectorError(f"Cannot read standard input: {error.strerror}.") from error
    return data
