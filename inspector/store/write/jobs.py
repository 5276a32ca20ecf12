"""What the writer is asked to do, and how the outcome gets to who asked."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

Job = Callable[[sqlite3.Connection], Any]
Many = Callable[[sqlite3.Connection, Sequence[Any]], Sequence[Any]]


class Share(NamedTuple):
    """One caller's part of work that is done for many at once."""

    work: Many
    argument: Any


class Unsynced(NamedTuple):
    """A job whose commit need not be on the disk when its caller goes on."""

    job: Job


Work: TypeAlias = "Job | Share | Unsynced"
Entry: TypeAlias = tuple[Work, asyncio.Future[Any]]
Outcome: TypeAlias = tuple[asyncio.Future[Any], Any, BaseException | None]


def results_of(connection: sqlite3.Connection, jobs: Sequence[Work]) -> list[Any]:
    """What each job gives, in order; neighbours that share their work are done in one call."""
    results: list[Any] = []
    start = 0
    while start < len(jobs):
        job = jobs[start]
        end = start + 1
        if isinstance(job, Share):
            arguments = [job.argument]
            while end < len(jobs):
                other = jobs[end]
                if not isinstance(other, Share) or other.work is not job.work:
                    break
                arguments.append(other.argument)
                end += 1
            results.extend(job.work(connection, arguments))
        else:
            results.append((job.job if isinstance(job, Unsynced) else job)(connection))
        start = end
    return results


def settle(done: list[Outcome]) -> None:
    """Let those who wait go on, on their loop."""
    for future, result, error in done:
        if future.done():  # its caller was cancelled
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
