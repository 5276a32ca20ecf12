"""What the parts of the window show about the public address, in words."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.base.clock import local_time, short_time
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.session.tunnels import TunnelChoice, TunnelState

_TONES = {
    "reachable": "valid",
    "unreachable": "invalid",
    "stopped": "invalid",
    "restarting": "warning",
}
_LONGEST = 120
_PATIENCE_MS = 10_000
"""The first tests of a new URL fail, because its name needs seconds to be known."""
_NO_TUNNEL = "Blitzllama cannot reach this machine directly. Start a tunnel, or paste an address."


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressView:
    """The public address at one moment. Its texts are masked if the mask hides the address."""

    address: str | None
    """The full address, or None without one."""
    state: TunnelState
    now_ms: int
    choices: tuple[TunnelChoice, ...] = ()
    old: str | None = None
    """The previous address, until the user confirms that the sender uses the new one."""
    changed_ms: int | None = None
    """When the address changed; None once that is confirmed."""
    has_deliveries: bool = False
    """Whether anything except samples has arrived."""
    strays: int = 0
    """Number of stored requests to other paths."""
    is_hidden: bool = False
    """Whether the mask hides the address."""

    @property
    def changed_at(self) -> str:
        """The time of the change, or an empty text."""
        if self.changed_ms is None:
            return ""
        at = local_time(self.changed_ms)
        is_today = at.date() == local_time(self.now_ms).date()
        return f"{at:%H:%M}" if is_today else short_time(self.changed_ms)

    @property
    def words(self) -> str:
        """The state in a few words, such as `reachable, 42 ms`; empty without an address."""
        return self.state.text(self.now_ms)

    @property
    def health(self) -> str:
        """The state, and when the address changed while that is not confirmed."""
        changed = f"changed {self.changed_at}" if self.changed_at else ""
        return ", ".join(filter(None, (self.words, changed)))

    @property
    def tone(self) -> str:
        """The token of the colour of the state. A tunnel that the user stopped is not a problem."""
        if self.is_stopped_by_user:
            return "text2"
        return _TONES.get(self.state.word, "text2")

    @property
    def health_tone(self) -> str:
        """The token of the colour of `health`: a change that is not confirmed is a warning."""
        return "warning" if self.changed_at and self.state.word == "reachable" else self.tone

    @property
    def is_proved(self) -> bool:
        """Whether the last test request came back."""
        return self.state.word == "reachable"

    @property
    def is_cut_off(self) -> bool:
        """Whether senders cannot reach this listener because its tunnel is down."""
        return self.has_program and self.state.word in ("unreachable", "restarting", "stopped")

    @property
    def is_stopped_by_user(self) -> bool:
        """Whether the tunnel stopped without a problem, because the user stopped it."""
        return self.state.word == "stopped" and self.state.problem is None

    @property
    def is_idle(self) -> bool:
        """Whether there is neither an address nor a tunnel."""
        return self.address is None and self.state.word == "none"

    @property
    def has_program(self) -> bool:
        """Whether the address belongs to a tunnel that this program started."""
        return self.state.kind is not None

    @property
    def proof(self) -> str:
        """Sentences about the last test request, or about the reason why there is none."""
        state = self.state
        match state.word:
            case "none":
                return _NO_TUNNEL if self.address is None else visible(state.problem or "")
            case "starting":
                if state.problem is not None and self.now_ms - (state.since_ms or self.now_ms) > _PATIENCE_MS:
                    return f"Not reachable yet. {visible(state.problem)}"
                if state.url is None:
                    return "Waiting for the URL of the tunnel. This takes up to 60 s."
                return "Waiting for the first test request to come back. This takes up to 60 s."
            case "reachable":
                trip = "" if state.round_trip_ms is None else f" in {state.round_trip_ms:,.0f} ms"
                ago = "" if state.checked_ms is None else f", {self.ago}"
                return " ".join(filter(None, (f"A test request came back{trip}{ago}.", self._added)))
        if self.is_stopped_by_user:
            return "The tunnel is stopped, so nothing arrives by this address."
        return visible(state.problem or "The test request did not come back.")

    @property
    def news(self) -> str:
        """A sentence about the change of the address, and what it means for the sender."""
        still = "Blitzllama still sends to the old one."
        if not self.has_deliveries:
            still = "If Blitzllama’s dashboard has the old one, replace it."
        return f"The public address changed at {self.changed_at}. {still}"

    @property
    def ago(self) -> str:
        """How long ago the last test was: `5 s ago`. Empty before the first."""
        if self.state.checked_ms is None:
            return ""
        seconds = max(self.now_ms - self.state.checked_ms, 0) // 1000
        return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"

    @property
    def _added(self) -> str:
        """Return what the tunnel adds to a request, or else what it changes."""
        if count := len(self.state.added_headers):
            headers = counted(count, "header")
            return (
                f"The tunnel adds {headers}."
                if self.has_program
                else f"It arrived with {counted(count, 'more header')}."
            )
        if not self.state.changes:
            return ""
        return f"The tunnel {shortened(visible(self.state.changes), _LONGEST)}." if self.has_program else ""
