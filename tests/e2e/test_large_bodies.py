"""Concurrent large bodies take little more memory than their size, and it is freed afterwards."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.benchmarks.large_bodies import burst
from tests.benchmarks.processes import peak_mb, resident_mb
from tests.e2e.program import evaluator_of, listening
from tests.waiting import wait_until


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")
def test_large_bodies_are_held_once_and_leave_no_memory_behind(tmp_path: Path) -> None:
    with listening(tmp_path / "captures.db") as (program, url):
        pid, port = program.process.pid, int(url.rstrip("/").rpartition(":")[2])
        evaluator = evaluator_of(pid, tmp_path / "captures.db")
        start, start_of_evaluator = resident_mb(pid), resident_mb(evaluator)
        in_flight = max(burst(port, count, size) for count, size in ((5, 12_000_000), (15, 4_000_000)))
        assert peak_mb(pid) < 2.5 * in_flight / 1e6 + 100
        # A page cache of 17 MB that is not freed, or a cached statement with its body, would be more.
        wait_until(lambda: resident_mb(pid), lambda now: now < start + 16)
        wait_until(lambda: resident_mb(evaluator), lambda now: now < start_of_evaluator + 8)
        assert program.end()[0] == 0
