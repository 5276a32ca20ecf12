"""Why the program cannot start, told to who started it from an icon and sees no standard error."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

_SEEN_BY_NOBODY = ("offscreen", "minimal")


def is_seen(app: QApplication) -> bool:
    """Whether somebody sits before it: a box on Qt's offscreen platform would wait for ever."""
    return app.platformName() not in _SEEN_BY_NOBODY


class StartErrorBox(QMessageBox):
    """One sentence and a way out."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.setIcon(QMessageBox.Icon.Critical)
        self.setWindowTitle("Webhook Inspector")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(sentence)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setStandardButtons(QMessageBox.StandardButton.Close)

    async def read(self, quit_asked: asyncio.Event) -> None:
        """Show it until it is closed, or until the program is asked to end."""
        self.finished.connect(quit_asked.set)
        self.open()
        await quit_asked.wait()
        self.hide()
        self.deleteLater()
