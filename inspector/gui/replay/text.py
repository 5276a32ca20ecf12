"""Sentences of the Replay window: what a plan will do, and its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from inspector.base.clock import at_time
from inspector.base.quantity import counted, duration_text
from inspector.base.visible import shortened, visible
from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.domain.replay.plan_text import Facts, plan_facts
from inspector.domain.replay.redirect import FOLLOWED
from inspector.session.replays import Plan, PlanPreview, PlanSummary, Progress, RemainingPlan

FOLLOW = "Follow redirects"
FOLLOW_TIP = "Other hosts get no signature and no credentials. They must be this machine or already allowed."
What = tuple[int, ...] | tuple[Scope, str]
"""Captures by id, or all captures that match a scope and a query."""


def plan_sentences(plan: Plan, origin: str) -> Facts:
    """Return a running plan as sentences; `origin` describes the source of its captures."""
    to = plan.destination
    what = f"{counted(plan.count, 'capture')}{origin if plan.resumes is None else ', remaining'}"
    return plan_facts(what, plan.target.url, to.name, plan.course, plan.manner)


def remaining_sentences(remaining: RemainingPlan) -> Facts:
    """Return a plan that can be resumed as sentences, with the number of remaining deliveries."""
    of = f"{remaining.total:,} {'delivery' if remaining.total == 1 else 'deliveries'}"
    what = f"{remaining.left:,} of {of} left, started {at_time(remaining.made_ms)}"
    return plan_facts(what, remaining.url, remaining.name, remaining.course, remaining.manner)


def outline_text(plan: Plan, outline: PlanPreview) -> str:
    """Return the size and duration of a plan, its faults, and how requests differ from their captures."""
    return "\n".join(_outline(plan, outline))


def _outline(plan: Plan, outline: PlanPreview) -> Iterator[str]:
    what = counted(outline.captures, "capture")
    if outline.deliveries != outline.captures:
        what += f", {outline.deliveries:,} deliveries"
    lasts = "" if outline.lasts_ms is None else f", over {duration_text(outline.lasts_ms)}"
    yield f"{what}{lasts}."
    if outline.not_valid and plan.manner.sign_with is not None:
        if plan.manner.is_resigning_unverified:
            yield f"{outline.not_valid:,} without a valid signature will be re-signed too."
        else:
            yield f"{outline.not_valid:,} without a valid signature will be skipped: they are not re-signed."
    if outline.undated:
        yield f"{counted(outline.undated, 'capture')} without created_at: sent after the previous arrival."
    for why, count in outline.not_replayable:
        yield f"{count:,} will be skipped: {why}"
    if plan.manner.is_following_redirects:
        yield FOLLOWED
    if outline.shown is not None:
        yield ""
        yield f"Changes, with capture {outline.shown:,} as the example:"
        yield from outline.differs or ("None: every byte is sent as captured.",)
        yield from (f"Capture {number:,}: {sentence}" for number, sentence in outline.others)


def ended(progress: Progress) -> str:
    """Return the note of a run that has ended."""
    if not progress.sent:
        return "Nothing sent."
    stopped = "Stopped. " if progress.state == "stopped" else ""
    return f"{stopped}Sent {progress.sent:,}. Each attempt is stored with its capture."


def summary_text(summary: PlanSummary) -> str:
    """Return how the receiver handled each kind of fault, and how many outcomes are unknown."""
    lines = list(summary.faults)
    if summary.unknown:
        lines.append(
            f"{counted(len(summary.unknown), 'capture')} may have arrived, but there was no response."
        )
    return "\n".join(lines)


def choice(what: What) -> dict[str, Any]:
    """Return `what` as arguments of a plan."""
    scope, text = what[0], what[1] if len(what) > 1 else ""
    if isinstance(scope, Scope) and isinstance(text, str):
        return {"scope": scope, "text": text}
    return {"ids": [one for one in what if isinstance(one, int)]}


def origin(what: What, drawn: Callable[[str], str] = str) -> str:
    """Return the source of the captures, as text after their number. `drawn` masks a filter."""
    if not what or not isinstance(what[0], Scope):
        return ", selected"
    scope, text = what[0], str(what[1])
    of = "" if scope == EVERYTHING else " in the selected part of the tree"
    if text.strip():
        of += f", matching {shortened(visible(drawn(text)), 80)}"
    return of or ", all listed"


def selected(what: What) -> int | None:
    """Return the number of captures given by id; None if a scope and a query must be counted first."""
    ids = choice(what).get("ids")
    return None if ids is None else len(ids)
