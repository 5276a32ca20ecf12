"""A line that expands more below it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.layout import column
from inspector.gui.kit.theme import Theme

_INDENT, _HEIGHT = 22, 24


class Disclosure(QWidget):
    """An arrow and a sentence that expand `content` below."""

    unfolded = Signal()
    """Emitted before the content is shown."""

    def __init__(self, theme: Theme, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head = _Head(theme)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._below = QWidget()
        column(theme, content, margins=(_INDENT, 4, 0, 6), on=self._below)
        column(theme, self.head, self._below, on=self)
        self._below.hide()
        self.head.toggled.connect(self._toggle)

    def show_sentence(self, sentence: str) -> None:
        """Show another sentence, or hide the widget if it is empty."""
        self.head.setText(sentence)
        self.head.setAccessibleName(sentence)
        self.head.update()
        self.setVisible(bool(sentence))

    @property
    def is_open(self) -> bool:
        """Whether the content is shown."""
        return self.head.isChecked()

    def fold(self) -> None:
        """Hide the content."""
        self.head.setChecked(False)

    @Slot(bool)
    def _toggle(self, is_open: bool) -> None:
        if is_open:
            self.unfolded.emit()
        self._below.setVisible(is_open)


class _Head(QAbstractButton):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._theme.font(12)).horizontalAdvance(self.text())
        return QSize(self._theme.px(_INDENT) + width + 4, self._theme.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(_INDENT + 40), self._theme.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, indent = self._theme, self._theme.px(_INDENT)
        painter = QPainter(self)
        arrow = QRectF(0, 0, theme.px(15), self.height())
        paint_icon(
            painter, "chevron-down" if self.isChecked() else "chevron-right", theme, arrow, "text2", 13
        )
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text" if self.underMouse() else "text2"))
        area = self.rect().adjusted(indent, 0, 0, 0)
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if self.hasFocus():
            paint_focus(painter, self, self._theme)
