"""Drawing of list rows: muted if valid, prominent if not. New rows are tinted for two seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPen

from inspector.domain.event.row_answers import RowAnswer
from inspector.gui.captures.column_widths import NARROW_VERDICT
from inspector.gui.captures.columns import COLUMNS, NUMBERS
from inspector.gui.captures.line import NOTHING, CaptureLine, ThreadPlace
from inspector.gui.kit.answer_row import AnswerRowPainter
from inspector.gui.kit.badges import paint_glyph
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import draw_line
from inspector.gui.kit.pixmap_cache import PixmapCache
from inspector.gui.kit.theme import Theme

_GAP = 8
_AROUND_TAG, _LEAST_TAG, _TAG_GAP = 14, 28, 4
_SWATCH = 9
_PICTURES = 1_500
"""The number of cached cells, 10 KB each. On a full screen, every fourth cell is unique."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlace:
    """The current position of a column."""

    column: int
    left: int
    width: int


Ground = Literal["base", "fresh", "selection", "selection_no_focus"]
"""The background token of a row. `fresh` rows arrived in the last two seconds."""


def tags_width(theme: Theme, tags: Sequence[str]) -> float:
    """Return the width of a column in which these tags are not cut."""
    metrics = theme.metrics(11)
    words = sum(metrics.horizontalAdvance(tag) + theme.px(_AROUND_TAG + _TAG_GAP) for tag in tags)
    return words - theme.px(_TAG_GAP) + theme.px(_GAP) + 2 if tags else 0


def fitting_tags(theme: Theme, tags: Sequence[str], room: float) -> tuple[str, ...]:
    """Return as many tags as are not cut in `room`, at least one, and the number of the others as `+2`."""
    for count in range(len(tags), 1, -1):
        shown = tuple(tags[:count]) if count == len(tags) else (*tags[:count], f"+{len(tags) - count}")
        if tags_width(theme, shown) - theme.px(_GAP) <= room:
            return shown
    return (tags[0], f"+{len(tags) - 1}") if len(tags) > 1 else tuple(tags)


class RowPainter(QObject):
    """A painter that composes rows from cached images of their cells.

    While the list follows 500 captures per second, all rows move thirty times per second. One delegate per
    cell took 30 to 50 ms each time. Cached images take 2 ms, because most cells repeat (times, verdicts,
    events).
    """

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._answers = AnswerRowPainter(theme)
        self.has_inline_tags = False
        """Whether tags are drawn before the answer."""
        self.pictures = PixmapCache(theme, _PICTURES, self)

    def paint(
        self,
        painter: QPainter,
        line: CaptureLine,
        places: Sequence[ColumnPlace],
        top: int,
        height: int,
        ground: Ground,
    ) -> None:
        """Draw a row at `top`."""
        ratio = painter.device().devicePixelRatioF()
        pictures, is_broken = self.pictures, line.is_broken
        for place in places:
            column = place.column
            look = COLUMNS[column].look_of(line)
            key = (column, look, place.width, height, ratio, ground, is_broken, self.has_inline_tags)
            picture = pictures.get(key)
            if picture is None:
                size = QSize(place.width, height)
                draw = partial(self._draw, line, COLUMNS[column].name, ground)
                picture = pictures.draw(key, size, ratio, draw)
            painter.drawImage(QPoint(place.left, top), picture)

    def _draw(self, line: CaptureLine, column: str, ground: Ground, painter: QPainter, rect: QRect) -> None:
        painter.fillRect(rect, self._theme.color(ground))
        area = rect.adjusted(0, 0, -self._theme.px(_GAP), 0)
        if column == "gutter":
            self._gutter(painter, rect, line, ground)
        elif line.is_broken:
            if column == "answer":
                self._text(painter, area, line.answer, "disabled")
        elif column == "verdict":
            self._verdict(painter, area, line)
        elif column == "event":
            tone = "text2" if line.is_unknown else "text"
            self._text(painter, area, line.event, tone, self._theme.loud_weight() if line.is_loud else 400)
        elif column == "survey":
            self._text(painter, area, line.survey, "text" if line.survey != NOTHING else "text2")
        elif column == "tags":
            self._tags(painter, area, line)
        elif column == "answer":
            self._answer(painter, area, line)
        else:
            plain = COLUMNS[NUMBERS[column]]
            middle = Qt.TextElideMode.ElideMiddle  # ids differ at both ends
            mode = middle if column == "respondent" else Qt.TextElideMode.ElideRight
            self._text(painter, area, plain.text(line), plain.tone, mode=mode)

    def _gutter(self, painter: QPainter, rect: QRect, line: CaptureLine, ground: Ground) -> None:
        px = self._theme.px
        if line.color is not None:
            side = px(_SWATCH)
            swatch = QRectF(rect.right() - px(2) - side, rect.center().y() - side / 2, side, side)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(f"mark_{line.color}"))
            painter.drawRoundedRect(swatch, px(2), px(2))
        self._thread(painter, rect, line.thread)
        if line.is_pinned:
            middle = rect.top() + rect.height() // 2
            area = QRectF(rect.left() + px(5), middle - px(8), px(12), px(16))
            ground_area = area.adjusted(0, 0, px(2), 0)
            painter.fillRect(ground_area, self._theme.color(ground))  # over the line of a thread
            paint_icon(painter, "pin", self._theme, area, "text2", 12)
        if ground in ("selection", "selection_no_focus"):
            painter.fillRect(rect.left(), rect.top(), px(3), rect.height(), self._theme.color("accent"))
        elif ground == "fresh" and not line.is_pinned and not line.thread:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent"))
            side = px(6)
            top = rect.top() + (rect.height() - side) / 2
            painter.drawEllipse(QRectF(rect.left() + px(9), top, side, side))

    def _thread(self, painter: QPainter, rect: QRect, place: ThreadPlace) -> None:
        """Draw a chevron, or the line that connects the captures inside a thread."""
        px, middle = self._theme.px, rect.top() + rect.height() // 2
        x = rect.left() + px(12)
        if place in ("folded", "open"):
            name = "chevron-down" if place == "open" else "chevron-right"
            area = QRectF(x - px(6), rect.top(), px(12), rect.height())
            paint_icon(painter, name, self._theme, area, "text2", 12)
        color = self._theme.color("outline")
        if place == "open":
            painter.fillRect(x, middle + px(9), 1, rect.bottom() - middle - px(9) + 1, color)
        elif place == "inside":
            painter.fillRect(x, rect.top(), 1, rect.height(), color)
        elif place == "last":
            painter.fillRect(x, rect.top(), 1, middle - rect.top(), color)
            painter.fillRect(x, middle, px(6), 1, color)

    def _verdict(self, painter: QPainter, area: QRect, line: CaptureLine) -> None:
        px = self._theme.px
        assert line.badge is not None
        glyph = QRectF(area.left(), area.top(), px(14), area.height())
        paint_glyph(painter, glyph, line.badge, self._theme)
        weight = self._theme.loud_weight() if line.badge.is_loud else 400
        if area.width() > px(NARROW_VERDICT):
            words = area.adjusted(px(20), 0, px(6), 0)
            self._text(painter, words, line.badge.word, line.badge.word_tone, weight)

    def _answer(self, painter: QPainter, area: QRect, line: CaptureLine) -> None:
        if self.has_inline_tags:
            area = area.adjusted(self._tags(painter, area, line), 0, 0, 0)
        self._answers.paint(painter, QRectF(area), line.parts or (RowAnswer("value", line.answer),))

    def _tags(self, painter: QPainter, area: QRect, line: CaptureLine) -> int:
        """Draw the tags that fit and the number of the others, and return their width."""
        px, start = self._theme.px, area.left()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self._theme.metrics(11)
        for tag in fitting_tags(self._theme, line.tags, area.width()):
            whole = metrics.horizontalAdvance(tag) + px(_AROUND_TAG)
            width = min(whole, area.width() - 1)
            if width < min(px(_LEAST_TAG), whole):
                break
            box = QRectF(area.left(), area.top() + round((area.height() - px(18)) / 2), width, px(18))
            painter.setPen(QPen(self._theme.color("outline"), 1))
            painter.setBrush(self._theme.color("base"))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
            painter.setFont(self._theme.font(11))
            painter.setPen(self._theme.color("text2"))
            room = int(width) - px(_AROUND_TAG) + 1
            shown = metrics.elidedText(tag, Qt.TextElideMode.ElideRight, room)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)
            area = area.adjusted(round(width) + px(_TAG_GAP), 0, 0, 0)
        return area.left() - start

    def _text(
        self,
        painter: QPainter,
        area: QRect,
        text: str,
        tone: str,
        weight: int = 400,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        metrics = self._theme.metrics(13, weight)
        if metrics.horizontalAdvance(text) > area.width():
            text = metrics.elidedText(text, mode, area.width())
        painter.setFont(self._theme.font(13, weight))
        painter.setPen(self._theme.color(tone))
        if not text.isascii():  # it may be written from right to left
            draw_line(painter, area, text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            return
        # With a rectangle, drawText would lay out the text twice.
        base = area.top() + (area.height() + metrics.ascent() - metrics.descent()) / 2
        painter.drawText(QPointF(area.left(), base), text)


_FRESH_S = 2.0
_MOST = 200
_LOOK_MS = 100


class FreshRows(QObject):
    """The ids of fresh rows, at most 200."""

    faded = Signal(object)
    """Ids that are no longer fresh, ascending."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._fresh: dict[int, float] = {}
        """The time when a row stops being fresh, by id in the order of arrival."""
        self._fading = QTimer(self)
        self._fading.setInterval(_LOOK_MS)
        self._fading.timeout.connect(self._fade)

    def __contains__(self, capture_id: int) -> bool:
        return capture_id in self._fresh

    def add(self, ascending: Sequence[int]) -> None:
        """Mark captures that just arrived."""
        self._fresh.update(dict.fromkeys(ascending[-_MOST:], time.monotonic() + _FRESH_S))
        if not self._fading.isActive():  # each restart would delay it, under heavy traffic without end
            self._fading.start()

    def clear(self) -> None:
        self._fresh.clear()

    @Slot()
    def _fade(self) -> None:
        now, most = time.monotonic(), len(self._fresh) - _MOST
        faded = [
            one for place, (one, until) in enumerate(self._fresh.items()) if until <= now or place < most
        ]
        for capture_id in faded:
            del self._fresh[capture_id]
        if faded:
            self.faded.emit(faded)
        if not self._fresh:
            self._fading.stop()
