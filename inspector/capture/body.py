"""The body of a request as it arrives, chunked or not, with the only copy of its bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import NamedTuple

from inspector.capture.guard import Route
from inspector.capture.http_head import RequestHead
from inspector.capture.limits import Limits
from inspector.capture.refusal import TOO_MANY_BODIES, too_large_body, too_many_chunks
from inspector.domain.capture.stray import BODY_BYTES

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n\0]*)?\r\n")
_LINE_BYTES = 4096
"""Maximum length of a line with a chunk size and its extensions."""


class ChunkFault(Exception):
    """An error for bytes that are not valid chunks. The message is the reason."""


class ChunkDecoder:
    """Decodes a chunked body (RFC 9112, 7.1), a limited number of chunks at a time."""

    __slots__ = (
        "_is_after_data",
        "_is_in_trailer",
        "_left",
        "_limits",
        "_trailer_bytes",
        "count",
        "is_complete",
    )

    def __init__(self, limits: Limits) -> None:
        self.count = 0
        """Number of chunks that have begun."""
        self.is_complete = False
        self._limits = limits
        self._left = 0
        """Bytes of the current chunk that have not arrived."""
        self._is_after_data = False
        """Whether the next bytes are the line end after a chunk."""
        self._is_in_trailer = False
        self._trailer_bytes = 0

    def decode(self, pending: bytearray, write: Callable[[memoryview], object], most: int) -> bool:
        """Remove at most `most` chunks from `pending`, and write their bytes.

        Return whether there is more to decode. Raises ChunkFault; the bytes before the fault are written.
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
        """Bytes of the current chunk that are still missing, according to its size."""
        return self._left

    def _size_line(self, pending: bytearray, at: int) -> int:
        """Read the line with the next size. Return where it ends, or `at` if it is incomplete."""
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
        """Drop a line after the last chunk, and return where it ends. An empty line ends the body."""
        found = pending.find(b"\r\n", at)
        if found < 0:
            if self._trailer_bytes + len(pending) - at > self._limits.head_bytes:
                raise ChunkFault("its trailer is too long")
            return at
        self.is_complete = found == at
        self._trailer_bytes += found + 2 - at
        if self._trailer_bytes > self._limits.head_bytes:
            raise ChunkFault("its trailer is too long")
        return found + 2


CONNECTION_LOST = "The connection was lost before the body was complete."
SENDER_ENDED = "The sender ended the connection before the body was complete."


class InFlight:
    """The total size of all bodies in memory. Without a limit, senders together could fill the memory."""

    def __init__(self, limits: Limits) -> None:
        self.bytes = 0
        self._limits = limits

    def is_full(self) -> bool:
        """Return whether no further body is accepted now."""
        return self.bytes >= self._limits.in_flight_bytes


class Body:
    """Collects the bytes of one body. They count as in flight until they are released.

    A BytesIO grows in place and returns its bytes without a copy, so the store gets the received bytes
    themselves. Joining a list of pieces would take twice the memory and block the loop.
    """

    __slots__ = (
        "_chunks",
        "_held",
        "_in_flight",
        "_left",
        "_limits",
        "_most",
        "_raw",
        "cut",
        "refused",
        "size",
    )

    def __init__(
        self,
        head: RequestHead,
        raw_head: bytes,
        in_flight: InFlight,
        limits: Limits,
        *,
        is_stray: bool = False,
    ) -> None:
        """Only the beginning of a stray's body is in memory, so strays cannot use the space of captures."""
        self.size = 0
        """Number of bytes that arrived. 0 after a refusal."""
        self._most = BODY_BYTES if is_stray else None
        self._limits = limits
        self._in_flight = in_flight
        self._raw = bytearray(raw_head)
        self._held = io.BytesIO()
        self.cut: str | None = None
        """Why the body ended early, or None."""
        self.refused: tuple[int, str] | None = None
        """The status and the reason of a refusal, or None. After a refusal the bytes are dropped."""
        has_body = head.method != "CONNECT"  # the following bytes are for another host
        self._chunks = ChunkDecoder(limits) if has_body and head.is_chunked else None
        self._left = (head.declared or 0) if has_body and not head.is_chunked else 0
        if self._left > limits.body_bytes:
            self._refuse(413, too_large_body(limits))
        elif in_flight.is_full():
            self._refuse(503, TOO_MANY_BODIES)

    @property
    def is_whole(self) -> bool:
        """Whether the last byte of the body has arrived."""
        return not self._left if self._chunks is None else self._chunks.is_complete

    @property
    def is_done(self) -> bool:
        """Whether no further bytes of the body are read."""
        return self.is_whole or self.refused is not None or self.cut is not None

    @property
    def raw(self) -> bytes:
        """The first bytes of the request, as many as are stored for a refused request."""
        return bytes(self._raw[: self._limits.refused_bytes])

    def receive(self, data: memoryview) -> int:
        """Take the bytes of a body of known length from `data`, and return their number."""
        if self._chunks is not None or self.is_done:
            return 0
        size = min(self._left, len(data))
        self._write(data[:size])
        self._left -= size
        if self._left:
            self._keep_raw(data[:size])
            self._refuse_if_full()
        return size

    def decode(self, pending: bytearray, most: int) -> bool:
        """Take the bytes of this body from `pending`, at most `most` chunks.

        Return whether more of it can be decoded at once.
        """
        if self._chunks is None:
            with memoryview(pending) as view:
                size = self.receive(view)
            del pending[:size]
            return False
        size = len(pending)
        raw = bytes(pending[: self._raw_room])
        try:
            has_more = self._chunks.decode(pending, self._write, most)
        except ChunkFault as fault:
            self.cut = f"The body does not have its announced form ({fault}). No more was read."
            return False
        finally:
            self._keep_raw(raw[: size - len(pending)])
        if self.size + self._chunks.announced > self._limits.body_bytes:
            self._refuse(413, too_large_body(self._limits))
        elif self._chunks.count > self._limits.body_chunks:
            self._refuse(413, too_many_chunks(self._limits))
        else:
            self._refuse_if_full()
        return has_more and not self.is_done

    def beginning(self, most: int) -> bytes:
        """Return at most the first `most` of the received bytes, without dropping them."""
        return bytes(self._held.getbuffer()[:most])

    @property
    def received(self) -> bytes:
        """The received bytes. They are not copied."""
        return self._held.getvalue()

    def take(self) -> bytes:
        """Return the received bytes, and drop them here. The caller releases them after storing them."""
        data = self._held.getvalue()
        self._held.close()
        return data

    def release(self, data: bytes) -> None:
        """Count bytes that were taken as no longer in flight."""
        self._in_flight.bytes -= len(data)

    def discard(self) -> None:
        """Drop the received bytes."""
        self._in_flight.bytes -= self._held.tell()
        self._held = io.BytesIO()
        self.size = 0

    def _write(self, data: memoryview) -> None:
        self.size += len(data)
        if self._most is not None:
            data = data[: max(0, self._most - self._held.tell())]
        self._held.write(data)
        self._in_flight.bytes += len(data)

    def _refuse_if_full(self) -> None:
        if not self.is_whole and self._in_flight.is_full():
            self._refuse(503, TOO_MANY_BODIES)

    def _refuse(self, status: int, reason: str) -> None:
        self.refused = (status, reason)
        self.discard()

    @property
    def _raw_room(self) -> int:
        return max(0, self._limits.refused_bytes - len(self._raw))

    def _keep_raw(self, data: memoryview | bytes) -> None:
        self._raw += data[: self._raw_room]


class Request(NamedTuple):
    """A request with its body, which may still be arriving."""

    head: RequestHead
    received_ms: int
    body: Body
    route: Route
