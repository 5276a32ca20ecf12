"""Times in a query: rolling ones and local ones, by a clock that is given."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.clock import rfc3339
from inspector.domain.query.times import Clock, moment_ms, read_when

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 0, 30, tzinfo=BERLIN)
CLOCK = Clock(now_ms=int(NOW.timestamp() * 1000), zone=BERLIN)


def moment(text: str, clock: Clock = CLOCK) -> str:
    when = read_when(text)
    assert when is not None
    return datetime.fromtimestamp(moment_ms(when, clock) / 1000, UTC).isoformat()


@pytest.mark.parametrize(
    ("text", "is_at"),
    [
        ("15m", "2026-11-23T23:15:00+00:00"),
        ("2h", "2026-11-23T21:30:00+00:00"),
        ("7d", "2026-11-16T23:30:00+00:00"),
        ("2026-11-01", "2026-10-31T23:00:00+00:00"),
        ("2026-07-01", "2026-06-30T22:00:00+00:00"),  # summer time
        ("2026-11-01T12:30", "2026-11-01T11:30:00+00:00"),
        ("2026-11-01 12:30:15", "2026-11-01T11:30:15+00:00"),
        ("11:49", "2026-11-24T10:49:00+00:00"),  # today is local: in UTC it is still the 23rd
        ("9:05:30", "2026-11-24T08:05:30+00:00"),
        ("2026-03-29T02:30", "2026-03-29T01:30:00+00:00"),  # clocks skipped it
        ("10 minutes", "2026-11-23T23:20:00+00:00"),
        ("1 Hour ago", "2026-11-23T22:30:00+00:00"),
        ("15s", "2026-11-23T23:29:45+00:00"),
        ("2 weeks", "2026-11-09T23:30:00+00:00"),
        ("today", "2026-11-23T23:00:00+00:00"),
        ("Yesterday", "2026-11-22T23:00:00+00:00"),
        ("2026-11-26T18:35:00Z", "2026-11-26T18:35:00+00:00"),
        ("2026-11-26 18:35z", "2026-11-26T18:35:00+00:00"),
        ("2026-11-26T18:35:00.125-05:30", "2026-11-27T00:05:00.125000+00:00"),
        ("2026-11-26T18:35:00.125", "2026-11-26T17:35:00.125000+00:00"),
    ],
)
def test_a_time_is_local_and_rolls_with_the_clock(text: str, is_at: str) -> None:
    assert moment(text) == is_at


WRONG = """
m 15 15y -1h 1.5h ٣m 24:00 11:60 11:4 1:2:3 2026-13-01 2026-1-1 2026-11-01T 2026-11-01T25:00 0001-01-01
9999-12-31 2026-11-01Z 2026-11-01T12Z 2026-11-01T12:30+25:00 2026-11-01T12:30:00.Z 1234567890m now
"""


@given(st.integers(0, 32_503_000_000_000))
def test_every_time_that_json_prints_is_read_to_the_millisecond(ms: int) -> None:
    when = read_when(rfc3339(ms))
    assert (when is None) == (ms < 365 * 86_400_000)  # 1970 is refused in every form
    assert when is None or moment_ms(when, CLOCK) == ms


@pytest.mark.parametrize("text", ["", *WRONG.split()])
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_when(text) is None


@pytest.fixture
def _far_zone() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Pacific/Auckland"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="only POSIX can change its zone")
@pytest.mark.usefixtures("_far_zone")
def test_without_a_zone_it_is_that_of_this_machine() -> None:
    clock = Clock(now_ms=int(datetime(2026, 1, 31, 20, 0, tzinfo=UTC).timestamp() * 1000))
    assert moment("11:00", clock) == "2026-01-31T22:00:00+00:00"  # there it is the 1st of February
    assert moment("2026-07-01", clock) == "2026-06-30T12:00:00+00:00"
