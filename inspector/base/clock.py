"""Wall-clock times: milliseconds since 1970 in the program, RFC 3339 in UTC outside."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache

_DAY_MS = 86_400_000
_STRIDE_MS = 14 * _DAY_MS
"""Clocks are never put forward and back within a shorter time."""
_MOST_STRIDES = 1_000
# One day inside the range of datetime, so that no time zone exceeds it.
_FIRST_MS, _LAST_MS = -62_135_510_400_000, 253_402_128_000_000


def now_ms() -> int:
    """Return the current time in whole milliseconds since 1970-01-01T00:00Z."""
    return time.time_ns() // 1_000_000


def rfc3339(ms: int) -> str:
    """Return `ms` as RFC 3339 in UTC with milliseconds: `2026-11-24T09:30:00.125Z`."""
    ms = datable(ms)
    return f"{_second(ms // 1000)}.{ms % 1000:03d}Z"


def datable(ms: int) -> int:
    """Return `ms`, limited to the range of datetime. A payload may contain any number."""
    return ms if _FIRST_MS <= ms <= _LAST_MS else min(max(ms, _FIRST_MS), _LAST_MS)


def local_time(ms: int) -> datetime:
    """Return `ms` as an aware datetime in the time zone of this machine."""
    return datetime.fromtimestamp(datable(ms) / 1000, UTC).astimezone()


def offset_ms(ms: int) -> int:
    """Return how far local time is ahead of UTC at a moment, in milliseconds."""
    return time.localtime(datable(ms) // 1000).tm_gmtoff * 1000  # a tenth of a datetime's time


def wall_ms(ms: int) -> int:
    """Return the local time at a moment, in milliseconds since 1970 in local time."""
    return ms + offset_ms(ms)


def moment_of_wall(wall: int) -> int:
    """Return the moment of a local time.

    If clocks are put back, the time occurs twice: return the first moment. If they are put forward, it does
    not occur: return the moment of the change.
    """
    before, after = offset_ms(wall - _DAY_MS), offset_ms(wall + _DAY_MS)
    if before == after or offset_ms(wall - before) == before or offset_ms(wall - after) != after:
        return wall - before
    return wall - after


def offsets(first_ms: int, last_ms: int) -> tuple[tuple[int, int], ...]:
    """Return each moment from which local time has another offset, with the offset, both in milliseconds.

    For a range of more than about forty years, some moments may be missing.
    """
    found = [(first_ms, offset_ms(first_ms))]
    stride = max(_STRIDE_MS, (last_ms - first_ms) // _MOST_STRIDES)
    low = first_ms
    while low < last_ms:
        high = min(low + stride, last_ms)
        if (offset := offset_ms(high)) != found[-1][1]:
            found.append((_changed(low, high), offset))
        low = high
    return tuple(found)


def _changed(low: int, high: int) -> int:
    """Return the first moment after `low` with the offset of `high`."""
    offset = offset_ms(high)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_ms(middle) == offset:
            high = middle
        else:
            low = middle
    return high


def short_time(ms: int, *, is_utc: bool = False, has_12_hours: bool = False) -> str:
    """Return `11:49:03` for today, `24 Nov 11:49` for this year, or `24 Nov 2025`, by default in local time.

    With 12 hours, they are `11:49:03 AM` and `24 Nov 11:49 AM`.
    """
    moment, today = local_time(ms), local_time(now_ms())
    if is_utc:
        moment, today = moment.astimezone(UTC), today.astimezone(UTC)
    hour = f"{(moment.hour - 1) % 12 + 1}" if has_12_hours else f"{moment:%H}"
    half = f" {moment:%p}" if has_12_hours else ""
    if moment.date() == today.date():
        return f"{hour}:{moment:%M:%S}{half}"
    day = f"{moment.day} {moment:%b}"
    return f"{day} {hour}:{moment:%M}{half}" if moment.year == today.year else f"{day} {moment.year}"


def at_time(ms: int) -> str:
    """Return `at 11:49:03` for today, or `on 24 Nov at 11:49:03`, with the year if it is not this year."""
    moment, today = local_time(ms), local_time(now_ms())
    if moment.date() == today.date():
        return f"at {moment:%H:%M:%S}"
    day = f"{moment.day} {moment:%b}" if moment.year == today.year else f"{moment.day} {moment:%b %Y}"
    return f"on {day} at {moment:%H:%M:%S}"


@lru_cache(maxsize=16)  # many captures share a second
def _second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
