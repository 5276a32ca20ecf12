"""`check`: send good and bad events to a receiver and report what is wrong with it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from inspector.base.visible import visible, visible_block, visible_bytes
from inspector.cli import arguments
from inspector.cli.arguments import check_host
from inspector.cli.output.alignment import cut, hanging
from inspector.cli.output.streams import Output, Style
from inspector.cli.parser import Parser
from inspector.cli.replay_options import add_destination, destination_of
from inspector.cli.verb import Call, Verb
from inspector.domain.replay.attempt import status_text

if TYPE_CHECKING:
    from inspector.domain.capture.rows import AttemptDetail
    from inspector.domain.receiver.receiver_test import Result
    from inspector.session.receiver.check import CheckResult

_STYLES: Mapping[Result, Style] = {
    "passed": "valid",
    "warning": "rewritten",
    "failed": "invalid",
    "undecided": "unchecked",
}
_NAME = 14
_INDENT = "    "
_MOST_HEADERS = 12
_MOST_LINES = 12
_MOST_CHARACTERS = 2_000
"""Maximum characters of a response in text output. JSON has everything that was read."""
_LINE = 160


def _add_arguments(parser: Parser) -> None:
    arguments.add_target(parser, to="URL of the receiver, or the name of a target (default path: /)")
    add_destination(parser)


async def _run(call: Call) -> int:
    from inspector.session.receiver.check import CheckResult, conclusion

    out, shown = call.out, _Shown(call.out)
    results: list[CheckResult] = []
    async with call.session(create=True) as session:
        await session.load_secrets()
        destination = await destination_of(session, call.arguments)
        check_host(await session.replays.plan(destination, ids=()), what="events")
        secret = await session.receiver_check.likely_secret()
        async for result in session.receiver_check.run(destination, sign_with=secret):
            if isinstance(result, CheckResult):
                results.append(result)
                shown.show(result)
    if not out.is_json:
        out.lines(("", conclusion(results)))
        if secret is not None:
            out.say(f"The events were signed with {secret}.")
    return 1 if any(result.ok is False for result in results) else 0


class _Shown:
    """Prints each result, and the response below a failed one."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._last: list[str] = []

    def show(self, result: CheckResult) -> None:
        """Print one result."""
        if self._out.is_json:
            from inspector.session.records.captures import check_record

            self._out.record(check_record(result))
            return
        self._out.lines(self._lines(result))

    def _lines(self, result: CheckResult) -> Iterator[str]:
        from inspector.session.receiver.check import MARKS

        mark = self._out.paint(MARKS[result.result], _STYLES[result.result])
        start = f"{mark} {result.test:<{_NAME}} "
        yield from hanging(start, visible(result.says), self._out.width, indent=2 + _NAME + 1)
        if result.result not in ("failed", "warning") or not result.exchanges:
            return
        exchange = next((one for one in result.exchanges if one.row.outcome != "ok"), result.exchanges[-1])
        response = list(_response(exchange, self._out.width))
        if response and response == self._last:
            response = ["The response is the same as above."]
        elif response:
            self._last = response
        yield from (self._out.paint(f"{_INDENT}{line}", "faint") if line else "" for line in response)


def _response(exchange: AttemptDetail, width: int | None) -> Iterator[str]:
    """Return a response as lines that fit: status, headers and the start of the body.

    Empty without a response, because the result explains why.
    """
    if exchange.row.status is None:
        return
    room = min(_LINE, width - len(_INDENT)) if width is not None else _LINE
    yield status_text(exchange.row.status)
    # Without the date, responses at different seconds look the same.
    headers = [pair for pair in exchange.response_headers if pair[0].lower() != b"date"]
    for name, value in headers[:_MOST_HEADERS]:
        yield cut(f"{visible_bytes(name)}: {visible_bytes(value[:_MOST_CHARACTERS])}", room)
    if (more := len(headers) - _MOST_HEADERS) > 0:
        yield f"… {more:,} more headers"
    body = exchange.response_body
    if not body:
        return
    text = visible_block(body[:_MOST_CHARACTERS].decode("utf-8", "backslashreplace"))
    lines = [part for line in text.rstrip("\n").split("\n") for part in _pieces(line, room)]
    yield ""
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES or len(body) > _MOST_CHARACTERS or exchange.is_response_cut:
        yield "… --format json prints more of it."


def _pieces(line: str, room: int) -> list[str]:
    return textwrap.wrap(line, room, drop_whitespace=False) or [""]


CHECK = Verb(
    name="check",
    group="check",
    help="send good and bad events to a receiver and report its mistakes",
    description="Send signed, unsigned, tampered, repeated and unusual events to a receiver, and report"
    " how it"
    " responds and what to fix. The events are signed with the first secret, which must be the"
    " receiver's.\n\n"
    "Their user ids begin with webhook-inspector-check, so you can find them in your data.",
    examples=(
        "webhook-inspector check --to http://localhost:3000/hook",
        "webhook-inspector check --to http://localhost:3000/ --secret-file secret.txt",
        "webhook-inspector check --to http://localhost:3000/hook --format json",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
