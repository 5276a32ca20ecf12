"""Spans of a chart: few, without a gap, and as the calendar has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.clock import local_time
from inspector.domain.statistics.timeline import MOST, spans

_HOUR = 3_600_000
_START = round(datetime(2026, 11, 10, 12, 3, 20).astimezone().timestamp() * 1000)


@pytest.mark.parametrize(
    ("length_ms", "unit", "label"),
    [
        (0, "minute", "12:03"),
        (30 * 60_000, "minute", "12:03"),
        (12 * _HOUR, "minute", "12:00"),
        (36 * _HOUR, "hour", "12:00"),
        (14 * 24 * _HOUR, "day", "10 Nov"),
        (200 * 24 * _HOUR, "week", "9 Nov"),
        (900 * 24 * _HOUR, "month", "Nov 2026"),
        (9_000 * 24 * _HOUR, "year", "2026"),
    ],
)
def test_the_longer_the_time_the_coarser_the_spans(length_ms: int, unit: str, label: str) -> None:
    chart = spans(_START, _START + length_ms)
    assert (chart.unit, chart.label(0)) == (unit, label)


def test_a_day_begins_at_midnight_of_this_machine() -> None:
    chart = spans(_START, _START + 20 * 24 * _HOUR)
    assert {f"{local_time(edge):%H:%M:%S}" for edge in chart.edges} == {"00:00:00"}


def utc(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


def shown(first: int, last: int) -> list[str]:
    return [f"{local_time(edge).day} {local_time(edge):%H:%M}" for edge in spans(first, last).edges]


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("first", [utc(2026, 3, 27, 23), utc(2026, 10, 23, 22)])
@pytest.mark.parametrize(("days", "hours"), [(4, 3), (9, 6), (20, 24)])
def test_every_day_begins_with_a_span_where_the_clocks_change(first: int, days: int, hours: int) -> None:
    start = local_time(first)
    chart = shown(first, first + days * 24 * _HOUR)[: days * 24 // hours]
    wanted = [
        f"{(start.date() + timedelta(days=day)).day} {hour:02}:00"
        for day in range(days)
        for hour in range(0, 24, hours)
    ]
    assert chart == wanted


@pytest.mark.usefixtures("berlin")
def test_an_hour_that_the_clocks_show_twice_is_two_spans() -> None:
    chart = shown(utc(2026, 10, 24, 22), utc(2026, 10, 25, 12))
    assert chart[3:9] == ["25 01:30", "25 02:00", "25 02:30", "25 02:00", "25 02:30", "25 03:00"]


@given(st.integers(-(2**62), 2**62), st.integers(-(2**62), 2**62))
def test_whatever_times_are_claimed_there_are_few_spans_in_order(first: int, last: int) -> None:
    chart = spans(first, last)
    assert 1 <= len(chart.edges) <= MOST
    assert list(chart.edges) == sorted(set(chart.edges))
    assert all(chart.label(place) for place in range(len(chart.edges)))
