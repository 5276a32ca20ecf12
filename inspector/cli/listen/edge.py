"""`listen --inbox`: an edge of a shared inbox, with its options, its lines and its messages."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.availability import why_no_inbox
from inspector.base.clock import local_time
from inspector.base.errors import InspectorError, UsageError
from inspector.base.quantity import counted
from inspector.base.tasks import Tasks, in_own_thread
from inspector.base.visible import visible_bytes
from inspector.cli.inbox_login import SECTION, given_login
from inspector.cli.listen.counts import LOOK_S, CountReporter
from inspector.cli.output.alignment import cut
from inspector.cli.output.arriving import END_S
from inspector.cli.output.capture_columns import NOTHING
from inspector.cli.output.json_text import json_line
from inspector.cli.output.streams import Output
from inspector.cli.parser import Parser
from inspector.cli.verb import Call
from inspector.domain.capture.guarded_path import hidden_guarded_path

if TYPE_CHECKING:
    from inspector.session.inbox.edge import Edge, PublishedCapture

UNPRINTED = 10_000
"""Maximum lines that wait for a slow reader. Further ones replace the oldest."""
PAUSE_S = 0.1
_EDGE = ("edge", "guarded_path", "inbox_chunks", "accept_loss", "inbox_monitor")
"""The options that need `--inbox`."""
_LOGIN = ("inbox_creds", "inbox_keyring", "inbox_ca")
_ALLOWED = {
    "inbox",
    *_EDGE,
    *_LOGIN,
    *("host", "port", "tls", "tls_cert", "tls_key"),
    *("format", "color", "quiet", "set"),
}
"""The options that go with `--inbox`."""
_ACCEPT = "Nothing was published. To publish nevertheless, use --accept-loss."
_METHOD, _TARGET, _BYTES = 7, 100, 10


def add_edge(parser: Parser) -> None:
    """Add `--inbox` and the options that go with it."""
    group = parser.section(SECTION)
    group.add_argument(
        "--inbox",
        metavar="ADDRESS",
        help="publish each capture to a shared inbox instead of storing it here: nats://HOST:PORT/STREAM, or"
        " tls:// to require TLS",
    )
    group.add_argument(
        "--edge", metavar="NAME", help="with --inbox: name of this publisher (default: name of this machine)"
    )
    group.add_argument(
        "--guarded-path",
        metavar="PATH",
        help="with --inbox: capture only requests to this path and below (default: every path)",
    )
    group.add_argument(
        "--inbox-chunks",
        action="store_true",
        help="with --inbox: publish a body in parts if it is too large for a message",
    )
    group.add_argument(
        "--accept-loss",
        action="store_true",
        help="with --inbox: publish even if the server can lose acknowledged captures",
    )


def check_edge(chosen: Namespace, defaults: Namespace) -> None:
    """Raise UsageError for options that do not go together. `defaults` has those that were not given."""
    given = [name for name, value in vars(chosen).items() if value != getattr(defaults, name, None)]
    if chosen.inbox is None:
        for name in _EDGE:
            if name in given:
                raise UsageError(f"{_option(name)} needs a shared inbox. Add --inbox ADDRESS.")
        for name in _LOGIN:
            if name in given and chosen.from_inbox is None:
                raise UsageError(
                    f"{_option(name)} needs a shared inbox. Add --from-inbox ADDRESS or --inbox ADDRESS."
                )
        return
    for name in given:
        if name == "from_inbox":
            raise UsageError("--inbox cannot be used with --from-inbox. Run two programs.")
        if name not in _ALLOWED:
            raise UsageError(
                f"{_option(name)} cannot be used with --inbox, which stores and checks nothing here."
                " Use it where the captures are received with --from-inbox."
            )


async def run_edge(call: Call) -> int:
    """Publish until interrupted, and return the exit status."""
    if (why := why_no_inbox()) is not None:
        raise InspectorError(why)
    from inspector.session.inbox.edge import Edge, EdgeOptions

    chosen, out = call.arguments, call.out
    options = EdgeOptions.parse(
        chosen.inbox,
        name=chosen.edge,
        login=given_login(chosen),
        monitor=chosen.inbox_monitor,
        has_chunks=chosen.inbox_chunks,
        accepts_loss=chosen.accept_loss,
        guarded_path=chosen.guarded_path,
    )
    edge = Edge(call.options(), options)
    report = _EdgeReport(out, edge)
    tasks = Tasks()
    try:
        if reasons := await edge.connect():
            out.error(*reasons, _ACCEPT)
            return InspectorError.exit_status
        out.error(*edge.accepted_losses)  # which --quiet does not hide
        with call.interruption.stopping_gently() as stop:
            report.begin(await edge.start())
            counts = CountReporter(out, edge.counts)
            tasks.spawn(report.print_as_they_come(stop), "print published captures")
            tasks.spawn(report.report_problems(), "report problems of the inbox")
            tasks.spawn(edge.watch(), "check the stream of the inbox")
            tasks.spawn(counts.report_as_it_happens(), "report counted requests")
            await stop.wait()
        await edge.listener.stop()
        await tasks.cancel_all()
        with suppress(TimeoutError):  # a blocked terminal must not block the end
            async with asyncio.timeout(END_S):
                await report.print_waiting()
        report.end()
        counts.report_total()
    finally:
        await tasks.cancel_all()
        await edge.stop()
    return 0


class _EdgeReport:
    """What an edge prints."""

    def __init__(self, out: Output, edge: Edge) -> None:
        self._out = out
        self._edge = edge
        self._waiting: deque[str] = deque(maxlen=UNPRINTED)
        self._dropped = 0
        self._published = 0
        self._problem: str | None = None
        self._has_begun = False
        edge.published.connect(self._add)
        edge.connection_changed.connect(self._connecting)
        edge.losses_found.connect(self._report_losses)

    def begin(self, url: str) -> None:
        """Print the address: in JSON as the first line, otherwise next to the lines of captures."""
        self._has_begun = True
        edge, out = self._edge, self._out
        inbox = edge.options.address.text
        if out.is_json:
            out.record({"listening": url, "inbox": inbox, "edge": edge.options.name})
            out.say_block(edge.warnings)
            return
        out.say_wrapped(
            f"Listening on {url}. Press Ctrl+C to stop.",
            *edge.warnings,
            f"Captures are published to {inbox} as {edge.options.name}.",
        )
        out.say("")
        heading = _row("time", "method", "target", "bytes", "status", "sequence")
        out.say_lines((out.messages.paint(heading, "faint"),))

    async def print_as_they_come(self, stop: asyncio.Event) -> None:
        """Print lines until cancelled. Set `stop` when standard output has no reader."""
        while self._out.has_reader:
            await self.print_waiting()
            await asyncio.sleep(PAUSE_S)
        self._out.say("Standard output was closed by its reader, so listening ends.")
        stop.set()

    async def print_waiting(self) -> None:
        """Print the waiting lines. A blocked terminal does not block any sender."""
        if not self._waiting:
            return
        lines, dropped = list(self._waiting), self._dropped
        self._waiting.clear()
        self._dropped = 0
        await in_own_thread(partial(self._out.lines, lines))
        if dropped:
            self._out.say(f"Lines that were not printed, because the reader is slow: {dropped:,}.")

    async def report_problems(self) -> None:
        """Report why senders get 503, and that they no longer do, until cancelled."""
        while True:
            problem = self._edge.problem
            if problem != self._problem:
                if problem is not None:
                    self._out.error_wrapped(problem)
                else:
                    self._out.say_wrapped("Captures are published again.")
                self._problem = problem
            await asyncio.sleep(LOOK_S)

    def end(self) -> None:
        """Report how many captures were published."""
        if not self._out.is_json and self._out.has_reader:
            self._out.say_wrapped(f"Published {counted(self._published, 'capture')}.")

    def _connecting(self, problem: str | None) -> None:
        if problem is not None and not self._has_begun:
            self._out.error_wrapped(problem)

    def _report_losses(self, sentences: tuple[str, ...]) -> None:
        self._out.error("The stream was changed. Captures can be lost.", *sentences)

    def _add(self, one: PublishedCapture) -> None:
        self._published += one.sequence is not None
        self._dropped += len(self._waiting) == UNPRINTED
        if self._out.is_json:
            from inspector.session.records.captures import published_record

            self._waiting.append(json_line(published_record(one)))
            return
        target = visible_bytes(hidden_guarded_path(one.target))
        self._waiting.append(
            _row(
                f"{local_time(one.received_ms):%H:%M:%S}",
                one.method,
                target,
                f"{one.size:,}",
                NOTHING if one.status is None else str(one.status),
                NOTHING if one.sequence is None else f"{one.sequence:,}",
            )
        )


def _row(time: str, method: str, target: str, size: str, status: str, sequence: str) -> str:
    """Return a line. Without a terminal, nothing but a very long target is cut."""
    first = f"{time:8}  {cut(method, _METHOD):{_METHOD}}  {size:>{_BYTES}}  {status:>6}  {sequence:>12}"
    return f"{first}  {cut(target, _TARGET)}"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
