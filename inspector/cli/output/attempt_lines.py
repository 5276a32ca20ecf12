"""Attempts as lines of text: in a running list, below their capture, and with their request and response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from inspector.base.clock import local_time
from inspector.base.visible import visible, visible_block, visible_bytes
from inspector.cli.output.alignment import cut, display_width, fit, hanging
from inspector.cli.output.body_text import body_lines
from inspector.cli.output.capture_columns import NOTHING
from inspector.cli.output.streams import Painter
from inspector.cli.parser import PROGRAM
from inspector.domain.capture.line_diff import LineDiff
from inspector.domain.capture.rows import AttemptDetail, AttemptRow, SignatureState
from inspector.domain.mask.mask import DOTS
from inspector.domain.replay.attempt import (
    SENT_NOT_KEPT,
    SINCE_TEXT,
    Since,
    has_hidden_values,
    path_hint,
    since_each,
    status_text,
)
from inspector.domain.replay.redirect import redirects_text

_WHOLE = "`--format json` prints all of it."
_INDENT = " " * 4
_OUTCOME = 13
_BEFORE_COURSE = 2 + _OUTCOME + 2 + 3 + 2 + 9 + 2
"""Columns between the time of an attempt and its target."""
_MAX_ERROR = 200
_SINCE: Mapping[Since | None, str] = {
    None: "",
    **{since: f"{text.lower()}; " for since, text in SINCE_TEXT.items()},
    "first": "first to this address; ",
}
_SIGNATURES: Mapping[SignatureState, str] = {
    "original": "original signature",
    "resigned": "re-signed",
    "stale": "stale signature",
    "broken": "broken signature",
    "none": "unsigned",
}


class AttemptLines:
    """Formats attempts, one per line."""

    def __init__(self, out: Painter) -> None:
        self._out = out

    def line(self, row: AttemptRow, *, to: str | None = None, since: Since | None = None) -> str:
        """Return one attempt for a running list: time, outcome, capture, and the target if `to` is given.

        `since` compares it with the previous attempt; only a change is printed. The line fits the terminal.
        """
        said = "" if row.error is None else f"  {cut(visible(row.error), _MAX_ERROR)}"
        target = "" if to is None else f" → {visible(to)}"
        changed = f"  {since}" if since in ("fixed", "regressed") else ""
        fault = "" if row.fault is None else f"  fault {visible(row.fault)}"
        what = f"capture {row.capture_id}{fault}{changed}{target}{_beyond_status(row)}{said}"
        return self._line(row, f"{local_time(row.started_ms):%H:%M:%S}", what, self._out.width)

    def detail(self, row: AttemptRow) -> str:
        """Return one attempt of a known capture in full: date, outcome and target."""
        return self._line(row, moment_text(row.started_ms), self._course(row), None)

    def details(self, row: AttemptRow) -> Iterator[str]:
        """Yield the same in lines that fit the terminal."""
        moment, course = moment_text(row.started_ms), self._course(row)
        room = None if self._out.width is None else self._out.width - len(moment) - _BEFORE_COURSE
        if room is None or display_width(course) <= room:
            yield self._line(row, moment, course, None)
            return
        yield self._line(row, moment, "", None).rstrip()
        yield from hanging(_INDENT, course, self._out.width, indent=len(_INDENT))

    def _course(self, row: AttemptRow) -> str:
        said = "" if row.error is None else f"  {visible(row.error)}"
        return f"to {visible(row.sent_to)}{_beyond_status(row)}{said}"

    def _line(self, row: AttemptRow, moment: str, what: str, width: int | None) -> str:
        status = NOTHING if row.status is None else str(row.status)
        took = NOTHING if row.elapsed_ms is None else f"{row.elapsed_ms:,.0f} ms"
        outcome = "accepted" if _is_wrongly_accepted(row) else row.outcome
        badge = fit(f"{'✓' if row.is_expected else '✗'} {outcome}", _OUTCOME)
        after = f"  {status:>3}  {took:>9}  {what}"
        if width is not None:
            after = cut(after, max(0, width - len(moment) - 2 - _OUTCOME))
        return f"{moment}  {self._out.paint(badge, 'valid' if row.is_expected else 'invalid')}{after}"


def _is_wrongly_accepted(row: AttemptRow) -> bool:
    return row.outcome == "ok" and not row.is_expected


def _beyond_status(row: AttemptRow) -> str:
    """Return whether a delivery should have been rejected, which its status does not show."""
    if _is_wrongly_accepted(row):
        return "  should have been rejected"
    return "  rejected as expected" if row.outcome != "ok" and row.is_expected else ""


def moment_text(milliseconds: int) -> str:
    """Return `2026-11-26 18:35:00 +0100`: local date, time and zone."""
    return f"{local_time(milliseconds):%Y-%m-%d %H:%M:%S %z}"


def attempt_story(out: Painter, attempts: Sequence[AttemptRow], *, only: int | None = None) -> Iterator[str]:
    """Yield each attempt, or one of them: its result and target, and how it was sent."""
    text = AttemptLines(out)
    for row, since in zip(attempts, since_each(attempts), strict=True):
        if only not in (None, row.id):
            continue
        yield from text.details(row)
        parts = f"Attempt {row.id}: {_SINCE[since]}{', '.join(_parts(row))}"
        yield from hanging(_INDENT, parts, out.width, indent=len(_INDENT))
        if (hint := path_hint(row)) is not None:
            yield from hanging(_INDENT, visible(hint), out.width, indent=len(_INDENT))
        elif row is attempts[0] and (hint := rejection_hint(row)) is not None:
            yield from hanging(_INDENT, hint, out.width, indent=len(_INDENT))


def rejection_hint(row: AttemptRow) -> str | None:
    """Return the command that finds out why a receiver rejects a capture that it should accept, or None."""
    is_redirect = row.status is not None and row.status < 400  # its target is already said
    if row.outcome != "http-error" or row.is_expected or is_redirect:
        return None
    return f"`{PROGRAM} check --capture {row.capture_id} --to {visible(row.sent_to)}` finds out why."


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
