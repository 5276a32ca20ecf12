"""`listen`: capture without a window, one line per capture."""

from __future__ import annotations

import asyncio
import math
import shlex
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.tasks import OwnThread, in_own_thread
from inspector.cli import arguments, listen_options
from inspector.cli.early import INTERRUPTED
from inspector.cli.listen_options import Forwarding, Until
from inspector.cli.output.columns import captures_in_words
from inspector.cli.output.rows import CaptureLines, secret_note
from inspector.cli.output.streams import Output, json_line
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.verb import Call, Verb
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.session.ingest import Ingest
    from inspector.session.session import Session


BATCH = 500
"""Maximum rows that are read and printed at once."""
_UNCHECKED = "No secret is set, so signatures are not checked. Set BLITZ_WEBHOOK_SECRET or use --secret-file."
PAUSE_S = 0.02
"""Pause after printing, to collect further lines, because each printing needs a thread."""
CAUSE_S = 1.0
"""Seconds that the row of an invalid capture waits for its cause. A diagnosis takes 30 ms."""
LAST_LINES_S = 1.0
"""Seconds that the end waits for a reader that does not read."""
DELIVERY_S = 10.0
"""Maximum seconds to forward the captures that `--until` waited for."""
LOOK_S = 0.5
QUIET_S = 10.0
"""Pause after a message about counts: a flood of requests must not flood the terminal, too."""


def _add_arguments(parser: Parser) -> None:
    arguments.add_address(parser)
    arguments.add_filter(parser)
    listen_options.add_forwarding(parser)
    listen_options.add_until(parser)


async def _run(call: Call) -> int:
    """Listen until interrupted, or until `--until` is met."""
    chosen = call.arguments
    listen_options.check_until(chosen)
    async with call.session(create=True, listens=True) as session:
        forwards = Forwarding(call.out, session)
        await forwards.prepare(chosen.forward)
        await session.load_secrets()
        lines = _Lines(call.out, session, chosen.filter or "")
        with call.interruption.stopping_gently() as stop:
            session.captures.captured.connect(lines.add)
            session.captures.judged.connect(lines.add_judged)
            awaited = None if chosen.until is None else Until(session, chosen, stop)
            url = await session.listen()
            counted = CountReporter(call.out, session.ingest)
            lines.begin(url, forwards.begin())
            session.ingest.storage_limit.problem_changed.connect(lines.say_problem)
            session.secrets.changed.connect(lines.say_missing)
            session.maintenance.message_posted.connect(call.out.say)
            if session.ingest.storage_limit.problem is not None:
                lines.say_problem(session.ingest.storage_limit.problem)
            printing = session.tasks.spawn(lines.print_as_they_arrive(stop), "print captures")
            session.tasks.spawn(counted.report_as_it_happens(), "tell what is only counted")
            session.tasks.spawn(forwards.report_as_it_happens(), "tell of forwarding")
            if awaited is not None:
                session.tasks.spawn(awaited.watch_time(), "watch the time")
            await stop.wait()
            is_met = awaited is not None and awaited.is_met
            await session.stop_listening()
            await forwards.end(is_met=is_met, seconds=DELIVERY_S)
            lines.end()
            await asyncio.wait((printing,), timeout=LAST_LINES_S)
            with suppress(TimeoutError):  # a blocked terminal must not block the end
                async with asyncio.timeout(LAST_LINES_S):
                    await in_own_thread(lines.say_total)
            counted.report_total()
    if awaited is None or is_met:
        return 0
    if awaited.is_late:
        call.out.say(awaited.says)
        return 1
    return INTERRUPTED


@dataclass(slots=True)
class _Arrived:
    """The number of captures of this run, and of those that need attention."""

    total: int = 0
    invalid: int = 0
    refused: int = 0

    def add(self, rows: Sequence[CaptureRow]) -> None:
        self.invalid += sum(row.verdict.word == "invalid" for row in rows)
        self.refused += sum(row.kind == "refused" for row in rows)

    def sentence(self, database: Path | None) -> str:
        """Return `12 captures arrived, 2 of them invalid. See them with …`."""
        if not self.total:
            return "No captures arrived."
        invalid = f"{self.invalid:,} of them invalid" if self.invalid else "none of them invalid"
        refused = f", {self.refused:,} refused" if self.refused else ""
        file = "" if database is None else f" --database {shlex.quote(str(database))}"
        return (
            f"{captures_in_words(self.total)} arrived, {invalid}{refused}."
            f" See them with `{PROGRAM} list{file}`."
        )


class _Lines:
    """Collects ids as they are announced, and prints their rows as fast as the reader reads.

    A blocked terminal (Ctrl+S, a full pipe) must not block the sender. Only ids wait then.
    """

    def __init__(self, out: Output, session: Session, query: str) -> None:
        self._out = out
        self._session = session
        self._query = query
        self._text = CaptureLines(out, has_date=False)
        self._waiting: deque[int] = deque()
        self._deferred: dict[int, float] = {}
        """Rows that will soon change, with the time at which they are printed in any case."""
        self._again: dict[int, float] = {}
        """Deferred rows that are queued again, with the time until which they were deferred."""
        self._has_work = asyncio.Event()
        self._is_ending = False
        self._is_trouble_told = False
        self._missing: str | None = None
        self._arrived = _Arrived()

    def begin(self, url: str, forwards: Sequence[str]) -> None:
        """Print the listening address: in JSON as the first line, otherwise next to the lines of captures."""
        secrets = self._session.secrets
        self._missing = secrets.missing
        warnings = [one for one in (self._session.ingest.network_warning, secrets.missing) if one]
        if self._out.is_json:
            self._out.record({"listening": url})
            self._say_output_problem()
            self._out.say_block((*warnings, *forwards))
            return
        rows = secrets.names()
        names = ", ".join(row.name for row in rows if row.is_active)
        if names:
            checked = [f"Signatures are checked with {names}."]
        else:
            checked = [] if secrets.missing else [_UNCHECKED]  # a warning names the missing secret
        notes = [secret_note(row.name, row.note) for row in rows if row.note]
        self._out.say_block(
            (
                f"Listening on {url}. Press Ctrl+C to stop.",
                *warnings,
                f"Captures are stored in {self._session.database}.",
                *checked,
                *notes,
                *forwards,
                "",
                self._text.heading(),
            )
        )

    def add(self, ids: tuple[int, ...]) -> None:
        """Queue captures that were just committed."""
        self._arrived.total += len(ids)
        self._queue(ids)

    def add_judged(self, ids: tuple[int, ...]) -> None:
        """Queue deferred rows that have changed."""
        self._queue_again([id_ for id_ in ids if id_ in self._deferred])

    def say_problem(self, sentence: str | None) -> None:
        """Report why captures cannot be stored now, or that they can be stored again."""
        self._out.say(sentence or "Captures are stored again.")

    def say_missing(self, _: None) -> None:
        """Report why new captures are not trusted, once, when the secrets have changed."""
        before, self._missing = self._missing, self._session.secrets.missing
        if self._missing is not None and before is None:
            self._out.say(self._missing)

    def end(self) -> None:
        """Print the remaining rows as they are."""
        self._is_ending = True
        self._has_work.set()

    def say_total(self) -> None:
        """Report how many captures arrived, and how to see them again."""
        if not self._out.is_json and self._out.has_reader:
            self._out.say(self._arrived.sentence(self._session.options.database))

    async def print_as_they_arrive(self, stop: asyncio.Event) -> None:
        """Run until everything is printed after `end`, or until the reader has closed the pipe."""
        printer = OwnThread("printer")
        while self._out.has_reader:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_left()):
                    await self._has_work.wait()
            self._has_work.clear()
            self._queue_again(self._due())
            while self._waiting:
                ids = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                if lines := self._lines(ids):
                    if self._out.may_wait(lines):
                        await printer.run(partial(self._out.lines, lines))
                    else:
                        self._out.lines(lines)
                    self._say_output_problem()
            if self._is_ending:
                return
            await asyncio.sleep(PAUSE_S)
        self._out.say("The reader of standard output has gone, so listening ends.")
        stop.set()

    def _say_output_problem(self) -> None:
        """Report once that captures cannot be printed. They are still stored."""
        if self._out.trouble is not None and not self._is_trouble_told:
            self._is_trouble_told = True
            self._out.say(f"{self._out.trouble} Captures are still stored; `list` prints them.")

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
        if self._is_ending:
            return False
        if row.verdict.reason != "pending" and row.id not in self._session.ingest.unanswered:
            if self._out.is_json or row.verdict.word != "invalid" or row.is_examined:
                return False
            now = asyncio.get_running_loop().time()
            until = min(until, now + CAUSE_S)
            if until <= now:
                return False
        self._deferred[row.id] = until
        return True

    def _lines(self, ids: Sequence[int]) -> list[str]:
        captures = self._session.captures
        rows = captures.rows(ids)
        ready = [rows[id_] for id_ in ids if id_ in rows and not self._is_deferred(rows[id_])]
        self._arrived.add(ready)
        if self._query and ready:
            wanted = captures.matching([row.id for row in ready], EVERYTHING, self._query)
            ready = [row for row in ready if row.id in wanted]
        return self._printed(ready)

    def _printed(self, rows: Sequence[CaptureRow]) -> list[str]:
        if not self._out.is_json:
            reasons = self._session.captures.reasons(rows)
            return [self._text.line(row, reasons.get(row.id)) for row in rows]
        from inspector.session.records import record

        return [json_line(record(row)) for row in rows]


class CountReporter:
    """Reports refused requests, closed connections and disconnected senders on standard error."""

    def __init__(self, out: Output, ingest: Ingest) -> None:
        self._out = out
        self._ingest = ingest
        self._told = dict.fromkeys(self._counts(), 0)

    async def report_as_it_happens(self) -> None:
        """Report new counts until cancelled."""
        while True:
            if self._counts() == self._told:
                await asyncio.sleep(LOOK_S)
                continue
            self._tell("so far")
            await asyncio.sleep(QUIET_S)

    def report_total(self) -> None:
        """Report the totals, if there are any."""
        self._tell("in all")

    def _tell(self, when: str) -> None:
        self._told = self._counts()
        for what, count in self._told.items():
            if count:
                self._out.say(f"{what}, {when}: {count:,}.")

    def _counts(self) -> dict[str, int]:
        listener, limit = self._ingest.listener, self._ingest.storage_limit
        return {
            "Refused requests that were counted and not stored": listener.handler.refused_not_stored,
            "Connections closed because too many were open": listener.connections.turned_away,
            "Senders that disconnected before their response": listener.handler.senders_gone,
            "Captures not trusted that were counted and not stored": limit.untrusted_not_stored,
        }


LISTEN = Verb(
    name="listen",
    group="receive",
    help="capture without a window, one line per capture",
    description="Capture every request to the address, and print one line for each, until Ctrl+C.",
    examples=(
        "webhook-inspector listen",
        "webhook-inspector listen --port 9000 --forward http://localhost:3000/hook",
        "webhook-inspector listen --until event:response_group --timeout 30s",
    ),
    add_arguments=_add_arguments,
    run=_run,
    is_endless=True,
)
