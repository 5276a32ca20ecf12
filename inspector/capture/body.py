"""A body as it arrives: the only copy of its bytes, and why it ended early."""

from __future__ import annotations

import io

from inspector.capture.chunks import ChunkDecoder, ChunkFault
from inspector.capture.http_head import RequestHead
from inspector.capture.limits import Bounds
from inspector.capture.refusal import TOO_MANY_BODIES, too_large_body, too_many_chunks

CONNECTION_LOST = "The connection was lost before the body was complete."
SENDER_ENDED = "The sender ended the connection before the body was complete."


class InFlight:
    """The bytes of all bodies that are held, so that senders cannot fill the memory together."""

    def __init__(self, bounds: Bounds) -> None:
        self.bytes = 0
        self._bounds = bounds

    def is_full(self) -> bool:
        """Whether no further body is taken now."""
        return self.bytes >= self._bounds.in_flight_bytes


class Body:
    """Collects the bytes of one body. They count as in flight until they are released.

    A BytesIO grows in place and returns its bytes without a copy, so the store gets the received bytes
    themselves. Joining a list of pieces would take twice the memory and hold up the loop.
    """

    __slots__ = ("_bounds", "_chunks", "_held", "_in_flight", "_left", "_raw", "cut", "refused")

    def __init__(self, head: RequestHead, raw_head: bytes, in_flight: InFlight, bounds: Bounds) -> None:
        self._bounds = bounds
        self._in_flight = in_flight
        self._raw = bytearray(raw_head)
        self._held = io.BytesIO()
        self.cut: str | None = None
        """Why it ended early."""
        self.refused: tuple[int, str] | None = None
        """The status and the reason it was not taken; its bytes are dropped then."""
        has_body = head.method != "CONNECT"  # the following bytes are for another host
        self._chunks = ChunkDecoder(bounds) if has_body and head.is_chunked else None
        self._left = (head.declared or 0) if has_body and not head.is_chunked else 0
        if self._left > bounds.body_bytes:
            self._refuse(413, too_large_body(bounds))
        elif in_flight.is_full():
            self._refuse(503, TOO_MANY_BODIES)

    @property
    def is_whole(self) -> bool:
        """Whether its last byte has arrived."""
        return not self._left if self._chunks is None else self._chunks.is_complete

    @property
    def is_done(self) -> bool:
        """Whether no more of it is read."""
        return self.is_whole or self.refused is not None or self.cut is not None

    @property
    def raw(self) -> bytes:
        """The first bytes of the request, as many as are stored of a refused one."""
        return bytes(self._raw[: self._bounds.refused_bytes])

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
            self.cut = f"The body is not framed as announced ({fault}): no more was read."
            return False
        finally:
            self._keep_raw(raw[: size - len(pending)])
        if self._held.tell() + self._chunks.announced > self._bounds.body_bytes:
            self._refuse(413, too_large_body(self._bounds))
        elif self._chunks.count > self._bounds.body_chunks:
            self._refuse(413, too_many_chunks(self._bounds))
        else:
            self._refuse_if_full()
        return has_more and not self.is_done

    def take(self) -> bytes:
        """Return the bytes that arrived, and drop them here. The caller releases them after storing them."""
        data = self._held.getvalue()
        self._held.close()
        return data

    def release(self, data: bytes) -> None:
        """Count bytes that were taken as no longer in flight."""
        self._in_flight.bytes -= len(data)

    def discard(self) -> None:
        """Drop the bytes that arrived."""
        self._in_flight.bytes -= self._held.tell()
        self._held = io.BytesIO()

    def _write(self, data: memoryview) -> None:
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
        return max(0, self._bounds.refused_bytes - len(self._raw))

    def _keep_raw(self, data: memoryview | bytes) -> None:
        self._raw += data[: self._raw_room]
