"""`pin`: protect captures from removal."""

from __future__ import annotations

from argparse import Namespace

from inspector.base.quantity import counted
from inspector.cli import arguments
from inspector.cli.arguments import selected_ids
from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb


def _add_arguments(parser: Parser) -> None:
    arguments.add_ids(parser, nargs="+")
    parser.add_argument("--off", action="store_true", help="unpin the captures")


async def _run(call: Call) -> int:
    is_pinned = not call.arguments.off
    async with call.session(create=False) as session:
        named = Namespace(ids=call.arguments.ids, filter=None, limit=None)
        ids = await selected_ids(session, named)
        changed = await session.captures.pin(ids, is_pinned=is_pinned)
    if call.out.is_json:
        call.out.record({"ids": list(ids), "pinned": is_pinned, "changed": changed})
        return 0
    again = len(ids) - changed
    said = f"{'Pinned' if is_pinned else 'Unpinned'} {counted(changed, 'capture')}"
    if again:
        said += f"; {again:,} {'was' if again == 1 else 'were'} {'already' if is_pinned else 'not pinned'}"
    call.out.line(f"{said}.")
    return 0


PIN = Verb(
    name="pin",
    help="protect captures from removal",
    description="Pin captures, so that neither retention nor `prune` removes them. With --off, unpin them.",
    examples=(
        "webhook-inspector pin 17",
        "webhook-inspector pin 17..20 23",
        "webhook-inspector pin --off 17",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
