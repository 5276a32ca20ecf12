"""`pin`: mark captures to be kept."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from inspector.cli import arguments
from inspector.cli.columns import captures_in_words
from inspector.cli.selection import chosen_ids
from inspector.cli.verb import Call, Verb


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "ids", metavar="ID", nargs="+", type=arguments.id_range, help="a capture's number, or a range: 17..20"
    )
    parser.add_argument("--off", action="store_true", help="pin them no more")
    arguments.add_database(parser)
    arguments.add_secrets(parser)
    arguments.add_format(parser)


async def _run(call: Call) -> int:
    is_pinned = not call.arguments.off
    async with call.session(create=False) as session:
        named = Namespace(ids=call.arguments.ids, filter=None, limit=None)
        ids = await chosen_ids(session, named)
        changed = await session.marks.pin(ids, is_pinned=is_pinned)
    if call.out.is_json:
        call.out.record({"ids": list(ids), "pinned": is_pinned, "changed": changed})
        return 0
    again = len(ids) - changed
    said = f"{'Pinned' if is_pinned else 'Unpinned'} {captures_in_words(changed)}"
    if again:
        said += f"; {again:,} {'was' if again == 1 else 'were'} {'already' if is_pinned else 'not pinned'}"
    call.out.line(f"{said}.")
    return 0


PIN = Verb(
    name="pin",
    help="mark captures to be kept",
    description="Pin captures: neither retention nor `prune` ever takes them. With --off, pin them no more.",
    add_arguments=_add_arguments,
    run=_run,
)
