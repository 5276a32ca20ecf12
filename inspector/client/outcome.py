"""What became of one sending, and the bounds that it had."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.capture.rows import AttemptOutcome
from inspector.domain.replay.redirect import Redirect


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseLimits:
    """How long and how much a target may take."""

    connect_s: float = 10.0
    """For name, connection and TLS together."""
    whole_s: float = 30.0
    """From the start of an attempt to the last byte of the answer."""
    answer_head: int = 64 * 1024
    answer_body: int = 1024 * 1024
    """Bytes of it that are kept; a longer one is read no further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is no whole answer."""

    word: AttemptOutcome
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One attempt, ended. Times are from its start, by a clock that never jumps."""

    outcome: AttemptOutcome
    error: str | None = None
    """In words; null where a whole answer came, whatever its status."""
    status: int | None = None
    """Known as soon as the head of an answer came, even if the rest did not."""
    started_ms: int
    """In milliseconds since 1970."""
    elapsed_ms: float
    connect_ms: float | None = None
    """Name, connection and TLS; null where a connection was there already."""
    first_byte_ms: float | None = None
    answer_headers: HeaderPairs = ()
    answer_body: bytes = b""
    """As it came, still compressed where it was."""
    is_answer_cut: bool = False
    """The body went on, or should have, after what is kept of it."""
    connected_to: str | None = None
    """The address, `127.0.0.1:3000`; null where there was no connection."""
    is_local: bool | None = None
    """The address connected to is loopback; null where there was no connection."""
    redirects: tuple[Redirect, ...] = ()
    """Those that were followed; the answer is that of the last place they led to."""

    @property
    def is_success(self) -> bool:
        """A whole 2xx answer came."""
        return self.outcome == "ok"
