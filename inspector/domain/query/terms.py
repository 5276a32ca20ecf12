"""The terms that every match of a query must satisfy, and its time span: read, removed, added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from inspector.base.clock import datable
from inspector.domain.query.parser import NEGATIONS, Token, tokens
from inspector.domain.query.times import Clock, moment_ms
from inspector.domain.query.tree import Comparing, MomentTerm, Phrase, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredTerm:
    """A term outside parentheses, in a query without `OR` on that level. Its place includes its negation."""

    term: Word | Phrase | Comparing
    is_negated: bool
    position: int
    length: int

    @property
    def meaning(self) -> tuple[bool, Word | Phrase | Comparing]:
        """The condition, independent of its spelling."""
        return self.is_negated, self.term


def required_terms(text: str) -> list[RequiredTerm]:
    """Return the required terms of a query, in order. Raises QueryError."""
    top = _at_top(text)
    if _has_or(top):
        return []
    found = []
    for number, token in enumerate(top):
        if token.term is None:
            continue
        negations = 0
        while negations < number and top[number - negations - 1].sign in NEGATIONS:
            negations += 1
        position = top[number - negations].position
        found.append(
            RequiredTerm(
                term=token.term,
                is_negated=bool(negations % 2),
                position=position,
                length=token.position + token.length - position,
            )
        )
    return found


def without_terms(text: str, is_unwanted: Callable[[RequiredTerm], bool]) -> str:
    """Return the query without its unwanted required terms. Raises QueryError."""
    unwanted = [one for one in required_terms(text) if is_unwanted(one)]
    if not unwanted:
        return text.strip()
    gone = [(one.position, one.position + one.length) for one in unwanted]
    pending: Token | None = None
    has_part = False
    for token in _at_top(text):  # an AND stays only between two remaining parts
        if any(start <= token.position < end for start, end in gone):
            continue
        if token.sign == "AND":
            if pending is not None or not has_part:
                gone.append((token.position, token.position + token.length))
            else:
                pending = token
        else:
            pending, has_part = None, True
    if pending is not None:
        gone.append((pending.position, pending.position + pending.length))
    kept, end = "", 0
    for start, after in sorted(gone):
        kept += text[end:start]
        end = after + len(text[after:]) - len(text[after:].lstrip())
    return (kept + text[end:]).strip()


def narrowed(text: str, term: str) -> str:
    """Return the query narrowed by another term. Raises QueryError."""
    text = text.strip()
    if _has_or(_at_top(text)):
        text = f"({text})"
    return f"{text} {term}".strip()


def _at_top(text: str) -> list[Token]:
    """Return the tokens outside parentheses."""
    found, depth = [], 0
    for token in tokens(text):
        depth -= token.sign == ")"
        if not depth:
            found.append(token)
        depth += token.sign == "("
    return found


def _has_or(top: list[Token]) -> bool:
    return any(token.sign == "OR" for token in top)


_SECOND_MS, _MINUTE_MS = 1_000, 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time from one moment (included) to another (excluded). None is an open end."""

    since_ms: int | None = None
    before_ms: int | None = None


def span_of(text: str, clock: Clock) -> Span:
    """Return the span of `since:` and `before:`, if they are required terms. Raises QueryError."""
    moments = [
        one.term for one in required_terms(text) if _is_of_span(one) and isinstance(one.term, MomentTerm)
    ]
    since = [moment_ms(one.when, clock) for one in moments if one.name == "since"]
    before = [moment_ms(one.when, clock) for one in moments if one.name == "before"]
    return Span(since_ms=max(since, default=None), before_ms=min(before, default=None))


def without_span(text: str) -> str:
    """Return the query without the terms of its span. Raises QueryError."""
    return without_terms(text, _is_of_span)


def with_span(text: str, span: Span, clock: Clock) -> str:
    """Return the query with its span replaced by another one. Raises QueryError.

    The words of a query are in local time. When clocks are put back, some times occur twice, and such words
    mean the first. An end in the second is written later, so that the span loses nothing.
    """
    text = without_span(text)
    if span.since_ms is not None:
        text = narrowed(text, f"since:{_written(span.since_ms, clock)}")
    if span.before_ms is not None:
        before = -(-span.before_ms // _SECOND_MS) * _SECOND_MS
        while _local(before, clock).fold:
            before = (before // _MINUTE_MS + 1) * _MINUTE_MS
        text = narrowed(text, f"before:{_written(before, clock)}")
    return text


def _is_of_span(one: RequiredTerm) -> bool:
    return isinstance(one.term, MomentTerm) and not one.is_negated


def _written(moment: int, clock: Clock) -> str:
    """Return `11:49:30` for today, otherwise with the day; without zero seconds."""
    local = _local(moment, clock)
    today = datetime.fromtimestamp(clock.now_ms / 1000, clock.zone).date()
    time = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return time if local.date() == today else f"{local:%Y-%m-%d}T{time}"


def _local(moment: int, clock: Clock) -> datetime:
    return datetime.fromtimestamp(datable(moment) / 1000, clock.zone)
