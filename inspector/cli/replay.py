"""`replay`: send captures to a URL, byte for byte."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from typing import TYPE_CHECKING

from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.allowance import check_host
from inspector.cli.early import INTERRUPTED
from inspector.cli.lines import AttemptLines
from inspector.cli.output import Output, json_line
from inspector.cli.selection import chosen_ids, tell_of_unexamined
from inspector.cli.verb import Call, Verb
from inspector.domain.rows import AttemptRow

if TYPE_CHECKING:
    from inspector.session.plan import Progress
    from inspector.session.run import Run


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_selection(parser)
    arguments.add_target(
        parser, to="where to send; a path other than / in it replaces the path that was captured"
    )
    parser.add_argument(
        "--at-once",
        metavar="N",
        type=arguments.at_once,
        default=1,
        help="how many to send at a time (default: 1, in order)",
    )
    arguments.add_database(parser)
    arguments.add_secrets(parser)
    arguments.add_format(parser)


async def _run(call: Call) -> int:
    chosen = call.arguments
    async with call.session(create=False) as session:
        ids = await chosen_ids(session, chosen)
        tell_of_unexamined(session, chosen, call.out)
        plan = await session.replays.plan(chosen.to, ids=ids)
        if not ids:
            call.out.say("Nothing matches, so nothing was sent.")
            return 1
        check_host(plan, what="captures")
        with call.interruption.stopping_gently() as stop:
            run = session.replays.start(plan, at_once=chosen.at_once)
            printed = _Attempts(call.out, run)
            run.attempted.connect(printed.add)
            waiting = asyncio.ensure_future(run.wait())
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            is_interrupted = not waiting.done()
            run.stop()
            progress = await waiting
            printed.flush()
    _total(call.out, progress)
    if is_interrupted or printed.has_stopped:
        return INTERRUPTED
    return 1 if progress.failed else 0


class _Attempts:
    """Prints attempts as they are kept; a reader that goes away stops the run."""

    def __init__(self, out: Output, run: Run) -> None:
        self._out = out
        self._run = run
        self._text = AttemptLines(out)
        self._unprinted: list[AttemptRow] = []
        self.has_stopped = False

    def add(self, row: AttemptRow) -> None:
        if not self._unprinted:  # those that are committed together are told of together
            asyncio.get_running_loop().call_soon(self.flush)
        self._unprinted.append(row)

    def flush(self) -> None:
        """Print what has come since."""
        from inspector.session.records import attempt_record

        rows, self._unprinted = self._unprinted, []
        if self._out.is_json:
            self._out.lines(json_line(attempt_record(row)) for row in rows)
        else:
            self._out.lines(self._text.line(row) for row in rows)
        if self._out.is_closed and rows:
            self.has_stopped = True
            self._run.stop()


def _total(out: Output, progress: Progress) -> None:
    if out.is_json:
        out.record(
            {
                "sent": progress.sent,
                "succeeded": progress.succeeded,
                "failed": progress.failed,
                "skipped": progress.skipped,
            }
        )
        return
    left = progress.total - progress.sent - progress.skipped
    told = [f"{progress.succeeded} succeeded", f"{progress.failed} failed"] if progress.sent else []
    if progress.skipped:
        told.append(f"{progress.skipped} skipped")
    if left:
        told.append(f"{left} not sent")
    what = f"{progress.sent} sent" if progress.sent else "Nothing was sent"
    out.line(f"{what}: {', '.join(told)}.")
    for why, count in progress.skipped_because:
        out.line(f"{count} skipped: {visible(why)}")


REPLAY = Verb(
    name="replay",
    help="send captures to a URL, byte for byte",
    description="Send captures, oldest first: those named, else those that match --filter, else all. "
    "Method, headers and body\ngo out as they came; each attempt is kept.",
    add_arguments=_add_arguments,
    run=_run,
)
