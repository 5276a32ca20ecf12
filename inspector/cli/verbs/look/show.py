"""`show`: print captures in full, or one part of a capture."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspector.base.errors import UsageError, did_you_mean
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible_block
from inspector.cli import arguments
from inspector.cli.arguments import UnknownIdError, selected_ids
from inspector.cli.output.attempt_lines import attempt_story, difference_lines, exchange
from inspector.cli.output.capture_text import detail_lines, indented, section
from inspector.cli.output.streams import Output
from inspector.cli.parser import PROGRAM, Parser, quoted
from inspector.cli.verb import Call, Verb
from inspector.domain.capture.rows import CaptureDetail

if TYPE_CHECKING:
    from inspector.session.session import Session


def _add_arguments(parser: Parser) -> None:
    arguments.add_ids(parser, nargs="+")
    parser.add_argument("--body", action="store_true", help="write only the exact bytes of the body")
    parser.add_argument("--raw", action="store_true", help="write only the exact request: head and body")
    parser.add_argument(
        "--attempt",
        metavar="N",
        type=arguments.single_id,
        action="append",
        help="print the request and the response of this attempt instead, or of the last one;"
        " two attempts print how their responses differ",
    )
    parser.add_argument(
        "--as",
        metavar="CLIENT",
        dest="client",
        help="print a command or code that sends the same request: curl, httpie, aiohttp, requests or fetch",
    )
    parser.add_argument("--to", metavar="URL", help="target of --as (default: the last target)")


async def _run(call: Call) -> int:
    _check_usage(call)
    async with call.session(create=False) as session:
        ids = await selected_ids(session, Namespace(ids=call.arguments.ids, filter=None, limit=None))
        part = next((part for part in _PARTS if getattr(call.arguments, part.name)), None)
        if part is not None:
            if len(ids) > 1:
                raise UsageError(f"{part.option} takes one capture, not {len(ids):,}.")
            await part.show(call, session, ids[0])
            return 0
        for place, wanted in enumerate(ids):
            if place and not call.out.is_json:
                call.out.line()
            await _show(call.out, session, wanted)
            if call.out.is_closed:
                break
    return 0


async def _show(out: Output, session: Session, wanted: int) -> None:
    from inspector.session.records.captures import detail_record

    is_left = session.diagnoses.is_left(wanted)
    if is_left or not out.is_json:
        await session.load_secrets()
    if not out.is_json:
        out.lines(await capture_lines(out, session, wanted))
        return
    if is_left:
        await session.diagnoses.explain(wanted)  # also stores the findings
    out.record(detail_record(await session.captures.detail(wanted)))


async def capture_lines(out: Output, session: Session, capture_id: int) -> list[str]:
    """Return one capture in full, as text. An invalid one is diagnosed first."""
    is_left = session.diagnoses.is_left(capture_id)
    detail = await session.captures.detail(capture_id)
    explanation = await session.diagnoses.explain(capture_id)
    # A body of 50 MiB takes a second, in which `listen` still has to respond to senders.
    return await in_own_thread(lambda: list(detail_lines(out, detail, explanation, is_left=is_left)))


async def _show_body(call: Call, session: Session, wanted: int) -> None:
    _write(call.out, (await session.captures.detail(wanted)).capture.body, f"The body of capture {wanted}")


async def _show_request(call: Call, session: Session, wanted: int) -> None:
    _write(call.out, (await session.captures.detail(wanted)).capture.as_sent(), f"Capture {wanted}")


def _write(out: Output, data: bytes, what: str) -> None:
    """Write bytes. Raises UsageError on a terminal if they could control it."""
    text = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n").replace("\t", " ")
    if out.width is not None and visible_block(text) != text:
        raise UsageError(f"{what} contains control characters. Redirect the output to a file.")
    out.write(data)


async def _show_snippet(call: Call, session: Session, wanted: int) -> None:
    client, clients = call.arguments.client, session.requests.clients
    if client not in clients:
        known = f"{', '.join(clients[:-1])} or {clients[-1]}"
        raise UsageError(f"Invalid --as {quoted(client)}.{did_you_mean(client, clients)} Use {known}.")
    to = call.arguments.to or session.replays.last_target
    if to is None:
        raise UsageError("Nothing has been sent from this file yet. Use --to URL.")
    text = await session.requests.snippet(client, wanted, to)
    if call.out.is_json:
        call.out.record({"client": client, "text": text})
    else:
        call.out.lines(text.rstrip("\n").split("\n"))


async def _show_attempts(call: Call, session: Session, wanted: int) -> None:
    from inspector.domain.replay.attempt import compare_responses, since_each
    from inspector.session.records.captures import exchange_record

    detail, out = await session.captures.detail(wanted), call.out
    numbers = [_number_of(asked, detail) for asked in call.arguments.attempt]
    attempts = [await session.captures.attempt(number) for number in numbers]
    if out.is_json:
        words = dict(zip((row.id for row in detail.attempts), since_each(detail.attempts), strict=True))
        for attempt in attempts:
            out.record(exchange_record(attempt, words[attempt.row.id], detail.capture))
    elif len(attempts) > 2:
        raise UsageError("Use --attempt at most twice. Two attempts are compared.")
    elif len(attempts) == 2:
        out.line(f"Responses to attempts {numbers[0]} (-) and {numbers[1]} (+) of capture {wanted}")
        out.lines(difference_lines(compare_responses(*attempts)))
    else:
        [attempt] = attempts
        out.line(out.paint(f"Capture {wanted}", "strong"))
        out.lines(attempt_story(out, detail.attempts, only=numbers[0]))
        for title, lines in exchange(out, attempt, detail.capture.body):
            out.lines(section(out, title))
            out.lines(indented(lines))


def _number_of(asked: int, detail: CaptureDetail) -> int:
    """Return the requested attempt. Raises UnknownIdError if the capture has no such attempt."""
    of_capture = [row.id for row in detail.attempts]
    if asked == arguments.LAST:
        if not of_capture:
            raise UnknownIdError(f"Capture {detail.row.id} was never sent, so it has no attempts.")
        return of_capture[0]
    if asked not in of_capture:
        see = f"`{PROGRAM} show {detail.row.id}` lists its attempts."
        raise UnknownIdError(f"Capture {detail.row.id} has no attempt {asked}. {see}")
    return asked


def _check_usage(call: Call) -> None:
    given = call.arguments
    parts = [part.option for part in _PARTS if getattr(given, part.name)]
    if len(parts) > 1:
        raise UsageError(f"Use {parts[0]} or {parts[1]}, not both.")
    if call.out.is_json and (given.body or given.raw):
        raise UsageError(f"{parts[0]} writes bytes. Leave out --format json, or {parts[0]}.")
    if given.to is not None and given.client is None:
        raise UsageError("--to needs --as CLIENT. `show` sends nothing.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The part of a capture that is printed instead of the whole."""

    name: str
    option: str
    show: Callable[[Call, Session, int], Coroutine[Any, Any, None]]


_PARTS = (
    _Part(name="body", option="--body", show=_show_body),
    _Part(name="raw", option="--raw", show=_show_request),
    _Part(name="client", option="--as", show=_show_snippet),
    _Part(name="attempt", option="--attempt", show=_show_attempts),
)


SHOW = Verb(
    name="show",
    group="look",
    help="print captures in full",
    description="Print captures in full: their answers, body, headers, signature, findings and attempts."
    " Nothing is sent.",
    examples=(
        "webhook-inspector show last",
        "webhook-inspector show 17 --body > body.json",
        "webhook-inspector show 17 --as curl --to http://localhost:3000/hook",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
