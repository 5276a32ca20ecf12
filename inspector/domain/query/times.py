"""Times as a query names them. They are evaluated when the query runs, by a clock that is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import TypeAlias

_AGO = re.compile(r"([0-9]{1,9})([mhd])", re.ASCII)
_UNIT_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
_CLOCK_TIME = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
_TIME = re.compile(_CLOCK_TIME, re.ASCII)
_DAY = re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})(?:[Tt ]{_CLOCK_TIME})?", re.ASCII)
_YEARS = range(1971, 3000)
"""Those that every platform can convert to its local time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The present, and what local time is."""

    now_ms: int
    zone: tzinfo | None = None
    """None: that of this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ago:
    """So long before the present."""

    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """A day and a time of day, in local time."""

    day: date | None
    """None: today, whenever that is."""
    time: time


When: TypeAlias = Ago | LocalTime


def read_when(text: str) -> When | None:
    """`15m`, `2h`, `7d`, `2026-11-01`, `2026-11-01T12:30`, `11:49` or `11:49:30`; None for anything else."""
    if ago := _AGO.fullmatch(text):
        return Ago(ms=int(ago[1]) * _UNIT_MS[ago[2]])
    try:
        if moment := _TIME.fullmatch(text):
            return LocalTime(day=None, time=_time(moment.groups()))
        if moment := _DAY.fullmatch(text):
            year, month, day, *rest = moment.groups()
            if int(year) in _YEARS:
                return LocalTime(day=date(int(year), int(month), int(day)), time=_time(rest))
    except ValueError:  # there is no such day or time of day
        return None
    return None


def moment_ms(when: When, clock: Clock) -> int:
    """`when` as milliseconds since 1970."""
    if isinstance(when, Ago):
        return max(0, clock.now_ms - when.ms)
    # A naive datetime converts by the rules of this machine's zone.
    day = when.day or datetime.fromtimestamp(clock.now_ms / 1000, clock.zone).date()
    return int(datetime.combine(day, when.time, clock.zone).timestamp()) * 1000


def _time(parts: tuple[str | None, ...] | list[str | None]) -> time:
    hour, minute, second = (int(part or 0) for part in parts)
    return time(hour, minute, second)
