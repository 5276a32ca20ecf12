"""`sample`: send signed sample events to a URL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.arguments import check_host
from inspector.cli.output.streams import Output
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.samples import SampleResult


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="saved sample to send (default: the built-in survey)"
    )
    arguments.add_target(parser, to="URL, or the name of a target (default path: /)", is_required=False)
    saved = parser.section("saved samples").add_mutually_exclusive_group()
    saved.add_argument("--list", action="store_true", help="print the names of the saved samples")
    saved.add_argument(
        "--save", metavar="ID", type=arguments.single_id, help="save the body of a capture as NAME"
    )
    saved.add_argument("--remove", action="store_true", help="remove the sample NAME")


async def _run(call: Call) -> int:
    given = call.arguments
    name: str | None = given.name
    if given.list or given.save is not None or given.remove:
        if name is None and not given.list:
            raise UsageError("Name the sample, as in “webhook-inspector sample NAME --save 17”.")
        if given.to is not None:
            raise UsageError("--to sends a sample. Use it without --list, --save and --remove.")
        return await _manage(call, name or "")
    to: str | None = given.to
    if to is None:
        raise UsageError(f"Missing option: --to URL. See `{PROGRAM} sample --help`.")
    so_far: list[SampleResult] = []
    async with call.session(create=True) as session:
        await session.load_secrets()
        check_host(await session.replays.plan(to, ids=()), what="samples")
        try:
            result = await session.samples.send(to, name=name, told=so_far.append)
        except asyncio.CancelledError:
            if so_far:
                _total(call.out, so_far[-1], is_whole=False)
            raise
    _total(call.out, result, is_whole=True)
    return 1 if result.failed else 0


async def _manage(call: Call, name: str) -> int:
    given, out = call.arguments, call.out
    async with call.session(create=given.save is not None) as session:
        if given.list:
            for one in session.samples.names():
                if out.is_json:
                    out.record({"name": one})
                else:
                    out.line(one)
            return 0
        if given.save is not None:
            capture_id = arguments.known_id(session, given.save)
            body = (await session.captures.detail(capture_id)).capture.body
            name = await session.samples.save(name, body)
            sentence = f"Saved capture {capture_id} as the sample {name}."
        else:
            await session.samples.remove(name)
            sentence = f"Removed the sample {name}."
    if not out.is_json:
        out.line(sentence)
    return 0


def _total(out: Output, result: SampleResult, *, is_whole: bool) -> None:
    if out.is_json:
        out.record({"sent": result.sent, "failed": result.failed, "error": result.error})
    else:
        if result.sent or not result.failed:
            signed = "a new secret for this run" if result.secret is None else result.secret
            rest = "" if is_whole else ". Interrupted before the remaining ones"
            samples = "1 sample" if result.sent == 1 else f"{result.sent} samples"
            out.line(f"Sent {samples}, signed with {visible(signed)}{rest}.")
        if result.failed:
            out.error(f"{result.failed} failed. {result.error}" if result.sent else str(result.error))
    if result.is_rejected:
        out.error(_explanation(result.secret))


def _explanation(secret: str | None) -> str:
    """Return how a rejected sample was signed, and the next step."""
    if secret is None:
        return (
            "No secret is set, so the samples were signed with a new one, and the receiver rejected them."
            " Set BLITZ_WEBHOOK_SECRET to the receiver's secret, or use --secret-file FILE."
        )
    return f"The samples were signed with {secret}. Check that the receiver has the same secret."


SAMPLE = Verb(
    name="sample",
    group="send",
    help="send signed sample events to a URL",
    description="Send signed sample events with all question types: an answer to each question, then the"
    " completion. A listener on the same --database file marks them as samples, which are not counted in"
    " statistics. With NAME, send a saved sample: its exact body, signed like the others.",
    examples=(
        "webhook-inspector sample --to http://127.0.0.1:8787/",
        "webhook-inspector sample --to http://localhost:3000/hook",
        "webhook-inspector sample --to http://localhost:3000 --secret-file secret.txt",
        "webhook-inspector sample promoter --save 17",
        "webhook-inspector sample promoter --to http://localhost:3000/hook",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
