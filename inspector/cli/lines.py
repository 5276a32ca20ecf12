"""A capture, an attempt and a verdict as text that lines up."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from inspector.base.clock import local_time
from inspector.base.visible import visible, visible_bytes
from inspector.cli.columns import cut, fit
from inspector.cli.output import Output, Style
from inspector.domain.rows import AttemptRow, CaptureRow
from inspector.domain.verdict import Shown

NOTHING = "–"
_TAGS = {
    "redelivery": "again",
    "answer-repeated": "again",
    "answer-changed": "changed",
    "out-of-order": "late",
    "completion-disagrees": "disagrees",
    "answers-missing": "answers missing",
}
_REASONS: Mapping[str, str] = {
    "no-secret": "no secret",
    "pending": "not judged yet",
    "masked": "masked",
}
# Signs that differ in their shape and not in their colour alone.
_VERDICTS: Mapping[Shown, tuple[str, Style]] = {
    "valid": ("✓ Valid", "valid"),
    "bytes-only": ("✓ Bytes only", "rewritten"),
    "rewritten": ("≈ Rewritten", "rewritten"),
    "invalid": ("✗ Invalid", "invalid"),
    "unsigned": ("- Unsigned", "unsigned"),
    "unchecked": ("? Unchecked", "unchecked"),
}
_ID, _EVENT, _SURVEY, _RESPONDENT = 7, 10, 24, 18
_VERDICT = 12


def verdict_style(shown: Shown) -> Style:
    """The colour of a verdict."""
    return _VERDICTS[shown][1]


def verdict_badge(shown: Shown) -> str:
    """The sign and word of a verdict: `✗ Invalid`."""
    return _VERDICTS[shown][0]


def secret_note(name: str, note: str) -> str:
    """Why a secret is of no use: `The secret env:X: it is empty, so it is not used.`"""
    return f"The secret {name}: {note[:1].lower()}{note[1:]}"


class CaptureLines:
    """Captures, one a line, under a heading."""

    def __init__(self, out: Output, *, has_date: bool) -> None:
        self._out = out
        self._time = "%Y-%m-%d %H:%M:%S" if has_date else "%H:%M:%S"
        self._time_width = 19 if has_date else 8

    def heading(self) -> str:
        """The names of the columns."""
        text = (
            f"{'id':>{_ID}}  {'time':{self._time_width}}  {'verdict':{_VERDICT}}  {'event':{_EVENT}}  "
            f"{'survey':{_SURVEY}}  {'respondent':{_RESPONDENT}}  answer"
        )
        return text if self._out.width is None else cut(text, self._out.width)

    def line(self, row: CaptureRow) -> str:
        """One capture. Nothing that was sent reaches the terminal unescaped."""
        badge = fit(verdict_badge(row.shown), _VERDICT)
        before = f"{row.id:>{_ID}}  {local_time(row.received_ms):{self._time}}  "
        after = (
            f"  {_event(row):{_EVENT}}  {_fit(row.survey_name or row.survey_id, _SURVEY)}  "
            f"{_fit(row.user_id, _RESPONDENT)}  {_answer(row)}"
        ).rstrip()
        if self._out.width is not None:
            after = cut(after, max(0, self._out.width - len(before) - _VERDICT))
        return before + self._out.paint(badge, verdict_style(row.shown)) + after


class AttemptLines:
    """Attempts, one a line."""

    def __init__(self, out: Output) -> None:
        self._out = out

    def line(self, row: AttemptRow, *, has_target: bool = False) -> str:
        """One attempt: when, of which capture, what came of it."""
        is_ok = row.outcome == "ok"
        status = NOTHING if row.status is None else str(row.status)
        took = NOTHING if row.elapsed_ms is None else f"{row.elapsed_ms:,.0f} ms"
        badge = fit(f"{'✓' if is_ok else '✗'} {row.outcome}", 13)
        said = "" if row.error is None else f"  {visible(row.error)}"
        what = f"to {visible(row.target)}" if has_target else f"capture {row.capture_id}"
        if row.fault is not None and not has_target:
            what += f"  on purpose {visible(row.fault)}"
        outcome = self._out.paint(badge, "valid" if is_ok else "invalid")
        return f"{local_time(row.started_ms):%H:%M:%S}  {outcome}  {status:>3}  {took:>9}  {what}{said}"


def _event(row: CaptureRow) -> str:
    if row.kind == "refused":
        return "Refused"
    if row.event == "response_group":
        return "Completion"
    if row.event == "answer":
        return "Answer" if row.question_order is None else cut(f"Answer {row.question_order}", _EVENT)
    return "Unknown"


def _status(status: int) -> str:
    """A status with its meaning, which is why the request was refused: `413 Request Entity Too Large`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _fit(text: str | None, width: int) -> str:
    return fit(visible(text) if text else NOTHING, width)


def _answer(row: CaptureRow) -> str:
    """The tags that the capture bears, then its answer."""
    tags: list[str] = [row.kind] if row.kind != "captured" else []
    if row.verdict.reason is not None and (reason := _REASONS.get(row.verdict.reason)):
        tags.append(reason)
    tags += dict.fromkeys(_TAGS.get(code, code) for code in row.marks)
    if row.answered is not None and row.answered != 200:
        tags.append(
            f"answered {_status(row.answered)}" if row.kind == "refused" else f"answered {row.answered}"
        )
    shown = [f"[{tag}]" for tag in tags]
    if row.event == "unknown" and row.method:  # a refused request may have none
        shown.append(f"{visible(row.method)} {visible_bytes(row.target)}")
    shown.append(visible(row.summary))
    return " ".join(shown)
