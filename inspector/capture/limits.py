"""How much a stranger may send: every bound of the port on size, time and number."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one listener."""

    connections: int = 256
    """Open at once. One more closes a connection without a complete head; if there is none, it gets 503."""
    head_bytes: int = 64 * KIB
    """Request line and fields together; over it 431."""
    head_fields: int = 100
    """Header fields; over it 431."""
    head_seconds: float = 10
    """From the first byte of a head to its end; over it 408."""
    body_bytes: int = 50 * MIB
    """One body; over it 413."""
    body_chunks: int = 100_000
    """Chunks of one body, 512 bytes each in the largest one; over it 413."""
    idle_seconds: float = 10
    """Silence within a body; over it the capture is cut, 408."""
    whole_seconds: float = 120
    """From the head's end to the body's end; over it the capture is cut, 408."""
    in_flight_bytes: int = 256 * MIB
    """All bodies held at once, each until it is stored; over it 503."""
    keep_alive_seconds: float = 15
    """How long a connection stays open with nothing to do."""
    refused_per_second: int = 10
    """Refused requests that are stored in a second; the rest are counted."""
    refused_bytes: int = 64 * KIB
    """What is kept of a refused request."""
    retry_after_seconds: int = 5
    """The Retry-After that goes with a 503."""
    stop_seconds: float = 1
    """What requests in flight are given to finish when the listener stops."""

    @property
    def sweep_seconds(self) -> float:
        """How often the times of all connections are looked at; what is over its time is late by this."""
        shortest = min(self.head_seconds, self.idle_seconds, self.whole_seconds, self.keep_alive_seconds)
        return max(0.01, shortest / 8)
