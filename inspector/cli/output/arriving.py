"""Captures that arrive while a verb runs: their lines, printed as fast as the reader reads."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.tasks import OwnThread
from inspector.cli.output.rows import CaptureLines
from inspector.cli.output.streams import Output, json_line
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.session.session import Session

BATCH = 500
"""Maximum rows that are read and printed at once."""
MAX_READY = 100_000
"""Maximum complete lines that wait for a slow reader."""
PAUSE_S = 0.02
"""Pause after printing, to collect further lines, because each printing needs a thread."""
CAUSE_S = 1.0
"""Seconds that the row of an invalid capture waits for its cause. A diagnosis takes 30 ms."""


class ArrivingLines:
    """Collects ids as they are announced, and prints their rows as fast as the reader reads.

    A blocked terminal (Ctrl+S, a full pipe) must not block the sender. Only ids wait then.
    """

    def __init__(
        self, out: Output, session: Session, query: str, *, at_problem: str, has_date: bool = False
    ) -> None:
        """`query` selects the captures to print. `at_problem` follows why output cannot be written."""
        self.out = out
        self.session = session
        self.text = CaptureLines(out, has_date=has_date)
        self._query = query
        self._at_problem = at_problem
        self._waiting: deque[int] = deque()
        self._deferred: dict[int, float] = {}
        """Rows that will soon change, with the time at which they are printed in any case."""
        self._again: dict[int, float] = {}
        """Deferred rows that are queued again, with the time until which they were deferred."""
        self._as_they_are: set[int] = set()
        """Queued rows that are printed without waiting for a change."""
        self._ready: deque[str] = deque(maxlen=MAX_READY)
        self._has_work = asyncio.Event()
        self._is_ending = False
        self._is_problem_reported = False

    def add(self, ids: tuple[int, ...]) -> None:
        """Queue captures that were just committed."""
        self._queue(ids)

    def add_stored(self, ids: Sequence[int]) -> None:
        """Queue captures that were stored earlier. Their rows are printed as they are."""
        self._as_they_are.update(ids)
        self._queue(ids)

    def add_judged(self, ids: tuple[int, ...]) -> None:
        """Queue deferred rows that have changed."""
        self._queue_again([id_ for id_ in ids if id_ in self._deferred])

    def add_lines(self, lines: Sequence[str]) -> None:
        """Queue complete lines. The oldest are dropped if the reader is slow."""
        self._ready.extend(lines)
        self._has_work.set()

    def note(self, rows: Sequence[CaptureRow]) -> None:
        """Called with captures that are ready to be printed, before the query selects from them."""

    def reader_gone(self) -> None:
        """Called when the reader of standard output has closed it."""

    def end(self) -> None:
        """Print the remaining rows as they are."""
        self._is_ending = True
        self._has_work.set()

    async def print_as_they_arrive(self, stop: asyncio.Event) -> None:
        """Run until everything is printed after `end`, or until the reader has closed the pipe."""
        printer = OwnThread("printer")
        while self.out.has_reader:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_left()):
                    await self._has_work.wait()
            self._has_work.clear()
            self._queue_again(self._due())
            while self._waiting or self._ready:
                ids = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                ready = [self._ready.popleft() for _ in range(min(BATCH, len(self._ready)))]
                if lines := [*self._lines(ids), *ready]:
                    if self.out.may_wait(lines):
                        await printer.run(partial(self.out.lines, lines))
                    else:
                        self.out.lines(lines)
                    self.say_output_problem()
            if self._is_ending:
                return
            await asyncio.sleep(PAUSE_S)
        self.reader_gone()
        stop.set()

    def say_output_problem(self) -> None:
        """Report once that captures cannot be printed."""
        if self.out.trouble is not None and not self._is_problem_reported:
            self._is_problem_reported = True
            self.out.say(f"{self.out.trouble} {self._at_problem}")

    def _due(self) -> list[int]:
        now = asyncio.get_running_loop().time()
        return sorted(id_ for id_, until in self._deferred.items() if self._is_ending or until <= now)

    def _seconds_left(self) -> float | None:
        """Return how long the next row can still be deferred."""
        until = min(self._deferred.values(), default=math.inf)
        return None if until == math.inf else max(0.0, until - asyncio.get_running_loop().time())

    def _queue(self, ids: Sequence[int]) -> None:
        self._waiting.extend(ids)
        self._has_work.set()

    def _queue_again(self, ids: Sequence[int]) -> None:
        if ids:
            self._again.update((id_, self._deferred.pop(id_)) for id_ in ids)
            self._queue(ids)

    def _is_deferred(self, row: CaptureRow) -> bool:
        """Return whether a row waits for its evaluation, or for the cause of an invalid signature."""
        until = self._again.pop(row.id, math.inf)
        if self._is_ending or row.id in self._as_they_are:
            self._as_they_are.discard(row.id)
            return False
        if row.verdict.reason != "pending" and row.id not in self.session.ingest.unanswered:
            if self.out.is_json or row.verdict.word != "invalid" or row.is_examined:
                return False
            now = asyncio.get_running_loop().time()
            until = min(until, now + CAUSE_S)
            if until <= now:
                return False
        self._deferred[row.id] = until
        return True

    def _lines(self, ids: Sequence[int]) -> list[str]:
        captures = self.session.captures
        rows = captures.rows(ids)
        ready = [rows[id_] for id_ in ids if id_ in rows and not self._is_deferred(rows[id_])]
        self.note(ready)
        if self._query and ready:
            wanted = captures.matching([row.id for row in ready], EVERYTHING, self._query)
            ready = [row for row in ready if row.id in wanted]
        return self._printed(ready)

    def _printed(self, rows: Sequence[CaptureRow]) -> list[str]:
        if not self.out.is_json:
            reasons = self.session.captures.reasons(rows)
            return [self.text.line(row, reasons.get(row.id)) for row in rows]
        from inspector.session.records import records

        return list(map(json_line, records(self.session.captures, rows)))
