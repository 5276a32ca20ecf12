"""`maintain`: check, recount or compact the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.cli.output.streams import Output
from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.file.maintenance import JobProgress


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "job", metavar="JOB", choices=("check", "recount", "compact"), help="check, recount or compact"
    )


async def _run(call: Call) -> int:
    async with call.session(create=False) as session:
        shown = _Shown(call.out)
        session.maintenance_jobs.progressed.connect(shown.show)
        try:
            outcome = await session.maintenance_jobs.run(call.arguments.job)
        finally:
            call.out.show_progress("")
    if call.out.is_json:
        record: dict[str, object] = {"job": outcome.job, "ok": outcome.is_well, "says": list(outcome.said)}
        if outcome.after is not None:
            record |= {"before": outcome.before, "after": outcome.after}
        call.out.record(record)
    else:
        call.out.lines(outcome.said)
    return 0 if outcome.is_well else 1


class _Shown:
    """Shows progress in one line on a terminal, otherwise as one sentence per step."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._said = ""

    def show(self, progress: JobProgress) -> None:
        """Show the progress."""
        self._out.show_progress(f"{progress.part:4.0%}  {progress.doing}")
        thing = progress.doing.partition(",")[0]
        if not self._out.is_live and thing != self._said:
            self._said = thing
            self._out.say(f"{thing}.")


MAINTAIN = Verb(
    name="maintain",
    help="check, recount or compact the file",
    description="Check the file for damage (check), rebuild groups and statistics (recount), or reclaim the"
    " space of removed captures (compact). An interrupted job changes nothing. compact needs a file that no"
    " process captures into.",
    examples=(
        "webhook-inspector maintain check",
        "webhook-inspector maintain recount",
        "webhook-inspector maintain compact --database captures.db",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
