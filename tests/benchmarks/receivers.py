"""Precision and recall of the search for what a receiver computes, and the requests that it takes."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.figure import Figure
from tests.receivers.checked import Checked, checked
from tests.receivers.servers import SERVERS
from tests.verifiers.launch import Missing

_KEPT = Path(tempfile.gettempdir(), "webhook-inspector-receivers")
"""What is installed and compiled, for the next run."""


def measure() -> Iterator[Figure]:
    found: list[Checked] = []
    for server in SERVERS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                found += asyncio.run(checked(server, Path(folder), _KEPT))
            except Missing as missing:
                print(f"{SERVERS[server].label} was left out: {missing}", file=sys.stderr)
    for one in found:
        for problem in one.problems:
            print(f"{one.name} ({one.entry.wrong}): {problem}", file=sys.stderr)
    faulty = [one for one in found if one.entry.kind in ("faulty", "picky")]
    yield from _named("one fault", [one for one in faulty if not one.entry.has_two_faults])
    yield from _named("two faults", [one for one in faulty if one.entry.has_two_faults])
    yield from _named("a reason other than the signature", _of(found, "fails"))
    yield _right("without a known fault: unexplained", _of(found, "unexplained"))
    yield _right("correct: come out clean", _of(found, "correct"))
    yield _right("careless: named", _of(found, "careless"))
    guessed = [one for one in found if one.report.framework is not None]
    yield Figure(
        work="frameworks guessed right",
        measured=sum(one.is_guess_right for one in guessed) / len(guessed),
        unit=f"of {len(guessed)}",
        target=1,
        details=f"no guess for {len(found) - len(guessed)}",
    )
    proved = [(one, cause.code) for one in found for cause in one.report.causes if cause.is_proved]
    false = [f"{one.name}: {code}" for one, code in proved if code not in one.entry.codes]
    yield Figure(
        work="precision: proved causes that the receiver has",
        measured=1 - len(false) / max(1, len(proved)),
        unit=f"of {len(proved)}",
        target=1,
        details=", ".join(false),
    )


def _of(found: Sequence[Checked], kind: str) -> list[Checked]:
    return [one for one in found if one.entry.kind == kind]


def _named(what: str, checks: Sequence[Checked]) -> Iterator[Figure]:
    missed = [one.name for one in checks if one.missed]
    yield Figure(
        work=f"receivers with {what}: named",
        measured=1 - len(missed) / len(checks),
        unit=f"of {len(checks)}",
        target=1,
        details=f"missed: {', '.join(missed)}" if missed else "",
    )
    requests = [len(one.report.probes) for one in checks]
    yield Figure(
        work=f"receivers with {what}: requests of the search, the most",
        measured=max(requests),
        unit="requests",
        target=120,
        better="less",
        details=f"half of them {median(requests):g} or fewer",
    )


def _right(what: str, checks: Sequence[Checked]) -> Figure:
    wrong = [one.name for one in checks if one.problems]
    requests = [one.report.requests for one in checks]
    return Figure(
        work=f"receivers that are {what}" if not what.startswith("without") else f"receivers {what}",
        measured=1 - len(wrong) / len(checks),
        unit=f"of {len(checks)}",
        target=1,
        details=f"{median(requests):g} requests, at most {max(requests)}"
        + (f"; not {', '.join(wrong)}" if wrong else ""),
    )
