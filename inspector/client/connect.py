"""Opening a connection to a target: name, TCP, the check of the actual address, TLS.

Proxies from the environment are ignored unless the caller gives one, and nothing is sent before the check.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from inspector.base.errors import UsageError
from inspector.base.quantity import host_and_port
from inspector.base.tls_files import cannot_use, generated_authority, load_certificate
from inspector.base.visible import visible
from inspector.client.connection import TargetConnection
from inspector.client.outcome import FailureReason, ResponseLimits
from inspector.client.proxy import Proxy, no_proxy, pass_through
from inspector.client.target import Target, Tls
from inspector.domain.replay.address_text import ALLOW_FIRST

_TLS_SHUTDOWN_S = 1.0
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

Address = tuple[socket.AddressFamily, tuple[Any, ...]]


class HostNotAllowed(UsageError):
    """Raised if the host of a target is neither loopback nor allowed. Nothing was sent."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(
            f"{host} is not localhost (it resolves to {address}), and captures "
            f"contain people's answers. {ALLOW_FIRST}"
        )
        self.host = host


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An open connection and its address."""

    connection: TargetConnection
    connected_to: str
    is_local: bool


async def tls_context(target: Target) -> ssl.SSLContext:
    """Return a context that checks a target with the system's authorities or a private one.

    On this machine, the authority that is generated for listeners of this program is trusted, too. The files
    are read in a thread, in 20 ms. Raises UsageError for a file that cannot be used.
    """
    trusts_generated = target.tls.authority is None and target.host in _LOOPBACK_NAMES
    return await asyncio.get_running_loop().run_in_executor(None, _tls_context, target.tls, trusts_generated)


def _tls_context(tls: Tls, trusts_generated: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.authority)
    except OSError as error:  # including SSLError
        raise cannot_use(tls.authority, "the certificate of an authority", error) from None
    if trusts_generated:
        with contextlib.suppress(OSError):  # none was generated
            context.load_verify_locations(generated_authority())
    context.set_alpn_protocols(["http/1.1"])
    if tls.certificate is not None:
        load_certificate(context, tls.certificate, tls.key, use="a client certificate")
    return context


async def open_connection(
    target: Target,
    *,
    limits: ResponseLimits,
    tls: ssl.SSLContext | None,
    require_local: bool,
    proxy: Proxy | None = None,
) -> Opened | FailureReason:
    """Return a connection to `target`, or why it failed. Raises HostNotAllowed if it must be local."""
    place = target if proxy is None else proxy
    try:
        addresses = await _addresses(place)
    except OSError as error:
        return _no_such_host(target, error) if proxy is None else no_proxy(proxy)
    failures: list[OSError] = []
    for number, (family, address) in enumerate(addresses, 1):
        # An address that does not respond must leave time for the next one.
        share_s = limits.connect_s / len(addresses) if number < len(addresses) else None
        try:
            async with asyncio.timeout(share_s):
                sock = await _connected_socket(family, address)
        except OSError as error:
            failures.append(error)
            continue
        if proxy is not None and (failure := await _passed(sock, proxy, target)) is not None:
            return failure
        return await _over(sock, target, limits=limits, tls=tls, require_local=require_local)
    return _not_connected(target, failures) if proxy is None else no_proxy(proxy)


async def _passed(sock: socket.socket, proxy: Proxy, target: Target) -> FailureReason | None:
    """Reach the target through a proxy. Otherwise close the connection, and return why."""
    failure: FailureReason | None = no_proxy(proxy)
    try:
        failure = await pass_through(sock, proxy, target)
    except OSError:
        pass
    finally:
        if failure is not None:
            sock.close()
    return failure


async def is_remote(target: Target) -> bool:
    """Return whether the current addresses of `target` include another machine.

    False if a name cannot be resolved, because the connection itself is checked again. The unspecified
    address, 0.0.0.0 or ::, connects to the loopback address.
    """
    try:
        addresses = await _addresses(target)
    except OSError:
        return False
    return any(not is_loopback(host) and not _is_unspecified(host) for _, (host, *_) in addresses)


async def _addresses(target: Target | Proxy) -> list[Address]:
    with contextlib.suppress(ValueError):  # an address needs no lookup, and no thread for it
        ip = ipaddress.ip_address(target.host)
        family = socket.AF_INET6 if ip.version == 6 else socket.AF_INET
        return [(family, (str(ip), target.port))]
    found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


async def _connected_socket(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def _over(
    sock: socket.socket,
    target: Target,
    *,
    limits: ResponseLimits,
    tls: ssl.SSLContext | None,
    require_local: bool,
) -> Opened | FailureReason:
    try:
        host, port = sock.getpeername()[:2]
        address, is_local = host_and_port(host, port), is_loopback(host)
        if require_local and not is_local:
            raise HostNotAllowed(target.host, address)
    except OSError:  # the file was there, but is now gone
        sock.close()
        return FailureReason(word="reset", sentence=f"{target.netloc} closed the connection immediately.")
    except HostNotAllowed:
        sock.close()
        raise
    try:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: TargetConnection(name=target.netloc, limits=limits),
            sock=sock,
            ssl=tls,
            server_hostname=target.host.rstrip(".") if tls else None,
            ssl_handshake_timeout=limits.connect_s if tls else None,
            ssl_shutdown_timeout=_TLS_SHUTDOWN_S if tls else None,
        )
    except OSError as error:
        return _no_tls(target, error)
    return Opened(connection=connection, connected_to=address, is_local=is_local)


def is_loopback(host: str) -> bool:
    """Return whether an address is in 127.0.0.0/8, is ::1, or is the former written as IPv6."""
    ip = ipaddress.ip_address(host.partition("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def _is_unspecified(host: str) -> bool:
    return ipaddress.ip_address(host.partition("%")[0]).is_unspecified


def _no_such_host(target: Target, error: OSError) -> FailureReason:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return FailureReason(
            word="unreachable", sentence=f"Cannot look up the host {target.host}: no response from DNS."
        )
    return FailureReason(word="unreachable", sentence=f"There is no host {target.host}. Check the URL.")


def _not_connected(target: Target, failures: list[OSError]) -> FailureReason:
    # The most useful error is a refused connection: the machine is reachable, but the program is not running.
    error = next((e for e in failures if isinstance(e, ConnectionRefusedError)), failures[0])
    if isinstance(error, ConnectionRefusedError):
        return FailureReason(word="refused", sentence=f"Nothing listens at {target.netloc}.")
    if isinstance(error, TimeoutError):
        return FailureReason(
            word="timeout", sentence=f"{target.netloc} did not accept the connection in time."
        )
    if isinstance(error, ConnectionError):
        return FailureReason(word="reset", sentence=f"{target.netloc} closed the connection immediately.")
    why = visible(error.strerror or str(error)).lower()
    return FailureReason(word="unreachable", sentence=f"Cannot connect to {target.netloc}: {why}.")


def _no_tls(target: Target, error: OSError) -> FailureReason:
    name = target.netloc
    if isinstance(error, ssl.SSLCertVerificationError):
        why = visible(error.verify_message).rstrip(".")
        return FailureReason(word="tls", sentence=f"The certificate of {name} is not trusted: {why}.")
    if isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return FailureReason(
            word="tls", sentence=f"{name} does not support TLS. Use http:// if the receiver does."
        )
    if isinstance(error, ssl.SSLError):
        why = visible((error.reason or str(error)).replace("_", " ").lower())
        return FailureReason(word="tls", sentence=f"Cannot open a TLS connection with {name}: {why}.")
    if isinstance(error, TimeoutError):
        return FailureReason(word="timeout", sentence=f"{name} did not finish the TLS handshake.")
    return FailureReason(word="tls", sentence=f"{name} closed the connection during the TLS handshake.")
