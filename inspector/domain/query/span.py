"""The span of time in a query's text: read from it, written into it, taken out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inspector.base.clock import datable
from inspector.domain.query.terms import Required, required, with_also, without
from inspector.domain.query.times import Clock, moment_ms
from inspector.domain.query.tree import Moment

_SECOND_MS, _MINUTE_MS = 1_000, 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From a moment, included, to another, excluded; null where it is open."""

    since_ms: int | None = None
    before_ms: int | None = None


def span_of(text: str, clock: Clock) -> Span:
    """What `since:` and `before:` leave, where they hold for the whole of a query. Raises QueryError."""
    moments = [one.term for one in required(text) if _is_of_span(one) and isinstance(one.term, Moment)]
    since = [moment_ms(one.when, clock) for one in moments if one.name == "since"]
    before = [moment_ms(one.when, clock) for one in moments if one.name == "before"]
    return Span(since_ms=max(since, default=None), before_ms=min(before, default=None))


def without_span(text: str) -> str:
    """The query without those terms. Raises QueryError."""
    return without(text, _is_of_span)


def with_span(text: str, span: Span, clock: Clock) -> str:
    """The query with another span in place of its own, and all the rest as it is. Raises QueryError.

    The words of a query name local time. Where the clocks are put back they show some of it twice and such
    words mean the first; an end in the second is written later, so that nothing of the span is lost.
    """
    text = without_span(text)
    if span.since_ms is not None:
        text = with_also(text, f"since:{_written(span.since_ms, clock)}")
    if span.before_ms is not None:
        before = -(-span.before_ms // _SECOND_MS) * _SECOND_MS
        while _local(before, clock).fold:
            before = (before // _MINUTE_MS + 1) * _MINUTE_MS
        text = with_also(text, f"before:{_written(before, clock)}")
    return text


def _is_of_span(one: Required) -> bool:
    return isinstance(one.term, Moment) and not one.is_negated


def _written(moment: int, clock: Clock) -> str:
    """`11:49:30` of today, else with its day; without seconds where there are none."""
    local = _local(moment, clock)
    today = datetime.fromtimestamp(clock.now_ms / 1000, clock.zone).date()
    time = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return time if local.date() == today else f"{local:%Y-%m-%d}T{time}"


def _local(moment: int, clock: Clock) -> datetime:
    return datetime.fromtimestamp(datable(moment) / 1000, clock.zone)
