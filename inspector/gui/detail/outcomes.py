"""What became of an attempt, in a word and a sentence."""

from __future__ import annotations

from inspector.base.visible import visible
from inspector.domain.capture.rows import AttemptRow

_WORDS = {
    "ok": "ok",
    "http-error": "not 2xx",
    "timeout": "timed out",
    "refused": "refused",
    "unreachable": "unreachable",
    "tls": "TLS failed",
    "reset": "reset",
    "cut": "cut short",
    "bad-answer": "no HTTP",
    "unknown": "unknown",
}


def outcome_word(row: AttemptRow) -> str:
    """`200`, or what was seen instead of a status."""
    return str(row.status) if row.status is not None and row.outcome in ("ok", "http-error") else _word(row)


def outcome_sentence(row: AttemptRow) -> str:
    """What happened, as a sentence."""
    if row.error:
        return visible(row.error)
    return f"Answered {row.status}." if row.status is not None else f"{_word(row).capitalize()}."


def elapsed_text(row: AttemptRow) -> str:
    """`12.3 ms`, or a dash where no time was taken."""
    return "–" if row.elapsed_ms is None else milliseconds(row.elapsed_ms)


def milliseconds(elapsed_ms: float) -> str:
    """`12.3 ms`, from 100 on in whole ones."""
    return f"{elapsed_ms:.1f} ms" if elapsed_ms < 100 else f"{elapsed_ms:,.0f} ms"


def _word(row: AttemptRow) -> str:
    return _WORDS.get(row.outcome, row.outcome)
