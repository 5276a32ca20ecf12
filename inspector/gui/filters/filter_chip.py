"""A chip in the filter field: one part of the filter, with the × that removes it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import draw_line, plain_tip
from inspector.gui.kit.theme import Theme


class FilterChip(QAbstractButton):
    """A chip 20 px high: a verdict in its soft colours, or a name in the accent's. A click removes it.

    The field moves the focus to it by Left or Shift+Tab. Then Backspace, Del, Return or a space removes it.
    """

    removed = Signal()
    left = Signal(int)
    """The user goes to the chip before (-1) or after (1) it."""

    def __init__(self, theme: Theme, words: str, parent: QWidget, *, badge: Badge | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._badge = badge
        self.setText(words)
        self.setAccessibleName(f"Remove {words} from the filter" if badge else f"Leave {words}")
        self.setToolTip(plain_tip(self.accessibleName()))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the field decides: Tab goes past the chips
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.clicked.connect(self.removed)

    def sizeHint(self) -> QSize:
        metrics = self._theme.metrics(13, 500)
        glyph = self._theme.px(20) if self._badge is not None else 0
        width = glyph + metrics.horizontalAdvance(self.text())
        return QSize(width + self._theme.px(6 + 4 + 16 + 2), self._theme.px(20))

    @property
    def narrowest(self) -> int:
        """The width at which it shows its sign only, or the beginning of a name."""
        return self._theme.px(6 + 20 + 16 if self._badge is not None else 72)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (
            *(Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Space),
            *(Qt.Key.Key_Return, Qt.Key.Key_Enter),
        ):
            self.removed.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.left.emit(-1 if key == Qt.Key.Key_Left else 1)
        elif key == Qt.Key.Key_End or (event.text() and event.text().isprintable()):
            self.left.emit(0)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px, badge = self._theme, self._theme.px, self._badge
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_soft" if badge is None else f"{badge.tone}_soft"))
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        tone, x = "text", px(6)
        if badge is not None:
            tone = badge.tone
            paint_glyph(painter, QRectF(x, 0, px(14), self.height()), badge, theme)
            x += px(20)
        font = theme.font(13, 500)
        painter.setFont(font)
        painter.setPen(theme.color(tone))
        area = QRect(x, 0, max(self.width() - x - px(18), 0), self.height())
        words = theme.metrics(13, 500).elidedText(self.text(), Qt.TextElideMode.ElideMiddle, area.width())
        if len(words) > 1 or words == self.text():  # not only the sign of an omission
            draw_line(painter, area, words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        close = QRectF(self.width() - px(18), 0, px(16), self.height())
        is_pointed_at = self.underMouse() or self.hasFocus()
        paint_icon(painter, "close", theme, close, tone if badge or is_pointed_at else "text2", 12)
        if self.hasFocus():
            paint_focus(painter, self, theme, is_always=True)
