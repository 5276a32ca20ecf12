"""The bar below the pane: what can be done with the capture that is shown."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from inspector.gui.buttons import Button
from inspector.gui.detail.words import counted
from inspector.gui.labels import ElidedLabel, Hairline
from inspector.gui.theme import Theme

_TOLD_MS = 4_000


class ActionBar(QWidget):
    """Replay and copy; what happened is told beside them for some seconds."""

    replay_clicked = Signal()

    def __init__(self, theme: Theme, replay_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._body = b""
        self._replay = Button(theme, "Replay", icon="replay", key=replay_key)
        self._replay.clicked.connect(self.replay_clicked)
        self._copy = Button(theme, "Copy body", icon="copy")
        self._copy.clicked.connect(self.copy_body)
        self._told = ElidedLabel(theme, px=12, tone="text2")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TOLD_MS)
        self._timer.timeout.connect(self._hush)
        row = QHBoxLayout()
        row.setContentsMargins(px(20), 0, px(16), 0)
        row.setSpacing(px(8))
        row.addWidget(self._replay)
        row.addWidget(self._copy)
        row.addWidget(self._told, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(Hairline(theme))
        layout.addLayout(row, 1)
        self.setFixedHeight(px(48))

    def show_capture(self, body: bytes, not_replayable: str | None) -> None:
        """Act on another capture; `not_replayable` says why it cannot be sent."""
        self._body = body
        self._replay.setEnabled(not_replayable is None)
        self._replay.setToolTip(not_replayable or "")
        self._copy.setEnabled(bool(body))
        self._hush()

    @Slot()
    def copy_body(self) -> None:
        """Put the body into the clipboard: its bytes, and as text what of it is UTF-8."""
        data = QMimeData()
        data.setData("application/octet-stream", self._body)
        text = self._body.decode("utf-8", "replace")
        data.setText(text)
        QGuiApplication.clipboard().setMimeData(data)
        said = f"Copied {counted(len(self._body), 'byte')}."
        if text.encode() != self._body:
            said += " What is not UTF-8 became � in the text."
        self._told.setText(said)
        self._timer.start()

    @Slot()
    def _hush(self) -> None:
        self._told.setText("")
