"""Windows about the tunnel: its log, and what it changes in a request."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.dialog import BaseDialog
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, at, column, foot, grow, resize_within
from inspector.gui.kit.mask_overlay import MaskOverlay
from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.qr_code import QrCode
from inspector.session.session import Session
from inspector.session.tunnels import TunnelState

_LOOK_MS = 500
_NOTHING = "The tunnel has written nothing yet."
_HIDDEN = "Hidden while the screen is masked. Turn off the mask to see it."
_QR_SIDE = 320


class _TextWindow(BaseDialog):
    """A title, a sentence, plain text that can be selected, *Copy all* and *Close*. Not modal."""

    def __init__(
        self, theme: Theme, mask: Mask, title: str, about: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, parent)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(title)
        self.text.setReadOnly(True)
        self.text.setFont(theme.fixed_font())
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setTabChangesFocus(True)
        self.about = Label(theme, about, tone="text2", wraps=True)
        self.copy = Button(theme, "Copy all", icon="copy")
        self.copy.clicked.connect(self._copy)
        self.copy.clicked.connect(self.copy.confirm)
        close = Button(theme, "Close", key="Esc")
        close.clicked.connect(self.accept)
        head = column(
            theme,
            Label(theme, title, px=16, weight=600),
            self.about,
            grow(self.text),
            spacing=8,
            margins=(20, 16, 20, 12),
        )
        column(theme, grow(head), Hairline(theme), foot(theme, STRETCH, self.copy, close), on=self)
        self._cover = MaskOverlay(theme, mask, self.text, _HIDDEN, is_of_credentials=True)
        resize_within(self, theme, theme.px(760), theme.px(520))

    def show_text(self, text: str) -> None:
        """Show another text. The view follows the end if it is there."""
        if text == self.text.toPlainText():
            return
        bar = self.text.verticalScrollBar()
        is_at_end = bar.value() == bar.maximum()
        self.text.setPlainText(text)
        if is_at_end:
            bar.setValue(bar.maximum())

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())


class TunnelLogWindow(_TextWindow):
    """The last 200 lines of both streams of the tunnel's program. It follows them while it is open."""

    def __init__(self, session: Session, theme: Theme, mask: Mask, parent: QWidget | None = None) -> None:
        about = "The last 200 lines that the tunnel program has written, with its errors."
        super().__init__(theme, mask, "Tunnel log", about, parent)
        self._tunnels = session.tunnels
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.finished.connect(self._timer.stop)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the lines that are there now."""
        lines = self._tunnels.lines()
        self.copy.setEnabled(bool(lines))
        self.show_text("\n".join(lines) or _NOTHING)


class HeadersWindow(_TextWindow):
    """The headers that the tunnel adds to a request, and what it changes."""

    def __init__(self, state: TunnelState, theme: Theme, mask: Mask, parent: QWidget | None = None) -> None:
        about = "The tunnel adds these headers to each request. The signature covers only the body."
        super().__init__(theme, mask, "What the tunnel changes", about, parent)
        others = [one for one in (state.changes or "").split("; ") if one and not one.startswith("adds ")]
        changed = f"It also {visible('; '.join(others))}." if others else ""
        self.about.setText(" ".join(filter(None, (about, changed))))
        self.show_text("\n".join(map(visible, state.added_headers)) or "No headers.")
        resize_within(self, theme, theme.px(520), theme.px(400))


class QrWindow(BaseDialog):
    """The QR code, large enough for a camera at arm's length."""

    def __init__(self, address: str, theme: Theme, mask: Mask, parent: QWidget | None = None) -> None:
        super().__init__("QR code of the public address", parent)
        self.code = QrCode(theme, _QR_SIDE, self)
        self.code.show_text(address)
        self.address = Label(theme, visible(address), tone="text2", wraps=True, parent=self)
        self.address.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.address.setBackgroundRole(QPalette.ColorRole.Base)
        close = Button(theme, "Close", key="Esc")
        close.clicked.connect(self.accept)
        page = QWidget(self)
        column(
            theme,
            at(Qt.AlignmentFlag.AlignHCenter, self.code),
            self.address,
            spacing=12,
            margins=(20, 20, 20, 16),
            on=page,
        )
        column(theme, grow(page), Hairline(theme), foot(theme, STRETCH, close), on=self)
        self._cover = MaskOverlay(theme, mask, page, _HIDDEN, is_of_credentials=True)
        close.setFocus()
