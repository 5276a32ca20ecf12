"""Folders of this program, its resources, and new files that only their owner can read."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from inspector.base.errors import InspectorError
from inspector.base.visible import visible

APP = "webhook-inspector"
_HAS_XDG = sys.platform.startswith("linux")
_UNSTORED_MARK = os.urandom(16).hex()


def private_umask() -> None:
    """Make every file and folder that this process creates private to its owner."""
    os.umask(0o077)


def data_folder() -> Path:
    """Return the platform's folder for this program's data, without creating it."""
    if _HAS_XDG:
        return _xdg_folder("XDG_DATA_HOME", "~/.local/share")
    import platformdirs

    return Path(platformdirs.user_data_dir(APP, appauthor=False))


def config_folder() -> Path:
    """Return the platform's folder for this program's settings, without creating it."""
    if _HAS_XDG:
        return _xdg_folder("XDG_CONFIG_HOME", "~/.config")
    import platformdirs

    return Path(platformdirs.user_config_dir(APP, appauthor=False))


def _xdg_folder(variable: str, default: str) -> Path:
    """Return a folder as the XDG Base Directory Specification says: a relative path is ignored."""
    given = os.environ.get(variable, "")
    # platformdirs does the same, but its import takes 15 ms of each start.
    return Path(given if os.path.isabs(given) else os.path.expanduser(default), APP)


def default_database() -> Path:
    """Return the database that is used by default."""
    return data_folder() / "captures.db"


def machine_mark() -> str:
    """Return a random text that only this user on this machine knows.

    It is stored with the settings. Without a place to store it, it is valid until the program ends.
    """
    path = config_folder() / "machine-mark"
    with suppress(OSError, UnicodeDecodeError):
        if mark := path.read_text("ascii").strip():
            return mark
    mark = os.urandom(16).hex()
    try:
        replace_file(path, mark)
    except (InspectorError, OSError):
        return _UNSTORED_MARK
    return mark


def make_private_folder(folder: Path) -> None:
    """Create `folder` with mode 0700. An existing folder keeps its mode."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def resource(name: str) -> Path:
    """Return the path of a file in `resources/`, in a source checkout, an editable install or a wheel."""
    here = Path(__file__).resolve().parent.parent
    for root in (here / "resources", here.parent / "resources"):
        if root.is_dir():
            return root / name
    raise FileNotFoundError(f"resources/{name} is not installed next to {here}")


def read_regular(path: Path, most: int) -> bytes:
    """Return the first `most` bytes of a file. Raises OSError, also for a pipe or a device."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return file.read(most)


class NewFile:
    """A file that is being written, as a context manager. An incomplete file is removed."""

    def __init__(self, path: Path, *, replaces: bool = False) -> None:
        """Create the file. Raises InspectorError if that fails, or if it exists and `replaces` is false."""
        self._path = path
        self._name = visible(str(path))
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
        # Anyone who can write to the folder could put a link there, and the linked file would be emptied.
        flags |= os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) if replaces else os.O_EXCL
        try:
            descriptor = os.open(path, flags, 0o600)
        except FileExistsError:
            raise InspectorError(f"{self._name} already exists. Choose another file name.") from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise InspectorError(f"{self._name} is a link. Choose another file name.") from None
            raise self._failed(error) from error
        if replaces and hasattr(os, "fchmod"):  # not on Windows
            os.fchmod(descriptor, 0o600)  # other users may have had access to the replaced file
        self._file: BinaryIO = open(descriptor, "wb")  # noqa: SIM115 - closed at the end of the `with`

    def write(self, text: str) -> None:
        """Append text as UTF-8. Raises InspectorError if it cannot be written."""
        self.write_bytes(text.encode("utf-8", "backslashreplace"))

    def write_bytes(self, data: bytes) -> None:
        """Append bytes. Raises InspectorError if they cannot be written."""
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
            self._file.close()  # writes buffered bytes
        except OSError as closing:
            failed = closing
        if failed is not None or error is not None:
            self._path.unlink(missing_ok=True)
        if failed is not None and error is None:
            raise self._failed(failed) from failed

    def _failed(self, error: OSError) -> InspectorError:
        return InspectorError(f"Cannot write {self._name}: {error.strerror}.")


def write_new(path: Path, text: str, *, replaces: bool = False) -> None:
    """Write a file with this text as UTF-8. Raises InspectorError as `NewFile` does."""
    with NewFile(path, replaces=replaces) as file:
        file.write(text)


def replace_file(path: Path, text: str) -> None:
    """Replace a private file with this text in one step, so that no reader sees a part of it.

    Creates its folder. If InspectorError or OSError is raised, the file is unchanged.
    """
    make_private_folder(path.parent)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        write_new(fresh, text, replaces=True)
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
