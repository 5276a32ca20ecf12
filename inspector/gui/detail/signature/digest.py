"""Digests in groups of eight, with the digits that differ underlined and tinted."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.domain.diagnosis.received_digits import received_digits
from inspector.gui.theme import Theme

_GROUP, _GROUPS_A_LINE, _LINE = 8, 4, 20
_COLUMNS = _GROUP * _GROUPS_A_LINE + _GROUPS_A_LINE - 1


class DigestView(QWidget):
    """Fixed digits, four groups a line; Ctrl+C copies them without the gaps."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._lead = self._text = ""
        self._differs: tuple[bool, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_digest(self, text: str, differs: tuple[bool, ...] = (), lead: str = "") -> None:
        """Show `text`, made visible already; `differs` says of each character whether it is marked.

        `lead`, what stands before its digits, has a line of its own, so that they stand in their groups.
        """
        self._lead, self._text, self._differs = lead, text, differs
        marked = sum(differs)
        self.setAccessibleName(f"{self._name} {lead}{text}" + (f", {marked} digits differ" if marked else ""))
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        lines = max(1, self._lead_lines() - (-len(self._text) // (_GROUP * _GROUPS_A_LINE)))
        width = self._advance() * _COLUMNS
        return QSize(round(width) + 2, lines * self._theme.px(_LINE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._lead + self._text)
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, advance, line = self._theme, self._advance(), self._theme.px(_LINE)
        painter = QPainter(self)
        painter.setFont(theme.fixed_font())
        painter.setPen(theme.color("text"))
        for place, character in enumerate(self._lead):
            corner = QPointF(place % _COLUMNS * advance, place // _COLUMNS * line)
            painter.drawText(QRectF(corner, QSizeF(advance, line)), Qt.AlignmentFlag.AlignCenter, character)
        above = self._lead_lines()
        for place, character in enumerate(self._text):
            group = place // _GROUP
            column = place % (_GROUP * _GROUPS_A_LINE) + group % _GROUPS_A_LINE
            area = QRectF(column * advance, (above + group // _GROUPS_A_LINE) * line, advance, line)
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

    def _lead_lines(self) -> int:
        return -(-len(self._lead) // _COLUMNS)

    def _advance(self) -> float:
        return QFontMetricsF(self._theme.fixed_font(), self).horizontalAdvance("0")


def how_many_differ(received: bytes, expected: str) -> str:
    """`58 of 64 differ.`, or what else is the matter with their lengths or how they are written."""
    if received == expected.encode():
        return "All digits are the same."
    digits = received_digits(received)
    if len(digits.text) != len(expected):
        unit = "characters" if len(digits.text) == len(received) else "digits"
        return f"The received one has {len(digits.text):,} {unit}, the expected one {len(expected)}."
    if count := sum(digits.differences(expected)):
        return f"{count} of {len(expected)} differ."
    if digits.text.encode("latin-1") == received:
        return "Only upper and lower case differ; the documented check compares exactly."
    return "All digits are the same, but not how they are written; the documented check compares exactly."
