"""The address of the listener: how it is written, who can reach it, and why a port is not available."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from inspector.base.errors import InspectorError, PortTaken
from inspector.base.next_step import next_step
from inspector.base.quantity import host_and_port

_TCP_LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp."""


def url(host: str, port: int, *, is_tls: bool = False) -> str:
    """Return `http://127.0.0.1:8787/`, with brackets around an IPv6 address."""
    scheme = "https" if is_tls else "http"
    return f"{scheme}://{host_and_port(host or '0.0.0.0', port)}/"  # noqa: S104 - it is written, not bound


def usable_url(bound: str) -> str:
    """Return the URL that a sender on this machine can use: an unspecified address includes loopback."""
    address = _address(bound)
    if address is None or not address.is_unspecified:
        return bound
    return url("127.0.0.1" if address.version == 4 else "::1", _port(bound), is_tls=_is_tls(bound))


def network_warning(bound: str) -> str | None:
    """Return a warning if other machines can reach this bound URL, or None."""
    address = _address(bound)
    if urlsplit(bound).hostname == "localhost" or (address is not None and address.is_loopback):
        return None
    reached: str | None = bound
    if address is not None and address.is_unspecified:
        own = _network_address(address)
        reached = None if own is None else url(own, _port(bound), is_tls=_is_tls(bound))
    where = "this port" if reached is None else reached
    step = next_step(
        terminal="Use --host 127.0.0.1 to prevent that.",
        window="Set Address in the settings to 127.0.0.1 to prevent that.",
    )
    return f"Anyone on your network can send requests to {where}. {step}"


def cannot_listen(error: Exception, host: str, port: int) -> InspectorError:
    """Return the error for the user for an exception of `create_server`."""
    where = host_and_port(host, port)
    if isinstance(error, socket.gaierror):
        return InspectorError(
            f"The host {host} has no known address. Use an address of this machine, such as 127.0.0.1."
        )
    if isinstance(error, OverflowError):
        return InspectorError(f"{port} is not a valid port. Use a number from 0 to 65535.")
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return PortTaken(host or "all addresses", port, free_port(host, port))
    if number in (errno.EACCES, errno.EPERM):
        return InspectorError(f"This user is not allowed to listen on {where}. Use port 1024 or higher.")
    if number == errno.EADDRNOTAVAIL:
        return InspectorError(f"{host} is not an address of this machine. Use 127.0.0.1.")
    return InspectorError(f"Cannot listen on {where}: {error}.")


def free_port(host: str, taken: int) -> int | None:
    """Return the next free port after `taken` on `host`, otherwise any free port, or None."""
    for port in (*range(taken + 1, min(taken + 21, 65536)), 0):
        try:
            family, kind, protocol, _, place = socket.getaddrinfo(
                host or None, port, type=socket.SOCK_STREAM
            )[0]
            with socket.socket(family, kind, protocol) as trial:
                trial.bind(place)
                found: int = trial.getsockname()[1]
        except OSError:
            continue
        return found
    return None


def port_owner(port: int) -> tuple[int, str] | None:
    """Return process id and program name of what listens on a TCP port of this machine.

    None if that is not known: nothing listens, it belongs to another user, or this is not Linux.
    """
    inodes = set(_listening_inodes(port))
    for link in Path("/proc").glob("[0-9]*/fd/*") if inodes else ():
        try:
            if os.readlink(link) in inodes:
                return int(link.parent.parent.name), _program(link.parent.parent)
        except OSError:  # another user's, or it has just ended
            continue
    return None


def _program(process: Path) -> str:
    """Return the name of a program, of which the kernel keeps only 15 bytes. Raises OSError."""
    name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    words = (process / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")[:2]
    whole = [Path(word).name for word in words]  # a script is the second word, after its interpreter
    return next((one for one in whole if one.startswith(name)), name)


def _listening_inodes(port: int) -> Iterator[str]:
    """Yield the sockets that listen on a port, named as in /proc/PID/fd (see proc_pid_net(5))."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            local, state = fields[1], fields[3]
            if state == _TCP_LISTEN and int(local.rpartition(":")[2], 16) == port:
                yield f"socket:[{fields[9]}]"


def _address(bound: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address in a URL, or None for a name."""
    try:
        return ipaddress.ip_address((urlsplit(bound).hostname or "").partition("%")[0])
    except ValueError:
        return None


def _port(bound: str) -> int:
    return urlsplit(bound).port or 80


def _is_tls(bound: str) -> bool:
    return bound.startswith("https:")


def _network_address(unspecified: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str | None:
    """Return the address of this machine on its network, or None without a network."""
    is_v4 = unspecified.version == 4
    # Connecting a datagram socket sends nothing. These are documentation addresses (RFC 5737 and RFC 3849).
    elsewhere = ("192.0.2.1", 9) if is_v4 else ("2001:db8::1", 9)
    try:
        with socket.socket(socket.AF_INET if is_v4 else socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.connect(elsewhere)
            found: str = probe.getsockname()[0]
    except OSError:
        return None
    return found
