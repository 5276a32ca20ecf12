"""A replay before, during and after its run, as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from inspector.base.quantity import counted, duration_text
from inspector.base.visible import visible
from inspector.cli.output.alignment import wrapped
from inspector.domain.replay.fault import FAULT_HELP
from inspector.domain.replay.redirect import FOLLOWED

if TYPE_CHECKING:
    from inspector.session.replays import Plan, PlanPreview, PlanSummary, Progress

BAR_WIDTH = 40
ENOUGH = 10
"""With fewer attempts, a histogram adds nothing to the lines."""
LATE_MS = 200
_MOST_NAMED = 20
_MOST_REASONS = 3


def outline_lines(plan: Plan, outline: PlanPreview) -> Iterator[str]:
    """Yield what a plan will do."""
    course, manner = plan.course, plan.manner
    yield f"{counted(outline.captures, 'capture')}, {deliveries_in_words(outline.deliveries)}."
    yield f"To: {visible(plan.target.url)}"
    order = "created_at" if course.order == "created" else "arrival time"
    yield f"Order: by {order}; {course.at_once} at once."
    yield pace_sentence(plan)
    if course.is_stopping_on_failure:
        yield "It stops at the first unexpected response."
    if manner.is_following_redirects:
        yield FOLLOWED
    for name, count in outline.faults:
        yield f"Fault: {name}, {deliveries_in_words(count)}: {FAULT_HELP[name]}."
    if manner.sign_with is not None and outline.not_valid:
        is_sent = manner.is_resigning_unverified
        done = "re-signed anyway" if is_sent else "skipped without --resign-unverified"
        yield f"{counted(outline.not_valid, 'capture')} without a valid signature: {done}."
    if outline.undated:
        yield undated_sentence(outline.undated)
    if plan.unknown:
        yield unknown_sentence(plan.resumes, plan.unknown)
    for why, count in outline.not_replayable:
        yield f"{counted(count, 'capture')} skipped: {visible(why)}"
    if outline.shown is not None:
        differs = outline.differs or ("No differences: every byte is sent as captured.",)
        yield f"Differences, as in capture {outline.shown}:"
        yield from (f"  {visible(sentence)}" for sentence in differs)
        yield from (f"  Capture {number}: {visible(sentence)}" for number, sentence in outline.others)


def pace_sentence(plan: Plan) -> str:
    """Return the pace of a plan and, if it does not depend on the receiver, the duration."""
    course = plan.course
    total = "an unknown time" if plan.lasts_ms is None else duration_text(plan.lasts_ms)
    if course.rate is not None:
        return f"Pace: {course.rate:g} per second; {total} in total."
    if course.scale is not None:
        scaled = "" if course.scale == 1 else f", {course.scale:g} times as fast"
        gap = "" if course.max_gap_s is None else f", no pause over {course.max_gap_s:g} s"
        return f"Pace: the original timing{scaled}{gap}; {total} in total."
    return "Pace: as fast as responses arrive."


def undated_sentence(count: int) -> str:
    """Return how many captures have no created_at, by which they would be sorted."""
    has = "has" if count == 1 else "have"
    return (
        f"{counted(count, 'capture')} {has} no created_at, so they stay after the capture that arrived"
        " before them."
    )


def progress_line(progress: Progress, elapsed_s: float) -> str:
    """Return `1,200 of 5,000   240/s   16 s left`."""
    parts = [f"{progress.sent + progress.skipped:,} of {progress.total:,}"]
    if progress.sent and elapsed_s > 0:
        parts.append(f"{progress.sent / elapsed_s:,.0f}/s")
    if progress.unexpected:
        parts.append(f"{progress.unexpected:,} unexpected")
    if progress.seconds_left is not None:
        parts.append(f"{duration_text(round(progress.seconds_left) * 1000)} left")
    return "   ".join(parts)


def failed_lines(reasons: Counter[str], width: int | None) -> Iterator[str]:
    """Yield the most common reasons why deliveries failed, and how many, in lines that fit `width`."""
    for why, count in reasons.most_common(_MOST_REASONS):
        yield from wrapped(f"{count:,} failed: {visible(why)}", width, indent=0)


def skipped_lines(progress: Progress) -> Iterator[str]:
    """Yield why deliveries were skipped, and how many."""
    for why, count in progress.skipped_because:
        yield f"{count:,} skipped: {_with_way_out(why)}"


def _with_way_out(why: str) -> str:
    """Return why deliveries are skipped, with the option that sends them if there is one."""
    from inspector.session.replays import NOT_SIGNED_AGAIN

    option = " Use --resign-unverified to re-sign it anyway." if why == NOT_SIGNED_AGAIN else ""
    return f"{visible(why)}{option}"


def summary_lines(summary: PlanSummary) -> Iterator[str]:
    """Yield the result of each kind of fault, and the distribution of response times."""
    yield from summary.faults
    if summary.attempts < ENOUGH or not summary.bars:
        return
    most = max(bar.count for bar in summary.bars)
    edges = [bar.edges for bar in summary.bars]
    width = max(map(len, edges))
    yield "Response times:"
    for bar, edge in zip(summary.bars, edges, strict=True):
        drawn = "#" * max(1 if bar.count else 0, round(bar.count * BAR_WIDTH / most))
        yield f"  {edge:>{width}}  {bar.count:>{len(f'{most:,}')},}  {drawn}".rstrip()


def left_sentences(plan_id: int, summary: PlanSummary) -> Iterator[str]:
    """Yield how to resume the plan."""
    if summary.left:
        left = deliveries_in_words(summary.left)
        yield f"Plan {plan_id} has {left} left. `replay --resume {plan_id}` sends them."
    if summary.unknown:
        yield unknown_sentence(plan_id, summary.unknown)


def unknown_sentence(plan_id: int | None, unknown: Sequence[int]) -> str:
    """Return which captures of a plan may have arrived, and how to resend them."""
    named = ", ".join(map(str, unknown[:_MOST_NAMED]))
    if len(unknown) > _MOST_NAMED:
        named += f" and {len(unknown) - _MOST_NAMED:,} more"
    return (
        f"These captures may have arrived, but there was no response: {named}."
        f" `replay --resume {plan_id} --retry-unknown` resends them."
    )


def late_sentence(plan: Plan, progress: Progress) -> str | None:
    """Return how late deliveries were; None if they were not, or if the plan has no pace."""
    if not plan.course.is_paced or progress.latest_ms < LATE_MS:
        return None
    return (
        f"The latest delivery was {duration_text(progress.latest_ms)} late. Use --at-once with more than"
        f" {plan.course.at_once:,}."
    )


def deliveries_in_words(count: int) -> str:
    """Return `1 delivery` or `1,204 deliveries`."""
    return f"{count:,} {'delivery' if count == 1 else 'deliveries'}"
