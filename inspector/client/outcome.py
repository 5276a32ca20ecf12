"""The outcome of an attempt, and the limits of its response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.capture.rows import AttemptOutcome
from inspector.domain.replay.redirect import Redirect


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseLimits:
    """The limits of time and size for the response of a target."""

    connect_s: float = 10.0
    """Seconds for name, connection and TLS in total."""
    whole_s: float = 30.0
    """Seconds from the start of an attempt to the last byte of the response."""
    response_head: int = 64 * 1024
    response_body: int = 1024 * 1024
    """Maximum bytes that are stored; the rest of a longer body is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReason:
    """The reason why there is no complete response."""

    word: AttemptOutcome
    sentence: str


class Outcome(NamedTuple):
    """The outcome of one attempt. Times are milliseconds since its start, by a monotonic clock."""

    outcome: AttemptOutcome
    started_ms: int
    """Milliseconds since 1970."""
    elapsed_ms: float
    error: str | None = None
    """The reason as a sentence. None for every complete response, whatever its status."""
    status: int | None = None
    """Set once the head of a response has arrived, even if the rest has not."""
    connect_ms: float | None = None
    """Time for name, connection and TLS. None if the connection was already open."""
    first_byte_ms: float | None = None
    response_headers: HeaderPairs = ()
    response_body: bytes = b""
    """As received, compressed or not."""
    is_response_cut: bool = False
    """The body is longer than its stored part."""
    connected_to: str | None = None
    """The address, `127.0.0.1:3000`, or None without a connection."""
    is_local: bool | None = None
    """Whether that address is loopback, or None without a connection."""
    redirects: tuple[Redirect, ...] = ()
    """The redirects that were followed. The response is that of the last one."""

    @property
    def is_success(self) -> bool:
        """Whether there is a complete 2xx response."""
        return self.outcome == "ok"
