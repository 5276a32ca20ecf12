"""Spans of time for a chart: some dozens, as clock and calendar have them, from minutes to years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from inspector.base.clock import local_time, moment_of_wall, wall_ms

MOST = 42
"""Spans of a chart: more bars than these are no longer told apart."""

Unit = Literal["minute", "hour", "day", "week", "month", "year"]

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS
_LAST_MS = 250_000_000_000_000
"""In the year 9892."""
# How long a span takes in ms, as a rule, and what it is or is made of.
_STEPS: tuple[tuple[int, Unit], ...] = (
    *((minutes * _MINUTE_MS, "minute") for minutes in (1, 2, 5, 10, 30)),
    *((hours * _HOUR_MS, "hour") for hours in (1, 3, 6)),
    (_DAY_MS, "day"),
    (7 * _DAY_MS, "week"),
    (28 * _DAY_MS, "month"),
    (365 * _DAY_MS, "year"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Consecutive spans, in the time zone of this machine."""

    unit: Unit
    edges: tuple[int, ...]
    """Where each begins, in ms since 1970; the last one is open."""

    def label(self, place: int) -> str:
        """What an axis says of a span: `12:30`, `24 Nov`, `Nov 2026`, `2026`."""
        moment = local_time(self.edges[place])
        if self.unit in ("minute", "hour"):
            is_day = self.unit == "hour" and moment.hour == 0
            return f"{moment.day} {moment:%b}" if is_day else f"{moment:%H:%M}"
        if self.unit == "month":
            return f"{moment:%b %Y}"
        return f"{moment:%Y}" if self.unit == "year" else f"{moment.day} {moment:%b}"


def spans(first_ms: int, last_ms: int) -> Spans:
    """The spans that hold everything from the first to the last moment, at most `MOST`."""
    # Imports may claim any time; the calendar ends at the year 9999.
    first_ms = min(max(first_ms, _DAY_MS), _LAST_MS)
    last_ms = min(max(last_ms, first_ms), _LAST_MS)
    length, unit = next((step for step in _STEPS if (last_ms - first_ms) // step[0] < MOST - 1), _STEPS[-1])
    edges: list[int] = []
    start = _start(first_ms, unit, length)
    while start <= last_ms and len(edges) < MOST:
        edges.append(start)
        start = _following(start, unit, length)
    return Spans(unit=unit, edges=tuple(edges))


def _start(moment: int, unit: Unit, length: int) -> int:
    """The beginning of the span that a moment is in."""
    if length <= _HOUR_MS:  # an hour that the clocks show twice is two
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
    if length <= _HOUR_MS:
        return start + length
    if unit == "hour":  # so that each day begins with one, and may have a longer or a shorter one
        return moment_of_wall((wall_ms(start) // length + 1) * length)
    day = local_time(start).date()
    if unit == "month":
        return _midnight_ms((day.replace(day=1) + timedelta(days=32)).replace(day=1))
    if unit == "year":
        return _midnight_ms(date(day.year + 1, 1, 1))
    return _midnight_ms(day + timedelta(days=7 if unit == "week" else 1))


def _midnight_ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day).astimezone().timestamp() * 1000)
