"""The search for a cause, one step per call, so that the worker process can compute the steps."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from inspector.domain.receiver.cause_search import search_cause
from inspector.domain.receiver.probes import Probe, ReceiverCase
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import CauseReport


@dataclass(slots=True)
class _Search:
    steps: Generator[Probe, Reply, CauseReport] | None = None
    replies: int = 0


def begin_search(search_id: str, case: ReceiverCase, replies: Sequence[Reply]) -> Probe | CauseReport:
    """Return the first request of a search, or the one that follows these replies."""
    search = _search(search_id)
    search.steps = search_cause(case)
    step = _next(search.steps, None)
    for reply in replies:
        if isinstance(step, CauseReport):
            break
        step = _next(search.steps, reply)
    search.replies = len(replies)
    return step


def continue_search(search_id: str, number: int, reply: Reply) -> Probe | CauseReport | None:
    """Return the request that follows reply `number`, or the report at the end.

    None if this process does not have the search, because it replaced the one that began it.
    """
    search = _search(search_id)
    if search.steps is None or search.replies != number - 1:
        return None
    search.replies = number
    return _next(search.steps, reply)


@lru_cache(maxsize=4)
def _search(search_id: str) -> _Search:
    """Return the state of a search in this process."""
    return _Search()


def _next(steps: Generator[Probe, Reply, CauseReport], reply: Reply | None) -> Probe | CauseReport:
    try:
        return next(steps) if reply is None else steps.send(reply)
    except StopIteration as end:
        report: CauseReport = end.value
        return report
