"""How a forward fares, in words: for the bar, its tool tip and its menu."""

from __future__ import annotations

from inspector.base.clock import short_time
from inspector.base.visible import shortened, visible
from inspector.session.forwards import ForwardRow

_PLACE = 30


def place(row: ForwardRow, length: int = _PLACE) -> str:
    """Where it leads, cut where that is long."""
    return shortened(visible(row.place), length)


def mark(row: ForwardRow, *, is_short: bool = False) -> str:
    """What is not as usual, in two words or so; empty where all goes out."""
    if row.state == "paused":
        return "paused"
    failed = f"{row.failed:,} failed" if row.failed else ""
    if row.state != "waiting":
        return failed
    waits = "1 waits" if row.waiting == 1 else f"{row.waiting:,} wait" if row.waiting else ""
    return "away" if is_short else ", ".join(filter(None, ("away", waits, failed)))


def sentence(row: ForwardRow) -> str:
    """How it fares, whole."""
    waits = "1 capture waits" if row.waiting == 1 else f"{row.waiting:,} captures wait"
    failed = f" {row.failed:,} could not be forwarded." if row.failed else ""
    if row.state == "paused":
        why = f": {visible(row.trouble)}" if row.trouble else "."
        resumes = f" Resumes at {short_time(row.again_ms)}." if row.again_ms else ""
        return f"Paused{why}{resumes}{f' {waits}.' if row.waiting else ''}{failed}"
    if row.state == "waiting":
        return f"Tries again: {visible(row.trouble or '')} {waits}.{failed}"
    return f"On; {waits if row.waiting else 'nothing waits'}.{failed}"
