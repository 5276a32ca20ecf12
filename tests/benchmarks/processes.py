"""How much memory and processor time processes use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil


def resident_mb(pid: int | str = "self") -> float:
    """Return the resident set of a process in MB, of a million bytes; nan if /proc does not show it."""
    return _status_mb(pid, "VmRSS")


def peak_mb(pid: int | str = "self") -> float:
    """Return the largest resident set of a process so far, in MB."""
    return _status_mb(pid, "VmHWM")


def resident_mb_of_all(pid: int) -> float:
    """Return the sum of the resident sets of a process and its descendants: shared pages count for each."""
    return sum(resident_mb(process.pid) for process in _family(pid) if process.status() != "zombie")


def processor_s(pid: int) -> float:
    """Return the processor time of a process, all its threads, user and system, in seconds."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def processor_s_of_all(pid: int) -> float:
    """Return the processor time of a process and its descendants, also of those that have ended since."""
    total = 0.0
    for process in _family(pid):
        with suppress(psutil.NoSuchProcess):  # it has just ended, and its parent has its time
            total += sum(process.cpu_times()[:4])  # its own, and that of the children that it has waited for
    return total


def _family(pid: int) -> Iterator[psutil.Process]:
    process = psutil.Process(pid)
    yield from (*process.children(recursive=True), process)


def _status_mb(pid: int | str, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return float("nan")
    sizes = dict(line.split(":", 1) for line in lines)
    return int(sizes[name].split()[0]) * 1024 / 1e6
