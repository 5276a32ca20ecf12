"""Where captures may be sent: which hosts are allowed, and which targets lead back to this listener."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import sqlite3
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from inspector.base.clock import now_ms
from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.client.connect import is_remote
from inspector.client.target import Target
from inspector.domain.replay.address_text import ALLOW_FIRST, typed_url
from inspector.outbox.own_senders import OwnSenders
from inspector.store.store import Store
from inspector.store.write import small_tables

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LOOKUP_S = 5.0


async def loop_through(target: Target, *, listening: str | None, public: str | None) -> str | None:
    """Return in a sentence why forwarding captures to `target` would loop, or None.

    `listening` is the address of this listener, `public` the one under which senders reach it.
    """
    if public is not None and _host(public) == target.host.rstrip("."):
        return (
            f"{target.host} is the public address of this listener, so deliveries would "
            "return here. Use another target."
        )
    if listening is None:
        return None
    own = urlsplit(listening)
    if own.port != target.port or own.hostname is None:
        return None
    if await _is_same(target, own.hostname):
        return f"{target.netloc} is this listener, so deliveries would return here. Use another target."
    return None


async def _is_same(target: Target, own_host: str) -> bool:
    theirs = await _addresses(target.host)
    ours = await _addresses(own_host)
    # the listener accepts on every address of this machine
    if any(address.is_unspecified for address in ours):
        return any(_is_of_this_machine(address) for address in theirs)
    # Connecting to 0.0.0.0 connects to the loopback address.
    return any(address in ours or (address.is_unspecified and _has_loopback(ours)) for address in theirs)


def _has_loopback(addresses: set[Address]) -> bool:
    return any(address.is_loopback for address in addresses)


async def _addresses(host: str) -> set[Address]:
    """Return the addresses that `host` resolves to, none if its name is unknown."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {_plain(str(address[0])) for *_, address in found}


def _plain(text: str) -> Address:
    """Return an address without its zone, and an IPv4-mapped IPv6 address as IPv4."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_of_this_machine(address: Address) -> bool:
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))  # only an address of this machine can be bound
    except OSError:
        return False
    return True


def _host(address: str) -> str:
    try:
        return Target.parse(address).host.rstrip(".")
    except UsageError:  # not a valid target, for example a query without a path
        with contextlib.suppress(ValueError):
            return (urlsplit(address).hostname or "").rstrip(".")
        return ""


class HostPermissions:
    """The remote hosts that captures of this file may be sent to."""

    def __init__(self, store: Store, given: Iterable[str] = ()) -> None:
        """`given` hosts are allowed until the program ends."""
        self._store = store
        self._given = frozenset(host.lower() for host in given)
        self.own = OwnSenders(store)
        """The senders of captures, which may lead to our own listener."""

    def __contains__(self, host: object) -> bool:
        return host in self.names

    @property
    def names(self) -> tuple[str, ...]:
        """Every currently allowed host in order, including those that another process allowed."""
        return tuple(sorted(self._store.read(self.read)))

    @property
    def stored(self) -> tuple[str, ...]:
        """Every host that is allowed in the file, in order."""
        return tuple(sorted(self._store.read(small_tables.allowed_hosts)))

    def read(self, connection: sqlite3.Connection) -> frozenset[str]:
        """Return `names`, read from this connection."""
        return self._given.union(small_tables.allowed_hosts(connection))

    async def allow(self, host: str) -> None:
        """Store that captures of this file may be sent to `host`."""
        await self._store.write(
            lambda connection: small_tables.allow_host(connection, host.lower(), now_ms())
        )

    async def revoke(self, host: str) -> None:
        """Require permission again before anything is sent to `host`."""
        await self._store.write(lambda connection: small_tables.revoke_host(connection, host.lower()))

    async def host_to_allow(self, target: Target) -> str | None:
        """Return the host that the user must allow before anything is sent to `target`, or None."""
        return target.host if target.host not in self and await is_remote(target) else None

    def check(self, host: str | None) -> None:
        """Check a host. Raises UsageError if it must be allowed first."""
        if host is not None and host not in self:
            raise UsageError(f"{host} is not localhost. {ALLOW_FIRST}")


class ForwardPermission:
    """Checks where captures may be forwarded: not back to this listener, and only to allowed remote hosts."""

    def __init__(self, hosts: HostPermissions, public: Callable[[], str | None]) -> None:
        """`public` returns the address under which senders reach this listener."""
        self.listening: str | None = None
        """The address of this listener; None before it listens."""
        self._hosts = hosts
        self._public = public

    async def loop(self, url: str) -> str | None:
        """Return in a sentence why requests to `url` would return to this listener, or None."""
        return await loop_through(Target.parse(url), listening=self.listening, public=self._public())

    async def host_to_allow(self, url: str) -> str | None:
        """Return the host that the user must allow before captures are sent to `url`, or None.

        Raises UsageError if the target is invalid or is this listener.
        """
        target = Target.parse(typed_url(url))
        loop = await self.loop(target.url)
        if loop is not None:
            raise UsageError(f"Cannot forward captures there. {loop}")
        return await self._hosts.host_to_allow(target)

    async def lookup_problem(self, url: str) -> str | None:
        """Return in a sentence that the host of a target has no address now, or None.

        None also if the lookup takes longer than `_LOOKUP_S`.
        """
        host = Target.parse(typed_url(url)).host
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOKUP_S):
                if not await _addresses(host):
                    return (
                        f"{visible(host)} has no address now. Captures wait until it has one. Check the name."
                    )
        return None

    async def check(self, url: str) -> None:
        """Check a target. Raises UsageError as `host_to_allow` does, and if a host must be allowed first."""
        self._hosts.check(await self.host_to_allow(url))
