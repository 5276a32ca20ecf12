"""Comparisons as the JSON objects that scripts rely on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inspector.base.clock import rfc3339
from inspector.domain.capture.capture_diff import DiffLine
from inspector.domain.capture.line_diff import LineDiff
from inspector.domain.capture.rows import AttemptRow, CaptureDetail
from inspector.session.comparisons import CaptureComparison


def comparison_record(compared: CaptureComparison, *, has_same: bool) -> dict[str, Any]:
    """Return how two captures differ as `compare` prints it. `has_same` includes what is the same."""
    body = compared.body

    def parts(lines: Iterable[DiffLine]) -> list[dict[str, Any]]:
        return [_line(line) for line in lines if has_same or line.is_difference]

    return {
        "first": _capture(compared.first),
        "second": _capture(compared.second),
        "same": compared.is_same,
        "same_body": body.is_same_body,
        "json": [not no_json for no_json in body.no_json],
        "request": parts(compared.request),
        "headers": parts(compared.headers),
        "questions": parts(body.questions),
        "body": parts(body.paths),
        "body_cut": body.is_part,
    }


def attempts_record(before: AttemptRow, after: AttemptRow, compared: LineDiff) -> dict[str, Any]:
    """Return how the responses to two attempts differ as `compare --attempts` prints it."""
    return {
        "first": _attempt(before),
        "second": _attempt(after),
        "same": compared.is_same,
        "lines": [
            {"first": pair.before, "second": pair.after} for pair in compared.lines if not pair.is_same
        ],
        "cut": compared.is_cut,
    }


def _capture(detail: CaptureDetail) -> dict[str, Any]:
    row = detail.row
    return {
        "id": row.id,
        "received_at": rfc3339(row.received_ms),
        "event": row.event,
        "bytes": row.size,
        "verdict": row.verdict.word,
        "shown": row.shown,
    }


def _attempt(row: AttemptRow) -> dict[str, Any]:
    return {
        "attempt": row.id,
        "capture": row.capture_id,
        "target": row.target,
        "started_at": rfc3339(row.started_ms),
        "status": row.status,
        "outcome": row.outcome,
    }


def _line(line: DiffLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "question": line.label or None,
        "first": line.first,
        "second": line.second,
        "difference": line.word,
    }
