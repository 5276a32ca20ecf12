"""Rows, columns, forms and panels, and limits for windows on small screens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeVar

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme

Margins = tuple[float, float, float, float]
"""Left, top, right and bottom, in px of the drawing."""
_Box = TypeVar("_Box", bound=QBoxLayout)
_TITLE_BAR = 32


class LayoutCell(NamedTuple):
    """A widget or layout with its share of the remaining space and its alignment in a larger cell."""

    part: QWidget | QLayout
    stretch: int = 0
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag(0)


class Stretch(NamedTuple):
    """Empty space that takes its share of the remaining space."""

    factor: int = 1


STRETCH: Final = Stretch()
"""Pushes the parts before and after it apart."""
Part = QWidget | QLayout | LayoutCell | Stretch | float
"""A part of a layout; a number is an empty space in px of the drawing."""


def grow(part: QWidget | QLayout, share: int = 1) -> LayoutCell:
    """Return `part` with `share` parts of the remaining space."""
    return LayoutCell(part, stretch=share)


def at(alignment: Qt.AlignmentFlag, part: QWidget | QLayout) -> LayoutCell:
    """Return `part` in its preferred size, at an edge or a corner of its cell."""
    return LayoutCell(part, alignment=alignment)


def column(
    theme: Theme,
    *parts: Part,
    spacing: float = 0,
    margins: Margins | None = None,
    on: QWidget | None = None,
) -> QVBoxLayout:
    """Return `parts` below each other. They fill the widget `on`, or become part of a layout without it.

    `spacing` between two parts and `margins` are in px of the drawing.
    """
    return _filled(QVBoxLayout(on) if on else QVBoxLayout(), theme, parts, spacing, margins)


def row(
    theme: Theme,
    *parts: Part,
    spacing: float = 0,
    margins: Margins | None = None,
    on: QWidget | None = None,
) -> QHBoxLayout:
    """Return `parts` next to each other; arguments as for `column`."""
    return _filled(QHBoxLayout(on) if on else QHBoxLayout(), theme, parts, spacing, margins)


def foot(theme: Theme, *parts: Part, spacing: float = 8) -> QHBoxLayout:
    """Return the row at the bottom of a dialog: usually a note, and the buttons at the right."""
    return row(theme, *parts, spacing=spacing, margins=(20, 10, 20, 10))


def form(
    theme: Theme, *fields: tuple[str, QWidget], spacing: float = 4, margins: Margins | None = None
) -> QVBoxLayout:
    """Return fields below each other, each below its caption, which is also its label for screen readers."""
    parts: list[Part] = []
    for text, field in fields:
        parts += [8.0, caption(theme, text, field), field]
    return column(theme, *parts, spacing=spacing, margins=margins)


def caption(theme: Theme, text: str, field: QWidget | None = None, *, px: float = 11) -> Label:
    """Return a small label that names `field`."""
    label = Label(theme, text, px=px, tone="text2")
    if field is not None:
        label.setBuddy(field)
    return label


def box(layout: QLayout, parent: QWidget | None = None) -> QWidget:
    """Return a widget filled by `layout`, so that it can be hidden, scrolled or measured as a whole."""
    widget = QWidget(parent)
    widget.setLayout(layout)
    return widget


def _filled(
    layout: _Box, theme: Theme, parts: Iterable[Part], spacing: float, margins: Margins | None
) -> _Box:
    layout.setContentsMargins(*map(theme.px, margins or (0, 0, 0, 0)))
    layout.setSpacing(theme.px(spacing))
    for part in parts:
        add(layout, theme, part)
    return layout


def add(layout: QBoxLayout, theme: Theme, part: Part) -> None:
    """Append `part` to a row or a column."""
    if isinstance(part, Stretch):
        layout.addStretch(part.factor)
    elif isinstance(part, int | float):
        layout.addSpacing(theme.px(part))
    else:
        cell = part if isinstance(part, LayoutCell) else LayoutCell(part)
        if isinstance(cell.part, QWidget):
            layout.addWidget(cell.part, cell.stretch, cell.alignment)
        else:
            layout.addLayout(cell.part, cell.stretch)


class Panel(QWidget):
    """A rounded area filled with the colour of a token, with or without an outline."""

    def __init__(
        self,
        theme: Theme,
        *,
        fill: str,
        line: str | None = None,
        radius: int = 6,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._panel = theme, fill, line, radius

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, fill, line, radius = self._panel
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.color(fill))
        painter.setPen(Qt.PenStyle.NoPen if line is None else QPen(theme.color(line), 1))
        half = 0 if line is None else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), radius, radius)


def paint_raised(
    painter: QPainter, box: QRectF, theme: Theme, *, shadow: int, radius: int, strength: int
) -> None:
    """Draw an outlined area of the base colour above the window, with a shadow `shadow` pixels wide.

    `strength` is the alpha of each of its layers in the light theme.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, round(strength * 7 / 3) if theme.is_dark else strength))
    for step in range(shadow, 0, -2):
        painter.drawRoundedRect(box.adjusted(-step, 4 - step, step, step - 2), radius + step, radius + step)
    painter.setPen(QPen(theme.color("outline"), 1))
    painter.setBrush(theme.color("base"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def resize_within(window: QWidget, theme: Theme, width: int, height: int) -> None:
    """Resize `window` to this size in pixels, at most to the screen minus a title bar."""
    room = window.screen().availableGeometry()
    window.resize(min(width, room.width()), min(height, room.height() - theme.px(_TITLE_BAR)))


def grow_within(window: QWidget, theme: Theme, height: int) -> None:
    """Make a visible `window` this high around its centre, all of it on the screen below a title bar."""
    room, place = window.screen().availableGeometry(), window.geometry()
    highest = room.top() + theme.px(_TITLE_BAR)
    height = min(height, room.bottom() + 1 - highest)
    top = place.top() - (height - place.height()) // 2
    top = max(highest, min(top, room.bottom() + 1 - height))
    window.setGeometry(place.left(), top, place.width(), height)


class Scrolled(QScrollArea):
    """Scrolls `inner` if it does not fit, so that the buttons below stay visible."""

    def __init__(self, theme: Theme, inner: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._inner = inner
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setWidget(inner)
        self.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        return self._inner.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(120))
