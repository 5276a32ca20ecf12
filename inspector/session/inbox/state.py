"""The state of reading a shared inbox, as the window and the terminal show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inspector.base.quantity import counted

InboxWord = Literal["off", "connecting", "catching-up", "live", "waiting", "stopped"]
"""`waiting`: there is a problem, and it is retried automatically. `stopped`: the user must do something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxGap:
    """Messages of a shared inbox that were removed before this machine received them."""

    first: int | None
    """The sequence of the first missing message. None if the stream was created again."""
    last: int | None
    noticed_ms: int
    why: str
    """A sentence for the user."""

    @property
    def number(self) -> int | None:
        """The number of missing messages, or None if it is unknown."""
        return None if self.first is None or self.last is None else self.last - self.first + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxState:
    """What reading a shared inbox does now."""

    word: InboxWord = "off"
    address: str | None = None
    """The address of the inbox, or None while it is off."""
    member: str = ""
    """The name of this machine in the inbox."""
    problem: str | None = None
    """Why nothing arrives, as a sentence."""
    away: int = 0
    """The number of messages that waited when the connection was established."""
    left: int = 0
    """The number of these that have not arrived yet."""
    is_first: bool = False
    """Whether the capture file had never read this inbox before, so that it was not away."""
    received: int = 0
    """The number of captures that were stored since the start."""
    skipped: int = 0
    """The number of messages since the start that are not captures, cannot be read, or exceed the quota."""
    gaps: tuple[InboxGap, ...] = ()
    """The gaps that were noticed since the start, oldest first. There are at most `MOST_GAPS`."""

    @property
    def away_text(self) -> str:
        """How many messages arrived before the connection, or an empty text if none did.

        Their number is not that of the captures: a large body is in several, and some may be skipped.
        """
        if not self.away:
            return ""
        messages = counted(self.away, "message")
        if self.is_first:
            return f"{messages} {'is' if self.away == 1 else 'are'} in the inbox."
        return f"{messages} arrived while you were away."


MOST_GAPS = 100
"""Maximum number of gaps in a state, and of those that are listed. Older ones are in the capture file."""
OFF = InboxState()
