"""The HTTP proxy of the environment, and the way through it: for tests of our own, never for captures."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from inspector.base.quantity import host_and_port
from inspector.client.outcome import FailureReason
from inspector.client.target import Target

_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
_MAX_HEAD = 16 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[ \r]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """An HTTP proxy."""

    host: str
    port: int
    authorization: bytes | None = field(default=None, repr=False)

    @property
    def netloc(self) -> str:
        """Host and port, as a sentence names it."""
        return host_and_port(self.host, self.port)


def proxy_for(target: Target) -> Proxy | None:
    """Return the proxy of `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`, unless `NO_PROXY` has the target.

    Only HTTP proxies are used. What cannot be read is left out.
    """
    if not any(name.lower() in _VARIABLES for name in os.environ):
        return None
    from urllib.request import getproxies_environment, proxy_bypass  # takes 30 ms

    proxies = getproxies_environment()
    text = proxies.get(target.scheme) or proxies.get("all")
    if not text or proxy_bypass(target.netloc):
        return None
    with suppress(ValueError):  # such as a port that is none
        parts = urlsplit(text if "://" in text else f"http://{text}")
        if parts.scheme == "http" and parts.hostname:
            return Proxy(
                host=parts.hostname, port=parts.port or 80, authorization=_authorization(parts.netloc)
            )
    return None


async def pass_through(sock: socket.socket, proxy: Proxy, target: Target) -> FailureReason | None:
    """Let the proxy at `sock` connect to `target`. Return why it does not, or None. Raises OSError."""
    loop, place = asyncio.get_running_loop(), host_and_port(target.host, target.port).encode()
    head = b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n" % (place, place)
    if proxy.authorization is not None:
        head += b"Proxy-Authorization: Basic %b\r\n" % proxy.authorization
    await loop.sock_sendall(sock, head + b"\r\n")
    received = b""
    while b"\r\n\r\n" not in received and len(received) < _MAX_HEAD:
        data = await loop.sock_recv(sock, 4096)
        if not data:
            break
        received += data
    status = _STATUS.match(received)
    if status is None or not received.endswith(b"\r\n\r\n"):  # a server never speaks before its client
        sentence = f"{proxy.netloc}, the proxy of this environment, is not an HTTP proxy."
    elif not status[1].startswith(b"2"):
        what = "requires credentials for" if status[1] == b"407" else "does not connect to"
        sentence = (
            f"The proxy {proxy.netloc} of this environment {what} {target.netloc} "
            f"(status {status[1].decode()})."
        )
    else:
        return None
    return FailureReason(word="unreachable", sentence=sentence)


def no_proxy(proxy: Proxy) -> FailureReason:
    """Return that a proxy cannot be reached."""
    return FailureReason(
        word="unreachable", sentence=f"Cannot reach the proxy {proxy.netloc} of this environment."
    )


def _authorization(netloc: str) -> bytes | None:
    credentials, separator, _ = netloc.rpartition("@")
    return b64encode(unquote(credentials).encode()) if separator else None
