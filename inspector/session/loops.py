"""What is forwarded comes back: because its target is this very listener, or by a way that none can know."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from urllib.parse import urlsplit

from inspector.base.errors import UsageError
from inspector.client.target import Target

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
