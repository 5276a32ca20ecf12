"""What is left in the clipboard when the program ends."""

from __future__ import annotations

import shiboken6
from PySide6.QtGui import QClipboard, QGuiApplication


def let_go() -> None:
    """Leave the text of what was copied, in an object that Qt made itself.

    WORKAROUND(PySide6 6.11): Qt destroys what the clipboard holds after Python has ended, and to destroy
    an object made in Python it calls into Python: SIGSEGV in Shiboken::Object::destroy.
    """
    clipboard = QGuiApplication.clipboard()
    for mode in (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection):
        data = clipboard.mimeData(mode)
        if data is not None and shiboken6.createdByPython(data):
            clipboard.setText(data.text(), mode)
