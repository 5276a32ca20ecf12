"""Times as scripts read them."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from inspector.base.clock import at_time, local_time, now_ms, rfc3339, short_time


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
