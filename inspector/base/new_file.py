"""Write a file that only its owner can read, whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from inspector.base.errors import InspectorError
from inspector.base.visible import visible


class NewFile:
    """A file while it is written, for `with`; nothing is left of one that could not be written whole."""

    def __init__(self, path: Path, *, replaces: bool = False) -> None:
        """Raises InspectorError where none can be made, or there is one already that it may not replace."""
        self._path = path
        self._name = visible(str(path))
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
        # Anyone who can write to the folder could put a link there: the file it leads to would be emptied.
        flags |= os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) if replaces else os.O_EXCL
        try:
            descriptor = os.open(path, flags, 0o600)
        except FileExistsError:
            raise InspectorError(
                f"{self._name} is there already and is not overwritten; name another file."
            ) from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise InspectorError(f"{self._name} is a link. Choose another file name.") from None
            raise self._failed(error) from error
        if replaces and hasattr(
            os, "fchmod"
        ):  # not on Windows; one that existed may have been open to others
            os.fchmod(descriptor, 0o600)
        self._file: BinaryIO = open(descriptor, "wb")  # noqa: SIM115 - closed at the end of the `with`

    def write(self, text: str) -> None:
        """Append text as UTF-8; raises InspectorError where the disk takes no more."""
        self.write_bytes(text.encode("utf-8", "backslashreplace"))

    def write_bytes(self, data: bytes) -> None:
        """Append bytes as they are; raises InspectorError likewise."""
        try:
            self._file.write(data)
        except OSError as error:
            raise self._failed(error) from error

    def __enter__(self) -> NewFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failed: OSError | None = None
        try:
            self._file.close()  # which writes what is left
        except OSError as closing:
            failed = closing
        if failed is not None or error is not None:
            self._path.unlink(missing_ok=True)
        if failed is not None and error is None:
            raise self._failed(failed) from failed

    def _failed(self, error: OSError) -> InspectorError:
        return InspectorError(f"Cannot write {self._name}: {error.strerror}.")


def write_new(path: Path, text: str, *, replaces: bool = False) -> None:
    """Write a whole text as UTF-8; raises InspectorError as `NewFile` does."""
    with NewFile(path, replaces=replaces) as file:
        file.write(text)
