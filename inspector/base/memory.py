"""Freed memory goes back to the system, so that a burst of large bodies leaves nothing behind."""

from __future__ import annotations

import ctypes
import sys

_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 128 * 1024


def return_large_blocks() -> None:
    """Let the allocator return each large block to the system as soon as it is freed.

    glibc does so only until the first large block is freed. Then it keeps blocks of up to that size in its
    heap, where a small one behind them holds them back. Elsewhere this does nothing: the allocators of macOS
    and Windows return large blocks anyway.
    """
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        except (AttributeError, OSError):  # musl has no such setting, and no such habit
            return
