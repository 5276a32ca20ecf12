"""From times to places on the strip and back, and where its axis bears times."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.base.clock import local_time
from inspector.domain.statistics.timeline import SHOWN_MS, Timeline, clock_ms, moment_of

_DAY = 86_400_000
_TICK_APART = 76.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Buckets of equal width from `left` on, though a day in spring or autumn is shorter or longer."""

    first_ms: int
    step_ms: int
    offset_ms: int
    count: int
    left: float
    pitch: float
    """The width of a bucket with the gap after it."""

    @property
    def end_ms(self) -> int:
        """When the last bucket ends that has room."""
        return self.start_of(self.count)

    @property
    def right(self) -> float:
        """Where the last bucket ends."""
        return self.left + self.count * self.pitch

    def x_of(self, moment_ms: int) -> float:
        """The place of a moment, which may be outside."""
        clock = clock_ms(moment_ms, self.step_ms, self.offset_ms)
        return self.left + (clock / self.step_ms - self._first) * self.pitch

    def bucket_at(self, x: float) -> int:
        """The number of the bucket at a place, the nearest one where there is none."""
        return min(max(int((x - self.left) // self.pitch), 0), self.count - 1)

    def moment_at(self, x: float) -> int:
        """The moment at a place, to the millisecond."""
        clock = (self._first + (x - self.left) / self.pitch) * self.step_ms
        return moment_of(round(clock), self.step_ms, self.offset_ms)

    def start_of(self, number: int) -> int:
        """When a bucket begins."""
        return moment_of((self._first + number) * self.step_ms, self.step_ms, self.offset_ms)

    @property
    def _first(self) -> int:
        return clock_ms(self.first_ms, self.step_ms, self.offset_ms) // self.step_ms

    def ticks(self, apart: float = _TICK_APART) -> list[tuple[float, str]]:
        """Where the axis bears times, and these."""
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
    """The scale of a timeline that ends, at the right edge, with the bucket of `last_ms`."""
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
    """The scale of buckets of a length, as many as `width` has room for, with a moment exactly at `x`."""
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
    """A moment as precise as a bucket is long: `11:49:30`, `25 Nov 11:00`, `25 Nov 2026`."""
    local = local_time(moment_ms)
    if step_ms >= _DAY:
        return f"{local.day} {local:%b %Y}"
    time = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return time if step_ms < 3_600_000 else f"{local.day} {local:%b} {time}"
