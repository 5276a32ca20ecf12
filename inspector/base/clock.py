"""Wall-clock times: milliseconds since 1970 inside, RFC 3339 in UTC outside."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache

_DAY_MS = 86_400_000
_STRIDE_MS = 14 * _DAY_MS
"""No rule of a zone holds for a shorter time."""
_MOST_STRIDES = 1_000
# A day within what a datetime can be, so that no zone leads out of it.
_FIRST_MS, _LAST_MS = -62_135_510_400_000, 253_402_128_000_000


def now_ms() -> int:
    """The present as whole milliseconds since 1970-01-01T00:00Z."""
    return time.time_ns() // 1_000_000


def rfc3339(ms: int) -> str:
    """`ms` as RFC 3339 in UTC with milliseconds: `2026-11-24T09:30:00.125Z`."""
    ms = datable(ms)
    return f"{_second(ms // 1000)}.{ms % 1000:03d}Z"


def datable(ms: int) -> int:
    """`ms`, or the first or last moment that has a date where it has none: a payload may claim any."""
    return min(max(ms, _FIRST_MS), _LAST_MS)


def local_time(ms: int) -> datetime:
    """`ms` as an aware datetime in the time zone of this machine."""
    return datetime.fromtimestamp(datable(ms) / 1000, UTC).astimezone()


def offset_ms(ms: int) -> int:
    """How far the clocks here are ahead of UTC at a moment, in milliseconds."""
    return time.localtime(datable(ms) // 1000).tm_gmtoff * 1000  # a tenth of a datetime's time


def wall_ms(ms: int) -> int:
    """What the clocks here show at a moment, as milliseconds since they showed 1970."""
    return ms + offset_ms(ms)


def moment_of_wall(wall: int) -> int:
    """When the clocks here show `wall`: the first time where they do so twice, and where they never do the
    moment that they were put forward at."""
    before, after = offset_ms(wall - _DAY_MS), offset_ms(wall + _DAY_MS)
    if before == after or offset_ms(wall - before) == before or offset_ms(wall - after) != after:
        return wall - before
    return wall - after


def offsets(first_ms: int, last_ms: int) -> tuple[tuple[int, int], ...]:
    """From which moment on the clocks here are how far ahead of UTC, from the first to the last moment.

    Of a time of more than some forty years it may lack some of those moments.
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
    """The first moment after `low` at which the clocks are as they are at `high`."""
    offset = offset_ms(high)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_ms(middle) == offset:
            high = middle
        else:
            low = middle
    return high


def short_time(ms: int) -> str:
    """`11:49:03` of today, `24 Nov 11:49` of another day, `24 Nov 2025` of another year; local time."""
    moment, today = local_time(ms), local_time(now_ms())
    if moment.date() == today.date():
        return f"{moment:%H:%M:%S}"
    return f"{moment.day} {moment:%b %H:%M}" if moment.year == today.year else f"{moment.day} {moment:%b %Y}"


def at_time(ms: int) -> str:
    """For a sentence: `at 11:49:03` of today, else `on 24 Nov at 11:49:03`, with the year of another one."""
    moment, today = local_time(ms), local_time(now_ms())
    if moment.date() == today.date():
        return f"at {moment:%H:%M:%S}"
    day = f"{moment.day} {moment:%b}" if moment.year == today.year else f"{moment.day} {moment:%b %Y}"
    return f"on {day} at {moment:%H:%M:%S}"


@lru_cache(maxsize=16)  # many captures share a second
def _second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
