"""`strays`: requests to other paths than that of the public address, which are not captures."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.base.clock import local_time
from inspector.base.errors import UsageError
from inspector.base.quantity import counted
from inspector.base.visible import visible, visible_bytes
from inspector.cli.arguments import MAX_ID, whole
from inspector.cli.input import is_confirmed
from inspector.cli.output.alignment import wrapped
from inspector.cli.output.attempt_lines import header_line, moment_text
from inspector.cli.output.body_text import body_lines
from inspector.cli.output.capture_text import byte_count, indented, section
from inspector.cli.output.streams import Output
from inspector.cli.output.tables import aligned
from inspector.cli.parser import Parser, quoted
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb
from inspector.domain.capture.stray import Stray

_MAX_TARGET = 500
_NONE = (
    "No stray requests. While a tunnel runs, requests to other paths than that of the public address are"
    " listed here."
)


async def _list(call: Call) -> int:
    from inspector.session.address.strays import MOST
    from inspector.session.records.captures import stray_record

    async with call.session(create=False) as session:
        rows = session.strays.rows(min(call.arguments.limit or MOST, MOST))[::-1]
    out = call.out
    if out.is_json:
        out.records(map(stray_record, rows))
        return 0
    if not rows:
        out.say(_NONE)
    out.lines(
        aligned(
            [
                (
                    str(row.id),
                    f"{local_time(row.received_ms):%Y-%m-%d %H:%M:%S}",
                    visible(row.claimed or row.remote),
                    visible(row.method),
                    visible_bytes(row.target[:_MAX_TARGET]),
                )
                for row in rows
            ],
            out.width,
        )
    )
    return 0


async def _show(call: Call) -> int:
    from inspector.session.records.captures import stray_detail_record

    word = call.arguments.words[0]
    if not word.isascii() or not word.isdigit() or not 1 <= int(word) <= MAX_ID:
        raise UsageError(f"{quoted(word)} is not the number of a stray request. Run `strays` to see them.")
    async with call.session(create=False) as session:
        stray = session.strays.read(int(word))
    if call.out.is_json:
        call.out.record(stray_detail_record(stray))
    else:
        call.out.lines(_lines(call.out, stray))
    return 0


def _lines(out: Output, stray: Stray) -> Iterator[str]:
    version = f" HTTP/{stray.version}" if stray.version else ""  # of a malformed request
    line = f"{stray.method} {visible_bytes(stray.target)}{version}"
    claimed = f", claimed address {visible(stray.claimed)}" if stray.claimed else ""
    yield out.paint(f"Stray request {stray.id}", "strong")
    yield from wrapped(visible(line), out.width, indent=0)
    came = f"{moment_text(stray.received_ms)}, from {visible(stray.remote)}{claimed}, responded 404"
    yield from wrapped(came, out.width, indent=0)
    yield from section(out, "Headers")
    yield from indented(header_line(out, name, value) for name, value in stray.headers)
    yield from section(out, f"Body, {byte_count(stray.body_bytes)}")
    yield from indented(body_lines(out, stray.body, whole=""))
    if stray.body_bytes > len(stray.body):
        yield out.paint(f"  Only the first {byte_count(len(stray.body))} are stored.", "faint")


async def _clear(call: Call) -> int:
    async with call.session(create=False) as session:
        question = f"Delete {counted(session.strays.count, 'stray request')} permanently?"
        if session.strays.count and not await is_confirmed(call.out, question, is_sure=call.arguments.yes):
            call.out.say("Nothing was removed.")
            return 1
        removed = await session.strays.clear()
    if call.out.is_json:
        call.out.record({"removed": removed})
    else:
        call.out.line(f"Removed {counted(removed, 'stray request')}.")
    return 0


_ACTIONS = (
    Subcommand(name="list", help="print stray requests, oldest first", run=_list, options=("--limit",)),
    Subcommand(name="show", words=("NUMBER",), help="print one in full", run=_show),
    Subcommand(name="clear", help="remove all of them permanently", run=_clear, options=("--yes",)),
)


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)
    parser.add_argument(
        "--limit", metavar="N", type=whole("a number", 1, MAX_ID), help="only the newest N stray requests"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before removing them")


STRAYS = Verb(
    name="strays",
    group="look",
    help="list, show and clear requests that missed the public address",
    description="While a tunnel runs, only requests to the path of the public address are captured. All"
    " others are stray: they get 404 and are listed here only, at most 1,000 of them.",
    examples=(
        "webhook-inspector strays",
        "webhook-inspector strays show 3",
        "webhook-inspector strays clear --yes",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("strays", _ACTIONS),
    uses_secrets=False,
)
