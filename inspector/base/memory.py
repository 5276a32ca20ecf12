"""Return freed memory to the system, so that the process shrinks after a burst of large bodies."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 128 * 1024


def return_large_blocks() -> None:
    """Let the allocator return each large block to the system as soon as it is freed.

    glibc does so only until the first large block is freed. Then it keeps blocks of up to that size in its
    heap, and cannot return them if a small block follows. On other systems this does nothing: the allocators
    of macOS and Windows return large blocks anyway.
    """
    _ask_glibc("mallopt", _M_MMAP_THRESHOLD, _LARGE_BYTES)


def return_free_memory() -> None:
    """Return free memory between small blocks, too. Call it in a thread: it takes some milliseconds."""
    _ask_glibc("malloc_trim", 0)


def _ask_glibc(function: str, *arguments: int) -> None:
    if sys.platform == "linux":
        # musl has neither function, and does not need them
        with suppress(AttributeError, OSError):
            getattr(ctypes.CDLL(None), function)(*arguments)
