"""Take a chunked body apart (RFC 9112, 7.1), a bounded number of chunks at a time."""

from __future__ import annotations

import re
from collections.abc import Callable

from inspector.capture.limits import Bounds

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n\0]*)?\r\n")
_LINE_BYTES = 4096
"""Maximum length of a line with a size and its extensions."""


class ChunkFault(Exception):
    """The bytes are not framed as chunks; the message is the reason."""


class ChunkDecoder:
    """Finds the bytes of a body among the sizes and line ends around them."""

    __slots__ = (
        "_bounds",
        "_is_after_data",
        "_is_in_trailer",
        "_left",
        "_trailer_bytes",
        "count",
        "is_complete",
    )

    def __init__(self, bounds: Bounds) -> None:
        self.count = 0
        """Chunks that have begun so far."""
        self.is_complete = False
        self._bounds = bounds
        self._left = 0
        """Bytes of the current chunk that have not arrived."""
        self._is_after_data = False
        """The line end after a chunk is next."""
        self._is_in_trailer = False
        self._trailer_bytes = 0

    def decode(self, pending: bytearray, write: Callable[[memoryview], object], most: int) -> bool:
        """Remove from `pending` at most `most` chunks, and write their bytes.

        Return whether there is more to decode. Raises ChunkFault; bytes before the fault are written.
        """
        last = self.count + most
        at = 0
        try:
            with memoryview(pending) as view:
                while not self.is_complete:
                    if self._left:
                        end = min(at + self._left, len(pending))
                        if end == at:
                            return False
                        write(view[at:end])
                        self._left -= end - at
                        at = end
                        self._is_after_data = not self._left
                    elif self._is_after_data:
                        if len(pending) < at + 2:
                            return False
                        if not pending.startswith(b"\r\n", at):
                            raise ChunkFault("a chunk is longer or shorter than its size")
                        at += 2
                        self._is_after_data = False
                    elif self._is_in_trailer:
                        end = self._trailer_line(pending, at)
                        if end == at:
                            return False
                        at = end
                    elif self.count >= last:
                        return at < len(pending)
                    else:
                        end = self._size_line(pending, at)
                        if end == at:
                            return False
                        at = end
            return False
        finally:
            del pending[:at]

    @property
    def announced(self) -> int:
        """Bytes of the current chunk that are still missing, by its size."""
        return self._left

    def _size_line(self, pending: bytearray, at: int) -> int:
        """Read the line with the next size, and return where it ends: `at` if it is not complete."""
        match = _SIZE_LINE.match(pending, at)
        if match is None:
            if pending.find(b"\n", at) >= 0 or len(pending) - at > _LINE_BYTES:
                raise ChunkFault("a line does not begin with the size of a chunk")
            return at
        self._left = int(match[1], 16)
        self._is_in_trailer = not self._left
        self.count += 1
        return match.end()

    def _trailer_line(self, pending: bytearray, at: int) -> int:
        """Drop a line after the last chunk; the empty one ends the body."""
        found = pending.find(b"\r\n", at)
        if found < 0:
            if self._trailer_bytes + len(pending) - at > self._bounds.head_bytes:
                raise ChunkFault("its trailer is too long")
            return at
        self.is_complete = found == at
        self._trailer_bytes += found + 2 - at
        if self._trailer_bytes > self._bounds.head_bytes:
            raise ChunkFault("its trailer is too long")
        return found + 2
