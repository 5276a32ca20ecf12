"""Captures that arrive while a verb runs: their lines, printed as fast as the reader reads."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from inspector.base.quantity import counted
from inspector.base.tasks import OwnThread, in_own_thread
from inspector.cli.output.capture_columns import CaptureColumn
from inspector.cli.output.capture_lines import CaptureLines
from inspector.cli.output.json_text import json_line
from inspector.cli.output.streams import Output
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.session.session import Session

_T = TypeVar("_T")

BATCH = 500
"""Maximum rows that are read and printed at once."""
MAX_READY = 100_000
"""Maximum complete lines that wait for a slow reader."""
BUSY = 0.5
"""Share of the time above which the loop counts as busy."""
WAIT_IN_FLOOD = 10
"""How many times as long as lines took to make, the next ones wait while many senders wait for a response."""
PAUSE_S = 0.02
"""Pause after printing, to collect further lines, because each printing needs a thread."""
STALL_S = 1.0
"""Seconds that the end waits for a reader that does not read."""
END_S = 10.0
"""Maximum seconds that the end waits for a slow reader."""
CAUSE_S = 1.0
"""Seconds that the row of an invalid capture waits for its cause. A diagnosis takes 30 ms."""


class Arrivals:
    """The number of captures of this run, in total and by verdict."""

    def __init__(self) -> None:
        self.total = 0
        """All that were stored, also those that are not evaluated yet."""
        self.by_verdict: Counter[str] = Counter()
        """By `valid`, `invalid`, `unsigned`, `unchecked` or `refused`."""

    def add(self, rows: Sequence[CaptureRow]) -> None:
        """Count captures by verdict."""
        self.by_verdict.update(["refused" if row.kind == "refused" else row.verdict.word for row in rows])

    @property
    def others(self) -> int:
        """The number of captures that are neither valid nor invalid."""
        return self.by_verdict.total() - self.by_verdict["valid"] - self.by_verdict["invalid"]

    def in_words(self) -> str:
        """Return the numbers above 0: `9 valid, 2 invalid`."""
        words = ("valid", "invalid", "unsigned", "unchecked", "refused")
        return ", ".join(f"{self.by_verdict[word]:,} {word}" for word in words if self.by_verdict[word])


class ArrivingLines:
    """Collects ids as they are announced, and prints their rows as fast as the reader reads.

    A blocked terminal (Ctrl+S, a full pipe) must not block the sender. Only ids wait then.
    """

    def __init__(
        self,
        out: Output,
        session: Session,
        query: str,
        *,
        at_problem: str,
        has_date: bool = False,
        columns: Sequence[CaptureColumn] = (),
    ) -> None:
        """`query` selects the captures to print. `at_problem` follows why output cannot be written.

        `has_date` and `columns` are those of `CaptureLines`.
        """
        self.out = out
        self.session = session
        self._has_date = has_date
        self._columns = columns
        self.fit()
        self.query = query
        self._at_problem = at_problem
        self._waiting: deque[int] = deque()
        self._deferred: dict[int, float] = {}
        """Rows that will soon change, with the time at which they are printed in any case."""
        self._again: dict[int, float] = {}
        """Deferred rows that are queued again, with the time until which they were deferred."""
        self._as_they_are: set[int] = set()
        """Queued rows that are printed without waiting for a change."""
        self._ready: deque[str] = deque(maxlen=MAX_READY)
        self._held: deque[int] = deque()
        """Captures to print after a pause."""
        self._is_paused = False
        self.arrivals = Arrivals()
        self.newest_id: int | None = None
        """The newest capture that was printed. An invalid one may be printed after newer ones."""
        self._batches = 0
        """The number of times that lines were printed."""
        self._has_work = asyncio.Event()
        self._is_ending = False
        self._is_problem_reported = False

    def fit(self, first: Sequence[CaptureRow] = ()) -> None:
        """Arrange the columns for the current width of the terminal, and for the `first` rows."""
        self.text = CaptureLines(self.out, has_date=self._has_date, columns=self._columns, first=first)

    def add(self, ids: tuple[int, ...]) -> None:
        """Queue captures that were just committed."""
        self.arrivals.total += len(ids)
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

    def reader_gone(self) -> None:
        """Called when the reader of standard output has closed it."""

    @property
    def held(self) -> int | None:
        """The number of captures that a pause holds back, or None without a pause."""
        return len(self._held) if self._is_paused else None

    def pause(self) -> None:
        """Print no captures until `resume`."""
        self._is_paused = True

    def resume(self) -> None:
        """Print the captures that were held back, then new ones."""
        self._is_paused = False
        self._has_work.set()

    async def end(self, printing: asyncio.Task[None]) -> None:
        """Print the remaining rows as they are, also those that a pause holds back.

        `printing` runs `print_as_they_arrive`. If the reader is too slow, report how many rows it missed.
        """
        self._is_ending = True
        self.resume()
        deadline, before = asyncio.get_running_loop().time() + END_S, -1
        while not printing.done() and self._batches > before:
            before = self._batches
            await asyncio.wait((printing,), timeout=STALL_S)
            if asyncio.get_running_loop().time() > deadline:
                break
        missed = len(self._waiting) + len(self._held) + len(self._deferred)
        if missed and self.out.has_reader:
            are = "was" if missed == 1 else "were"
            with suppress(TimeoutError):  # a blocked terminal must not block the end
                async with asyncio.timeout(STALL_S):
                    sentence = f"{counted(missed, 'capture')} {are} not printed. `list` prints them."
                    await in_own_thread(partial(self.out.say, sentence))

    async def print_as_they_arrive(self, stop: asyncio.Event) -> None:
        """Run until everything is printed after `end`, or until the reader has closed the pipe."""
        printer = OwnThread("printer")
        while self.out.has_reader:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_left()):
                    await self._has_work.wait()
            self._has_work.clear()
            self._queue_again(self._due())
            while self._waiting or self._ready or (self._held and not self._is_paused):
                started = time.thread_time()
                if lines := self._next_lines():
                    if self.out.may_wait(lines):
                        await printer.run(partial(self.out.lines, lines))
                    else:
                        self.out.lines(lines)
                    self._batches += 1
                    self.say_output_problem()
                await self._give_way((time.thread_time() - started) * WAIT_IN_FLOOD)
            if self._is_ending:
                return
            await asyncio.sleep(PAUSE_S)
        self.reader_gone()
        stop.set()

    async def _give_way(self, seconds: float) -> None:
        """Wait for at most `seconds` while the loop is busy with senders, who wait for their response."""
        until = time.monotonic() + seconds
        is_busy = True
        while is_busy and not self._is_ending and time.monotonic() < until:
            before, busy_before = time.monotonic(), time.thread_time()
            await asyncio.sleep(PAUSE_S)
            is_busy = time.thread_time() - busy_before > (time.monotonic() - before) * BUSY

    def say_output_problem(self) -> None:
        """Report once that captures cannot be printed."""
        if self.out.trouble is not None and not self._is_problem_reported:
            self._is_problem_reported = True
            self.out.error(f"{self.out.trouble} {self._at_problem}")

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
        if row.verdict.reason != "pending" and row.id not in self.session.ingest.responder.undecided:
            if self.out.is_json or row.verdict.word != "invalid" or row.is_examined:
                return False
            now = asyncio.get_running_loop().time()
            until = min(until, now + CAUSE_S)
            if until <= now:
                return False
        self._deferred[row.id] = until
        return True

    def _next_lines(self) -> list[str]:
        """Return the next lines to print, or none if a pause holds them back."""
        ready = _taken(self._ready)
        if self._held and not self._is_paused:
            rows = self.session.captures.rows(ids := _taken(self._held))
            return [*self._printed([rows[id_] for id_ in ids if id_ in rows]), *ready]
        selected = self._selected(_taken(self._waiting))
        if not self._is_paused:
            return [*self._printed(selected), *ready]
        self._held.extend(row.id for row in selected)
        return ready

    def _selected(self, ids: Sequence[int]) -> list[CaptureRow]:
        captures = self.session.captures
        rows = captures.rows(ids)
        ready = [row for id_ in ids if (row := rows.get(id_)) and not self._is_deferred(row)]
        self.arrivals.add(ready)
        if self.query and ready:
            wanted = captures.matching([row.id for row in ready], EVERYTHING, self.query)
            ready = [row for row in ready if row.id in wanted]
        return ready

    def _printed(self, rows: Sequence[CaptureRow]) -> list[str]:
        if rows:
            self.newest_id = max(self.newest_id or 0, *(row.id for row in rows))
        if not self.out.is_json:
            reasons = self.session.captures.reasons(rows)
            return [self.text.line(row, reasons.get(row.id)) for row in rows]
        from inspector.session.records.captures import records

        return list(map(json_line, records(self.session.captures, rows)))


def _taken(queue: deque[_T]) -> list[_T]:
    return [queue.popleft() for _ in range(min(BATCH, len(queue)))]
