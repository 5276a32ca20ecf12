"""What a check of a receiver comes to, in words: its last sentence, and all of it as text."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.base.visible import visible
from inspector.session.receiver_check import TITLES, CheckResult

WORDS = {True: "fine", False: "wrong"}
"""What stands beside the tick and the cross of a result."""


def conclusion(results: Sequence[CheckResult]) -> str:
    """What all that is known by now says, in one sentence."""
    total, wrong = len(TITLES), sum(not result.ok for result in results)
    if len(results) < total:
        found = f"{wrong} found something wrong" if wrong else "nothing is wrong so far"
        return f"Stopped after {len(results)} of {total} tests: {found}."
    if wrong:
        return f"{wrong} of {total} tests found something wrong with this receiver."
    return f"Nothing is wrong with this receiver: it passed all {total} tests."


def as_text(results: Sequence[CheckResult], *, to: str, secret: str) -> str:
    """All of it to be passed on: a line a test in columns, and the conclusion."""
    lines = [f"Check of {visible(to)}, signed with {visible(secret)}", ""]
    for result in results:
        mark = "✓" if result.ok else "✗"
        status = "–" if result.status is None else str(result.status)
        lines.append(
            f"{mark} {WORDS[result.ok]:<5}  {result.test:<14} {status:>3} {result.elapsed_ms:>8,.1f} ms"
            f"  {visible(result.says)}"
        )
    return "\n".join([*lines, "", conclusion(results), ""])
