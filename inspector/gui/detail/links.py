"""A link whose text was sent: shortened to its room, with the whole as its tool tip, never a mnemonic."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.gui.buttons import paint_focus
from inspector.gui.labels import plain_tip
from inspector.gui.links import Link
from inspector.gui.theme import Theme


class ElidedLink(Link):
    """A link that gives way: to a name of any length, and to a pane of any width."""

    def __init__(self, theme: Theme, *, px: float = 12, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", px=px, parent=parent)
        self._shown = ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Show another text, made visible already."""
        self._shown = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.font(self._px), self)
        return QSize(metrics.horizontalAdvance(self._shown) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._theme.px(24), self.sizeHint().width()), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        font = self._theme.font(self._px)
        font.setUnderline(self.underMouse() and self.isEnabled())
        painter = QPainter(self)
        painter.setFont(font)
        painter.setPen(self._theme.color("accent" if self.isEnabled() else "text2"))
        metrics = QFontMetrics(font, self)
        shown = metrics.elidedText(self._shown, Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(plain_tip(self._shown) if shown != self._shown else "")
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
        if self.hasFocus():
            paint_focus(painter, self)
