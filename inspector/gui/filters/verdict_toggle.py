"""The switches of the list below the filter field: one per verdict."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.buttons import hover_tint
from inspector.gui.kit.theme import Theme


class VerdictToggle(QAbstractButton):
    """A button 24 px high with a verdict. While it is checked, it has the soft colours of the verdict."""

    toggled_by_user = Signal()

    def __init__(self, theme: Theme, badge: Badge, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._badge = badge
        self._has_words = True
        self.setText(badge.word)
        self.setAccessibleName(f"Filter by verdict {badge.word}")
        self.setToolTip(badge.word)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the field keeps the focus; `verdict:` does the same
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.toggled_by_user)

    @property
    def width_with_words(self) -> int:
        """The width that shows the word, too."""
        return self._theme.px(8 + 14 + 6 + 8) + self._theme.metrics(13, 500).horizontalAdvance(self.text())

    def show_words(self, has_words: bool) -> None:
        """Show sign and word, or only the sign if there is too little room."""
        if has_words != self._has_words:
            self._has_words = has_words
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        width = self.width_with_words if self._has_words else self._theme.px(8 + 14 + 8)
        return QSize(width, self._theme.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px, badge = self._theme, self._theme.px, self._badge
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_on = self.isChecked()
        painter.setPen(QPen(theme.color(badge.tone if is_on else "outline"), 1))
        painter.setBrush(theme.color(f"{badge.tone}_soft" if is_on else "base"))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, 4, 4)
        if self.underMouse() and not is_on:
            painter.setBrush(hover_tint(theme))
            painter.drawRoundedRect(box, 4, 4)
        paint_glyph(painter, QRectF(px(8), 0, px(14), self.height()), badge, theme)
        if self._has_words:
            painter.setFont(theme.font(13, 500 if is_on else 400))
            painter.setPen(theme.color(badge.tone if is_on else "text"))
            words = QRectF(px(28), 0, self.width() - px(28), self.height())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
