"""The Log dialog: the errors of this run, and the end of the log file with tracebacks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from inspector.base.log import log_file
from inspector.base.visible import visible, visible_block
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.dialog import BaseDialog
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import column, foot, grow, resize_within
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

TAIL = 128 * 1024
"""Number of bytes shown from the end of the file."""
_LOOK_MS = 1_000
_NOTHING = "No errors so far."
_ABOUT = "For bug reports. The log contains file names and hosts, but no secrets or signatures."


class LogDialog(BaseDialog):
    """A dialog that is not modal and follows the file while it is open."""

    def __init__(
        self, session: Session, theme: Theme, messages: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__("Log", parent)
        self._messages = messages
        self._file = log_file()
        self._load = LatestTask(session.tasks, "read the log", self)
        self.finished.connect(self._leave)
        self._state: object = None
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Log")
        self.text.setReadOnly(True)
        self.text.setFont(theme.fixed_font())
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setTabChangesFocus(True)
        self.copy = Button(theme, "Copy all", icon="copy")
        self.copy.clicked.connect(self._copy)
        self.close_button = Button(theme, "Close", key="Esc")
        self.close_button.clicked.connect(self.accept)
        about = Label(theme, _ABOUT, tone="text2", wraps=True)
        head = column(
            theme,
            Label(theme, "Log", px=16, weight=600),
            about,
            grow(self.text),
            spacing=8,
            margins=(20, 16, 20, 12),
        )
        middle = Qt.TextElideMode.ElideMiddle
        place = ElidedLabel(theme, visible(str(self._file)), px=12, tone="text2", mode=middle)
        buttons = foot(theme, grow(place), self.copy, self.close_button)
        column(theme, grow(head), Hairline(theme), buttons, on=self)
        resize_within(self, theme, theme.px(760), theme.px(520))
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read the end of the file again."""
        self._load.start(self._read())

    async def _read(self) -> None:
        tail = await asyncio.to_thread(_tail, self._file)
        state = (tail, tuple(self._messages))
        if state == self._state:
            return
        self._state = state
        parts = ["\n".join(map(visible_block, self._messages)), visible_block(tail)]
        text = "\n\n".join(part for part in parts if part)
        bar = self.text.verticalScrollBar()
        is_at_end = bar.value() == bar.maximum()
        self.text.setPlainText(text or _NOTHING)
        self.copy.setEnabled(bool(text))
        if is_at_end:
            bar.setValue(bar.maximum())

    @Slot()
    def _leave(self) -> None:
        self._timer.stop()
        self._load.cancel()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())


def _tail(file: Path) -> str:
    """Return the last whole lines of a file, or an empty text if there is no file."""
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(size - TAIL, 0))
            data = stream.read(TAIL)
    except OSError:
        return ""
    if size > TAIL:
        data = data.partition(b"\n")[2]
    return data.decode("utf-8", "backslashreplace").rstrip("\n")
