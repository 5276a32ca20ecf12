"""`listen`: capture with no window, one line a capture."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.own_thread import OwnThread
from inspector.cli import arguments, forwarding, until
from inspector.cli.counted import Counted
from inspector.cli.early import INTERRUPTED
from inspector.cli.forwarding import Forwarding
from inspector.cli.lines import CaptureLines, secret_note
from inspector.cli.output import Output, json_line
from inspector.cli.until import Until
from inspector.cli.verb import Call, Verb
from inspector.domain.rows import CaptureRow
from inspector.domain.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.session.session import Session

BATCH = 500
"""Rows read and printed at once."""
_UNCHECKED = "Signatures are not checked: no secret is set. Set BLITZ_WEBHOOK_SECRET or give --secret-file."
PAUSE_S = 0.02
"""After lines were printed, others are collected for so long: each printing costs a thread."""
LAST_LINES_S = 1.0
"""How long the end waits for a reader that does not read."""
DELIVERY_S = 10.0
"""So long what `--until` waited for has to be forwarded, too."""


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_database(parser)
    arguments.add_address(parser)
    arguments.add_secrets(parser)
    arguments.add_filter(parser)
    arguments.add_format(parser)
    forwarding.add_arguments(parser)
    until.add_arguments(parser)


async def _run(call: Call) -> int:
    """Listen until told to stop, or until what was asked for has arrived."""
    chosen = call.arguments
    until.check(chosen)
    async with call.session(create=True) as session:
        forwards = Forwarding(call.out, session)
        await forwards.prepare(chosen.forward)
        await session.load_secrets()
        lines = _Lines(call.out, session, chosen.filter or "")
        with call.interruption.stopping_gently() as stop:
            session.captures.captured.connect(lines.add)
            session.captures.judged.connect(lines.add_judged)
            awaited = None if chosen.until is None else Until(session, chosen, stop)
            url = await session.listen()
            counted = Counted(call.out, session.ingest)
            lines.begin(url, forwards.begin())
            session.ingest.trouble.connect(lines.tell_trouble)
            session.maintenance.told.connect(call.out.say)
            if session.ingest.current_trouble is not None:
                lines.tell_trouble(session.ingest.current_trouble)
            printing = session.tasks.spawn(lines.print_as_they_come(stop), "print captures")
            session.tasks.spawn(counted.tell_as_it_happens(), "tell what is only counted")
            session.tasks.spawn(forwards.tell_as_it_happens(), "tell of forwarding")
            if awaited is not None:
                session.tasks.spawn(awaited.watch_time(), "watch the time")
            await stop.wait()
            is_met = awaited is not None and awaited.is_met
            await session.stop_listening()
            await forwards.end(is_met=is_met, seconds=DELIVERY_S)
            lines.end()
            await asyncio.wait((printing,), timeout=LAST_LINES_S)
            counted.tell_total()
    if awaited is None or is_met:
        return 0
    if awaited.is_late:
        call.out.say(awaited.says)
        return 1
    return INTERRUPTED


class _Lines:
    """Collects ids as they are announced, and prints their rows as fast as the reader reads.

    A terminal that is held up (Ctrl+S, a full pipe) must not hold up the sender: what waits
    meanwhile are ids alone.
    """

    def __init__(self, out: Output, session: Session, query: str) -> None:
        self._out = out
        self._session = session
        self._query = query
        self._text = CaptureLines(out, has_date=False)
        self._waiting: deque[int] = deque()
        self._unjudged: set[int] = set()
        self._has_work = asyncio.Event()
        self._is_ending = False
        self._is_trouble_told = False

    def begin(self, url: str, forwards: Sequence[str]) -> None:
        """Say where it listens: in JSON as the first line, else beside the lines of captures."""
        if self._out.is_json:
            self._out.record({"listening": url})
            self._tell_of_output()
            self._out.say_block(forwards)
            return
        secrets = self._session.secrets.names()
        names = ", ".join(row.name for row in secrets if row.is_active)
        notes = [secret_note(row.name, row.note) for row in secrets if row.note]
        self._out.say_block(
            (
                f"Listening on {url}; Ctrl+C stops it.",
                f"Captures are kept in {self._session.database}.",
                f"Signatures are checked with {names}." if names else _UNCHECKED,
                *notes,
                *forwards,
                "",
                self._text.heading(),
            )
        )

    def add(self, ids: tuple[int, ...]) -> None:
        """Captures that were just committed."""
        self._waiting.extend(ids)
        self._has_work.set()

    def add_judged(self, ids: tuple[int, ...]) -> None:
        """Rows that look different now: of interest where a line was put off until then."""
        self.add(tuple(self._unjudged.intersection(ids)))
        self._unjudged.difference_update(ids)

    def tell_trouble(self, sentence: str | None) -> None:
        """Why nothing can be stored now, or that it can again."""
        self._out.say(sentence or "Captures are stored again.")

    def end(self) -> None:
        """Print what is left, as it stands."""
        self._is_ending = True
        self._has_work.set()

    async def print_as_they_come(self, stop: asyncio.Event) -> None:
        """Runs until `end` was called and everything is printed; a reader that went away ends it all."""
        printer = OwnThread("printer")
        while self._out.has_reader:
            await self._has_work.wait()
            self._has_work.clear()
            if self._is_ending:
                self._waiting.extend(sorted(self._unjudged))
            while self._waiting:
                ids = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                if lines := self._lines(ids):
                    if self._out.may_wait(lines):
                        await printer.run(partial(self._out.lines, lines))
                    else:
                        self._out.lines(lines)
                    self._tell_of_output()
            if self._is_ending:
                return
            await asyncio.sleep(PAUSE_S)
        self._out.say("Nobody reads standard output any more, so listening ends.")
        stop.set()

    def _tell_of_output(self) -> None:
        """Say once that captures cannot be printed; they are kept all the same."""
        if self._out.trouble is not None and not self._is_trouble_told:
            self._is_trouble_told = True
            self._out.say(f"{self._out.trouble} Captures go on and are kept; `list` prints them.")

    def _lines(self, ids: Sequence[int]) -> list[str]:
        captures = self._session.captures
        rows = captures.arrived_rows(ids) if self._out.is_json else captures.latest_rows(ids)
        if self._query:
            wanted = captures.matching(ids, EVERYTHING, self._query)
            rows = {id_: row for id_, row in rows.items() if id_ in wanted}
        ready = [rows[id_] for id_ in ids if id_ in rows]
        if not self._is_ending:
            unanswered = self._session.ingest.unanswered
            put_off = {row.id for row in ready if row.verdict.reason == "pending" or row.id in unanswered}
            self._unjudged |= put_off
            ready = [row for row in ready if row.id not in put_off]
        return self._printed(ready)

    def _printed(self, rows: Sequence[CaptureRow]) -> list[str]:
        if not self._out.is_json:
            return [self._text.line(row) for row in rows]
        from inspector.session.records import record

        return [json_line(record(row)) for row in rows]


LISTEN = Verb(
    name="listen",
    help="capture with no window, one line a capture",
    description="Capture every request to the address until Ctrl+C, and print a line for each.",
    add_arguments=_add_arguments,
    run=_run,
    is_endless=True,
)
