"""A capture, an attempt and a verdict as text in columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inspector.base.clock import local_time
from inspector.base.visible import visible, visible_bytes
from inspector.cli.output.columns import cut, fit
from inspector.cli.output.streams import Painter, Style
from inspector.domain.capture.rows import AttemptRow, CaptureRow
from inspector.domain.signature.verdict import ShownVerdict

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
    "pending": "not evaluated yet",
    "masked": "masked",
}
# The signs differ in shape, not only in colour.
_VERDICTS: Mapping[ShownVerdict, tuple[str, Style]] = {
    "valid": ("✓ Valid", "valid"),
    "bytes-only": ("✓ Bytes only", "rewritten"),
    "rewritten": ("≈ Rewritten", "rewritten"),
    "invalid": ("✗ Invalid", "invalid"),
    "unsigned": ("- Unsigned", "unsigned"),
    "unchecked": ("? Unchecked", "unchecked"),
}
_EVENT, _VERDICT, _OUTCOME = 10, 12, 13
_MIN_ANSWER = 16
"""Columns reserved for the answers before other columns become narrower or are hidden."""
_MAX_TARGET = 120
"""Maximum characters of a target that are shown: a sender can send 64 KiB, which must not fill a log."""
_MAX_REASON = 120
_MAX_NOTE = 40
_MAX_ERROR = 200


def verdict_style(shown: ShownVerdict) -> Style:
    """Return the colour of a verdict."""
    return _VERDICTS[shown][1]


def verdict_badge(shown: ShownVerdict) -> str:
    """Return a verdict's sign and word: `✗ Invalid`."""
    return _VERDICTS[shown][0]


def secret_note(name: str, note: str) -> str:
    """Return why a secret cannot be used: `The secret env:X: it is empty, so it is not used.`"""
    return f"The secret {name}: {note[:1].lower()}{note[1:]}"


class _Columns(NamedTuple):
    """The widths of columns that shrink in a narrow terminal. 0 hides a column."""

    id: int
    date: str
    survey: int
    respondent: int

    @property
    def date_width(self) -> int:
        return len(f"{local_time(0):{self.date}}")

    @property
    def total(self) -> int:
        """The number of columns before the answers."""
        widths = (self.id, self.date_width, _VERDICT, _EVENT, self.survey, self.respondent)
        return sum(width + 2 for width in widths if width)


def _columns(width: int | None, *, has_date: bool) -> _Columns:
    """Return the widest layout that leaves enough space for the answers; without a terminal, the widest."""
    whole, short = ("%Y-%m-%d %H:%M:%S", "%m-%d %H:%M:%S") if has_date else ("%H:%M:%S", "%H:%M:%S")
    layouts = (
        _Columns(id=7, date=whole, survey=24, respondent=18),
        _Columns(id=7, date=whole, survey=16, respondent=12),
        _Columns(id=5, date=short, survey=0, respondent=12),
        _Columns(id=5, date=short, survey=0, respondent=0),
    )
    if width is None:
        return layouts[0]
    return next((one for one in layouts if one.total + _MIN_ANSWER <= width), layouts[-1])


class CaptureLines:
    """Formats captures, one per line, below a heading."""

    def __init__(self, out: Painter, *, has_date: bool) -> None:
        self._out = out
        self._columns = _columns(out.width, has_date=has_date)

    def heading(self) -> str:
        """Return the names of the columns."""
        columns = self._columns
        cells = [
            f"{'id':>{columns.id}}",
            f"{'time':{columns.date_width}}",
            f"{'verdict':{_VERDICT}}",
            f"{'event':{_EVENT}}",
            *_cells(("survey", columns.survey), ("respondent", columns.respondent)),
            "answer",
        ]
        text = "  ".join(cells)
        return text if self._out.width is None else cut(text, self._out.width)

    def line(self, row: CaptureRow, reason: str | None = None) -> str:
        """Return one capture, with the reason if it was refused or is invalid. Payload text is escaped."""
        columns = self._columns
        badge = fit(verdict_badge(row.shown), _VERDICT)
        before = f"{row.id:>{columns.id}}  {local_time(row.received_ms):{columns.date}}  "
        survey = row.survey_name or row.survey_id
        cells = _cells((survey, columns.survey), (row.user_id, columns.respondent))
        if reason and self._out.width is not None and survey is None and row.user_id is None:
            cells = []  # a reason is more useful than two empty columns
        after = "".join(f"  {cell}" for cell in (f"{_event(row):{_EVENT}}", *cells, _answer(row, reason)))
        if self._out.width is not None:
            after = cut(after, max(0, self._out.width - len(before) - _VERDICT))
        return before + self._out.paint(badge, verdict_style(row.shown)) + after.rstrip()


class AttemptLines:
    """Formats attempts, one per line."""

    def __init__(self, out: Painter) -> None:
        self._out = out

    def line(self, row: AttemptRow, *, to: str | None = None) -> str:
        """Return one attempt for a running list: time, outcome, capture, and the target if `to` is given.

        The line fits the terminal.
        """
        said = "" if row.error is None else f"  {cut(visible(row.error), _MAX_ERROR)}"
        target = "" if to is None else f" → {visible(to)}"
        fault = "" if row.fault is None else f"  on purpose {visible(row.fault)}"
        what = f"capture {row.capture_id}{fault}{target}{_beyond_status(row)}{said}"
        return self._line(row, f"{local_time(row.started_ms):%H:%M:%S}", what, self._out.width)

    def detail(self, row: AttemptRow) -> str:
        """Return one attempt of a known capture in full: date, outcome and target."""
        said = "" if row.error is None else f"  {visible(row.error)}"
        return self._line(
            row, moment_text(row.started_ms), f"to {visible(row.sent_to)}{_beyond_status(row)}{said}", None
        )

    def _line(self, row: AttemptRow, moment: str, what: str, width: int | None) -> str:
        status = NOTHING if row.status is None else str(row.status)
        took = NOTHING if row.elapsed_ms is None else f"{row.elapsed_ms:,.0f} ms"
        badge = fit(f"{'✓' if row.is_expected else '✗'} {row.outcome}", _OUTCOME)
        after = f"  {status:>3}  {took:>9}  {what}"
        if width is not None:
            after = cut(after, max(0, width - len(moment) - 2 - _OUTCOME))
        return f"{moment}  {self._out.paint(badge, 'valid' if row.is_expected else 'invalid')}{after}"


def _beyond_status(row: AttemptRow) -> str:
    """Return whether a delivery should have been rejected, which its status does not show."""
    if row.outcome == "ok" and not row.is_expected:
        return "  should have been rejected"
    return "  rejected as expected" if row.outcome != "ok" and row.is_expected else ""


def moment_text(milliseconds: int) -> str:
    """Return `2026-11-26 18:35:00 +0100`: local date, time and zone."""
    return f"{local_time(milliseconds):%Y-%m-%d %H:%M:%S %z}"


def _event(row: CaptureRow) -> str:
    if row.kind == "refused":
        return "Refused"
    if row.event == "response_group":
        return "Completion"
    if row.event == "answer":
        return "Answer" if row.question_order is None else cut(f"Answer {row.question_order}", _EVENT)
    return "Unknown"


def _cells(*cells: tuple[str | None, int]) -> list[str]:
    """Return texts in columns of these widths, without columns of width 0."""
    return [fit(visible(text) if text else NOTHING, width) for text, width in cells if width]


def _answer(row: CaptureRow, reason: str | None) -> str:
    """Return the reason, then the tags of the capture, then its answers."""
    parts: list[str] = []
    if row.kind == "refused" and row.answered is not None:
        parts.append(f"[{row.answered}]")
    if reason:
        parts.append(cut(visible(reason), _MAX_REASON))
    parts += [f"[{tag}]" for tag in _tags(row)]
    if row.event == "unknown" and row.method:  # a refused request may have no method
        target = visible_bytes(row.target[: 4 * _MAX_TARGET])  # a character takes up to four bytes
        parts.append(f"{cut(visible(row.method), _EVENT)} {cut(target, _MAX_TARGET)}")
    parts.append(visible(row.summary))
    return " ".join(parts)


def _tags(row: CaptureRow) -> Iterator[str]:
    if row.is_pinned:
        yield "pinned"
    if row.note:
        yield f"note: {cut(visible(row.note), _MAX_NOTE)}"
    if row.kind not in ("captured", "refused"):
        yield row.kind
    if row.verdict.reason is not None and (why := _REASONS.get(row.verdict.reason)):
        yield why
    if row.problem is not None:
        yield "body not read" if row.is_json is None else "body not decoded"
    yield from dict.fromkeys(_TAGS.get(code, code) for code in row.marks)
    if row.answered not in (None, 200) and row.kind != "refused":
        yield f"responded {row.answered}"
