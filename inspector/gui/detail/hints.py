"""Hints about a capture: a chip with their number, which unfolds them over the content."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from inspector.base.quantity import counted
from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.layout import column, row
from inspector.gui.kit.theme import Theme


class HintChip(QAbstractButton):
    """`2 hints`, 20 high and down while they are unfolded. Esc folds them."""

    def __init__(self, theme: Theme, below: QWidget) -> None:
        """Unfold hints below `below`, over the content there."""
        super().__init__()
        self._theme = theme
        self._below = below
        self.sentences: tuple[str, ...] = ()
        self.sheet = _Sheet(theme)
        self.sheet.hide()
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.toggled.connect(self._unfold)
        theme.changed.connect(self.update)
        self.hide()

    def show_hints(self, sentences: tuple[str, ...]) -> None:
        """Show other hints, folded; the same ones stay as they are."""
        if sentences == self.sentences:
            return
        self.sentences = sentences
        self.setChecked(False)
        self.setText(counted(len(sentences), "hint"))
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(" ".join(sentences))
        self.setToolTip(plain_tip("\n".join(sentences)))
        self.setVisible(bool(sentences))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        text = QFontMetrics(self._theme.font(12), self).horizontalAdvance(self.text())
        return QSize(text + self._theme.px(2 * 8 + 14), self._theme.px(20))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isChecked():
            self.setChecked(False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        px, theme = self._theme.px, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent"), 1) if self.underMouse() else Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_soft"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text"))
        area = QRectF(px(8), 0, self.width(), self.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self.text())
        arrow = QRectF(self.width() - px(18), 0, px(12), self.height())
        paint_icon(painter, "chevron-down", theme, arrow, "text2", 11)
        if self.hasFocus():
            paint_focus(painter, self, self._theme)

    @Slot(bool)
    def _unfold(self, is_open: bool) -> None:
        over = self._below.parentWidget()
        if is_open and over is not None:
            self.sheet.setParent(over)
            self.sheet.show_sentences(self.sentences)
            self.sheet.move(self._below.mapTo(over, QPoint(0, self._below.height())))
            self.sheet.setFixedWidth(self._below.width())
            self.sheet.raise_()
        self.sheet.setVisible(is_open)
        self.sheet.adjustSize()  # its texts know their heights once they know their width


class _Sheet(QWidget):
    """The hints one below the other, each with a sign before it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setMinimumHeight(theme.px(38))  # it hides the tabs below it, not half of them
        self._layout = column(theme, spacing=4, margins=(20, 8, 16, 10), on=self)
        self._rows: list[_Hint] = []

    def show_sentences(self, sentences: tuple[str, ...]) -> None:
        """Show these sentences. The rows are reused."""
        while len(self._rows) < len(sentences):
            self._rows.append(_Hint(self._theme))
            self._layout.addWidget(self._rows[-1])
        for number, hint in enumerate(self._rows):
            hint.setVisible(number < len(sentences))
            hint.text.show_text(sentences[number] if number < len(sentences) else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("outline"))


class _Hint(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.text = FlowText(theme, font=theme.font(12), tone="text")
        row(theme, self.text, margins=(20, 0, 0, 0), on=self)

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        paint_icon(QPainter(self), "info", self._theme, QRectF(0, 0, px(14), px(17)), "text2", 14)
