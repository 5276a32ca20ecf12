"""Buckets of time are added up and made coarser without losing a capture."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.clock import local_time
from inspector.domain.statistics.timeline import (
    MOST,
    SHOWN_MS,
    STEPS_MS,
    Timeline,
    chart_spans,
    start_of,
    step_for,
)

ONE = (1, 0, 0, 0, 0)
TWO = (0, 0, 2, 0, 0)


def test_each_step_is_a_multiple_of_the_one_before() -> None:
    assert all(longer % shorter == 0 for shorter, longer in pairwise(STEPS_MS))


def test_more_is_added_to_what_is_there() -> None:
    timeline = Timeline(step_ms=1000, buckets={5000: ONE}).with_more({5000: TWO, 7000: ONE})
    assert timeline.buckets == {5000: (1, 0, 2, 0, 0), 7000: ONE}
    assert timeline.total == (2, 0, 2, 0, 0)
    assert (timeline.first_ms, timeline.last_ms, timeline.span_ms) == (5000, 7000, 3000)


def test_an_hour_begins_as_the_clock_shows_it() -> None:
    hour, half = 3_600_000, 1_800_000
    assert start_of(5 * hour + half, hour, half) == 5 * hour + half
    assert start_of(5 * hour, hour, half) == 4 * hour + half


def utc(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


@pytest.mark.usefixtures("berlin")
def test_a_day_begins_at_midnight_here_though_one_has_23_hours_and_another_25() -> None:
    day = 86_400_000
    for after in (utc(2026, 3, 27, 23), utc(2026, 10, 23, 22)):
        starts = sorted({start_of(after + hours * 3_600_000, day, 0) for hours in range(4 * 24)})
        assert {f"{local_time(start):%H:%M}" for start in starts} == {"00:00"}
        assert len({local_time(start).date() for start in starts}) == len(starts)
    assert start_of(utc(2026, 10, 25, 22, 59), day, 0) == utc(2026, 10, 24, 22)
    assert start_of(utc(2026, 10, 25, 23), day, 0) == utc(2026, 10, 25, 23)


@pytest.mark.usefixtures("berlin")
def test_fine_buckets_add_up_to_the_days_they_are_in() -> None:
    first, last, hour = utc(2026, 3, 27, 23), utc(2026, 3, 30, 22), 3_600_000
    fine = Timeline(step_ms=hour, offset_ms=2 * hour, buckets=dict.fromkeys(range(first, last, hour), ONE))
    coarse = fine.coarser(24 * hour)
    assert [counts[0] for _, counts in sorted(coarse.buckets.items())] == [24, 23, 24]
    assert coarse.span_ms == 3 * 24 * hour


def test_nothing_has_no_span() -> None:
    assert Timeline().span_ms == 0
    assert Timeline().within(10) == Timeline()


@given(
    st.dictionaries(st.integers(0, 10**11).map(lambda ms: ms // 1000 * 1000), st.just(ONE), max_size=50),
    st.integers(2, 200),
    st.sampled_from([0, 3_600_000, -12_600_000]),
)
def test_coarser_buckets_hold_the_same_and_fit(
    buckets: dict[int, tuple[int, int, int, int, int]], most: int, offset_ms: int
) -> None:
    timeline = Timeline(step_ms=1000, offset_ms=offset_ms, buckets=buckets)
    coarse = timeline.within(most, SHOWN_MS)
    assert coarse.total == timeline.total
    assert coarse.span_ms <= coarse.step_ms * most
    assert all(coarse.start_of(start) == start for start in coarse.buckets)


@given(st.integers(0, 10**11), st.integers(2, 2000))
def test_a_step_fits_a_span_wherever_it_begins(span_ms: int, most: int) -> None:
    step = step_for(span_ms, most)
    assert span_ms <= step * (most - 1)


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
    chart = chart_spans(_START, _START + length_ms)
    assert (chart.unit, chart.label(0)) == (unit, label)


def test_a_span_of_several_days_is_named_with_its_day() -> None:
    chart = chart_spans(_START, _START + 36 * _HOUR)
    assert [chart.name(place) for place in (0, 12)] == ["10 Nov 12:00", "11 Nov 00:00"]
    assert [chart.label(place) for place in (0, 12, 13)] == ["12:00", "11 Nov", "01:00"]
    assert chart_spans(_START, _START + 2 * _HOUR).name(0) == "12:00"


def test_a_day_begins_at_midnight_of_this_machine() -> None:
    chart = chart_spans(_START, _START + 20 * 24 * _HOUR)
    assert {f"{local_time(edge):%H:%M:%S}" for edge in chart.edges} == {"00:00:00"}


def shown(first: int, last: int) -> list[str]:
    return [f"{local_time(edge).day} {local_time(edge):%H:%M}" for edge in chart_spans(first, last).edges]


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
    chart = chart_spans(first, last)
    assert 1 <= len(chart.edges) <= MOST
    assert list(chart.edges) == sorted(set(chart.edges))
    assert all(chart.label(place) for place in range(len(chart.edges)))
