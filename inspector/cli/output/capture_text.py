"""One capture as text: its answers, body, headers, signature, findings and attempts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from inspector.base.clock import local_time
from inspector.base.visible import visible, visible_bytes
from inspector.cli.output.answer_lines import answer_lines
from inspector.cli.output.attempts import attempt_story, header_line
from inspector.cli.output.body_text import body_lines
from inspector.cli.output.capture_columns import NOTHING, verdict_badge
from inspector.cli.output.columns import byte_count, wrapped
from inspector.cli.output.digests import digest_lines
from inspector.cli.output.rows import verdict_style
from inspector.cli.output.signature_text import finding_lines, verdict_lines
from inspector.cli.output.streams import Painter
from inspector.cli.parser import PROGRAM
from inspector.domain.capture.capture import SAMPLE_HEADER, Capture
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.signature.causes import SIGNATURE_CODES
from inspector.domain.signature.finding import Finding

if TYPE_CHECKING:
    from inspector.domain.event.event import Event
    from inspector.domain.signature.content import Content
    from inspector.domain.signature.explanation import Explanation

_MAX_TARGET = 2_000
_MAX_ID = 200
_INDENT = "  "


def detail_lines(
    out: Painter, detail: CaptureDetail, explanation: Explanation, *, is_left: bool
) -> Iterator[str]:
    """Yield one capture: its answers, body, headers, signature, findings and attempts.

    `is_left`: the cause of its invalid signature had not been searched before.
    """
    from inspector.domain.event.answers import answers_page
    from inspector.domain.signature.content import content_of

    capture = detail.capture
    content = content_of(capture)
    inner = Painter(has_colour=out.has_colour, width=None if out.width is None else out.width - len(_INDENT))
    row = detail.row
    shown = explanation.shown if row.verdict.reason == "pending" else row.shown
    badge = out.paint(verdict_badge(shown), verdict_style(shown))
    yield f"{out.paint(f'Capture {detail.row.id}', 'strong')}  {badge}"
    event = _event(capture, content)
    for sentence in (*_arrival(capture), *_marks(detail), *(_meaning(detail, event) if event else ())):
        yield from wrapped(sentence, out.width, indent=0)
    if event is not None and event.word != "unknown":
        yield from section(out, "Answers")
        yield from indented(answer_lines(answers_page(content.body), inner))
    yield from section(out, f"Body, {byte_count(len(capture.body))}")
    yield from indented(_body(inner, detail, content))
    if capture.headers:
        yield from section(out, "Headers")
        yield from indented(header_line(inner, name, value) for name, value in capture.headers)
    yield from section(out, "Signature")
    yield from indented(_signature(inner, detail, explanation, is_left=is_left))
    if between := [finding for finding in detail.findings if finding.code not in SIGNATURE_CODES]:
        yield from section(out, "Findings")
        yield from indented(list(finding_lines(between, inner))[1:])
    if detail.attempts:
        yield from section(out, "Attempts")
        yield from indented(attempt_story(inner, detail.attempts))


def _arrival(capture: Capture) -> Iterator[str]:
    if capture.kind == "refused":
        yield f"Refused: {visible(capture.trouble or 'it was not a valid request.')}"
    else:
        target = visible_bytes(capture.target[:_MAX_TARGET])
        more = len(capture.target) - _MAX_TARGET
        cut = f"… {more:,} more bytes" if more > 0 else ""
        yield f"{visible(capture.method)} {target}{cut} HTTP/{visible(capture.version)}"
    moment = local_time(capture.received_ms)
    came = f"{moment:%Y-%m-%d %H:%M:%S}.{capture.received_ms % 1000:03d} {moment:%z}"
    claimed = f", claimed address {visible(capture.claimed)}" if capture.claimed else ""
    answered = "no response" if capture.answered is None else f"responded {capture.answered}"
    yield f"{came}, from {visible(capture.remote) or NOTHING}{claimed}, {answered}"
    if capture.kind == "cut":
        declared = "" if capture.declared is None else f" of {byte_count(capture.declared)}"
        why = f" {visible(capture.trouble)}" if capture.trouble else ""
        yield f"Cut short: {byte_count(len(capture.body))}{declared} arrived.{why}"
    if capture.kind == "sample":
        yield "A sample of this program. Not counted in statistics."
    elif capture.kind == "captured" and capture.values(SAMPLE_HEADER):
        yield "It carries this program's sample header, but this file announced no such sample."
    if capture.is_from_browser:
        yield "From a browser, so it is not trusted: no webhook sender sets Origin or Sec-Fetch-Site."


def _marks(detail: CaptureDetail) -> Iterator[str]:
    if detail.row.is_pinned:
        yield "Pinned: neither retention nor `prune` removes it."
    if detail.row.note:
        yield f"Note: {visible(detail.row.note)}"


def _body(out: Painter, detail: CaptureDetail, content: Content) -> Iterator[str]:
    """Yield the decoded body, with a line about its encoding if it was compressed."""
    from inspector.domain.signature.content import coding_of, decoded

    capture = detail.capture
    if content.coding is None and coding_of(b"", capture.body) is not None:
        # a receiver would not decode it, but the user wants to see it
        content = decoded(capture.body, "gzip")
        yield "It is gzip data without a matching Content-Encoding."
    if content.is_decoded:
        yield f"Decoded from {content.coding}, {byte_count(len(content.body))}:"
    elif content.problem is not None:
        yield content.problem
    body = content.body if content.is_decoded else capture.body
    yield from body_lines(out, body, whole=f"`{PROGRAM} show {detail.row.id} --body` writes all bytes.")


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
        what = "Not one of the two documented events"
    else:
        what = "Completion" if event.word == "response_group" else "Answer"
    name = event.survey_name or detail.row.survey_name
    survey = f"“{_short(name)}”, {_short(event.survey_id)}" if name else _short(event.survey_id)
    yield f"{what}: survey {survey}, group {_short(event.group_id)}, respondent {_short(event.user_id)}" + (
        f", from {_short(event.platform)}" if event.platform else ""
    )


def _signature(
    out: Painter, detail: CaptureDetail, explanation: Explanation, *, is_left: bool
) -> Iterator[str]:
    """Yield the stored check if it differs, followed by the current one."""
    on_file = [finding for finding in detail.findings if finding.code in SIGNATURE_CODES]
    now, stored = explanation.verdict, detail.row.verdict
    if now != stored:
        badge = verdict_badge(detail.row.shown)
        under = f" under {visible(stored.secret)}" if stored.secret else ""
        left = "; not diagnosed yet" if is_left else ""
        yield f"{badge} when it was stored{under}{left}."
        yield from finding_lines(on_file, out)
        if on_file:
            yield ""
        yield "With the secrets of this command:"
    elif is_left:
        yield "Not diagnosed before. This is the result:"
    elif now.word == "invalid" and _codes(on_file) != _codes(explanation.findings):
        yield f"Stored: {', '.join(_codes(on_file))}. With the secrets of this command:"
    yield from verdict_lines(explanation, out)
    yield from digest_lines(explanation, out)
    yield from finding_lines(explanation.findings, out)


def _codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def section(out: Painter, title: str) -> Iterator[str]:
    """Yield an empty line and a title."""
    yield ""
    yield out.paint(title, "strong")


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Return the lines below a title."""
    return (f"{_INDENT}{line}" if line else "" for line in lines)


def _short(text: str | None) -> str:
    if not text:
        return NOTHING
    more = len(text) - _MAX_ID
    return visible(text) if more <= 0 else f"{visible(text[:_MAX_ID])}… {more:,} more characters"
