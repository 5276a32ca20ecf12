"""`show`: print one capture in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from inspector.base.clock import local_time
from inspector.base.errors import UsageError
from inspector.base.visible import visible, visible_bytes
from inspector.cli import arguments
from inspector.cli.arguments import UnknownIdError
from inspector.cli.output.attempts import attempt_story, body_text, difference_lines, exchange
from inspector.cli.output.capture_columns import NOTHING, verdict_badge
from inspector.cli.output.columns import byte_count
from inspector.cli.output.digests import digest_lines
from inspector.cli.output.signature_text import finding_lines, verdict_lines
from inspector.cli.output.streams import Output
from inspector.cli.parser import ExpectedValue, Parser
from inspector.cli.verb import Call, Verb
from inspector.domain.capture.capture import SAMPLE_HEADER, Capture
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.signature.causes import SIGNATURE_CODES
from inspector.domain.signature.finding import Finding

if TYPE_CHECKING:
    from inspector.domain.event.event import Event, Item
    from inspector.domain.signature.content import Content
    from inspector.domain.signature.explanation import Explanation
    from inspector.session.session import Session

MAX_ANSWER = 2_000
_MAX_ID = 200


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", type=arguments.single_id, help="capture id")
    parser.add_argument(
        "--attempt",
        metavar="N",
        type=_attempt,
        action="append",
        help="print the request and the response of this attempt instead, or of the last one;"
        " two attempts print how their responses differ",
    )
    parser.add_argument(
        "--as",
        metavar="CLIENT",
        dest="client",
        help="print a command or code that sends it with its signature: curl, httpie, aiohttp, requests"
        " or fetch",
    )
    parser.add_argument("--to", metavar="URL", help="target of --as (default: the last target)")


async def _run(call: Call) -> int:
    from inspector.session.records import detail_record

    wanted: int = call.arguments.id
    _check_usage(call)
    async with call.session(create=False) as session:
        if wanted not in session.captures.rows([wanted]):
            raise UnknownIdError(f"There is no capture {wanted}.")
        if call.arguments.client is not None:
            return await _show_snippet(call, session, wanted)
        if call.arguments.attempt:
            return await _show_attempts(call, session, wanted)
        is_left = session.diagnoses.is_left(wanted)
        detail = await session.captures.detail(wanted)
        if call.out.is_json:
            if is_left:
                await session.load_secrets()
                await session.diagnoses.explain(wanted)  # also stores the findings
                detail = await session.captures.detail(wanted)
            call.out.record(detail_record(detail))
            return 0
        await session.load_secrets()
        lines = await capture_lines(call.out, session, wanted)
    call.out.lines(lines)
    return 0


async def capture_lines(out: Output, session: Session, capture_id: int) -> list[str]:
    """Return one capture in full, as text. An invalid one is diagnosed first."""
    is_left = session.diagnoses.is_left(capture_id)
    detail = await session.captures.detail(capture_id)
    explanation = await session.diagnoses.explain(capture_id)
    return list(_lines(out, detail, explanation, is_left=is_left))


async def _show_snippet(call: Call, session: Session, wanted: int) -> int:
    client, clients = call.arguments.client, session.requests.clients
    if client not in clients:
        known = f"{', '.join(clients[:-1])} and {clients[-1]}"
        raise UsageError(f"--as takes one of {known}, not {visible(client)}.")
    to = call.arguments.to or session.replays.last_target
    if to is None:
        raise UsageError("Nothing was sent from this file yet, so give --to URL.")
    text = await session.requests.snippet(client, wanted, to)
    if call.out.is_json:
        call.out.record({"client": client, "text": text})
    else:
        call.out.lines(text.rstrip("\n").split("\n"))
    return 0


async def _show_attempts(call: Call, session: Session, wanted: int) -> int:
    from inspector.domain.replay.attempt import compare_responses, since_each
    from inspector.session.records import exchange_record

    detail, out = await session.captures.detail(wanted), call.out
    numbers = [_number_of(asked, detail) for asked in call.arguments.attempt]
    attempts = [await session.captures.attempt(number) for number in numbers]
    if out.is_json:
        words = dict(zip((row.id for row in detail.attempts), since_each(detail.attempts), strict=True))
        for attempt in attempts:
            out.record(exchange_record(attempt, words[attempt.row.id], detail.capture))
    elif len(attempts) > 2:
        raise UsageError("Two attempts can be compared, not more.")
    elif len(attempts) == 2:
        out.line(f"Answers to attempts {numbers[0]} (-) and {numbers[1]} (+) of capture {wanted}")
        out.lines(difference_lines(compare_responses(*attempts)))
    else:
        [attempt] = attempts
        out.line(out.paint(f"Capture {wanted}", "strong"))
        out.lines(attempt_story(out, detail.attempts, only=numbers[0]))
        for title, lines in exchange(attempt, detail.capture.body):
            out.lines(_section(out, title))
            out.lines(_indented(lines))
    return 0


def _number_of(asked: int | None, detail: CaptureDetail) -> int:
    """Return the requested attempt. Raises UnknownIdError if the capture has no such attempt."""
    of_capture = [row.id for row in detail.attempts]
    number = asked if asked is not None else of_capture[0] if of_capture else None
    if number is None:
        raise UnknownIdError(f"Capture {detail.row.id} was never sent, so it has no attempts.")
    if number not in of_capture:
        raise UnknownIdError(f"Capture {detail.row.id} has no attempt {number}; `show` lists those it has.")
    return number


def _lines(out: Output, detail: CaptureDetail, explanation: Explanation, *, is_left: bool) -> Iterator[str]:
    from inspector.domain.signature.content import content_of

    capture = detail.capture
    content = content_of(capture)
    yield out.paint(f"Capture {detail.row.id}", "strong")
    yield from _arrival(capture)
    yield from _marks(detail)
    event = _event(capture, content)
    if event is not None:
        yield from _meaning(detail, event)
    yield from _section(out, "Signature")
    yield from _indented(_signature(out, detail, explanation, is_left=is_left))
    if event is not None and (items := _items(event)):
        yield from _section(out, "Answers")
        yield from _indented(line for item in items for line in _item(item))
    if capture.headers:
        yield from _section(out, "Headers")
        yield from _indented(
            f"{visible_bytes(name)}: {visible_bytes(value)}" for name, value in capture.headers
        )
    yield from _section(out, f"Body, {byte_count(len(capture.body))}")
    yield from _indented(_body(capture, content))
    if detail.attempts:
        yield from _section(out, "Attempts")
        yield from _indented(attempt_story(out, detail.attempts))


def _arrival(capture: Capture) -> Iterator[str]:
    if capture.kind == "refused":
        yield f"Refused: {visible(capture.trouble or 'it was no request that can be kept.')}"
    else:
        target = visible_bytes(capture.target[:MAX_ANSWER])
        more = len(capture.target) - MAX_ANSWER
        cut = f"… {more:,} more bytes" if more > 0 else ""
        yield f"{visible(capture.method)} {target}{cut} HTTP/{visible(capture.version)}"
    moment = local_time(capture.received_ms)
    came = f"{moment:%Y-%m-%d %H:%M:%S}.{capture.received_ms % 1000:03d} {moment:%z}"
    claimed = f", claimed to come from {visible(capture.claimed)}" if capture.claimed else ""
    answered = "not answered" if capture.answered is None else f"answered {capture.answered}"
    yield f"{came}, from {visible(capture.remote) or NOTHING}{claimed}, {answered}"
    if capture.kind == "cut":
        declared = "" if capture.declared is None else f" of {byte_count(capture.declared)}"
        why = f" {visible(capture.trouble)}" if capture.trouble else ""
        yield f"Cut short: {byte_count(len(capture.body))}{declared} came.{why}"
    if capture.kind == "sample":
        yield "A sample: it counts in no figure."
    elif capture.kind == "captured" and capture.values(SAMPLE_HEADER):
        yield "It carries this program's sample header, but this file announced no such sample."
    if capture.is_from_browser:
        yield "From a browser, so it is not trusted: no webhook sender sets Origin or Sec-Fetch-Site."


def _marks(detail: CaptureDetail) -> Iterator[str]:
    if detail.row.is_pinned:
        yield "Pinned: it is kept until you clear it."
    if detail.row.note:
        yield f"Note: {visible(detail.row.note)}"


def _body(capture: Capture, content: Content) -> Iterator[str]:
    """Yield the decoded body, with a line about its encoding if it was compressed."""
    from inspector.domain.signature.content import coding_of, decoded

    if content.coding is None and coding_of(b"", capture.body) is not None:
        content = decoded(
            capture.body, "gzip"
        )  # a receiver would not decode it, but the user wants to see it
        yield "It is gzip data without a matching Content-Encoding."
    if content.is_decoded:
        yield f"Decoded from {content.coding}, {byte_count(len(content.body))}:"
    elif content.problem is not None:
        yield content.problem
    yield from body_text(content.body if content.is_decoded else capture.body)


def _event(capture: Capture, content: Content) -> Event | None:
    from inspector.domain.event.event import read_event
    from inspector.domain.json.value import NotJSON, parse_bounded

    if capture.kind == "refused":
        return None
    try:
        return read_event(parse_bounded(content.body))
    except NotJSON:
        return None


def _meaning(detail: CaptureDetail, event: Event) -> Iterator[str]:
    if event.word == "unknown":
        what = "An event that is none of the two documented ones"
    else:
        what = "Completion" if event.word == "response_group" else "Answer"
    name = event.survey_name or detail.row.survey_name
    survey = f"“{_short(name)}”, {_short(event.survey_id)}" if name else _short(event.survey_id)
    yield f"{what}: survey {survey}, group {_short(event.group_id)}, respondent {_short(event.user_id)}" + (
        f", from {_short(event.platform)}" if event.platform else ""
    )


def _signature(
    out: Output, detail: CaptureDetail, explanation: Explanation, *, is_left: bool
) -> Iterator[str]:
    """Yield the stored check if it differs, followed by the current one."""
    between = [finding for finding in detail.findings if finding.code not in SIGNATURE_CODES]
    on_file = [finding for finding in detail.findings if finding.code in SIGNATURE_CODES]
    now, stored = explanation.verdict, detail.row.verdict
    if now != stored:
        badge = verdict_badge(detail.row.shown)
        under = f" under {visible(stored.secret)}" if stored.secret else ""
        left = "; not examined yet" if is_left else ""
        yield f"{badge} on file{under}{left}."
        yield from finding_lines(on_file, out)
        if on_file:
            yield ""
        yield "With the secrets of this command:"
    elif is_left:
        yield "Not examined yet; it is examined now."
    elif now.word == "invalid" and _codes(on_file) != _codes(explanation.findings):
        yield f"On file: {', '.join(_codes(on_file))}. With the secrets of this command:"
    yield from verdict_lines(explanation, out)
    yield from digest_lines(explanation, out)
    yield from finding_lines((*explanation.findings, *between), out)


def _codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def _items(event: Event) -> list[Item]:
    from inspector.domain.event.event import in_question_order, items_of

    return in_question_order(items_of(event))


def _item(item: Item) -> Iterator[str]:
    from inspector.domain.event.question import question_type, response_text

    kind = question_type(item.question_type)
    label = f" ({kind.label})" if kind else f" ({_short(item.question_type)})" if item.question_type else ""
    number = "" if item.question_order is None else f"{item.question_order}. "
    yield f"{number}{_short(item.question_text or item.question_id)}{label}"
    answer = response_text(item.response, item.question_type, MAX_ANSWER)
    yield f"   {visible(answer) if answer else kind.empty if kind else 'Skipped'}"


def _check_usage(call: Call) -> None:
    given = call.arguments
    if given.client is not None and given.attempt:
        raise UsageError("Give --as CLIENT or --attempt N, not both.")
    if given.to is not None and given.client is None:
        raise UsageError("--to goes with --as CLIENT: `show` sends nothing.")


def _attempt(text: str) -> int | None:
    if text == "last":
        return None
    try:
        return arguments.single_id(text)
    except ExpectedValue:
        raise ExpectedValue("the number of an attempt, or last") from None


def _section(out: Output, title: str) -> Iterator[str]:
    yield ""
    yield out.paint(title, "strong")


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)


def _short(text: str | None) -> str:
    if not text:
        return NOTHING
    more = len(text) - _MAX_ID
    return visible(text) if more <= 0 else f"{visible(text[:_MAX_ID])}… {more:,} more characters"


SHOW = Verb(
    name="show",
    group="look",
    help="print one capture completely",
    description="Print one capture completely: how it arrived, its signature, answers, headers, body and"
    " attempts. Nothing is sent.",
    examples=(
        "webhook-inspector show 17",
        "webhook-inspector show 17 --attempt last",
        "webhook-inspector show 17 --as curl --to http://localhost:3000/hook",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
