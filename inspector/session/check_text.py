"""The result of a check of a receiver as text: its conclusion in one sentence, and all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inspector.base.visible import visible
from inspector.domain.replay.receiver_test import Result
from inspector.session.receiver_check import TITLES, CheckResult

MARKS: Mapping[Result, str] = {"passed": "✓", "warning": "!", "failed": "✗", "undecided": "?"}
"""The sign of each result."""
HANGING = "The receiver did not respond to a valid event, so the other tests were not run."


def conclusion(results: Sequence[CheckResult]) -> str:
    """Return what all results so far say, in one or two sentences."""
    total = len(TITLES)
    failed, warnings, undecided = (
        sum(result.result == kind for result in results) for kind in ("failed", "warning", "undecided")
    )
    if any(result.is_hanging for result in results):
        return HANGING
    if len(results) < total:
        found = f"{failed} failed" if failed else "none failed"
        return f"Stopped after {len(results)} of {total} tests: {found}."
    if failed:
        more = [f"{warnings} with a warning"] if warnings else []
        more += [f"{undecided} undecided"] if undecided else []
        rest = f", {' and '.join(more)}" if more else ""
        return f"{failed} of {total} tests failed{rest}."
    more = [f"{warnings} {'has' if warnings == 1 else 'have'} a warning"] if warnings else []
    more += [f"{undecided} {'is' if undecided == 1 else 'are'} undecided"] if undecided else []
    if more:
        return f"None of the {total} tests failed, but {' and '.join(more)}."
    return f"Nothing is wrong with this receiver: it passed all {total} tests."


def as_text(results: Sequence[CheckResult], *, to: str, secret: str) -> str:
    """Return all results for sharing: one line per test in columns, and the conclusion."""
    lines = [f"Check of {visible(to)}, signed with {visible(secret)}", ""]
    for result in results:
        status = "–" if result.status is None else str(result.status)
        lines.append(
            f"{MARKS[result.result]} {result.result:<9}  {result.test:<14} {status:>3}"
            f" {result.elapsed_ms:>8,.1f} ms  {visible(result.says)}"
        )
    return "\n".join([*lines, "", conclusion(results), ""])
