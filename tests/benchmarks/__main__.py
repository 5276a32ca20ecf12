"""Run the measurements and print the tables of README.md here: `python -m tests.benchmarks [NAME …]`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping

from tests.benchmarks import (
    capturing,
    diagnosing,
    following,
    grouping,
    large_bodies,
    million,
    receivers,
    replaying,
    soak,
    starting,
    stringify,
    timing,
    window,
)
from tests.benchmarks.figure import Figure

MEASUREMENTS: Mapping[str, Callable[[], Iterator[Figure]]] = {
    "stringify": stringify.measure,
    "diagnosis": diagnosing.measure,
    "receivers": receivers.measure,
    "start": starting.measure,
    "capture": capturing.measure,
    "grouping": grouping.measure,
    "window": window.measure,
    "following": following.measure,
    "replay": replaying.measure,
    "timing": timing.measure,
    "million": million.measure,
    "large-bodies": large_bodies.measure,
    "soak": soak.measure,
}


def main() -> int:
    names = sys.argv[1:] or list(MEASUREMENTS)
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"There is no benchmark {unknown[0]}; there are {', '.join(MEASUREMENTS)}.", file=sys.stderr)
        return 2
    compiler = platform.python_compiler()
    print(f"Python {platform.python_version()} ({compiler}), {os.cpu_count()} cores, {platform.platform()}\n")
    print("| work | measured | target | | in figures |\n|---|---|---|---|---|")
    missed = 0
    for name in names:
        for figure in MEASUREMENTS[name]():
            print(figure.as_markdown(), flush=True)
            missed += not figure.is_met
    print(f"\n{missed} of the targets missed." if missed else "\nEvery target met.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
