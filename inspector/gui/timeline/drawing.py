"""Drawing of the timeline: its axis, and bars with valid captures above the line and others below."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from inspector.base.clock import local_time
from inspector.domain.query.terms import Span
from inspector.domain.statistics.timeline import SHOWN_MS, Timeline, VerdictTally, clock_ms, moment_of
from inspector.gui.kit.theme import Theme

_DAY = 86_400_000
_TICK_APART = 76.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Buckets of equal width, starting at `left`, even for the shorter and longer days of clock changes."""

    first_ms: int
    step_ms: int
    offset_ms: int
    count: int
    left: float
    pitch: float
    """The width of a bucket with the gap after it."""

    @property
    def end_ms(self) -> int:
        """The end of the last bucket."""
        return self.start_of(self.count)

    @property
    def right(self) -> float:
        """The x position where the last bucket ends."""
        return self.left + self.count * self.pitch

    def x_of(self, moment_ms: int) -> float:
        """Return the x position of a moment in px, which can be outside of the axis."""
        clock = clock_ms(moment_ms, self.step_ms, self.offset_ms)
        return self.left + (clock / self.step_ms - self._first) * self.pitch

    def bucket_at(self, x: float) -> int:
        """Return the number of the bucket at an x position, or of the nearest one."""
        return min(max(int((x - self.left) // self.pitch), 0), self.count - 1)

    def moment_at(self, x: float) -> int:
        """Return the moment at an x position, to the millisecond."""
        clock = (self._first + (x - self.left) / self.pitch) * self.step_ms
        return moment_of(round(clock), self.step_ms, self.offset_ms)

    def start_of(self, number: int) -> int:
        """Return when a bucket begins."""
        return moment_of((self._first + number) * self.step_ms, self.step_ms, self.offset_ms)

    @property
    def _first(self) -> int:
        return clock_ms(self.first_ms, self.step_ms, self.offset_ms) // self.step_ms

    def ticks(self, apart: float = _TICK_APART) -> list[tuple[float, str]]:
        """Return the labels of the axis with their x positions, at least `apart` px from each other."""
        wanted = apart / self.pitch * self.step_ms
        step = next((one for one in SHOWN_MS if one >= wanted and one % self.step_ms == 0), SHOWN_MS[-1])
        number = -(-clock_ms(self.first_ms, step, self.offset_ms) // step)
        found, day = [], None
        end = self.end_ms
        while (moment := moment_of(number * step, step, self.offset_ms)) < end:
            number += 1
            local = local_time(moment)
            if step >= 28 * _DAY:
                text = f"{local:%b %Y}"
            elif step >= _DAY or (day is not None and local.date() != day):
                text = f"{local.day} {local:%b}"
            else:
                text = f"{local:%H:%M:%S}" if step < 60_000 else f"{local:%H:%M}"
            day = local.date()
            found.append((self.x_of(moment), text))
        return found


def scale_until(timeline: Timeline, last_ms: int, width: int, pitch: int) -> Scale:
    """Return a scale with the bucket of `last_ms` at the right edge."""
    step_ms, offset_ms = timeline.step_ms, timeline.offset_ms
    count = max(width // pitch, 1)
    last = clock_ms(last_ms, step_ms, offset_ms) // step_ms
    return Scale(
        first_ms=moment_of((last - count + 1) * step_ms, step_ms, offset_ms),
        step_ms=step_ms,
        offset_ms=offset_ms,
        count=count,
        left=width - count * pitch,
        pitch=pitch,
    )


def scale_around(moment_ms: int, x: float, step_ms: int, offset_ms: int, width: int, pitch: int) -> Scale:
    """Return a scale with as many buckets as fit into `width`, and a moment exactly at `x`."""
    place = clock_ms(moment_ms, step_ms, offset_ms) / step_ms
    bucket = int(place)
    edge = x - (place - bucket) * pitch  # where the bucket of the moment begins
    before = int(edge // pitch)
    left = edge - before * pitch
    return Scale(
        first_ms=moment_of((bucket - before) * step_ms, step_ms, offset_ms),
        step_ms=step_ms,
        offset_ms=offset_ms,
        count=max(int((width - left) // pitch), 1),
        left=left,
        pitch=pitch,
    )


def moment_text(moment_ms: int, step_ms: int) -> str:
    """Return a moment, as precise as its bucket: `11:49:30`, `25 Nov 11:00`, `25 Nov 2026`."""
    local = local_time(moment_ms)
    if step_ms >= _DAY:
        return f"{local.day} {local:%b %Y}"
    time = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return time if step_ms < 3_600_000 else f"{local.day} {local:%b} {time}"


LINE = 43
"""Design px from the top to the line between valid and other captures."""
_RISE, _HANG = 33, 9
_DASH = 2
_AXIS = 56
_FADED = 0.68


class StripPainter:
    """A painter for the bars of a timeline, its axis and the marked span, in the colours of a theme."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def paint(
        self, painter: QPainter, timeline: Timeline, scale: Scale, span: Span, cursor: int | None
    ) -> None:
        """Draw the bars, the axis, the marked span, and a frame around the bucket at the cursor."""
        px, color = self._theme.px, self._theme.color
        highest = max((counts[0] + counts[1] for counts in timeline.buckets.values()), default=0)
        deepest = max((counts[2] for counts in timeline.buckets.values()), default=0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(QRectF(scale.left, px(LINE), scale.right - scale.left, 1), color("outline"))
        for start, counts in timeline.buckets.items():
            x = scale.x_of(start)
            if scale.left <= x < scale.right:
                self._bar(painter, round(x), round(scale.pitch) - 1, counts, highest, deepest)
        if cursor is not None:
            x = scale.x_of(scale.start_of(cursor))
            area = QRectF(round(x) - 1, px(LINE - _RISE - 3), round(scale.pitch) + 1, px(_RISE + _HANG + 7))
            painter.setPen(color("accent"))
            painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
        taken = self._span(painter, scale, span) if span != Span() else []
        self._axis(painter, scale, taken)

    def paint_message(self, painter: QPainter, area: QRect, text: str) -> None:
        """Draw a short text over the bars, on a background that keeps it readable."""
        px = self._theme.px
        width = self._theme.metrics(12).horizontalAdvance(text) + px(16)
        box = QRectF(area.right() - width, px(6), width, px(20))
        painter.fillRect(box, self._theme.color("base"))
        painter.setFont(self._theme.font(12))
        painter.setPen(self._theme.color("text2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _bar(
        self, painter: QPainter, x: int, width: int, counts: VerdictTally, highest: int, deepest: int
    ) -> None:
        px, color = self._theme.px, self._theme.color
        valid, rewritten, invalid, unsigned, unchecked = counts
        line = px(LINE)
        top = line
        if valid:
            height = max(round(px(_RISE) * valid / highest), 1)
            top -= height
            painter.fillRect(x, top, width, height, color("strip_valid"))
        if rewritten:  # a detached cap
            height = max(round(px(_RISE) * rewritten / highest), px(2))
            top -= height + (1 if valid else 0)
            painter.fillRect(x, max(top, px(1)), width, height, color("strip_rewritten"))
        bottom = line + 1
        if invalid:
            height = max(round(px(_HANG) * invalid / deepest), px(3))
            painter.fillRect(x, bottom, width, height, color("strip_invalid"))
            bottom += height + 1
        for number, token in ((unsigned, "strip_unsigned"), (unchecked, "strip_unchecked")):
            if number:
                painter.fillRect(x, bottom, width, px(_DASH), color(token))
                bottom += px(_DASH) + 1

    def _span(self, painter: QPainter, scale: Scale, span: Span) -> list[QRectF]:
        """Fade the time outside of a span and mark its ends. Return the areas of their labels."""
        px = self._theme.px
        left = (
            scale.left
            if span.since_ms is None
            else min(max(scale.x_of(span.since_ms), scale.left), scale.right)
        )
        right = scale.right
        if span.before_ms is not None:
            right = min(max(scale.x_of(span.before_ms), scale.left), scale.right)
        veil = QColor(self._theme.color("base"))
        veil.setAlphaF(_FADED)
        height = px(LINE + _HANG + 2)
        painter.fillRect(QRectF(scale.left, 0, left - scale.left, height), veil)
        painter.fillRect(QRectF(right, 0, scale.right - right, height), veil)
        accent = self._theme.color("accent")
        taken: list[QRectF] = []
        painter.setFont(self._theme.font(11, 500))
        metrics = self._theme.metrics(11, 500)
        for moment, x in ((span.since_ms, left), (span.before_ms, right)):
            if moment is None:
                continue
            edge = min(max(round(x) - 1, 0), round(scale.right) - 1)
            painter.fillRect(edge, px(4), 1, height - px(4), accent)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent)
            painter.drawRoundedRect(QRectF(edge - 1.5, px(16), 4, px(12)), 2, 2)
            text = moment_text(moment, scale.step_ms)
            width = metrics.horizontalAdvance(text)
            at = min(max(edge - width / 2, scale.left), scale.right - width)
            if taken and at < taken[0].right() + px(8):
                at = taken[0].right() + px(8)
                if at + width > scale.right:
                    taken[0].moveLeft(scale.right - width - px(8) - taken[0].width())
                    at = scale.right - width
            taken.append(QRectF(at, px(_AXIS), width, px(14)))
        painter.setPen(accent)
        moments = [one for one in (span.since_ms, span.before_ms) if one is not None]
        for area, moment in zip(taken, moments, strict=True):
            self._label(painter, area, moment_text(moment, scale.step_ms))
        return taken

    def _axis(self, painter: QPainter, scale: Scale, taken: list[QRectF]) -> None:
        px = self._theme.px
        painter.setFont(self._theme.font(11))
        metrics = self._theme.metrics(11)
        for x, text in scale.ticks(px(76)):
            width = metrics.horizontalAdvance(text)
            area = QRectF(x - width / 2, px(_AXIS), width, px(14))
            if area.left() < scale.left or area.right() > scale.right:
                continue
            if any(area.adjusted(-px(6), 0, px(6), 0).intersects(one) for one in taken):
                continue
            painter.fillRect(round(x), px(LINE) + 1, 1, px(3), self._theme.color("outline"))
            painter.setPen(self._theme.color("text3"))
            self._label(painter, area, text)

    def _label(self, painter: QPainter, area: QRectF, text: str) -> None:
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
        painter.drawText(area, flags, text)
