"""Copying something does not spoil the end of the program."""

from __future__ import annotations

import subprocess
import sys

_COPIES = """
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QApplication
from inspector.gui.shell.app import release_clipboard

app = QApplication([])
data = QMimeData()
data.setData("application/octet-stream", b"{}")
data.setText("{}")
QApplication.clipboard().setMimeData(data)
release_clipboard()
assert QApplication.clipboard().text() == "{}"
"""


def test_what_was_copied_is_left_as_text_and_the_program_ends_in_order() -> None:
    done = subprocess.run([sys.executable, "-c", _COPIES], capture_output=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")
