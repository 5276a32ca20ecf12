"""One capture as text: its answers, body, headers, signature, findings and attempts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from inspector.base.clock import local_time
from inspector.base.quantity import counted
from inspector.base.visible import visible, visible_bytes
from inspector.cli.output.alignment import wrapped
from inspector.cli.output.attempt_lines import attempt_story, header_line
from inspector.cli.output.body_text import body_lines
from inspector.cli.output.capture_columns import NOTHING, verdict_badge, verdict_style
from inspector.cli.output.signature_text import digest_lines, finding_lines, verdict_lines
from inspector.cli.output.streams import Painter
from inspector.cli.parser import PROGRAM
from inspector.domain.capture.capture import SAMPLE_HEADER, Capture
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.signature.causes import SIGNATURE_CODES
from inspector.domain.signature.finding import Finding

if TYPE_CHECKING:
    from inspector.domain.event.answers import AnswerEntry, AnswersPage
    from inspector.domain.event.event import Event
    from inspector.domain.signature.content import Content
    from inspector.domain.signature.explanation import Explanation

_MAX_ANSWER = 2_000
"""Maximum characters of one answer. The body has all of them."""
_MAX_OPTIONS = 20
_BELOW_QUESTION = "   "
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
    for sentence in (
        *_arrival(detail),
        *_inbox(detail),
        *_marks(detail),
        *(_meaning(detail, event) if event else ()),
    ):
        yield from wrapped(sentence, out.width, indent=0)
    if event is not None and event.word != "unknown":
        yield from section(out, "Answers")
        yield from indented(_answers(answers_page(content.body), inner))
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


def _arrival(detail: CaptureDetail) -> Iterator[str]:
    capture = detail.capture
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
    from inspector.domain.response.decision import response_text

    answered = response_text(capture.answered, capture.answered_by, is_from_edge=detail.inbox is not None)
    if capture.answered_by:
        answered += f" by {visible(capture.answered_by)}"
    yield f"{came}, from {visible(capture.remote) or NOTHING}{claimed}, {answered}"
    if capture.kind == "cut":
        declared = "" if capture.declared is None else f" of {byte_count(capture.declared)}"
        why = f" {visible(capture.trouble)}" if capture.trouble else ""
        yield f"Cut short: {byte_count(len(capture.body))}{declared} arrived.{why}"
    if capture.kind == "sample":
        yield "Sample sent by this program. Not counted in statistics."
    elif capture.kind == "captured" and capture.values(SAMPLE_HEADER):
        yield "Has this program's sample header, but this file has not sent this sample."
    if capture.is_from_browser:
        yield "Not trusted: sent by a browser. Webhook senders never set Origin or Sec-Fetch-Site."


def _inbox(detail: CaptureDetail) -> Iterator[str]:
    if detail.inbox is not None:
        yield detail.inbox.text


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
        used = f" with {visible(stored.secret)}" if stored.secret else ""
        left = "; not diagnosed yet" if is_left else ""
        yield f"{badge} when last verified{used}{left}."
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


def byte_count(count: int) -> str:
    """Return `1 byte`, `645 bytes` or `1.5 MiB`."""
    if count < 10_000:
        return counted(count, "byte")
    if count < 1024 * 1024:
        return f"{count / 1024:.1f} KiB"
    return f"{count / 1024 / 1024:.1f} MiB"


# ---- answers


def _answers(page: AnswersPage, out: Painter) -> Iterator[str]:
    """Yield the questions of an event in their order, with their answers."""
    if page.sentence:
        yield page.sentence
    for entry in page.entries:
        if entry.form == "gap":
            number = f"{entry.order}. " if entry.order.isdecimal() else ""
            lines = wrapped(number + entry.texts[0], out.width, indent=2)
            yield from (out.paint(line, "faint") for line in lines)
            continue
        yield from _question(entry, out)
        yield from (_BELOW_QUESTION + line for line in _answer(entry, out))
        if entry.note:
            yield _BELOW_QUESTION + entry.note


def _question(entry: AnswerEntry, out: Painter) -> Iterator[str]:
    number = f"{entry.order}. " if entry.order else ""
    label = f" ({entry.label})" if entry.label else ""
    question = entry.question or "The question has no text."
    for place, line in enumerate(wrapped(f"{number}{question}{label}", out.width, indent=5)):
        yield out.paint(line if place == 0 else _BELOW_QUESTION + line, "strong")


def _answer(entry: AnswerEntry, out: Painter) -> Iterator[str]:
    if entry.form == "number" and entry.number is not None:
        yield _drawn(entry, entry.number)
    elif entry.form == "options":
        yield from (f"• {text[:_MAX_ANSWER]}" for text in entry.texts[:_MAX_OPTIONS])
        if more := max(0, len(entry.texts) - _MAX_OPTIONS) + entry.more:
            yield f"… {more:,} more options"
    elif entry.form == "text":
        text = entry.texts[0]
        more = max(0, len(text) - _MAX_ANSWER) + entry.more
        for place, line in enumerate(lines := text[:_MAX_ANSWER].split("\n")):
            end = "” …" if more else "”"
            yield f"{'“' if place == 0 else ' '}{line}{end if place == len(lines) - 1 else ''}"
        if more:
            yield f"… {more:,} more characters"
    else:
        yield from (out.paint(text, "faint") if entry.form == "empty" else text for text in entry.texts)


def _drawn(entry: AnswerEntry, number: int) -> str:
    """Return a number in the range of its question: `★★★★☆ 4 of 5`, `■■■■■■■■■□ 9 of 10`."""
    kind = entry.kind
    assert kind is not None
    high = kind.high or number
    full, empty = ("★", "☆") if kind.value == "star_feedback" else ("■", "□")
    return f"{full * number}{empty * (high - number)} {number} of {high}"
