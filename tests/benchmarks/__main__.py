"""Run the measurements and print the tables of README.md here: `python -m tests.benchmarks [NAME …]`.

Each is run `BENCHMARK_RUNS` times, three by default: the tables show the median and the spread, standard
error each run.
"""

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
    inboxes,
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
from tests.benchmarks.figure import HEADING, Figure, median_of

RUNS = int(os.environ.get("BENCHMARK_RUNS", 3))
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
    "inbox": inboxes.measure,
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
    print(HEADING, flush=True)
    missed = 0
    for name in names:
        for figure in median_of([_run(name, number) for number in range(1, RUNS + 1)]):
            print(figure.as_markdown(), flush=True)
            missed += not figure.is_met
    print(f"\n{missed} of the targets missed." if missed else "\nEvery target met.")
    return 0


def _run(name: str, number: int) -> list[Figure]:
    """Measure once. Each figure is printed as it comes, because a run may take long, or fail later."""
    figures = []
    for figure in MEASUREMENTS[name]():
        print(f"{name}, run {number}: {figure.as_markdown()}", file=sys.stderr, flush=True)
        figures.append(figure)
    return figures


if __name__ == "__main__":
    sys.exit(main())
