"""Plans, deliveries, forwards and targets as the JSON objects that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inspector.base.clock import rfc3339
from inspector.base.visible import visible_bytes

if TYPE_CHECKING:
    from inspector.domain.event.sample_traffic import SampleDelivery
    from inspector.session.forwards import ForwardRow
    from inspector.session.replays import DeliveryOutcome, Plan, PlanPreview, PlanRow, PlanSummary, Progress
    from inspector.session.samples import Outcome, SampleResult
    from inspector.session.targets import NamedTarget


def preview_record(plan: Plan, outline: PlanPreview) -> dict[str, Any]:
    """Return what a plan will do, as `--dry-run` prints it."""
    return {
        **({"unknown": list(plan.unknown)} if plan.resumes is not None else {}),
        "captures": outline.captures,
        "deliveries": outline.deliveries,
        "lasts_ms": outline.lasts_ms,
        "not_valid": outline.not_valid,
        "not_replayable": dict(outline.not_replayable),
        "faults": dict(outline.faults),
        "capture": outline.shown,
        "differs": list(outline.differs),
        "others": [{"capture": number, "differs": sentence} for number, sentence in outline.others],
        "undated": outline.undated,
    }


def progress_record(progress: Progress) -> dict[str, Any]:
    """Return the result of a run, as `replay` prints it last."""
    return {
        "sent": progress.sent,
        "succeeded": progress.succeeded,
        "failed": progress.failed,
        "skipped": progress.skipped,
        "unexpected": progress.unexpected,
    }


def sample_record(number: int, one: SampleDelivery, outcome: Outcome) -> dict[str, Any]:
    """Return one delivery of many samples."""
    return {
        "number": number,
        "user_id": one.user_id,
        "event": one.event,
        "marks": list(one.marks),
        "status": outcome.status,
        "elapsed_ms": round(outcome.elapsed_ms, 1),
        "error": outcome.error,
    }


def sample_result_record(result: SampleResult, *, is_interrupted: bool) -> dict[str, Any]:
    """Return the result of `sample`, which it prints last."""
    times = result.times
    return {
        "sent": result.sent,
        "failed": result.failed,
        "error": result.error,
        "rejected": result.rejected,
        "accepted": result.accepted,
        "statuses": dict(result.statuses),
        "elapsed_ms": round(result.elapsed_s * 1000, 1),
        "times": None
        if times is None
        else {
            "median_ms": round(times.median_ms, 1),
            "p95_ms": round(times.p95_ms, 1),
            "p99_ms": round(times.p99_ms, 1),
            "slowest_ms": round(times.slowest_ms, 1),
        },
        "latest_ms": round(result.latest_ms, 1),
        "seed": result.seed,
        "interrupted": is_interrupted,
    }


def plan_record(row: PlanRow) -> dict[str, Any]:
    """Return a plan as `plans` lists it."""
    return {
        "plan": row.id,
        "made_at": rfc3339(row.made_ms),
        "state": row.state,
        "to": row.to,
        "url": row.url,
        "total": row.total,
        "sent": row.done,
        "left": row.left,
        "skipped": row.skipped,
        "unfinished": row.started,
    }


def plan_details_record(row: PlanRow, summary: PlanSummary) -> dict[str, Any]:
    """Return a plan as `plans show` prints it before its deliveries."""
    return {
        **plan_record(row),
        "attempts": summary.attempts,
        "succeeded": summary.succeeded,
        "unexpected": summary.unexpected,
        "unknown": list(summary.unknown),
    }


def delivery_record(one: DeliveryOutcome) -> dict[str, Any]:
    """Return one delivery of a plan, counted from 1, with its outcome."""
    return {
        "delivery": one.position + 1,
        "capture": one.capture_id,
        "state": one.state_word,
        "fault": one.fault,
        "attempt": one.attempt_id,
        "outcome": one.outcome,
        "status": one.status,
        "elapsed_ms": None if one.elapsed_ms is None else round(one.elapsed_ms, 3),
        "error": one.error,
        "expected": None if one.is_expected is None else bool(one.is_expected),
    }


def forward_record(row: ForwardRow) -> dict[str, Any]:
    """Return a forward as `forward` prints it."""
    return {
        "forward": row.id,
        "url": row.url,
        "filter": row.rule,
        "takes": row.takes,
        "relay": row.relays,
        "state": row.state,
        "why": row.trouble,
        "resumes_at": rfc3339(row.again_ms) if row.again_ms else None,
        "waiting": row.waiting,
        "failed": row.failed,
        "for_run": row.is_for_run,
    }


def target_record(target: NamedTarget) -> dict[str, Any]:
    """Return a named target as `targets` prints it, without the values of its headers."""
    return {
        "name": target.name,
        "url": target.url,
        "headers": [*(visible_bytes(name) for name, _ in target.headers), *target.missing],
        "missing": list(target.missing),
        "ca": _text(target.authority),
        "cert": _text(target.certificate),
        "key": _text(target.key),
        "connect_seconds": target.connect_s,
        "answer_seconds": target.answer_s,
        "mark": target.has_marker,
    }


def _text(path: object) -> str | None:
    return None if path is None else str(path)
