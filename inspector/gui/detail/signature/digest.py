"""Digests in groups of eight, with the digits that differ underlined and tinted."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.gui.theme import Theme

_GROUP, _GROUPS_A_LINE, _LINE = 8, 4, 20


class DigestView(QWidget):
    """Fixed digits, four groups a line; Ctrl+C copies them without the gaps."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._text = ""
        self._differs: tuple[bool, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_digest(self, text: str, differs: tuple[bool, ...] = ()) -> None:
        """Show `text`, made visible already; `differs` says of each character whether it is marked."""
        self._text, self._differs = text, differs
        marked = sum(differs)
        self.setAccessibleName(f"{self._name} {text}" + (f", {marked} digits differ" if marked else ""))
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        lines = max(1, -(-len(self._text) // (_GROUP * _GROUPS_A_LINE)))
        width = self._advance() * (_GROUP * _GROUPS_A_LINE + _GROUPS_A_LINE - 1)
        return QSize(round(width) + 2, lines * self._theme.px(_LINE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._text)
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, advance, line = self._theme, self._advance(), self._theme.px(_LINE)
        painter = QPainter(self)
        painter.setFont(theme.fixed_font())
        for place, character in enumerate(self._text):
            group = place // _GROUP
            column = place % (_GROUP * _GROUPS_A_LINE) + group % _GROUPS_A_LINE
            area = QRectF(column * advance, (group // _GROUPS_A_LINE) * line, advance, line)
            is_marked = place < len(self._differs) and self._differs[place]
            if is_marked:
                tint = area.adjusted(0, 2, 0.5, -2)
                painter.fillRect(tint, theme.color("invalid_soft"))
                painter.fillRect(
                    QRectF(tint.left(), tint.bottom() - 1, tint.width(), 1), theme.color("invalid")
                )
            painter.setPen(theme.color("invalid" if is_marked else "text"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, character)
        if self.hasFocus():
            painter.setPen(theme.color("outline"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _advance(self) -> float:
        return QFontMetricsF(self._theme.fixed_font(), self).horizontalAdvance("0")


def differences(shown: str, other: str) -> tuple[bool, ...]:
    """For each character of `shown` whether `other` has another in its place, or none."""
    return tuple(place >= len(other) or character != other[place] for place, character in enumerate(shown))


def how_many_differ(received: str, expected: str) -> str:
    """`58 of 64 differ.`, or what else is the matter with their lengths."""
    if received == expected:
        return "All digits are the same."
    if len(received) != len(expected):
        return f"The received one has {len(received):,} characters, the expected one {len(expected)}."
    if received.lower() == expected:
        return "Only upper and lower case differ; the documented check compares exactly."
    return f"{sum(differences(expected, received))} of {len(expected)} differ."
