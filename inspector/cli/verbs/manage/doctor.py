"""`doctor`: check this machine and report what to fix."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.output.alignment import hanging, pad
from inspector.cli.output.streams import Output
from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.doctor import MachineCheck

_NAME_WIDTH = 10
_INDENT = 4 + _NAME_WIDTH
_NARROW = 50
"""Below this width, the text starts on its own line."""


def _add_arguments(parser: Parser) -> None:
    arguments.add_address(parser)


async def _run(call: Call) -> int:
    from inspector.session.doctor import Doctor  # its import takes 0.2 s

    return await print_checks(call.out, Doctor(call.options()).results())


async def print_checks(out: Output, checks: AsyncIterator[MachineCheck]) -> int:
    """Print each check when it is done, and return the exit status: 1 if one needs attention."""
    from inspector.session.records.machine import machine_check_record

    problems = 0
    async for check in checks:
        problems += not check.is_ok
        if out.is_json:
            out.record(machine_check_record(check))
        else:
            out.lines(_lines(out, check))
    if not out.is_json:
        verb = "needs" if problems == 1 else "need"
        out.line(f"{counted(problems, 'check')} {verb} attention." if problems else "Everything is OK.")
    return 1 if problems else 0


def _lines(out: Output, check: MachineCheck) -> list[str]:
    status = out.paint("OK ", "valid") if check.is_ok else out.paint("FIX", "invalid")
    text = visible(" ".join(filter(None, (check.says, check.fix))))
    is_narrow = out.width is not None and out.width < _NARROW
    if is_narrow:
        return [f"{status} {check.name}", *hanging("  ", text, out.width, indent=2)]
    return [*hanging(f"{status} {pad(check.name, _NAME_WIDTH)}", text, out.width, indent=_INDENT)]


DOCTOR = Verb(
    name="doctor",
    help="check this machine and report what to fix",
    description="Check settings, folder, database, disk, port, tunnels, public address, keyring, secrets,"
    " window and log. Each line begins with OK, or with FIX and what to do. Nothing is created or changed.",
    examples=(
        "webhook-inspector doctor",
        "webhook-inspector doctor --port 9000 --database captures.db",
        "webhook-inspector doctor --format json",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
