"""The tunnel that makes the listener reachable, or the pasted address that is tested in the same way."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.base.signals import Signal
from inspector.tunnel.kinds import KINDS
from inspector.tunnel.state import StateWord, TunnelState

__all__ = ["TUNNEL_TITLES", "StateWord", "TunnelChoice", "TunnelState", "Tunnels"]

TUNNEL_TITLES = {one.name: one.title.rstrip("…") for one in KINDS}
"""The title of each kind, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelChoice:
    """A kind of tunnel as a front end offers it."""

    name: str
    title: str
    caption: str
    program: str
    """Empty if the user names the program."""
    keeps_url: bool
    """Whether the URL is the same after a restart."""
    get_it: str
    """Where to get the program."""
    needs: str | None
    """What the user must give: None, "host" or "command"."""
    is_installed: bool


class Tunnels:
    """At most one tunnel, or the pasted address, and whether senders reach the listener through it."""

    def __init__(self) -> None:
        self.changed: Signal[TunnelState] = Signal("tunnels.changed")
        """Emits each new state. Its words count seconds, so a front end that shows them repaints."""
        self.state = TunnelState()

    def lines(self) -> tuple[str, ...]:
        """Return the last lines of both streams of the tunnel program, at most 200."""
        return ()

    def kinds(self) -> tuple[TunnelChoice, ...]:
        """Return the kinds of tunnels in the order of their table. Looks for their programs on PATH."""
        return ()

    async def start(
        self,
        kind: str,
        *,
        host: str | None = None,
        command: str | None = None,
        public_url: str | None = None,
    ) -> None:
        """Start a tunnel to the listener, in place of the current one. Returns once the program runs.

        Raises UsageError if the program is missing or something that the kind needs, and InspectorError if
        nothing listens.
        """
        raise NotImplementedError

    async def stop(self) -> None:
        """Stop the tunnel. Does nothing without one."""

    async def retry(self) -> None:
        """Start a tunnel that waits or has stopped again now."""

    async def probe(self) -> None:
        """Test the address now, and return once the result is in `state`."""
