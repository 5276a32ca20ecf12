"""Opens the dialogs of a window, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from inspector.gui.compare.window import CompareWindow

D = TypeVar("D", bound=QDialog)


def open_dialog(parent: QWidget, make: Callable[[], D], *, is_modal: bool = True) -> D | None:
    """Open the dialog that `make` returns, in place of the one that is open over `parent`.

    None if the open one stays, because it asks about unsaved input: it is raised instead.
    """
    for other in _open_dialogs(parent):
        other.reject()
        if other.isVisible():
            other.raise_()
            other.activateWindow()
            return None
    dialog = make()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if is_modal:
        dialog.open()
    else:
        dialog.show()
    return dialog


def _open_dialogs(parent: QWidget) -> list[QDialog]:
    """Return the open dialogs, without comparisons: these stay open during other work."""
    children = parent.findChildren(QDialog, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [one for one in children if one.isVisible() and not isinstance(one, CompareWindow)]
