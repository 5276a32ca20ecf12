"""Links: text in the accent colour that acts as a button, also by keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.icons import IconMark
from inspector.gui.kit.labels import draw_line, plain_tip
from inspector.gui.kit.tab_order import step_by_arrow
from inspector.gui.kit.theme import Theme


class Link(QAbstractButton):
    """A button that looks like a link, underlined under the pointer. Its text has no mnemonics."""

    def __init__(
        self, theme: Theme, text: str = "", *, px: float = 12, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._px = px
        self._shown = ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # Many links vanish when they are clicked. The keys of the list still work then.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show another text, already escaped by `visible`."""
        self._shown = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """Return the text as shown. QAbstractButton's own text would have mnemonics."""
        return self._shown

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.font(self._px), self)
        return QSize(metrics.horizontalAdvance(self._shown) + 2, metrics.height() + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not step_by_arrow(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        font = self._theme.font(self._px)
        font.setUnderline(self.underMouse() and self.isEnabled())
        painter = QPainter(self)
        painter.setFont(font)
        painter.setPen(self._theme.color("accent" if self.isEnabled() else "text2"))
        text = self._fitted(QFontMetrics(font, self))
        draw_line(painter, self.rect(), text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        if self.hasFocus():
            paint_focus(painter, self, self._theme, width=1)

    def _fitted(self, metrics: QFontMetrics) -> str:
        """Return as much of the text as fits."""
        return self._shown


class ElidedLink(Link):
    """A link that shortens its text to the available width; the tool tip shows all of it."""

    def __init__(self, theme: Theme, *, px: float = 12, parent: QWidget | None = None) -> None:
        super().__init__(theme, px=px, parent=parent)
        self._mode = Qt.TextElideMode.ElideRight
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def elide_middle(self) -> None:
        """Shorten the middle, so that both ends of an id are visible."""
        self._mode = Qt.TextElideMode.ElideMiddle

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._theme.px(24), self.sizeHint().width()), self.sizeHint().height())

    def _fitted(self, metrics: QFontMetrics) -> str:
        text = metrics.elidedText(self._shown, self._mode, self.width())
        self.setToolTip(plain_tip(self._shown) if text != self._shown else "")
        return text


class PathArrow(IconMark):
    """The arrow between two links of a path."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "chevron-right", px=11, width=8)


def shared(room: int, wishes: Sequence[int]) -> list[int]:
    """Divide `room` among `wishes`: each gets its wish, or an equal part of the space that shorter ones
    leave."""
    given = dict.fromkeys(range(len(wishes)), 0)
    left = room
    for number, (place, wish) in enumerate(sorted(enumerate(wishes), key=lambda one: one[1])):
        given[place] = max(min(wish, left // (len(wishes) - number)), 0)
        left -= given[place]
    return list(given.values())
