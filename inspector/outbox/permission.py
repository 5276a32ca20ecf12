"""What is forwarded comes back: because its target is this very listener, or by a way that none can know."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from inspector.base.errors import UsageError
from inspector.client.connect import is_remote
from inspector.client.target import Target
from inspector.domain.replay.address_text import typed_url

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


async def loop_through(target: Target, *, listening: str | None, public: str | None) -> str | None:
    """Why captures must not be forwarded to `target`, in a sentence; None where they may.

    `listening` is the address of this listener, `public` the one under which senders reach it.
    """
    if public is not None and _host(public) == target.host.rstrip("."):
        return f"{target.host} is the public address of this listener: what is sent there comes back."
    if listening is None:
        return None
    own = urlsplit(listening)
    if own.port != target.port or own.hostname is None:
        return None
    if await _is_same(target, own.hostname):
        return f"{target.netloc} is this listener itself: what is sent there comes back."
    return None


async def _is_same(target: Target, own_host: str) -> bool:
    theirs = await _addresses(target.host)
    ours = await _addresses(own_host)
    if any(address.is_unspecified for address in ours):  # it listens on every address of this machine
        return any(_is_of_this_machine(address) for address in theirs)
    # To connect to 0.0.0.0 is to connect to the loopback address.
    return any(address in ours or (address.is_unspecified and _has_loopback(ours)) for address in theirs)


def _has_loopback(addresses: set[Address]) -> bool:
    return any(address.is_loopback for address in addresses)


async def _addresses(host: str) -> set[Address]:
    """Where `host` leads now; nowhere if its name is not known."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {_plain(str(address[0])) for *_, address in found}


def _plain(text: str) -> Address:
    """An address without its zone; IPv4 that is written as IPv6, as what it is."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_of_this_machine(address: Address) -> bool:
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))  # only an own address can be bound
    except OSError:
        return False
    return True


def _host(address: str) -> str:
    try:
        return Target.parse(address).host.rstrip(".")
    except UsageError:  # it is no target, such as one with a query and no path
        with contextlib.suppress(ValueError):
            return (urlsplit(address).hostname or "").rstrip(".")
        return ""


class Permission:
    """Asked before a forward is made, goes on, or begins with its listener."""

    def __init__(
        self, allowed_hosts: Callable[[], Collection[str]], public: Callable[[], str | None]
    ) -> None:
        self.listening: str | None = None
        """The address of this listener; null before it listens."""
        self._allowed_hosts = allowed_hosts
        self._public = public

    def is_allowed(self, host: str) -> bool:
        """Whether captures may be sent to `host`, wherever it is."""
        return host in self._allowed_hosts()

    async def loop(self, url: str) -> str | None:
        """Why what is sent to `url` would come back, in a sentence; None where it would not."""
        return await loop_through(Target.parse(url), listening=self.listening, public=self._public())

    async def host_to_allow(self, url: str) -> str | None:
        """The host beyond this machine that has to be allowed before captures go to `url`.

        Raises UsageError where it is no target, or this very listener.
        """
        target = Target.parse(typed_url(url))
        loop = await self.loop(target.url)
        if loop is not None:
            raise UsageError(f"Captures cannot be forwarded there: {loop}")
        return target.host if not self.is_allowed(target.host) and await is_remote(target) else None

    async def check(self, url: str) -> None:
        """Raises UsageError as `host_to_allow`, and for a host that is to be allowed first."""
        host = await self.host_to_allow(url)
        if host is not None:
            raise UsageError(f"{host} is not a loopback address. Allow the host first.")
