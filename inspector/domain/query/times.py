"""Times in a query, evaluated when the query runs, with the clock of the caller."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

_AGO = re.compile(
    r"([0-9]{1,9})\s*(?:(s|sec|secs|seconds?)|(m|min|mins|minutes?)|(h|hours?)|(d|days?)|(w|weeks?))(?:\s+ago)?",
    re.ASCII | re.IGNORECASE,
)
_UNITS_MS = (1_000, 60_000, 3_600_000, 86_400_000, 7 * 86_400_000)
"""Milliseconds per unit, in the order of the groups of `_AGO`."""
_DAYS_AGO = {"today": 0, "yesterday": 1}
_CLOCK_TIME = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
_TIME = re.compile(_CLOCK_TIME, re.ASCII)
_OF_DAY = rf"[Tt ]{_CLOCK_TIME}(?:\.([0-9]{{1,9}}))?(Z|z|[+-][0-9]{{2}}:[0-9]{{2}})?"
_DAY = re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})(?:{_OF_DAY})?", re.ASCII)
_YEARS = range(1971, 3000)
"""Years that every platform can convert to its local time."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The current time and the local time zone."""

    now_ms: int
    zone: tzinfo | None = None
    """The zone; None is that of this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ago:
    """A duration before the current time."""

    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """A day and a time of day, in local time."""

    day: date | None
    """The day; None is relative to the day of the evaluation."""
    time: time
    days_ago: int = 0
    """Without a `day`: 1 for yesterday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """A moment with its own time zone, in the form of the JSON output."""

    ms: int


When: TypeAlias = Ago | LocalTime | Instant


def read_when(text: str) -> When | None:
    """Return the time that `text` means, or None.

    `15m`, `10 minutes`, `today`, `11:49:30`, `2026-11-01`, `2026-11-01T12:30`, `2026-11-01T12:30:00.000Z`.
    """
    if ago := _AGO.fullmatch(text):
        number, *units = ago.groups()
        return Ago(ms=int(number) * next(ms for unit, ms in zip(units, _UNITS_MS, strict=True) if unit))
    if (days_ago := _DAYS_AGO.get(text.lower())) is not None:
        return LocalTime(day=None, time=time(), days_ago=days_ago)
    try:
        if moment := _TIME.fullmatch(text):
            return LocalTime(day=None, time=_time(moment.groups()))
        if moment := _DAY.fullmatch(text):
            return _dated(moment)
    except ValueError:  # this day, time of day or offset does not exist
        return None
    return None


def moment_ms(when: When, clock: Clock) -> int:
    """Return `when` as milliseconds since 1970."""
    if isinstance(when, Instant):
        return when.ms
    if isinstance(when, Ago):
        return max(0, clock.now_ms - when.ms)
    # Python converts a naive datetime with this machine's zone.
    today = datetime.fromtimestamp(clock.now_ms / 1000, clock.zone).date()
    moment = datetime.combine(when.day or today - timedelta(days=when.days_ago), when.time, clock.zone)
    return int(moment.timestamp()) * 1000 + when.time.microsecond // 1000


def _dated(moment: re.Match[str]) -> When | None:
    year, month, day, hour, minute, second, fraction, zone = moment.groups()
    if int(year) not in _YEARS:
        return None
    named = date(int(year), int(month), int(day))
    of_day = _time((hour, minute, second), fraction or "")
    if zone is None:
        return LocalTime(day=named, time=of_day)
    offset = datetime.strptime(zone.upper(), "%z").tzinfo
    return Instant(ms=(datetime.combine(named, of_day, offset) - _EPOCH) // timedelta(milliseconds=1))


def _time(parts: Sequence[str | None], fraction: str = "") -> time:
    hour, minute, second = (int(part or 0) for part in parts)
    return time(hour, minute, second, int(fraction[:6].ljust(6, "0")))
