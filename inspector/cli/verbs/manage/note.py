"""`note`: add a note to a capture."""

from __future__ import annotations

from inspector.cli import arguments
from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", type=arguments.single_id, help="capture id, or last")
    parser.add_argument("text", metavar="TEXT", help="new note; '' removes it")


async def _run(call: Call) -> int:
    text: str = call.arguments.text
    async with call.session(create=False) as session:
        wanted = arguments.known_id(session, call.arguments.id)
        await session.captures.put_note(wanted, text)
    if call.out.is_json:
        call.out.record({"id": wanted, "note": text or None})
    else:
        call.out.line(
            f"Added a note to capture {wanted}." if text else f"Removed the note of capture {wanted}."
        )
    return 0


NOTE = Verb(
    name="note",
    help="add a note to a capture",
    description="Add a note to a capture, or replace its note. `list` and `show` print it, and"
    " `--filter note:WORD` finds it.",
    examples=(
        "webhook-inspector note 17 'ask the vendor about this one'",
        "webhook-inspector note 17 ''",
        "webhook-inspector list --filter note:vendor",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
