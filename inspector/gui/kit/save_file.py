"""The question for a file: where to save one, or which one to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFileDialog, QWidget

from inspector.gui.kit.opening import open_dialog


def ask_where(parent: QWidget, title: str, *, kinds: str, name: str, then: Callable[[str], object]) -> None:
    """Ask for a file to write, of these `kinds`, as `Markdown (*.md)`, with `name` suggested.

    `then`, a slot, is called with its path. The dialog itself asks before a file is replaced.
    """

    def made() -> QFileDialog:
        dialog = _file_dialog(parent, title, (kinds,), then)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(name.rpartition(".")[2])
        dialog.selectFile(name)
        return dialog

    open_dialog(parent, made)


def ask_which(parent: QWidget, title: str, *, kinds: Sequence[str], then: Callable[[str], object]) -> None:
    """Ask for a file to read, of one of these `kinds`. `then`, a slot, is called with its path."""

    def made() -> QFileDialog:
        dialog = _file_dialog(parent, title, kinds, then)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        return dialog

    open_dialog(parent, made)


def _file_dialog(
    parent: QWidget, title: str, kinds: Sequence[str], then: Callable[[str], object]
) -> QFileDialog:
    dialog = QFileDialog(parent, title)
    dialog.setNameFilters([*kinds, "All files (*)"])
    dialog.fileSelected.connect(then)
    return dialog
