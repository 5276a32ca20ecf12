"""The measurements of captures, on a small flood: what they measure has to be right, too."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from tests.benchmarks import capturing
from tests.benchmarks.figure import Figure, median_of
from tests.benchmarks.processes import processor_s, processor_s_of_all
from tests.waiting import wait_until

_BURN = "import time\nwhile time.process_time() < 0.3: pass"
_START_AND_REST = (
    "import subprocess, sys\n"
    f"subprocess.run([sys.executable, '-c', {_BURN!r}])\n"
    f"child = subprocess.Popen([sys.executable, '-c', {_BURN!r}])\n"
    "input()\n"
    "child.wait()\n"
)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the time of ended children from /proc")
def test_a_flood_is_measured_until_each_capture_is_counted() -> None:
    figures = {figure.work: figure for figure in capturing.flooded(seconds=0.5)}
    rates = [figure for work, figure in figures.items() if "acknowledged" in work]
    assert [figure.unit for figure in rates] == ["of bare aiohttp"] * 2
    assert all(figure.measured > 0 for figure in rates)
    (whole,) = (figure for work, figure in figures.items() if "of a million captures" in work)
    (own,) = (figure for work, figure in figures.items() if "process that answers" in work)
    own_us = float(own.details.removeprefix("all threads: ").partition(" ")[0])
    assert whole.measured >= own_us - 1  # µs per capture are s per million
    (disk,) = (figure for work, figure in figures.items() if "on disk" in work)
    raw = float(disk.details.removeprefix("head and body: ").partition(";")[0])
    assert 550 < raw < 700  # four answers and a completion, each with its head
    assert disk.measured > raw
    assert "captures.db" in disk.details


def test_each_single_capture_has_its_line() -> None:
    half, most = capturing.single(count=5)
    assert 0 < half.measured <= most.measured
    assert "5 captures" in half.details


def test_the_time_of_children_counts_before_and_after_their_end() -> None:
    with subprocess.Popen([sys.executable, "-c", _START_AND_REST], stdin=subprocess.PIPE) as process:
        # Each child takes 0.3 s. The first has ended, and the second has not been waited for.
        wait_until(lambda: processor_s_of_all(process.pid) - processor_s(process.pid), lambda s: s > 0.5)
        process.communicate(b"\n")


def test_several_runs_give_the_median_its_own_details_and_the_spread() -> None:
    runs = [
        [a_figure(measured, f"run {number}"), a_figure(math.nan, "needs a program")]
        for number, measured in enumerate((0.7, 0.5, 0.9), 1)
    ]
    figure, missing = median_of(runs)
    assert figure.as_markdown() == "| work | 0.7 of bare | 0.5 to 0.9 | ≥ 0.6 | met | run 1 |"
    assert missing.as_markdown() == "| work | not measured | | ≥ 0.6 | | needs a program |"
    assert missing.is_met
    (alone,) = median_of([[a_figure(0.5, "one run")]])
    assert alone.as_markdown() == "| work | 0.5 of bare |  | ≥ 0.6 | **missed** | one run |"


def a_figure(measured: float, details: str) -> Figure:
    return Figure(work="work", measured=measured, unit="of bare", target=0.6, details=details)
