"""The span of time in a query's text is read, replaced and taken out; all else stays as it was typed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.query import Clock, QueryError, parse
from inspector.domain.query.terms import Span, span_of, with_span, without_span

NOON = int(datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp() * 1000)
CLOCK = Clock(now_ms=NOON, zone=UTC)
MINUTE = 60_000


@pytest.mark.parametrize(
    ("text", "since", "before"),
    [
        ("", None, None),
        ("since:15m", NOON - 15 * MINUTE, None),
        ("crash since:11:00 before:11:30:30", NOON - 60 * MINUTE, NOON - 29 * MINUTE - 30_000),
        ("since:1h since:15m", NOON - 15 * MINUTE, None),
        ("-since:15m", None, None),
        ("since:15m OR crash", None, None),
        ("(since:15m) crash", None, None),
        ("(crash OR slow) since:15m", NOON - 15 * MINUTE, None),
        ('"since:15m"', None, None),
        ("crash AND since:15m", NOON - 15 * MINUTE, None),
        ("NOT since:15m", None, None),
        ("since:2026-11-25T11:00:00.250Z", NOON - 60 * MINUTE + 250, None),
    ],
)
def test_what_holds_for_the_whole_query_is_its_span(text: str, since: int | None, before: int | None) -> None:
    assert span_of(text, CLOCK) == Span(since_ms=since, before_ms=before)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("since:15m", ""),
        ("crash since:15m verdict:valid before:12:00", "crash verdict:valid"),
        ('"two  words" since:15m', '"two  words"'),
        ("since:15m OR crash", "since:15m OR crash"),
        ("-since:15m crash", "-since:15m crash"),
        ("NOT since:15m crash", "NOT since:15m crash"),
        ("NOT NOT since:15m", ""),
        ("crash AND since:15m", "crash"),
        ("since:15m AND crash", "crash"),
        ("crash AND since:15m AND before:12:00 AND verdict:valid", "crash AND verdict:valid"),
        ("since:15m AND before:12:00", ""),
        ("since:15m crash AND before:12:00 slow", "crash AND slow"),
        ("(a OR b) AND since:15m", "(a OR b)"),
        ("crash since:15m AND NOT slow", "crash AND NOT slow"),
    ],
)
def test_without_its_span_the_rest_stays_as_it_was_typed(text: str, rest: str) -> None:
    assert without_span(text) == rest


def test_a_span_of_today_is_written_by_the_clock_and_another_with_its_day() -> None:
    span = Span(since_ms=NOON - MINUTE, before_ms=NOON + 500)
    assert with_span("crash since:1h", span, CLOCK) == "crash since:11:59 before:12:00:01"
    before = Span(since_ms=NOON - 24 * 60 * MINUTE + 5_000)
    assert with_span("", before, CLOCK) == "since:2026-11-24T12:00:05"


@pytest.mark.parametrize(
    ("since", "before", "text"),
    [
        # Clocks are put back at 1:00 UTC from 3:00 to 2:00.
        ((0, 10), (0, 20), "since:2026-10-25T02:10 before:2026-10-25T02:20"),
        ((0, 10), (1, 0), "since:2026-10-25T02:10 before:2026-10-25T03:00"),
        ((1, 10), (1, 20), "since:2026-10-25T02:10 before:2026-10-25T03:00"),
        ((1, 10), (2, 20), "since:2026-10-25T02:10 before:2026-10-25T03:20"),
    ],
)
@pytest.mark.usefixtures("berlin")
def test_a_span_in_the_hour_that_comes_twice_is_widened_where_its_words_mean_another(
    since: tuple[int, int], before: tuple[int, int], text: str
) -> None:
    start, end = (
        round(datetime(2026, 10, 25, *moment, tzinfo=UTC).timestamp() * 1000) for moment in (since, before)
    )
    here = Clock(now_ms=NOON)
    assert with_span("", Span(since_ms=start, before_ms=end), here) == text
    read = span_of(text, here)
    assert read.since_ms is not None
    assert read.before_ms is not None
    assert read.since_ms <= start < end <= read.before_ms


def test_an_or_is_put_in_parentheses_so_that_the_span_holds_for_both() -> None:
    text = with_span("crash OR slow", Span(since_ms=NOON - MINUTE), CLOCK)
    assert text == "(crash OR slow) since:11:59"
    assert span_of(text, CLOCK).since_ms == NOON - MINUTE


def test_no_span_gives_the_rest_alone() -> None:
    assert with_span("crash since:15m", Span(), CLOCK) == "crash"


@given(st.text(alphabet='ab "()-:OR', max_size=20), st.integers(NOON - 10**9, NOON), st.integers(0, 10**8))
def test_whatever_is_typed_it_can_be_read_back(text: str, start: int, length: int) -> None:
    try:
        parse(text)
    except QueryError:
        return
    start = start // 1000 * 1000
    span = Span(since_ms=start, before_ms=start + length // 1000 * 1000 + 1000)
    written = with_span(text, span, CLOCK)
    parse(written)
    assert span_of(written, CLOCK) == span
    assert parse(without_span(written)) == parse(without_span(text))


PIECES = [
    "a",
    "AND",
    "NOT",
    "-",
    "-b",
    "since:1h",
    "before:12:00",
    "(a OR b)",
    "(NOT c)",
    '"AND"',
    "OR",
    "(",
    ")",
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join))
def test_whatever_the_query_was_it_can_be_read_without_its_span(text: str) -> None:
    try:
        parse(text)
    except QueryError:
        return
    rest = without_span(text)
    parse(rest)
    assert span_of(rest, CLOCK) == Span()
    assert without_span(rest) == rest
    parse(with_span(text, Span(since_ms=NOON), CLOCK))
