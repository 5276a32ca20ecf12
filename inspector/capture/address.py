"""Take a port: what can go wrong, each in one sentence, and how the address is written."""

from __future__ import annotations

import errno
import socket

from inspector.base.errors import InspectorError


class PortTaken(InspectorError):
    """Another program listens there; `free_port` is one that could be had instead."""

    def __init__(self, host: str, port: int, free_port: int | None) -> None:
        offer = f": port {free_port} is free, use --port {free_port}" if free_port else ""
        super().__init__(f"Port {port} on {host or 'all addresses'} is taken by another program{offer}.")
        self.free_port = free_port


def url(host: str, port: int) -> str:
    """`http://127.0.0.1:8787/`, an IPv6 address in brackets."""
    return f"http://{host_and_port(host or '0.0.0.0', port)}/"  # noqa: S104 - it is written, not bound


def host_and_port(host: str, port: int) -> str:
    """`127.0.0.1:8787` or `[::1]:8787`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def cannot_listen(error: Exception, host: str, port: int) -> InspectorError:
    """The sentence for what `create_server` raised."""
    where = host_and_port(host, port)
    if isinstance(error, socket.gaierror):
        return InspectorError(f"No address is known for the host {host}: give an address of this machine.")
    if isinstance(error, OverflowError):
        return InspectorError(f"{port} is no port: give one from 0 to 65535.")
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return PortTaken(host, port, free_port(host, port))
    if number in (errno.EACCES, errno.EPERM):
        return InspectorError(f"This user may not listen on {where}: choose a port from 1024 on.")
    if number == errno.EADDRNOTAVAIL:
        return InspectorError(f"{host} is no address of this machine: 127.0.0.1 always is.")
    return InspectorError(f"Cannot listen on {where}: {error}.")


def free_port(host: str, taken: int) -> int | None:
    """The next port after `taken` that can be had on `host`, else any; null where none can."""
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
