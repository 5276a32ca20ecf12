"""The bytes that the signature is over, as text or in hex, as many as there is reason to look at here."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from inspector.gui.detail.body.hex_view import HexView
from inspector.gui.detail.pieces import raw_pieces
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.labels import Label
from inspector.gui.kit.segmented_control import SegmentedControl
from inspector.gui.kit.theme import Theme

SHOWN = 64 * 1024
"""Of more bytes the Body tab shows the rest."""
_TEXT, _HEX = range(2)
_HEIGHT = 176


class SignedBytes(QWidget):
    """A pane of fixed height that scrolls within itself; filled when it is unfolded."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._body = b""
        self._choice = SegmentedControl(theme, ("Text", "Hex"))
        self._choice.choose(_TEXT)
        self._choice.selected.connect(self._choose)
        self._text = TextView(theme, "Signed bytes as text")
        self._hex = HexView(theme)
        self._hex.setAccessibleName("Signed bytes in hex")
        self._pages = _Framed(theme)
        self._pages.addWidget(self._text)
        self._pages.addWidget(self._hex)
        self._pages.setFixedHeight(theme.px(_HEIGHT))
        self._more = Label(theme, px=12, tone="text2", wraps=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(6))
        layout.addWidget(self._choice)
        layout.addWidget(self._pages)
        layout.addWidget(self._more)

    def show_body(self, body: bytes) -> None:
        """Show the first of these bytes."""
        self._body = body[:SHOWN]
        is_cut = len(body) > SHOWN
        self._more.setText(f"The first {SHOWN:,} of {len(body):,} bytes; the Body tab has all.")
        self._more.setVisible(is_cut)
        self._text.fill(raw_pieces(self._body), SHOWN * 4)
        self._hex.show_body(self._body)

    def forget(self) -> None:
        """Let go of the bytes."""
        self._body = b""
        self._text.forget()
        self._hex.show_body(b"")

    @Slot(int)
    def _choose(self, place: int) -> None:
        self._pages.setCurrentIndex(place)


class _Framed(QStackedWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setContentsMargins(1, 1, 1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
