"""A replay as a Markdown page to be passed on: the plan, what came back, and nothing that is private."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inspector.base.clock import rfc3339
from inspector.domain.capture.report import code, prose
from inspector.domain.capture.rows import origin_of
from inspector.domain.replay.attempt import SINCE_TEXT, Since
from inspector.domain.replay.plan_text import plan_facts
from inspector.outbox.plan import RemainingPlan
from inspector.session.plan_summary import Bar, PlanSummary


def plan_report(rest: RemainingPlan, summary: PlanSummary, since: Mapping[Since, int]) -> str:
    """Return the page, ending in a newline.

    It has no body, header, answer, key or respondent. Captures are numbers, and the target is its scheme and
    host, because services such as Slack put a token into the path. `since` counts the attempts by word.
    """
    url = origin_of(rest.url)
    what = f"{rest.total:,} {_deliveries(rest.total)}"
    facts = plan_facts(what, url, rest.name, rest.course, rest.manner)
    lines = [
        f"# Replay {rest.plan_id}: {summary.succeeded:,} of {what} answered 2xx",
        "",
        f"Made {rfc3339(rest.made_ms)}. Masked for sharing: it has no bodies, headers or paths.",
        "",
        "## Plan",
        "",
        *_table((caption, _cell(text)) for caption, text in facts),
        "",
        "## What came back",
        "",
        *_table(_outcomes(summary)),
        "",
    ]
    if any(since.values()):
        told = [(SINCE_TEXT[word], f"{count:,}") for word, count in since.items() if count]
        lines += ["## Beside the last time", "", *_table(told), ""]
    if summary.faults:
        lines += ["## Faults on purpose", "", *(f"- {prose(sentence)}" for sentence in summary.faults), ""]
    if summary.bars:
        lines += ["## How long the answers took", ""]
        if summary.times is not None:
            lines += [f"{summary.times}.", ""]
        lines += [*_table((_edges(bar), f"{bar.count:,}") for bar in summary.bars), ""]
    if summary.failed:
        lines += ["## Captures with an unexpected response", "", *_failed(summary), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _outcomes(summary: PlanSummary) -> Iterator[tuple[str, str]]:
    for answer, count in summary.answers:
        yield answer, f"{count:,}"
    if summary.skipped:
        yield "skipped", f"{summary.skipped:,}"
    if summary.left:
        yield "not sent yet", f"{summary.left:,}"


def _failed(summary: PlanSummary) -> Iterator[str]:
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


def _edges(bar: Bar) -> str:
    if bar.to_ms is None:
        return f"over {bar.from_ms:,} ms"
    return f"under {bar.to_ms:,} ms" if not bar.from_ms else f"{bar.from_ms:,} to {bar.to_ms:,} ms"


def _deliveries(count: int) -> str:
    return "delivery" if count == 1 else "deliveries"
