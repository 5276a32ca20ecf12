"""`list`: what was captured, one line each, oldest first."""

from __future__ import annotations

from argparse import ArgumentParser

from inspector.cli import arguments
from inspector.cli.lines import CaptureLines
from inspector.cli.output import json_line
from inspector.cli.selection import chosen_ids, tell_of_unexamined
from inspector.cli.verb import Call, Verb

_ROWS_AT_ONCE = 500


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_selection(parser)
    arguments.add_database(parser)
    arguments.add_secrets(parser)
    arguments.add_format(parser)


async def _run(call: Call) -> int:
    from inspector.session.records import record

    async with call.session(create=False) as session:
        ids = await chosen_ids(session, call.arguments)
        out = call.out
        text = CaptureLines(out, has_date=True)
        if ids and not out.is_json:
            out.line(out.paint(text.heading(), "faint"))
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            part = ids[start : start + _ROWS_AT_ONCE]
            rows = session.captures.rows(part)
            shown = [rows[id_] for id_ in part if id_ in rows]
            out.lines(json_line(record(row)) if out.is_json else text.line(row) for row in shown)
            if out.is_closed:
                break
        if not ids and not out.is_json:
            out.say("Nothing matches." if call.arguments.filter else "Nothing was captured yet.")
        tell_of_unexamined(session, call.arguments, out)
    return 0


LIST = Verb(
    name="list",
    help="print what was captured, oldest first",
    description="Print captures, oldest first: those named, else those that match --filter, else all.",
    add_arguments=_add_arguments,
    run=_run,
)
