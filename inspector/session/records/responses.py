"""Response rules, previews and the study of retries as the JSON objects that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inspector.base.clock import now_ms, rfc3339

if TYPE_CHECKING:
    from inspector.session.responses import PreviewedCapture, ResponseRule, RetryStudy


def response_rule_record(rule: ResponseRule, *, matches: int | None, left: int | None) -> dict[str, Any]:
    """Return a response rule as `answers` prints it. `matches` is None if captures were not counted."""
    return {
        "rule": rule.id,
        "on": rule.is_on,
        "text": rule.text,
        "sentence": rule.sentence,
        "query": rule.query or None,
        "response": rule.respond.word,
        "matches": matches,
        "left": left,
    }


def response_preview_record(one: PreviewedCapture) -> dict[str, Any]:
    """Return a stored capture and what its sender would get, as `answers preview` prints it."""
    return {
        "capture": one.row.id,
        "response": one.response,
        "rule": None if one.rule is None else one.rule.id,
    }


def retry_study_record(study: RetryStudy) -> dict[str, Any]:
    """Return a running or ended study of retries, as `answers learn` prints it."""
    is_running = study.is_running(now_ms())
    return {
        "rule": study.rule.text,
        "fails": study.times,
        "begun_at": rfc3339(study.begun_ms),
        "ended_at": None if is_running else rfc3339(study.ends_ms),
        "retries": len(study.retries),
        "deliveries": [
            {
                "capture": one.capture_id,
                "received_at": rfc3339(one.received_ms),
                "gap_ms": study.gap_ms(place) if place else None,
                "response": one.response,
                "left_after_ms": one.left_after_ms,
                "same_body": one.is_same_body,
                "same_signature": one.is_same_signature,
                "differences": list(one.differences),
            }
            for place, one in enumerate(study.deliveries)
        ],
        "conclusions": list(study.conclusions),
    }
