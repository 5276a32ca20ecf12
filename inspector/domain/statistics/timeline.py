"""Captures over time: their number per bucket and verdict, and the spans of a chart by the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from inspector.base.clock import local_time, moment_of_wall, wall_ms

VerdictTally: TypeAlias = tuple[int, int, int, int, int]
"""The number of captures in one span, in the order of `verdict.COUNTED`."""

NONE: VerdictTally = (0, 0, 0, 0, 0)

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
EVEN_MS = _HOUR
"""Buckets up to this length have equal lengths. Longer ones follow the local clock: a day begins at midnight
and has 23, 24 or 25 hours."""
# Each is a multiple of the previous one, so that fine counts can be added up.
STEPS_MS = (
    *(_SECOND, 5 * _SECOND, 10 * _SECOND, 30 * _SECOND, _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 7 * _DAY, 28 * _DAY, 364 * _DAY, 10 * 364 * _DAY),
)
"""The possible lengths of a counted bucket."""
_BETWEEN_MS = (
    *(2 * _SECOND, 15 * _SECOND, 20 * _SECOND, 2 * _MINUTE, 3 * _MINUTE, 15 * _MINUTE, 20 * _MINUTE),
    *(2 * _HOUR, 4 * _HOUR, 2 * _DAY, 14 * _DAY),
)
SHOWN_MS = tuple(sorted((*STEPS_MS, *_BETWEEN_MS)))
"""The possible lengths of a shown bucket, if it is a multiple of the counted one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Captures in buckets of equal clock time, without empty buckets."""

    step_ms: int = STEPS_MS[0]
    offset_ms: int = 0
    """The offset of local time from UTC for buckets up to `EVEN_MS`, so that they begin at whole hours."""
    buckets: Mapping[int, VerdictTally] = field(default_factory=dict)
    """Counts by the start of each bucket, in milliseconds since 1970."""

    @property
    def first_ms(self) -> int | None:
        """The start of the first bucket."""
        return min(self.buckets, default=None)

    @property
    def last_ms(self) -> int | None:
        """The start of the last bucket."""
        return max(self.buckets, default=None)

    @property
    def span_ms(self) -> int:
        """The clock time from the start of the first bucket to the end of the last."""
        if not self.buckets:
            return 0
        first, last = (self._number(start) for start in (min(self.buckets), max(self.buckets)))
        return (last - first + 1) * self.step_ms

    @property
    def total(self) -> VerdictTally:
        """The sum of all buckets."""
        total = NONE
        for counts in self.buckets.values():
            total = added(total, counts)
        return total

    def since(self, moment_ms: int) -> Timeline:
        """Return the buckets that begin at this moment or later."""
        buckets = {start: counts for start, counts in self.buckets.items() if start >= moment_ms}
        return Timeline(step_ms=self.step_ms, offset_ms=self.offset_ms, buckets=buckets)

    def start_of(self, moment_ms: int) -> int:
        """Return the start of the bucket that contains a moment."""
        return start_of(moment_ms, self.step_ms, self.offset_ms)

    def _number(self, moment_ms: int) -> int:
        return clock_ms(moment_ms, self.step_ms, self.offset_ms) // self.step_ms

    def with_more(self, more: Mapping[int, VerdictTally]) -> Timeline:
        """Return the sum with further buckets of the same length."""
        buckets = dict(self.buckets)
        for start, counts in more.items():
            buckets[start] = added(buckets.get(start, NONE), counts)
        return Timeline(step_ms=self.step_ms, offset_ms=self.offset_ms, buckets=buckets)

    def coarser(self, step_ms: int) -> Timeline:
        """Return the counts in longer buckets."""
        buckets: dict[int, VerdictTally] = {}
        for moment, counts in self.buckets.items():
            start = start_of(moment, step_ms, self.offset_ms)
            buckets[start] = added(buckets.get(start, NONE), counts)
        return Timeline(step_ms=step_ms, offset_ms=self.offset_ms, buckets=buckets)

    def within(self, most: int, steps: Sequence[int] = STEPS_MS, span_ms: int | None = None) -> Timeline:
        """Return the counts in at most `most` buckets for `span_ms`, by default for all captures."""
        span = self.span_ms if span_ms is None else span_ms
        for step_ms in steps:
            if step_ms >= self.step_ms and step_ms % self.step_ms == 0 and span <= step_ms * (most - 1):
                return self if step_ms == self.step_ms else self.coarser(step_ms)
        return self.coarser(steps[-1])


def clock_ms(moment_ms: int, step_ms: int, offset_ms: int) -> int:
    """Return the time of the clock that buckets of this length follow."""
    return moment_ms + offset_ms if step_ms <= EVEN_MS else wall_ms(moment_ms)


def moment_of(clock: int, step_ms: int, offset_ms: int) -> int:
    """Return the moment when that clock shows `clock`."""
    return clock - offset_ms if step_ms <= EVEN_MS else moment_of_wall(clock)


def start_of(moment_ms: int, step_ms: int, offset_ms: int) -> int:
    """Return the start of the bucket that contains a moment."""
    clock = clock_ms(moment_ms, step_ms, offset_ms)
    return moment_of(clock // step_ms * step_ms, step_ms, offset_ms)


def step_for(span_ms: int, most: int) -> int:
    """Return the length of buckets of which at most `most` cover a span, whatever its start."""
    return next((step for step in STEPS_MS if span_ms <= step * (most - 1)), STEPS_MS[-1])


def added(one: VerdictTally, other: VerdictTally) -> VerdictTally:
    """Return the sums."""
    return (
        one[0] + other[0],
        one[1] + other[1],
        one[2] + other[2],
        one[3] + other[3],
        one[4] + other[4],
    )


MOST = 42
"""Maximum spans of a chart. More bars are hard to distinguish."""

Unit = Literal["minute", "hour", "day", "week", "month", "year"]

_LAST_MS = 250_000_000_000_000
"""In the year 9892."""
# The usual length of a span in ms, and its unit.
_STEPS: tuple[tuple[int, Unit], ...] = (
    *((minutes * _MINUTE, "minute") for minutes in (1, 2, 5, 10, 30)),
    *((hours * _HOUR, "hour") for hours in (1, 3, 6)),
    (_DAY, "day"),
    (7 * _DAY, "week"),
    (28 * _DAY, "month"),
    (365 * _DAY, "year"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpans:
    """Consecutive spans, in the time zone of this machine."""

    unit: Unit
    edges: tuple[int, ...]
    """The start of each span, in ms since 1970. The last span is open."""

    def label(self, place: int) -> str:
        """Return the label of a span on an axis: `12:30`, `24 Nov`, `Nov 2026`, `2026`. The span at
        midnight has its date."""
        moment = local_time(self.edges[place])
        if self.unit in ("minute", "hour"):
            is_midnight = (moment.hour, moment.minute) == (0, 0)
            return f"{moment.day} {moment:%b}" if is_midnight else f"{moment:%H:%M}"
        if self.unit == "month":
            return f"{moment:%b %Y}"
        return f"{moment:%Y}" if self.unit == "year" else f"{moment.day} {moment:%b}"

    def name(self, place: int) -> str:
        """Return the label of a span on its own: `24 Nov 12:30` if the spans are of several days."""
        first, last, moment = (local_time(self.edges[one]) for one in (0, -1, place))
        if self.unit not in ("minute", "hour") or first.date() == last.date():
            return self.label(place)
        return f"{moment.day} {moment:%b} {moment:%H:%M}"


def chart_spans(first_ms: int, last_ms: int) -> ChartSpans:
    """Return the spans from the first to the last moment, at most `MOST`."""
    # Imports can contain any time, but the calendar ends in the year 9999.
    first_ms = min(max(first_ms, _DAY), _LAST_MS)
    last_ms = min(max(last_ms, first_ms), _LAST_MS)
    length, unit = next((step for step in _STEPS if (last_ms - first_ms) // step[0] < MOST - 1), _STEPS[-1])
    edges: list[int] = []
    start = _start(first_ms, unit, length)
    while start <= last_ms and len(edges) < MOST:
        edges.append(start)
        start = _following(start, unit, length)
    return ChartSpans(unit=unit, edges=tuple(edges))


def _start(moment: int, unit: Unit, length: int) -> int:
    """Return the start of the span that a moment is in."""
    if length <= _HOUR:  # an hour that clocks show twice counts as two
        return moment - wall_ms(moment) % length
    if unit == "hour":
        return moment_of_wall(wall_ms(moment) // length * length)
    day = local_time(moment).date()
    if unit == "week":
        day -= timedelta(days=day.weekday())
    elif unit == "month":
        day = day.replace(day=1)
    elif unit == "year":
        day = day.replace(month=1, day=1)
    return _midnight_ms(day)


def _following(start: int, unit: Unit, length: int) -> int:
    if length <= _HOUR:
        return start + length
    if unit == "hour":  # so that each day begins with a span, and may have a longer or shorter one
        return moment_of_wall((wall_ms(start) // length + 1) * length)
    day = local_time(start).date()
    if unit == "month":
        return _midnight_ms((day.replace(day=1) + timedelta(days=32)).replace(day=1))
    if unit == "year":
        return _midnight_ms(date(day.year + 1, 1, 1))
    return _midnight_ms(day + timedelta(days=7 if unit == "week" else 1))


def _midnight_ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day).astimezone().timestamp() * 1000)
