"""How much memory a process has in use."""

from __future__ import annotations

from pathlib import Path


def resident_mb(pid: int | str = "self") -> float:
    """Its resident set in MB, of a million bytes; nan where /proc does not say."""
    return _status_mb(pid, "VmRSS")


def peak_mb(pid: int | str = "self") -> float:
    """Its largest resident set so far, in MB."""
    return _status_mb(pid, "VmHWM")


def _status_mb(pid: int | str, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return float("nan")
    sizes = dict(line.split(":", 1) for line in lines)
    return int(sizes[name].split()[0]) * 1024 / 1e6
