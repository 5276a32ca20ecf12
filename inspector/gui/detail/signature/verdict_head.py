"""The top of the Signature tab: the verdict in a sentence, with a button to add a secret or check again."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.layout import at, column, grow, row
from inspector.gui.kit.theme import Theme


class VerdictHead(QWidget):
    """A badge and two sentences."""

    def __init__(self, theme: Theme, add_secret: QAction, re_verify: QAction) -> None:
        super().__init__()
        px = theme.px
        self._glyph = BadgeGlyph(theme, Badge.UNCHECKED, QSize(px(20), px(20)), inset=1)
        self._sentence = FlowText(theme, font=theme.font(15, 600))
        self._more = FlowText(theme, font=theme.font(12.5), tone="text2")
        self.add_secret = Button(theme, "Add a secret…", icon="key", is_primary=True)
        self.add_secret.clicked.connect(add_secret.trigger)
        self.re_verify = Button(theme, re_verify.text(), icon="replay")
        self.re_verify.clicked.connect(re_verify.trigger)
        buttons = (2, self.add_secret, 2, self.re_verify)
        words = column(theme, self._sentence, self._more, *buttons, spacing=3)
        row(theme, at(Qt.AlignmentFlag.AlignTop, self._glyph), grow(words), spacing=12, on=self)
        self.clear()

    def show_verdict(self, sentence: str, more: str, badge: Badge | None = None) -> None:
        """Show the verdict in two sentences. Without a badge, the previous one stays."""
        if badge is not None:
            self._glyph.show_badge(badge)
        self._sentence.show_text(sentence)
        self.show_more(more)

    def show_more(self, more: str) -> None:
        """Show another second sentence."""
        self._more.show_text(more)
        self._more.setVisible(bool(more))

    def clear(self) -> None:
        """Hide the buttons."""
        self.re_verify.hide()
        self.add_secret.hide()


class BadgeGlyph(QWidget):
    """The shape of a badge, `inset` pixels smaller than the widget on each side."""

    def __init__(self, theme: Theme, badge: Badge, size: QSize, *, inset: int = 0) -> None:
        super().__init__()
        self._theme = theme
        self._badge = badge
        self._inset = inset
        self.setFixedSize(size)
        theme.changed.connect(self.update)

    def show_badge(self, badge: Badge) -> None:
        """Show another badge."""
        self._badge = badge
        self.setAccessibleName(badge.word)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        area = QRectF(self.rect()).adjusted(self._inset, self._inset, -self._inset, -self._inset)
        paint_glyph(QPainter(self), area, self._badge, self._theme)
