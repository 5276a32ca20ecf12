"""The results of a plan: responses, times, what the receiver did with each kind of fault; also as a page."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inspector.base.clock import rfc3339
from inspector.domain.capture.report import code, prose
from inspector.domain.capture.rows import AttemptOutcome, origin_of
from inspector.domain.replay.attempt import SINCE_TEXT, Since
from inspector.domain.replay.fault import FAULT_NAMES, FaultName, parted
from inspector.domain.replay.plan_text import plan_facts
from inspector.outbox.plan import RemainingPlan
from inspector.store.write import deliveries, plans
from inspector.store.write.deliveries import DeliveryState, Queue
from inspector.store.write.plans import BOUNDS_MS

_TOLD: Mapping[FaultName, str] = {
    "twice": "delivered twice",
    "shuffled": "out of order",
    "dropped": "dropped on purpose",
    "delayed": "delayed",
    "concurrent": "sent at the same time as another",
    "cut": "cut in the body",
    "broken-signature": "with a wrong signature",
    "stale-secret": "signed with an inactive secret",
}
_TO_TURN_AWAY: tuple[FaultName, ...] = ("cut", "broken-signature", "stale-secret")
_OUTCOMES: Mapping[AttemptOutcome, str] = {
    "timeout": "timeout",
    "refused": "refused",
    "unreachable": "unreachable",
    "tls": "TLS failure",
    "reset": "closed without a response",
    "cut": "response cut",
    "bad-answer": "response not HTTP",
    "unknown": "unknown outcome",
}


_MOST_FAILED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of the histogram of response times."""

    from_ms: int
    to_ms: int | None
    """None for the last bar, which has no end."""
    count: int

    @property
    def edges(self) -> str:
        """The times that it counts: `under 10 ms`, `10 to 20 ms`, `over 100 ms`."""
        if self.to_ms is None:
            return f"over {self.from_ms:,} ms"
        return f"{self.from_ms:,} to {self.to_ms:,} ms" if self.from_ms else f"under {self.to_ms:,} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """The results of a plan, over all its runs."""

    plan_id: int
    attempts: int
    succeeded: int
    unexpected: int
    """Attempts to which a correct receiver responds differently."""
    unknown: tuple[int, ...]
    """Captures with a delivery whose outcome is unknown."""
    left: int
    """The number of deliveries that are sent if the plan is resumed."""
    faults: tuple[str, ...]
    """One sentence per kind of fault on what the receiver did."""
    bars: tuple[Bar, ...]
    """Response times, from the first bar that is not empty to the last."""
    times: str | None
    """`median 18 ms, 95 % under 44 ms`; None without a response."""
    answers: tuple[tuple[str, int], ...]
    """The responses in words, with how often each came, the most frequent first."""
    failed: tuple[tuple[str, tuple[int, ...]], ...]
    """Unexpected responses, each with its first captures."""
    skipped: int
    """The number of deliveries that were not made."""


def read_summary(connection: sqlite3.Connection, plan_id: int) -> PlanSummary:
    """Return the results of a plan. It takes over 2 ms for a long plan."""
    outcomes = plans.outcomes(connection, plan_id)
    return PlanSummary(
        plan_id=plan_id,
        attempts=sum(count for *_, count in outcomes),
        succeeded=sum(count for _, outcome, *_, count in outcomes if outcome == "ok"),
        unexpected=sum(count for *_, is_expected, count in outcomes if not is_expected),
        unknown=tuple(capture_id for capture_id, _ in plans.unknown(connection, plan_id)),
        left=deliveries.count(connection, Queue(plan_id=plan_id), DeliveryState.WAITING),
        faults=tuple(_sentences(outcomes, plans.dropped(connection, plan_id))),
        bars=_bars(plans.bars(connection, plan_id)),
        times=_times(plans.quantiles(connection, plan_id, 0.5, 0.95)),
        answers=_answers(outcomes),
        failed=_failed(plans.failed(connection, plan_id, _MOST_FAILED)),
        skipped=deliveries.count(connection, Queue(plan_id=plan_id), DeliveryState.SKIPPED),
    )


def _times(taken: list[float]) -> str | None:
    if not taken:
        return None
    median, most = taken
    said = f"{median:,.0f}" if median >= 10 else f"{median:.1f}"
    return f"median {said} ms, 95 % under {math.floor(most) + 1:,} ms"


def _answers(outcomes: plans.Outcomes) -> tuple[tuple[str, int], ...]:
    answers: Counter[str] = Counter()
    for _, outcome, status, _, count in outcomes:
        answers[_answer(outcome, status)] += count
    return tuple(answers.most_common())


def _failed(rows: list[tuple[AttemptOutcome, int | None, int]]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    captures: dict[str, list[int]] = defaultdict(list)
    for outcome, status, capture_id in rows:
        captures[_answer(outcome, status)].append(capture_id)
    return tuple((answer, tuple(ids)) for answer, ids in captures.items())


def _sentences(outcomes: plans.Outcomes, dropped: int) -> Iterator[str]:
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    taken: Counter[str] = Counter()
    for fault, outcome, status, _, count in outcomes:
        for name in parted(fault):
            answers[name][_answer(outcome, status)] += count
            taken[name] += count if outcome == "ok" else 0
    for name in FAULT_NAMES:
        if name == "dropped" and dropped:
            yield f"{dropped:,} {_TOLD[name]}."
        elif name in answers:
            told = ", ".join(f"{count:,} × {answer}" for answer, count in answers[name].most_common())
            sentence = f"{answers[name].total():,} {_TOLD[name]}: {told}."
            if name in _TO_TURN_AWAY and taken[name]:
                sentence += " The receiver accepted what it should have rejected."
            yield sentence


def _answer(outcome: AttemptOutcome, status: int | None) -> str:
    if status is not None and outcome in ("ok", "http-error"):
        return f"status {status}"
    return _OUTCOMES.get(outcome, outcome)


def _bars(counts: list[int]) -> tuple[Bar, ...]:
    edges = (0, *BOUNDS_MS)
    bars = [
        Bar(from_ms=edges[number], to_ms=BOUNDS_MS[number] if number < len(BOUNDS_MS) else None, count=count)
        for number, count in enumerate(counts)
    ]
    filled = [number for number, bar in enumerate(bars) if bar.count]
    return tuple(bars[filled[0] : filled[-1] + 1]) if filled else ()


def plan_report(rest: RemainingPlan, summary: PlanSummary, since: Mapping[Since, int]) -> str:
    """Return the report as Markdown, ending in a newline.

    It has no body, header, response, key or respondent. Captures are numbers, and the target is its scheme
    and host, because services such as Slack put a token into the path. `since` counts the attempts by word.
    """
    url = origin_of(rest.url)
    what = f"{rest.total:,} {_deliveries(rest.total)}"
    facts = plan_facts(what, url, rest.name, rest.course, rest.manner)
    lines = [
        f"# Replay {rest.plan_id}: {summary.succeeded:,} of {what} succeeded",
        "",
        f"Created {rfc3339(rest.made_ms)}. Masked for sharing: bodies, headers and paths are not included.",
        "",
        "## Plan",
        "",
        *_table((caption, _cell(text)) for caption, text in facts),
        "",
        "## Responses",
        "",
        *_table(_outcome_rows(summary)),
        "",
    ]
    if any(since.values()):
        told = [(SINCE_TEXT[word], f"{count:,}") for word, count in since.items() if count]
        lines += ["## Compared with the previous attempt", "", *_table(told), ""]
    if summary.faults:
        lines += ["## Deliberate faults", "", *(f"- {prose(sentence)}" for sentence in summary.faults), ""]
    if summary.bars:
        lines += ["## Response times", ""]
        if summary.times is not None:
            lines += [f"{summary.times}.", ""]
        lines += [*_table((bar.edges, f"{bar.count:,}") for bar in summary.bars), ""]
    if summary.failed:
        lines += ["## Captures with an unexpected response", "", *_failed_lines(summary), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _outcome_rows(summary: PlanSummary) -> Iterator[tuple[str, str]]:
    for answer, count in summary.answers:
        yield answer, f"{count:,}"
    if summary.skipped:
        yield "skipped", f"{summary.skipped:,}"
    if summary.left:
        yield "not sent yet", f"{summary.left:,}"


def _failed_lines(summary: PlanSummary) -> Iterator[str]:
    for answer, captures in summary.failed:
        yield f"- {answer}: {', '.join(map(str, captures))}"
    told = sum(len(captures) for _, captures in summary.failed)
    if (more := summary.unexpected - told) > 0:
        yield f"- and {more:,} more"


def _table(rows: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for name, value in rows:
        yield f"| {name} | {value} |"


def _cell(text: str) -> str:
    return "; ".join(code(line) if "://" in line else prose(line) for line in text.split("\n"))


def _deliveries(count: int) -> str:
    return "delivery" if count == 1 else "deliveries"
