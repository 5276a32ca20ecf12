"""Times as scripts read them."""

from __future__ import annotations

from datetime import datetime

from inspector.base.clock import local_time, now_ms, rfc3339


def test_a_time_is_rfc_3339_in_utc_with_milliseconds() -> None:
    assert rfc3339(1_654_639_267_005) == "2022-06-07T22:01:07.005Z"
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"


def test_a_time_reads_back_as_the_same_moment() -> None:
    now = now_ms()
    assert round(datetime.fromisoformat(rfc3339(now)).timestamp() * 1000) == now
    assert round(local_time(now).timestamp() * 1000) == now
