"""`list`: print captures, one line each, oldest first."""

from __future__ import annotations

from inspector.cli import arguments
from inspector.cli.arguments import note_undiagnosed, selected_ids
from inspector.cli.output.capture_columns import add_columns
from inspector.cli.output.capture_lines import CaptureLines
from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb

_ROWS_AT_ONCE = 500


def _add_arguments(parser: Parser) -> None:
    arguments.add_selection(parser, has_fields=True)
    add_columns(parser)
    parser.add_argument("--reverse", action="store_true", help="newest first")


async def _run(call: Call) -> int:
    from inspector.session.records.captures import records

    async with call.session(create=False) as session:
        ids = await selected_ids(session, call.arguments)
        out = call.out
        given = call.arguments
        if given.reverse:
            ids.reverse()
        first = session.captures.rows((*ids[:_ROWS_AT_ONCE], *ids[-1:])).values()
        text = CaptureLines(out, has_date=True, columns=given.columns, first=tuple(first))
        if ids and not (out.is_json or given.no_header):
            out.line(out.paint(text.heading(), "faint"))
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            part = ids[start : start + _ROWS_AT_ONCE]
            rows = session.captures.rows(part)
            shown = [rows[id_] for id_ in part if id_ in rows]
            if out.is_json:
                out.records(records(session.captures, shown))
            else:
                reasons = session.captures.reasons(shown)
                out.lines(text.line(row, reasons.get(row.id)) for row in shown)
            if out.is_closed:
                break
        if not ids and not out.is_json:
            out.say("No captures match." if call.arguments.filter else "No captures yet.")
        note_undiagnosed(session, call.arguments, out)
    return 0


LIST = Verb(
    name="list",
    group="look",
    help="print captures, oldest first",
    description="Print captures, one line each, oldest first: those with the given ids, else those that match"
    " --filter, else all.",
    examples=(
        "webhook-inspector list --limit 20",
        "webhook-inspector list --filter 'verdict:invalid since:2h'",
        "webhook-inspector list --columns id,time,respondent,answer --reverse",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
