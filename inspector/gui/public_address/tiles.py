"""The tiles of the first start page: one button per kind of tunnel, with the state of the running one."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMoveEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from inspector.gui.kit.buttons import hover_tint, paint_focus
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import draw_line, plain_tip
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_view import AddressView
from inspector.session.tunnels import TunnelChoice

PASTE = "address"
"""The name of the tile that asks for an address instead of starting a tunnel."""
_PASTE_TITLE, _PASTE_CAPTION = "I have an address…", "paste it; it is tested"
_UNTESTED = "in use, not tested"
_MISSING = "not installed"
_WIDTH, _LEAST, _HEIGHT = 160, 104, 48
_LEFT, _TITLE, _CAPTION = 12, 15, 32
"""The left edge of the texts, and the middles of their lines."""
_MARK = 12
_COLUMNS = 4
_BEFORE_PASTE = "ssh"


class _FittedText(NamedTuple):
    """A line as it fits the tile, in pixels."""

    text: str
    font: QFont
    left: int
    width: int
    height: int


class TunnelTile(QAbstractButton):
    """A title above a caption, or above the state of the tunnel if it is the current one."""

    def __init__(self, theme: Theme, name: str, title: str, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.name = name
        self._title, self._caption = title, caption
        self._shown: tuple[str, str, str] | None = None
        self._word = ""
        self._tone = "text2"
        self._is_missing = self._is_primary = False
        self._get_it = Link(theme, "Get it", px=11, parent=parent)  # a disabled tile would disable it
        self._get_it.hide()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._lay_out)
        self.show_state("", "", "")

    @property
    def caption(self) -> str:
        """The second line, as shown."""
        return self._caption_shown

    @property
    def get_it(self) -> Link:
        """The link to the program's page, visible if the program is missing."""
        return self._get_it

    @property
    def is_primary(self) -> bool:
        """Whether it is the primary button of the page."""
        return self._is_primary

    def set_primary(self, is_primary: bool) -> None:
        """Fill the tile with the accent or not."""
        if is_primary != self._is_primary:
            self._is_primary = is_primary
            self.update()

    @property
    def is_missing(self) -> bool:
        """Whether the program is not installed, so that only the link can be clicked."""
        return self._is_missing

    def show_missing(self, is_missing: bool) -> None:
        """Show that the program is not installed, with a link to its page."""
        self._is_missing = is_missing
        self.setEnabled(not is_missing)
        self._get_it.setVisible(is_missing)
        if is_missing:
            self._get_it.setAccessibleName(f"Get {self._title}")
            self._get_it.setToolTip(plain_tip(f"Open the page of {self._title} in the browser"))
            self.show_state("", "", "")
        self._name()
        self._lay_out()

    def show_state(self, word: str, words: str, tone: str) -> None:
        """Show the state of its tunnel in place of the caption; an empty `word` shows the caption."""
        if self._is_missing:
            word, words = "", _MISSING
        shown = word, tone, words or self._caption
        if shown != self._shown:
            self._shown = shown
            self._word, self._tone, self._caption_shown = shown
            self._name()
            self._lay_out()

    def _name(self) -> None:
        self.setAccessibleName(f"{self._title.rstrip('…')}: {self._caption_shown}")
        self.setAccessibleDescription("current" if self._word else "")

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(_WIDTH), self._theme.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(_LEAST), self._theme.px(_HEIGHT))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """Shorten the texts to the width, and move the link next to them.

        Not while it is drawn: a moved link would be drawn again, and the tile below it, without an end.
        """
        px = self._theme.px
        title = self._fitted(self._title, px(_LEFT), 0, 13, 500)
        left = px(_LEFT) + (px(_MARK + 5) if self._word else 0)
        link = self._get_it.sizeHint()
        room = link.width() + px(6) if self._is_missing else 0
        caption = self._fitted(self._caption_shown, left, room, 11, 500 if self._word else 400)
        self._texts = title, caption
        is_cut = (title.text, caption.text) != (self._title, self._caption_shown)
        self.setToolTip(plain_tip(f"{self._title}\n{self._caption_shown}") if is_cut else "")
        if self._is_missing:
            corner = QPoint(caption.left + caption.width + px(6), px(_CAPTION) - link.height() // 2)
            self._get_it.setGeometry(QRect(self.mapToParent(corner), link))
            self._get_it.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_filled = self._is_primary and not self._is_missing
        self._paint_ground(painter, is_filled=is_filled)
        title_tone = "on_accent" if is_filled else "text2" if self._is_missing else "text"
        title, caption = self._texts
        self._draw(painter, title, _TITLE, title_tone)
        if self._word:
            place = QRectF(px(_LEFT), px(_CAPTION) - px(_MARK) / 2, px(_MARK), px(_MARK))
            self._paint_mark(painter, place)
        tone = "on_accent" if is_filled else self._tone if self._word else "text2"
        self._draw(painter, caption, _CAPTION, tone)
        if self.hasFocus():
            paint_focus(painter, self, theme)

    def _fitted(self, text: str, left: int, reserved: int, size: float, weight: int) -> _FittedText:
        """Return a text, shortened to the width of the tile without `reserved` pixels."""
        font = self._theme.font(size, weight)
        metrics = QFontMetrics(font, self)
        room = self.width() - left - self._theme.px(8) - reserved
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        return _FittedText(shown, font, left, metrics.horizontalAdvance(shown), metrics.height())

    def _draw(self, painter: QPainter, text: _FittedText, middle: int, tone: str) -> None:
        """Draw one line."""
        painter.setFont(text.font)
        painter.setPen(self._theme.color(tone))
        area = QRectF(text.left, self._theme.px(middle) - text.height / 2, text.width + 1, text.height)
        draw_line(painter, area, text.text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)

    def _paint_ground(self, painter: QPainter, *, is_filled: bool) -> None:
        theme = self._theme
        fill, line = ("window", "outline") if self._is_missing else ("raised", "control_outline")
        if self._word:
            fill, line = "accent_soft", "accent"
        if is_filled:
            fill = line = "accent_fill"
        color = theme.color(fill)
        if self.isDown():
            color = color.darker(108)
        painter.setPen(QPen(theme.color(line), 1))
        painter.setBrush(color)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, 3, 3)
        if self.underMouse() and not (self._is_missing or self.isDown()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(hover_tint(theme))
            painter.drawRoundedRect(area, 3, 3)

    def _paint_mark(self, painter: QPainter, area: QRectF) -> None:
        """Draw the shape of the state: a disc with a tick, a triangle, or a ring while it is not known."""
        paint_state_mark(painter, self._theme, area, self._word, self._tone)


def paint_state_mark(painter: QPainter, theme: Theme, area: QRectF, word: str, tone: str) -> None:
    """Draw the shape of a tunnel's state: a disc with a tick if it is reachable, a triangle if something is
    wrong, and a ring while that is not known."""
    if word in ("unreachable", "stopped") and tone != "text2":
        paint_icon(painter, "warning", theme, area, tone, 13)
        return
    painter.save()
    color = theme.color(tone)
    side = area.width() / 12
    if word == "reachable":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(area.adjusted(side, side, -side, -side))
        tick = QPainterPath()
        tick.moveTo(area.left() + 3.7 * side, area.top() + 6.2 * side)
        tick.lineTo(area.left() + 5.3 * side, area.top() + 7.7 * side)
        tick.lineTo(area.left() + 8.2 * side, area.top() + 4.5 * side)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.strokePath(tick, QPen(QColor(theme.tokens.base), 1.3 * side, c=Qt.PenCapStyle.RoundCap))
    else:
        painter.setPen(QPen(color, 1.4 * side))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(area.adjusted(2 * side, 2 * side, -2 * side, -2 * side))
    painter.restore()


class TunnelTiles(QWidget):
    """The tiles in rows of four. Their places never change; a missing program leaves its tile grey."""

    selected = Signal(str)
    """The name of a kind, or `PASTE`."""
    page_requested = Signal(str)
    """The address of a missing program's page."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choices: tuple[TunnelChoice, ...] = ()
        self._tiles: dict[str, TunnelTile] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(8))
        for number in range(_COLUMNS):
            self._grid.setColumnStretch(number, 1)

    @property
    def tiles(self) -> tuple[TunnelTile, ...]:
        """The tiles in reading order."""
        return tuple(self._tiles.values())

    def tile(self, name: str) -> TunnelTile:
        """Return the tile of a kind, or that of `PASTE`."""
        return self._tiles[name]

    def show_view(self, view: AddressView, *, has_primary: bool) -> None:
        """Show the state of each kind. `has_primary`: the first installed kind is the primary button."""
        if view.choices != self._choices or not self._tiles:
            self._choices = view.choices
            self._show_choices()
        word, words = view.state.word, view.words
        current = view.state.kind or (PASTE if view.address is not None else "")
        if word == "none":
            words = _UNTESTED
        primary = next((one for one in self._tiles.values() if not one.is_missing), None)
        for name, tile in self._tiles.items():
            is_current = name == current
            tile.show_state(word if is_current else "", words if is_current else "", view.tone)
            tile.set_primary(has_primary and tile is primary)

    def _show_choices(self) -> None:
        """Add the tiles the first time, and show which programs are missing."""
        places = _places(self._choices)
        if [name for name, _, _ in places] != list(self._tiles):
            for tile in self._tiles.values():
                tile.get_it.deleteLater()
                tile.deleteLater()
            self._tiles.clear()
            for number, (name, title, caption) in enumerate(places):
                tile = TunnelTile(self._theme, name, title, caption, self)
                tile.clicked.connect(partial(self.selected.emit, name))
                tile.get_it.clicked.connect(partial(self._get, name))
                self._tiles[name] = tile
                self._grid.addWidget(tile, number // _COLUMNS, number % _COLUMNS)
                tile.show()
        for choice in self._choices:
            if choice.name in self._tiles:
                self._tiles[choice.name].show_missing(not choice.is_installed)
        self.setFocusProxy(next(tile for tile in self._tiles.values() if not tile.is_missing))

    def _get(self, name: str) -> None:
        self.page_requested.emit(next(one.get_it for one in self._choices if one.name == name))


def _places(choices: tuple[TunnelChoice, ...]) -> list[tuple[str, str, str]]:
    """Return name, title and caption of each tile, in order."""
    at = next((place for place, one in enumerate(choices, 1) if one.name == _BEFORE_PASTE), len(choices))
    facts = [(one.name, one.title, one.caption) for one in choices]
    return [*facts[:at], (PASTE, _PASTE_TITLE, _PASTE_CAPTION), *facts[at:]]
