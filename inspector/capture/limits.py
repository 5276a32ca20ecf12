"""The limits of size, time and number for everything that a sender can send."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one listener."""

    connections: int = 256
    """Open connections. Another one replaces one without a complete head, or else the slowest body."""
    head_bytes: int = 64 * KIB
    """Request line and fields together. Above it, 431."""
    head_fields: int = 100
    """Header fields. Above it, 431."""
    head_seconds: float = 10
    """From the first byte of a head to its end. Above it, 408."""
    body_bytes: int = 50 * MIB
    """One body. Above it, 413."""
    body_chunks: int = 100_000
    """Chunks of one body, 512 bytes each in the largest one. Above it, 413."""
    idle_seconds: float = 10
    """Silence within a body. Above it, the capture is cut and gets 408."""
    whole_seconds: float = 120
    """From the end of the head to the end of the body. Above it, the capture is cut and gets 408."""
    in_flight_bytes: int = 256 * MIB
    """All bodies in memory, each until it is stored. Above it, 503."""
    keep_alive_seconds: float = 15
    """How long a connection without a request stays open."""
    tunnel_keep_alive_seconds: float = 120
    """The same for one of the tunnel's. Go's programs end theirs after 90 seconds. If it ended here first, a
    delivery that is sent just then would be lost."""
    refused_per_second: int = 10
    """Refused requests that are stored per second. Further ones are counted."""
    refused_bytes: int = 64 * KIB
    """Bytes of a refused request that are stored."""
    retry_after_seconds: int = 5
    """The Retry-After of a 503."""
    stop_seconds: float = 1
    """How long requests in flight may take when the listener stops."""

    def keep_alive(self, *, is_from_tunnel: bool) -> float:
        """Return how long a connection without a request stays open."""
        seconds = self.keep_alive_seconds
        return max(seconds, self.tunnel_keep_alive_seconds) if is_from_tunnel else seconds

    @property
    def sweep_seconds(self) -> float:
        """The interval of the timer for all timeouts. A timeout can be late by this."""
        shortest = min(self.head_seconds, self.idle_seconds, self.whole_seconds, self.keep_alive_seconds)
        return max(0.01, shortest / 8)
