"""Counts and sizes as readable text."""

from __future__ import annotations

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
