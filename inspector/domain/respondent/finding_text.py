"""Findings between captures, in words: what arrived again, changed, came late or is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspector.domain.signature.finding import Finding

_REPEAT_FIX = "Make the receiver idempotent: take an answer once, by survey, group, user, question and time."

# code: summary and fix; `{of}` is the capture that it is compared with.
_WORDS: Mapping[str, tuple[str, str]] = {
    "redelivery": ("The same body arrived before, as capture {of}.", _REPEAT_FIX),
    "answer-repeated": ("The same answer arrived before, in capture {of}.", _REPEAT_FIX),
    "answer-changed": (
        "The respondent had answered this question otherwise in capture {of}.",
        "Keep the answer with the later created_at.",
    ),
    "completion-disagrees": (
        "The completion says otherwise than capture {of}.",
        "Compare the two; the one with the later created_at is what the respondent said last.",
    ),
    "out-of-order": (
        "It arrived after capture {of}, which was said later.",
        "Order by created_at, never by arrival.",
    ),
    "answers-missing": (
        "The completion has {questions} answers that never arrived one by one.",
        "Take the completion as the whole: single answers may be lost on the way.",
    ),
}

CODES = tuple(_WORDS)


def finding(code: str, detail: Mapping[str, Any]) -> Finding:
    """The finding of this code with what `fold` knows of it."""
    summary, fix = _WORDS[code]
    if code == "answers-missing" and detail.get("questions") == 1:
        summary = "The completion has an answer that never arrived by itself."
    return Finding(
        code=code, summary=summary.format_map({"of": "another", **detail}), fix=fix, detail=dict(detail)
    )
