"""Times as scripts read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.clock import (
    at_time,
    local_time,
    moment_of_wall,
    now_ms,
    offset_ms,
    offsets,
    rfc3339,
    short_time,
    wall_ms,
)


def test_a_time_is_rfc_3339_in_utc_with_milliseconds() -> None:
    assert rfc3339(1_654_639_267_005) == "2022-06-07T22:01:07.005Z"
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"


def test_a_time_reads_back_as_the_same_moment() -> None:
    now = now_ms()
    assert round(datetime.fromisoformat(rfc3339(now)).timestamp() * 1000) == now
    assert round(local_time(now).timestamp() * 1000) == now


def test_the_time_of_another_day_says_which_day_that_was() -> None:
    now, day = now_ms(), 86_400_000
    assert re.fullmatch(r"\d\d:\d\d:\d\d", short_time(now))
    assert at_time(now) == f"at {short_time(now)}"
    moment = local_time(now - 400 * day)
    assert short_time(now - 400 * day) == f"{moment.day} {moment:%b %Y}"
    assert at_time(now - 400 * day) == f"on {moment.day} {moment:%b %Y} at {moment:%H:%M:%S}"
    # Three days ago may have been another year.
    earlier = local_time(now - 3 * day)
    within = f"{earlier.day} {earlier:%b}"
    assert short_time(now - 3 * day) in (f"{within} {earlier:%H:%M}", f"{within} {earlier:%Y}")


@pytest.mark.parametrize("ms", [-(2**62), 2**62, 253_402_300_799_999])
def test_any_moment_that_a_payload_may_claim_has_a_date(ms: int) -> None:
    assert local_time(ms).year in (1, 9999)
    assert re.fullmatch(r"\d{1,4}-\d\d-\d\dT.*Z", rfc3339(ms))
    short_time(ms), at_time(ms)


def utc(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


@pytest.mark.usefixtures("berlin")
def test_what_the_clocks_show_twice_is_the_first_time_and_what_they_skip_the_change() -> None:
    assert wall_ms(utc(2026, 7, 1, 10)) == utc(2026, 7, 1, 12)
    assert moment_of_wall(utc(2026, 7, 1, 12)) == utc(2026, 7, 1, 10)
    assert moment_of_wall(utc(2026, 10, 25, 2, 30)) == utc(2026, 10, 25, 0, 30)
    assert moment_of_wall(utc(2026, 10, 25, 3)) == utc(2026, 10, 25, 2)
    assert moment_of_wall(utc(2026, 3, 29, 2)) == moment_of_wall(utc(2026, 3, 29, 3)) == utc(2026, 3, 29, 1)


@pytest.mark.usefixtures("berlin")
def test_the_changes_of_the_clocks_are_found_to_the_millisecond() -> None:
    hour = 3_600_000
    start = utc(2026, 1, 1)
    assert offsets(start, utc(2027, 1, 1)) == (
        (start, hour),
        (utc(2026, 3, 29, 1), 2 * hour),
        (utc(2026, 10, 25, 1), hour),
    )
    assert offsets(start, start) == ((start, hour),)


@given(st.integers(-(2**62), 2**62), st.integers(-(2**62), 2**62))
def test_no_time_is_too_far_for_a_clock(one: int, other: int) -> None:
    assert moment_of_wall(wall_ms(one)) is not None
    assert offsets(min(one, other), max(one, other))[0] == (min(one, other), offset_ms(min(one, other)))
