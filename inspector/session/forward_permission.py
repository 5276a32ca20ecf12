"""Whether captures may be forwarded somewhere: not back to here, and beyond this machine only if allowed."""

from __future__ import annotations

from inspector.base.errors import UsageError
from inspector.client.connect import leads_away
from inspector.client.target import Target
from inspector.domain.replay.address_text import typed_url
from inspector.session.loops import loop_through
from inspector.session.public_address import PublicAddress
from inspector.session.replays import Replays


class Permission:
    """Asked before a forward is made, goes on, or begins with its listener."""

    def __init__(self, replays: Replays, address: PublicAddress) -> None:
        self.listening: str | None = None
        """The address of this listener; null before it listens."""
        self._replays = replays
        self._address = address

    def is_allowed(self, host: str) -> bool:
        """Whether captures may be sent to `host`, wherever it is."""
        return host in self._replays.allowed_hosts

    async def loop(self, url: str) -> str | None:
        """Why what is sent to `url` would come back, in a sentence; None where it would not."""
        return await loop_through(Target.parse(url), listening=self.listening, public=self._address.text)

    async def host_to_allow(self, url: str) -> str | None:
        """The host beyond this machine that has to be allowed before captures go to `url`.

        Raises UsageError where it is no target, or this very listener.
        """
        target = Target.parse(typed_url(url))
        loop = await self.loop(target.url)
        if loop is not None:
            raise UsageError(f"Captures cannot be forwarded there: {loop}")
        return target.host if not self.is_allowed(target.host) and await leads_away(target) else None

    async def check(self, url: str) -> None:
        """Raises UsageError as `host_to_allow`, and for a host that is to be allowed first."""
        host = await self.host_to_allow(url)
        if host is not None:
            raise UsageError(f"{host} is not a loopback address. Allow the host first.")
