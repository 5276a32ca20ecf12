"""Sends requests to one destination, one after another, if its host is allowed at that time."""

from __future__ import annotations

import ssl
from collections.abc import Container
from types import TracebackType

from inspector.client.connect import Opened
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.redirecting_sender import RedirectingSender, sender_to
from inspector.client.send import Sender
from inspector.client.target import Destination
from inspector.client.wire import WireRequest
from inspector.outbox.own_senders import OwnSenders


class TargetSender:
    """A reused connection. It is replaced when its host gains or loses permission."""

    def __init__(
        self,
        destination: Destination,
        allowed: Container[str],
        *,
        is_following_redirects: bool = False,
        limits: ResponseLimits | None = None,
        tls: ssl.SSLContext | None = None,
        own: OwnSenders | None = None,
    ) -> None:
        """`allowed` contains the allowed remote hosts and is checked for each request. `own` notes the
        connection, in case it leads to our own listener."""
        self._destination = destination
        self._allowed = allowed
        self._is_following_redirects = is_following_redirects
        self._limits = limits or destination.limits
        self._tls = tls
        self._sender: Sender | RedirectingSender | None = None
        self._requires_local = True
        self._own = own
        self._announced: str | None = None
        if own is not None:
            own.add(self)

    async def __aenter__(self) -> TargetSender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def abandoned(self) -> Outcome | None:
        """The outcome of a cancelled `send`, or None if no byte had left."""
        return None if self._sender is None else self._sender.abandoned

    @property
    def local_address(self) -> str | None:
        """Our own end of the open connection, `127.0.0.1:51234`, or None."""
        connection = None if self._sender is None else self._sender.connection
        return None if connection is None else connection.local_address

    async def send(self, request: WireRequest) -> Outcome:
        """Send `request` and return its outcome. A network error is an outcome.

        Raises HostNotAllowed before anything is sent to a host that is not allowed. Raises UsageError if the
        target's certificates cannot be used.
        """
        requires_local = self._destination.target.host not in self._allowed
        if self._sender is None or requires_local != self._requires_local:
            await self.close()
            self._requires_local = requires_local
            self._sender = sender_to(
                self._destination.target,
                limits=self._limits,
                require_local=requires_local,
                tls=self._tls,
                follow_to=self._allowed if self._is_following_redirects else None,
                opened=self._opened,
            )
        return await self._sender.send(request)

    async def close(self) -> None:
        """Close the connection. The next `send` opens a new one."""
        sender, self._sender = self._sender, None
        if sender is not None:
            await sender.__aexit__(None, None, None)
        await self._forget()

    async def _opened(self, opened: Opened) -> None:
        """Announce a connection to this machine before anything is sent over it."""
        await self._forget()
        address = opened.connection.local_address
        if self._own is not None and opened.is_local and address is not None:
            self._announced = address
            await self._own.opened(address)

    async def _forget(self) -> None:
        address, self._announced = self._announced, None
        if self._own is not None and address is not None:
            await self._own.closed(address)
