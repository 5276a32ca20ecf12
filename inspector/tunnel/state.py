"""The state of a tunnel or of a pasted public address, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from inspector.base.clock import local_time
from inspector.base.quantity import remaining_text

StateWord: TypeAlias = Literal["none", "starting", "reachable", "unreachable", "restarting", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelState:
    """Whether senders can reach the listener at a public URL now."""

    word: StateWord = "none"
    kind: str | None = None
    """The name of the tunnel's kind. None for a pasted address, or without one."""
    url: str | None = None
    """The tunnel's own URL without the guarded path, or the pasted address."""
    round_trip_ms: float | None = None
    """Time of the last test request that came back, on an open connection."""
    since_ms: int | None = None
    """When this word began."""
    checked_ms: int | None = None
    """When the last test request came back or was lost."""
    retry_at_ms: int | None = None
    """When the program is started again."""
    problem: str | None = None
    """A sentence: why it is unreachable, or why it stopped."""
    reason: str | None = None
    """The problem in a few words, such as `too many requests`, if it stopped."""
    added_headers: tuple[str, ...] = ()
    """Names of the headers that the tunnel adds to a request, as received."""
    changes: str | None = None
    """What the tunnel does to a request: "adds cf-ray; changes the case of header names". None before the
    first proof."""

    @property
    def refers_to_log(self) -> bool:
        """Whether the problem asks the user to read what the program printed."""
        return self.problem is not None and "the log of the tunnel" in self.problem

    def text(self, now_ms: int) -> str:
        """Return the state in a few words, such as `reachable, 42 ms`. Empty without an address."""
        match self.word:
            case "none":
                return ""
            case "starting":
                return f"starting… {_seconds(now_ms - (self.since_ms or now_ms))} s"
            case "reachable":
                trip = self.round_trip_ms
                return "reachable" if trip is None else f"reachable, {trip:,.0f} ms"
            case "unreachable":
                return f"unreachable since {local_time(self.since_ms or now_ms):%H:%M}"
            case "restarting":
                return f"restarting in {remaining_text((self.retry_at_ms or now_ms) - now_ms)}"
            case "stopped":
                why = self.reason and f": {self.reason}"
                at = self.retry_at_ms
                retry = "" if at is None else f". Retry in {remaining_text(at - now_ms)}"
                return f"stopped{why or ''}{retry}"


def _seconds(ms: int) -> int:
    return max(ms, 0) // 1000
