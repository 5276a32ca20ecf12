"""`note`: say something about a capture."""

from __future__ import annotations

from argparse import ArgumentParser

from inspector.cli import arguments
from inspector.cli.verb import Call, Verb


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", type=arguments.single_id, help="the capture's number")
    parser.add_argument("text", metavar="TEXT", help="what to note, in place of what was; '' removes it")
    arguments.add_database(parser)
    arguments.add_secrets(parser)
    arguments.add_format(parser)


async def _run(call: Call) -> int:
    wanted: int = call.arguments.id
    text: str = call.arguments.text
    async with call.session(create=False) as session:
        await session.marks.put_note(wanted, text)
    if call.out.is_json:
        call.out.record({"id": wanted, "note": text or None})
    else:
        call.out.line(f"Noted at capture {wanted}." if text else f"Capture {wanted} has no note any more.")
    return 0


NOTE = Verb(
    name="note",
    help="say something about a capture",
    description="Keep a note with a capture; `show` prints it and `--filter note:WORD` finds it.",
    add_arguments=_add_arguments,
    run=_run,
)
