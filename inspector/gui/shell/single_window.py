"""One window per file: a second program brings the first window to the front and ends."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QWidget

from inspector.base.errors import InspectorError
from inspector.base.files import APP, make_private_folder
from inspector.gui.kit.context.window import bring_to_front

_DONE = b"raised\n"
_CONNECT_MS = 500
_ANSWER_MS = 2_000
"""A window that does not respond in this time has hung, so a second one may open."""

log = logging.getLogger(__name__)


class AlreadyOpen(InspectorError):
    """Raised if the requested window is already open and now in front. This is not a failure."""

    exit_status = 0


class SingleWindow(QObject):
    """The lock for the only window of a file, released when its process ends."""

    def __init__(self, database: Path, parent: QObject | None = None) -> None:
        """Take the lock. Raises AlreadyOpen if another window has it; that window is then in front."""
        super().__init__(parent)
        self._window: QWidget | None = None
        self._server = QLocalServer(self)
        self._server.newConnection.connect(self._answer)
        name = _address(database)
        if name is None:
            return
        if _raise_other(name):
            raise AlreadyOpen(f"A window for {database} is already open. It is now in front.")
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(name)  # left by a killed process
        if not self._server.listen(name):
            log.info("a second window cannot find this one: %s", self._server.errorString())

    def give(self, window: QWidget) -> None:
        """Set the window to bring to the front."""
        self._window = window

    def leave(self) -> None:
        """Release the lock."""
        self._window = None
        self._server.close()

    @Slot()
    def _answer(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.write(_DONE)
            socket.flush()
            socket.disconnectFromServer()
            if self._window is not None:
                bring_to_front(self._window)


def _raise_other(name: str) -> bool:
    """Bring the window that has the lock to the front by connecting to it. Return whether it responded."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    answer, is_more = b"", True
    while is_more and len(answer) < len(_DONE):
        is_more = socket.waitForReadyRead(_ANSWER_MS)
        answer += bytes(socket.readAll().data())  # data can remain after the other end has closed
    return answer == _DONE


def _address(database: Path) -> str | None:
    """Return the socket of the window on a file, the same for every path to it; None if that is unsafe."""
    digest = hashlib.sha256(os.fsencode(database.resolve())).hexdigest()[:24]
    if sys.platform == "win32":
        return f"{APP}-{digest}"
    # A socket path is limited to about 100 bytes, but the path of a data folder can be longer.
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"{APP}-{os.getuid()}"
    try:
        make_private_folder(folder)
        found = folder.lstat()
    except OSError as error:
        log.info("a second window cannot find this one: %s", error)
        return None
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        log.warning("%s is not private, so that a second window cannot find this one", folder)
        return None
    return str(folder / digest)
