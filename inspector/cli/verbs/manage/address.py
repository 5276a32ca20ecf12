"""`address`: show and change the public address of a capture file."""

from __future__ import annotations

from inspector.base.clock import at_time
from inspector.base.visible import visible
from inspector.cli.listen.public import qr_lines
from inspector.cli.parser import Parser
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb

_NONE = "No public address. Use `listen --tunnel`, or `address set ADDRESS` if you have one."


async def _show(call: Call) -> int:
    return await _run(call)


async def _set(call: Call) -> int:
    return await _run(call, change="set")


async def _confirm(call: Call) -> int:
    return await _run(call, change="confirm")


async def _new_path(call: Call) -> int:
    return await _run(call, change="new-path")


async def _forget(call: Call) -> int:
    return await _run(call, change="forget")


async def _run(call: Call, change: str = "") -> int:
    """Change the address, and print it."""
    from inspector.session.records.machine import address_record

    out = call.out
    async with call.session(create=change == "set") as session:
        address = session.address
        before = address.text
        if change == "set":
            await address.set(call.arguments.words[0])
        elif change == "forget":
            await address.set(None)
        elif change == "confirm":
            await address.confirm()
        elif change == "new-path":
            await address.new_path()
        text, old = address.text, address.old
    if out.is_json:
        out.record(address_record(text, old))
        return 0
    if change == "new-path" and text == before:
        out.say("The new path is used once a tunnel is started.")
    if text is None:
        out.say(_NONE)
        return 0
    out.line(visible(text))
    if not change and out.width is not None:
        out.say_lines(qr_lines(text, out.messages))
    if old is not None:
        notes = (
            f"It replaced {visible(old.text)} {at_time(old.changed_ms)}.",
            "Paste the new address into the dashboard, then run `address confirm`.",
        )
        out.say_wrapped(*notes)
    return 0


_ACTIONS = (
    Subcommand(name="show", help="print the address, and the one that it replaced", run=_show),
    Subcommand(name="set", words=("ADDRESS",), help="use an address that already leads here", run=_set),
    Subcommand(name="confirm", help="note that the dashboard has the new address", run=_confirm),
    Subcommand(name="new-path", help="replace the path of a tunnel’s address, at once", run=_new_path),
    Subcommand(name="forget", help="remove the address", run=_forget),
)


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)


ADDRESS = Verb(
    name="address",
    help="show, set and confirm the public address",
    description="Manage the public address under which senders reach the listener. It is stored with the"
    " file. A running listener follows each change.",
    examples=(
        "webhook-inspector address",
        "webhook-inspector address set https://hooks.example.com/blitz",
        "webhook-inspector address new-path",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("address", _ACTIONS),
    uses_secrets=False,
)
