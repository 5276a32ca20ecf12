"""What stands on top of the Signature tab: the verdict in a sentence, and the one button that helps."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.layout import at, column, grow, row
from inspector.gui.kit.theme import Theme


class VerdictHead(QWidget):
    """A badge's shape, a sentence, a second one, and where the stored verdict is another, that."""

    def __init__(self, theme: Theme, add_secret: QAction, check_again: QAction) -> None:
        super().__init__()
        px = theme.px
        self._glyph = _Glyph(theme)
        self._sentence = FlowText(theme, font=theme.font(15, 600))
        self._more = FlowText(theme, font=theme.font(12.5), tone="text2")
        self._stored = FlowText(theme, font=theme.font(12.5, 500), tone="warning")
        self.add_secret = Button(theme, "Add a secret…", icon="key", is_primary=True)
        self.add_secret.clicked.connect(add_secret.trigger)
        self.check_again = Button(theme, check_again.text(), icon="replay")
        self.check_again.clicked.connect(check_again.trigger)
        words = column(theme, self._sentence, self._more, self._stored, spacing=3)
        for button in (self.add_secret, self.check_again):
            words.addSpacing(px(2))
            words.addWidget(button)
        row(theme, at(Qt.AlignmentFlag.AlignTop, self._glyph), grow(words), spacing=12, on=self)
        self.clear()

    def say(self, sentence: str, more: str, badge: Badge | None = None) -> None:
        """The verdict, and what is to be known of it at once; without a badge the one before stays."""
        if badge is not None:
            self._glyph.show_badge(badge)
        self._sentence.show_text(sentence)
        self.say_more(more)

    def say_more(self, more: str) -> None:
        """Another second sentence."""
        self._more.show_text(more)
        self._more.setVisible(bool(more))

    def say_stored(self, sentence: str) -> None:
        """That the stored verdict is another one, with the way to make them the same; nothing if empty."""
        self._stored.show_text(sentence)
        self._stored.setVisible(bool(sentence))
        self.check_again.setVisible(bool(sentence))

    def clear(self) -> None:
        """Only the two sentences."""
        self.say_stored("")
        self.add_secret.hide()


class _Glyph(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._badge = Badge.UNCHECKED
        self.setFixedSize(theme.px(20), theme.px(20))
        theme.changed.connect(self.update)

    def show_badge(self, badge: Badge) -> None:
        self._badge = badge
        self.setAccessibleName(badge.word)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_glyph(QPainter(self), QRectF(self.rect()).adjusted(1, 1, -1, -1), self._badge, self._theme)
