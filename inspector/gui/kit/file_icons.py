"""The icons and types of files in a file dialog, by their names."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QFileInfo, QMimeDatabase
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileIconProvider

_BY_NAME = QMimeDatabase.MatchMode.MatchExtension


class FileIcons(QFileIconProvider):
    """Opens no file. The provider of Qt reads files to find their type.

    The folder may contain the capture file. Closing it in this process would drop the locks of its open
    connections (POSIX), and another process could then delete a log that is in use.
    """

    def __init__(self) -> None:
        super().__init__()
        # They are made here, because Qt asks for them in a thread of its own.
        self._file = super().icon(QFileIconProvider.IconType.File)
        self._folder = super().icon(QFileIconProvider.IconType.Folder)

    def icon(self, of: Any) -> QIcon:
        """Return the icon of a file or folder, or of a kind such as the computer."""
        if isinstance(of, QFileInfo):
            return self._folder if of.isDir() else self._file
        return super().icon(of)

    def type(self, info: QFileInfo) -> str:
        """Return the type of a file for display."""
        if info.isDir():
            return "Folder"
        return QMimeDatabase().mimeTypeForFile(info.fileName(), _BY_NAME).comment()
