"""The state of the shared inbox in words: for the connection bar, the status bar and the banner."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.session.inbox.state import InboxState, InboxWord

_WORDS: dict[InboxWord, str] = {
    "off": "Off",
    "connecting": "Connecting",
    "catching-up": "Catching up",
    "live": "Live",
    "waiting": "Waiting",
    "stopped": "Stopped",
}
_TONES: dict[InboxWord, str] = {"live": "valid", "waiting": "warning", "stopped": "invalid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxView:
    """A state, masked if the screen is."""

    state: InboxState
    new_gaps: int = 0
    """The number of gaps that the user has not looked at."""

    @property
    def is_on(self) -> bool:
        """Whether an inbox is set, so that the window shows it."""
        return self.state.word != "off"

    @property
    def stream(self) -> str:
        """The name of the stream."""
        return visible((self.state.address or "").rpartition("/")[2])

    @property
    def name(self) -> str:
        """`shared inbox HOOKS`, or without a stream if the address is not valid."""
        return f"shared inbox {self.stream}".strip()

    @property
    def servers(self) -> str:
        """The host and port of each server, with commas between them."""
        return visible((self.state.address or "").partition("://")[2].rpartition("/")[0])

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return _TONES.get(self.state.word, "text2")

    @property
    def arrived(self) -> int:
        """The number of messages of the time away that have arrived."""
        return max(self.state.away - self.state.left, 0)

    @property
    def part(self) -> float:
        """The arrived part of these messages, from 0 to 1."""
        return self.arrived / self.state.away if self.state.away else 1.0

    def health(self, *, is_short: bool = False) -> str:
        """Return the state in a few words, or its progress: `live`, `1,203 of 4,000`; short: `30 %`."""
        if self.state.word == "catching-up" and self.state.away:
            return f"{self.part:.0%}".replace("%", " %") if is_short else self.progress
        return _WORDS[self.state.word].lower()

    @property
    def progress(self) -> str:
        """`1,203 of 4,000`: how much of what arrived while away is here."""
        return f"{self.arrived:,} of {self.state.away:,}"

    @property
    def tip(self) -> str:
        """The state as sentences, with the stream, the servers and the member."""
        state = self.state
        word = _WORDS[state.word]
        if state.word == "catching-up" and state.away:
            word = f"{word}: {self.progress}"
        lines = [f"{word}." if state.problem is None else f"{word}: {visible(state.problem)}"]
        if state.address is not None:
            lines.append(f"Stream {self.stream} on {self.servers}, as {visible(state.member)}")
        lines += [f"{counted(state.received, 'capture')} received"] if state.received else []
        lines += [f"{counted(state.skipped, 'message')} skipped"] if state.skipped else []
        lines += [counted(len(state.gaps), "gap")] if state.gaps else []
        return "\n".join(lines)

    @property
    def notice(self) -> tuple[str, str] | None:
        """A sentence that the user must see and what its button does; None if all is well."""
        if self.state.word == "stopped":
            why = visible(self.state.problem or "It was stopped.")
            return f"The {self.name} is stopped. {why}", "Connect again…"
        if not self.new_gaps or not self.state.gaps:
            return None
        what = f"has {self.new_gaps:,} gaps: messages are missing here."
        if self.new_gaps == 1:
            what = f"has a gap. {visible(self.state.gaps[-1].why)}"
        return f"The {self.name} {what}", "Show gaps"
