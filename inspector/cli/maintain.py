"""`maintain`: keep the file in order."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from inspector.cli import arguments
from inspector.cli.output import Output
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.upkeep import UpkeepProgress


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "job",
        choices=("check", "recount", "compact"),
        help="check: whether the file is whole; recount: groups and figures anew;"
        " compact: without the room that removed captures left",
    )
    arguments.add_database(parser)
    arguments.add_secrets(parser)
    arguments.add_format(parser)


async def _run(call: Call) -> int:
    async with call.session(create=False) as session:
        shown = _Shown(call.out)
        session.upkeep.progressed.connect(shown.show)
        try:
            outcome = await session.upkeep.run(call.arguments.job)
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
    """One line that is written over on a terminal; elsewhere a sentence for each thing that is begun."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._said = ""

    def show(self, progress: UpkeepProgress) -> None:
        """How far it is now."""
        self._out.show_progress(f"{progress.part:4.0%}  {progress.doing}")
        thing = progress.doing.partition(",")[0]
        if not self._out.is_live and thing != self._said:
            self._said = thing
            self._out.say(f"{thing}.")


MAINTAIN = Verb(
    name="maintain",
    help="keep the file in order",
    description="Check whether the file is whole, count groups and figures anew, or compact it. What is\n"
    "interrupted leaves the file as it was. Only compacting needs that nobody captures into it.",
    add_arguments=_add_arguments,
    run=_run,
)
