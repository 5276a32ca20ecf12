"""The question where a file is to be saved."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def ask_where(parent: QWidget, title: str, *, kinds: str, name: str, then: Callable[[str], object]) -> None:
    """Ask for a file of these `kinds`, as `Markdown (*.md)`, with `name` as the offer; `then`, a slot, is
    called with its path. A file that is there is asked about by the dialog itself."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([kinds, "All files (*)"])
    dialog.setDefaultSuffix(name.rpartition(".")[2])
    dialog.selectFile(name)
    dialog.fileSelected.connect(then)
    dialog.open()
