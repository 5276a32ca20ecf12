"""Labels (plain text in a size of the drawing and the colour of a token) and hairlines."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.theme import Theme


class Label(QLabel):
    """A plain text label. Captured text is never read as markup.

    Each text has its own base direction, and all texts begin at the left edge.
    """

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        px: float = 13,
        weight: int = 400,
        tone: str = "text",
        is_fixed: bool = False,
        wraps: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._tone = tone
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.fixed_font(px, weight) if is_fixed else theme.font(px, weight))
        self.setWordWrap(wraps)
        self.setAlignment(self.alignment() | Qt.AlignmentFlag.AlignAbsolute)
        self.setLayoutDirection(direction_of(text))
        self.setForegroundRole(QPalette.ColorRole.WindowText)  # else a parent's background decides
        theme.changed.connect(self._tint)
        self._tint()

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setLayoutDirection(direction_of(text))  # by default Qt uses that of the window

    def minimumSizeHint(self) -> QSize:
        """Return the height of one line for wrapped text. Qt would return the height for one word per line. A
        layout that knows the width asks for the height at that width."""
        hint = super().minimumSizeHint()
        return QSize(hint.width(), self.fontMetrics().height()) if self.wordWrap() else hint

    def set_tone(self, tone: str) -> None:
        """Use the colour of another token."""
        self._tone = tone
        self._tint()

    @Slot()
    def _tint(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, self._theme.color(self._tone))
        self.setPalette(palette)


class ElidedLabel(Label):
    """A label that shortens its text to the available width; the tool tip shows all of it."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        px: float = 13,
        weight: int = 400,
        tone: str = "text",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, text, px=px, weight=weight, tone=tone, parent=parent)
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("…"), super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(
            QFontMetrics(self.font()).horizontalAdvance(self.text()) + 2, super().sizeHint().height()
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        self.setToolTip(self._tip() if self.is_elided else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        metrics, width = self.fontMetrics(), self.width()
        shown = metrics.elidedText(self.text(), self._mode, width)
        if metrics.horizontalAdvance(shown) > width:  # Qt's rounding: by one pixel, in three of 350 widths
            shown = metrics.elidedText(self.text(), self._mode, width - 2)
        draw_line(painter, self.rect(), shown, self.alignment())

    @property
    def is_elided(self) -> bool:
        """Whether the text is shortened."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.width()

    def _tip(self) -> str:
        return plain_tip(self.text())


def draw_line(painter: QPainter, rect: QRect | QRectF, text: str, alignment: Qt.AlignmentFlag) -> None:
    """Draw one line in the base direction of its first letter, aligned to the given edge."""
    before = painter.layoutDirection()
    painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    painter.drawText(rect, alignment | Qt.AlignmentFlag.AlignAbsolute | Qt.TextFlag.TextSingleLine, text)
    painter.setLayoutDirection(before)


def draw_elided(painter: QPainter, area: QRect | QRectF, text: str) -> None:
    """Draw one line at the left of `area` in the painter's font, shortened to its width."""
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
    draw_line(painter, area, shown, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


def direction_of(text: str) -> Qt.LayoutDirection:
    """Return the base direction of a text: that of its first letter, or left to right without letters."""
    kinds = () if text.isascii() else map(unicodedata.bidirectional, text)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return Qt.LayoutDirection.LeftToRight if first == "L" else Qt.LayoutDirection.RightToLeft


def isolated(name: str) -> str:
    """Return a name for use in a sentence: in its own direction, without changing the order around it."""
    is_left_to_right = name.isascii() or not any(
        unicodedata.bidirectional(one) in ("R", "AL") for one in name
    )
    return name if is_left_to_right else f"\u2068{name}\u2069"


def plain_tip(text: str) -> str:
    """Return `text` as a tool tip that is never read as markup and keeps its lines.

    Each line is a paragraph, because it has its own base direction.
    """
    if not text:
        return ""
    lines = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").split("\n")
    if len(lines) == 1:
        return f"<p>{lines[0]}</p>"
    return "".join(f'<p style="margin: 0">{line}</p>' for line in lines)


class Hairline(QFrame):
    """A line of one pixel between two parts."""

    def __init__(self, theme: Theme, *, is_upright: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        if is_upright:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color("line"))


class InfoNote(QWidget):
    """A sentence after an info icon; hidden while it has no text."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._text = Label(theme, px=12, tone="text2", wraps=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.px(22), theme.px(4), 0, theme.px(4))
        layout.addWidget(self._text)

    @property
    def sentence(self) -> str:
        """The current sentence, or an empty text."""
        return self._text.text()

    def show_sentence(self, sentence: str) -> None:
        """Show another sentence; an empty one hides the note."""
        self._text.setText(sentence)
        self.setVisible(bool(sentence))

    def paintEvent(self, event: QPaintEvent) -> None:
        side = self._theme.px(15)
        area = QRectF(0, self._theme.px(4), side, side)  # next to the first line
        paint_icon(QPainter(self), "info", self._theme, area, "text2", 15)
