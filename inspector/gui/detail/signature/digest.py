"""Digests in groups of eight, with the digits that differ underlined and tinted."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.domain.signature.diagnosis.digest_forms import received_digits
from inspector.gui.kit.theme import Theme

_GROUP, _LINE = 8, 20
_GROUPS_PER_LINE = (4, 2, 1)
"""As many as there is room for: a digest of 64 digits then fills its last line."""


class DigestView(QWidget):
    """Fixed digits, up to four groups per line; Ctrl+C copies them without the gaps."""

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
        lines = max(1, self._lead_lines() - (-len(self._text) // (_GROUP * self._groups_per_line())))
        return QSize(self._width_of(_GROUPS_PER_LINE[0]), lines * self._theme.px(_LINE))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width_of(_GROUPS_PER_LINE[-1]), self._theme.px(_LINE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._lead + self._text)
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, advance, line = self._theme, self._advance(), self._theme.px(_LINE)
        groups_per_line = self._groups_per_line()
        columns = _columns(groups_per_line)
        painter = QPainter(self)
        painter.setFont(theme.fixed_font())
        painter.setPen(theme.color("text"))
        for place, character in enumerate(self._lead):
            corner = QPointF(place % columns * advance, place // columns * line)
            painter.drawText(QRectF(corner, QSizeF(advance, line)), Qt.AlignmentFlag.AlignCenter, character)
        above = self._lead_lines()
        for place, character in enumerate(self._text):
            group = place // _GROUP
            column = place % (_GROUP * groups_per_line) + group % groups_per_line
            area = QRectF(column * advance, (above + group // groups_per_line) * line, advance, line)
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
        return -(-len(self._lead) // _columns(self._groups_per_line()))

    def _groups_per_line(self) -> int:
        fitting = (groups for groups in _GROUPS_PER_LINE if self._width_of(groups) <= self.width())
        return next(fitting, _GROUPS_PER_LINE[-1])

    def _width_of(self, groups: int) -> int:
        return round(self._advance() * _columns(groups)) + 2

    def _advance(self) -> float:
        return QFontMetricsF(self._theme.fixed_font(), self).horizontalAdvance("0")


def _columns(groups: int) -> int:
    """Return the width of a line in characters: its groups and the gaps between them."""
    return _GROUP * groups + groups - 1


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
