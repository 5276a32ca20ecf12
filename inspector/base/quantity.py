"""Counts, sizes, durations and addresses as readable text."""

from __future__ import annotations

import math

_UNITS = ("KB", "MB", "GB", "TB")


def counted(number: int, noun: str) -> str:
    """Return a number and its noun: `1 byte`, `1,208 bytes`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size_text(size: int) -> str:
    """Return a size in units of 1,024: `812 bytes`, `41 MB`."""
    if size < 1024:
        return counted(size, "byte")
    value = float(size)
    for unit in _UNITS:
        value /= 1024
        if value < 1024 or unit == _UNITS[-1]:
            break
    return f"{value:,.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"


def duration_text(milliseconds: float) -> str:
    """Return a duration: `0.4 s`, `57 s`, `1 min 12 s`, `3 h 5 min`, `2 days`."""
    if milliseconds < 9_950:
        return f"{milliseconds / 1000:.1f}".removesuffix(".0") + " s"
    seconds = round(milliseconds / 1000)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3_600:
        minutes, seconds = divmod(seconds, 60)
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    if seconds < 86_400:
        hours, minutes = divmod(seconds // 60, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return counted(seconds // 86_400, "day")


def remaining_text(milliseconds: float) -> str:
    """Return a time to wait, rounded up to whole units: `45 s`, `9 min`."""
    seconds = math.ceil(max(milliseconds, 0) / 1000)
    return f"{seconds} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"


def host_and_port(host: str, port: int) -> str:
    """Return `127.0.0.1:8787` or `[::1]:8787`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
