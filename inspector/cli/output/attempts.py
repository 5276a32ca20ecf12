"""The attempts of one capture, newest first, and the request and response of one attempt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from inspector.base.visible import visible, visible_block, visible_bytes
from inspector.cli.output.body_text import body_lines
from inspector.cli.output.columns import wrapped
from inspector.cli.output.rows import AttemptLines
from inspector.cli.output.streams import Painter
from inspector.domain.capture.line_diff import LineDiff
from inspector.domain.capture.rows import AttemptDetail, AttemptRow, SignatureState
from inspector.domain.mask.mask import DOTS
from inspector.domain.replay.attempt import (
    SENT_NOT_KEPT,
    SINCE_TEXT,
    Since,
    has_hidden_values,
    since_each,
    status_text,
)
from inspector.domain.replay.redirect import redirects_text

_WHOLE = "`--format json` prints all of it."
_INDENT = " " * 4
_SINCE: Mapping[Since | None, str] = {
    None: "",
    **{since: f"{text.lower()}; " for since, text in SINCE_TEXT.items()},
}
_SIGNATURES: Mapping[SignatureState, str] = {
    "original": "original signature",
    "resigned": "re-signed",
    "stale": "stale signature",
    "broken": "broken signature",
    "none": "unsigned",
}


def attempt_story(out: Painter, attempts: Sequence[AttemptRow], *, only: int | None = None) -> Iterator[str]:
    """Yield each attempt, or one of them: its result and target, and how it was sent."""
    text = AttemptLines(out)
    for row, since in zip(attempts, since_each(attempts), strict=True):
        if only not in (None, row.id):
            continue
        yield from text.details(row)
        parts = f"Attempt {row.id}: {_SINCE[since]}{', '.join(_parts(row))}"
        yield from (f"{_INDENT}{line}" for line in wrapped(parts, out.width, indent=len(_INDENT)))


def exchange(
    out: Painter, attempt: AttemptDetail, captured_body: bytes
) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the request and the response, as titles with lines."""
    if attempt.sent_head:
        body = captured_body if attempt.sent_body is None else attempt.sent_body
        head = _text(attempt.sent_head).replace("\r\n", "\n").rstrip("\n")
        yield "Sent", (*visible_block(head).split("\n"), "", *body_lines(out, body, whole=_WHOLE))
        if has_hidden_values(attempt):
            yield "", (f"{DOTS} replaces values of the target's headers, which are not stored.",)
    else:
        yield "Sent", (SENT_NOT_KEPT,)
    row = attempt.row
    title = f"Response, {row.outcome}" if row.status is None else f"Response, {status_text(row.status)}"
    lines = [header_line(out, name, value) for name, value in attempt.response_headers]
    if row.error is not None:
        lines.insert(0, visible(row.error))
    if row.status is not None:
        lines += ["", *body_lines(out, attempt.response_body, whole=_WHOLE)]
    if attempt.is_response_cut:
        lines.append("… The response continued. Only its beginning is stored.")
    yield title, lines


def header_line(out: Painter, name: bytes, value: bytes) -> str:
    """Return a header field as text."""
    return f"{out.paint(visible_bytes(name) + ':', 'name')} {visible_bytes(value)}"


def difference_lines(comparison: LineDiff) -> Iterator[str]:
    """Yield two responses as one text, with a minus, a plus or two spaces before each line."""
    if comparison.is_same:
        yield "The responses are the same."
        return
    for pair in comparison.lines:
        if pair.is_same:
            yield f"  {pair.before}"
            continue
        if pair.before is not None:
            yield f"- {pair.before}"
        if pair.after is not None:
            yield f"+ {pair.after}"
    if comparison.is_cut:
        yield "… The responses continue. The remainder was not compared."


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _parts(row: AttemptRow) -> Iterator[str]:
    yield "edited" if row.edited else "as captured"
    yield _SIGNATURES[row.signature]
    if row.fault is not None:
        yield f"fault {visible(row.fault)}"
    if row.plan_id is not None:
        yield f"replay {row.plan_id}"
    if row.forward_id is not None:
        yield "forwarded"
    if row.redirects:
        yield f"redirected: {visible(redirects_text(row.redirects))}"
    if row.connected_to is not None:
        yield f"at {visible(row.connected_to)}"
    if row.connect_ms is not None:
        yield f"connected in {row.connect_ms:,.1f} ms"
    if row.first_byte_ms is not None:
        yield f"first byte after {row.first_byte_ms:,.1f} ms"
