"""Probes: requests of our own that come back through the public address, and so prove that it works."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections import deque
from dataclasses import dataclass, field

from inspector.capture.response import Response
from inspector.domain.capture.capture import HeaderPairs

PROBE_HEADER = b"X-Webhook-Inspector-Probe"
REPLY_HEADER = b"X-Webhook-Inspector-Reply"
EXPIRES_S = 300.0
"""How long a nonce is known. A tunnel may deliver a probe long after the wait for it ended."""
PLAIN_S = 10.0
"""How long a probe without TLS may take to a port that expects TLS. Other such requests are recorded."""
MOST = 64
"""Maximum number of known nonces. Above it, the oldest is no longer known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedProbe:
    """A probe as it arrived, which shows what the tunnel adds and changes."""

    headers: HeaderPairs
    target: bytes
    version: str
    remote: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpectedProbe:
    """A probe to send: a request with `headers` to the public address."""

    headers: HeaderPairs
    """Headers to add to the request."""
    reply: tuple[bytes, bytes]
    """The header of our response. It cannot be derived from the request, so only this listener has it."""
    received: asyncio.Future[ReceivedProbe] = field(repr=False)
    """The probe as it arrived. Cancelled if the probe is forgotten first."""
    expires: float = field(repr=False)

    def is_answered_by(self, headers: HeaderPairs) -> bool:
        """Return whether a response with these headers is from this listener."""
        name, value = self.reply
        found = [each for key, each in headers if key.lower() == name.lower()]
        return len(found) == 1 and hmac.compare_digest(found[0].strip(), value)


class Probes:
    """The nonces of the probes that may still arrive. A request with one of them is never stored."""

    def __init__(self) -> None:
        self._known: dict[str, ExpectedProbe] = {}
        self._plain: deque[float] = deque(maxlen=MOST)
        """Until when each of the latest probes without TLS may arrive at a port that expects TLS."""

    def expect(self, *, has_tls: bool = True) -> ExpectedProbe:
        """Return a new probe to send. Call `forget` once its result no longer matters."""
        now = time.monotonic()
        if not has_tls:
            self._plain.append(now + PLAIN_S)
        for nonce in [nonce for nonce, one in self._known.items() if one.expires <= now]:
            self._drop(nonce)
        while len(self._known) >= MOST:
            self._drop(next(iter(self._known)))
        nonce = secrets.token_hex(16)
        probe = self._known[nonce] = ExpectedProbe(
            headers=((PROBE_HEADER, nonce.encode()),),
            reply=(REPLY_HEADER, secrets.token_hex(16).encode()),
            received=asyncio.get_running_loop().create_future(),
            expires=now + EXPIRES_S,
        )
        return probe

    def forget(self, probe: ExpectedProbe) -> None:
        """Wait for a probe no longer. If it still arrives before it expires, it is not stored either."""
        probe.received.cancel()

    def response(self, nonce: str | None, received: ReceivedProbe) -> Response | None:
        """Return the response to a request with this nonce, or None if the nonce is not known."""
        if nonce is None or not self.knows(nonce):
            return None
        probe = self._known[nonce]
        if not probe.received.done():
            probe.received.set_result(received)
        name, value = probe.reply
        return Response(status=204, headers=((name.decode(), value.decode()),))

    def knows(self, nonce: str | None) -> bool:
        """Return whether a request with this nonce is a probe."""
        probe = self._known.get(nonce or "")
        return probe is not None and probe.expires > time.monotonic()

    def accounts_for_plain_request(self) -> bool:
        """Return whether a request that came without TLS to a port with TLS is one of the latest probes.

        Each probe accounts for one request.
        """
        while self._plain:
            if self._plain.popleft() > time.monotonic():
                return True
        return False

    def _drop(self, nonce: str) -> None:
        self._known.pop(nonce).received.cancel()
