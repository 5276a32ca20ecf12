"""Write a file that only its owner can read, and that was not there before."""

from __future__ import annotations

import os
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.base.visible import visible


def write_new(path: Path, text: str) -> None:
    """Write `text` as UTF-8; raises InspectorError where there is a file already, or none can be made.

    Nothing is left of a file that could not be written whole.
    """
    name = visible(str(path))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        raise InspectorError(f"{name} is there already and is not overwritten; name another file.") from None
    except OSError as error:
        raise InspectorError(f"Cannot write {name}: {error.strerror}.") from error
    try:
        with open(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        path.unlink(missing_ok=True)
        raise InspectorError(f"Cannot write {name}: {error.strerror}.") from error
