"""The answers of a capture, drawn in one row: quoted texts, cells, stars, boxes and chips.

If there is little room, texts shrink, then chips leave from the end, then the last part. A number counts the
hidden parts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen, QPolygonF

from inspector.domain.event.row_answers import RowAnswer, nps_group
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import draw_line
from inspector.gui.kit.theme import Theme

LEAST_TEXT = 84
"""The smallest width of a text in px at 100 %."""
_GAP, _GROUP_GAP = 10, 6
_CELL, _HEIGHT = 26, 20
_STAR, _STAR_PITCH = 14, 16
_BOX, _BOX_PITCH = 12, 14
_CHIP_LEFT, _CHIP_RIGHT, _MOST_CHIP = 21, 7, 180
_ROOM_FOR_GROUP = 280
"""From this width, the group of an NPS score is shown next to other answers."""

STAR_WIDTH = 17.2
STAR = QPolygonF(
    [
        QPointF(radius * math.sin(turn * math.pi / 5), -radius * math.cos(turn * math.pi / 5))
        for turn in range(10)
        for radius in [STAR_WIDTH / 2 if turn % 2 == 0 else 3.8]
    ]
)
"""A star centred on the origin."""

AnswerParts = tuple[RowAnswer, ...]


@dataclass(frozen=True, slots=True)
class AnswerLayout:
    """The shown parts with their widths, and the number of hidden parts."""

    shown: tuple[tuple[int, float], ...]
    """The number of a part in the row, and its width."""
    hidden: int = 0
    has_group: bool = False
    """Whether the group of an NPS score is shown."""


class AnswerRowPainter:
    """Draws the answers of a capture or of several. Sizes follow the text size of the theme."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def width(self, parts: AnswerParts) -> float:
        """Return the width at which nothing is shortened or hidden, in pixels."""
        widths = [self._natural(part, has_group=_can_have_group(parts)) for part in parts]
        return sum(widths) + self._theme.px(_GAP) * max(len(parts) - 1, 0)

    def paint(self, painter: QPainter, area: QRectF, parts: AnswerParts) -> None:
        """Draw the parts from the left edge of `area`, as many as fit."""
        theme, px = self._theme, self._theme.px
        painter.save()
        painter.setClipRect(area.adjusted(0, 0, 1, 0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        layout = self.layout(parts, area.width())
        left = area.left()
        for number, width in layout.shown:
            place = QRectF(left, area.top(), width, area.height())
            self._draw(painter, place, parts[number], has_group=layout.has_group)
            left += width + px(_GAP)
        if layout.hidden:
            painter.setFont(theme.font(12))
            painter.setPen(theme.color("text2"))
            left_edge = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            rest = QRectF(left, area.top(), area.right() - left, area.height())
            draw_line(painter, rest, f"+{layout.hidden}", left_edge)
        painter.restore()

    def layout(self, parts: AnswerParts, room: float) -> AnswerLayout:
        """Return which parts are shown in `room` pixels, and how wide they are."""
        px = self._theme.px
        has_group = _can_have_group(parts) and (len(parts) == 1 or room >= px(_ROOM_FOR_GROUP))
        natural = [self._natural(part, has_group=has_group) for part in parts]
        least = [min(width, px(LEAST_TEXT)) if _shrinks(part) else width
                 for part, width in zip(parts, natural, strict=True)]  # fmt: skip
        shown = list(range(len(parts)))
        while len(shown) > 1 and self._needed(shown, least, len(parts)) > room:
            chips = [number for number in shown if parts[number].form == "choice"]
            shown.remove(chips[-1] if chips else shown[-1])
        hidden = len(parts) - len(shown)
        widths = {number: natural[number] for number in shown}
        excess = self._needed(shown, natural, len(parts)) - room
        for number in sorted(shown, key=lambda one: -natural[one]):
            if excess > 0 and _shrinks(parts[number]):
                given = min(excess, natural[number] - least[number])
                widths[number] -= given
                excess -= given
        if excess > 0 and shown:  # one part that is wider than the row
            widths[shown[0]] = max(widths[shown[0]] - excess, 0)
        return AnswerLayout(tuple(widths.items()), hidden, has_group)

    def _needed(self, shown: Sequence[int], widths: Sequence[float], count: int) -> float:
        needed = sum(widths[number] for number in shown) + self._theme.px(_GAP) * (len(shown) - 1)
        if hidden := count - len(shown):
            text = self._theme.metrics(12).horizontalAdvance(f"+{hidden}")
            needed += self._theme.px(_GAP) + text + 1
        return needed

    def _natural(self, part: RowAnswer, *, has_group: bool) -> float:
        theme, px = self._theme, self._theme.px
        match part.form:
            case "nps":
                group = nps_group(part.number)
                width = theme.metrics(13).horizontalAdvance(group) + 1 + px(_GROUP_GAP)
                return px(_CELL) + (width if has_group else 0)
            case "stars":
                return px(_STAR_PITCH) * part.high - px(_STAR_PITCH - _STAR)
            case "scale":
                boxes = px(_BOX_PITCH) * part.high - px(_BOX_PITCH - _BOX)
                return boxes + px(8) + theme.metrics(13).horizontalAdvance(part.words) + 1
            case "choice":
                text = theme.metrics(12).horizontalAdvance(part.text) + 1
                return min(text + px(_CHIP_LEFT + _CHIP_RIGHT), px(_MOST_CHIP))
            case "skipped":
                return QFontMetrics(self._italic()).horizontalAdvance(part.text) + 2
        return theme.metrics(13).horizontalAdvance(part.text) + 1

    # ---- drawing

    def _draw(self, painter: QPainter, place: QRectF, part: RowAnswer, *, has_group: bool) -> None:
        match part.form:
            case "nps":
                self._nps(painter, place, part.number, has_group=has_group)
            case "stars":
                self._stars(painter, place, part)
            case "scale":
                self._scale(painter, place, part)
            case "choice":
                self._chip(painter, place, part.text)
            case "skipped":
                painter.setFont(self._italic())
                self._text(painter, place, part.text, "text2")
            case _:
                painter.setFont(self._theme.font(13))
                self._text(painter, place, part.text, "text2" if part.form == "value" else "text")

    def _text(self, painter: QPainter, place: QRectF, text: str, tone: str) -> None:
        metrics = painter.fontMetrics()
        if metrics.horizontalAdvance(text) > place.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
        painter.setPen(self._theme.color(tone))
        draw_line(painter, place, text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)

    def _nps(self, painter: QPainter, place: QRectF, number: int, *, has_group: bool) -> None:
        theme, px = self._theme, self._theme.px
        cell = self._box(place, px(_CELL), px(_HEIGHT))
        painter.setPen(QPen(theme.color("accent"), 1.2))
        painter.setBrush(theme.color("accent_soft"))
        painter.drawRoundedRect(cell.adjusted(0.6, 0.6, -0.6, -0.6), px(3), px(3))
        painter.setFont(theme.font(12, 600))
        painter.setPen(theme.color("text"))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(number))
        if has_group:
            painter.setFont(theme.font(13))
            self._text(painter, place.adjusted(px(_CELL + _GROUP_GAP), 0, 1, 0), nps_group(number), "text2")

    def _stars(self, painter: QPainter, place: QRectF, part: RowAnswer) -> None:
        theme, px = self._theme, self._theme.px
        for number in range(part.high):
            is_filled = number < part.number
            color = theme.color("accent" if is_filled else "control_outline")
            painter.save()
            painter.translate(
                place.left() + px(_STAR_PITCH) * number + px(_STAR) / 2, place.center().y() + 0.5
            )
            painter.scale(px(_STAR) / (STAR_WIDTH + 1), px(_STAR) / (STAR_WIDTH + 1))
            painter.setPen(
                QPen(color, 1.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
            )
            painter.setBrush(color if is_filled else Qt.BrushStyle.NoBrush)
            painter.drawPolygon(STAR)
            painter.restore()

    def _scale(self, painter: QPainter, place: QRectF, part: RowAnswer) -> None:
        theme, px = self._theme, self._theme.px
        for number in range(part.high):
            is_filled = number < part.number
            box = self._box(place, px(_BOX), px(_BOX)).translated(px(_BOX_PITCH) * number, 0)
            painter.setPen(QPen(theme.color("accent" if is_filled else "control_outline"), 1))
            painter.setBrush(theme.color("accent") if is_filled else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), px(2), px(2))
        painter.setFont(theme.font(13))
        left = px(_BOX_PITCH) * part.high - px(_BOX_PITCH - _BOX) + px(8)
        self._text(painter, place.adjusted(left, 0, 1, 0), part.words, "text2")

    def _chip(self, painter: QPainter, place: QRectF, text: str) -> None:
        theme, px = self._theme, self._theme.px
        chip = self._box(place, place.width(), px(_HEIGHT))
        painter.setPen(QPen(theme.color("outline"), 1))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(chip.adjusted(0.5, 0.5, -0.5, -0.5), px(3), px(3))
        tick = QRectF(chip.left() + px(6), chip.top(), px(11), chip.height())
        paint_icon(painter, "tick", theme, tick, "accent", 11)
        painter.setFont(theme.font(12))
        self._text(painter, chip.adjusted(px(_CHIP_LEFT), 0, 1 - px(_CHIP_RIGHT), 0), text, "text")

    def _italic(self) -> QFont:
        font = self._theme.font(13)
        font.setItalic(True)
        return font

    @staticmethod
    def _box(place: QRectF, width: float, height: float) -> QRectF:
        return QRectF(place.left(), round(place.center().y() - height / 2), width, height)


def _shrinks(part: RowAnswer) -> bool:
    return part.form in ("text", "value")


def _can_have_group(parts: AnswerParts) -> bool:
    ratings = [part.form for part in parts if part.form in ("nps", "stars", "scale")]
    return ratings == ["nps"]
