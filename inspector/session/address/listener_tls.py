"""HTTPS on the port: which certificate it uses, and how our own requests to it trust that."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from inspector.base.errors import UsageError
from inspector.base.tls_files import generated_authority, generated_folder
from inspector.base.visible import visible
from inspector.capture.tls import ServerCertificate, generated
from inspector.client.target import Target
from inspector.settings.settings import Settings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ListenerTls:
    """The certificate of the port, from the settings of this run."""

    def __init__(self, settings: Settings, host: str) -> None:
        """`host` is the address that the port is bound to."""
        self._settings = settings
        self._host = host

    @property
    def is_on(self) -> bool:
        """Whether the port accepts HTTPS only."""
        return self._settings.is_on("tls")

    @property
    def authority(self) -> Path | None:
        """The file that clients must trust, if the port uses a generated certificate."""
        if not self.is_on or self._settings.text("tls_cert"):
            return None
        return generated_authority()

    @property
    def trust_note(self) -> str | None:
        """A sentence about what clients must trust, or None if the certificate was not generated."""
        return None if self.authority is None else f"Clients must trust {visible(str(self.authority))}."

    async def certificate(self) -> ServerCertificate | None:
        """Return the certificate, generated if necessary, or None without HTTPS.

        Raises UsageError if the settings do not fit together, and InspectorError if it cannot be generated.
        """
        certificate, key = (self._settings.text(name) for name in ("tls_cert", "tls_key"))
        if not self.is_on:
            return None
        if certificate:
            return ServerCertificate(certificate=Path(certificate), key=Path(key) if key else None)
        if key:
            raise UsageError("There is a key for HTTPS but no certificate. Use --tls-cert FILE, too.")
        return await asyncio.to_thread(partial(generated, generated_folder(), self._host))

    async def server_context(self) -> ssl.SSLContext | None:
        """Return what the listener needs for HTTPS, or None. Raises InspectorError as `certificate` does, and
        UsageError if a file cannot be used."""
        certificate = await self.certificate()
        return None if certificate is None else await asyncio.to_thread(certificate.server_context)

    async def own_context(self, target: Target) -> ssl.SSLContext | None:
        """Return what a sender to this listener needs in addition to its own options, or None."""
        if target.scheme != "https" or target.tls.authority is not None or target.host not in _LOOPBACK:
            return None
        certificate = await self.certificate()
        return None if certificate is None else await asyncio.to_thread(certificate.client_context)

    async def check(self) -> tuple[str, bool]:
        """Return a sentence about the certificate, and whether it can be used. Creates nothing.

        Raises InspectorError if a file cannot be used.
        """
        if self.authority is not None and not self.authority.exists():
            return f"A certificate will be generated in {visible(str(generated_folder()))}.", True
        certificate = await self.certificate()
        assert certificate is not None
        await asyncio.to_thread(certificate.server_context)
        expires = await asyncio.to_thread(certificate.expires)
        name = visible(str(certificate.certificate))
        if expires <= datetime.now(UTC):
            return f"The certificate in {name} expired on {expires:%Y-%m-%d}.", False
        trust = "" if self.trust_note is None else f" {self.trust_note}"
        return f"HTTPS with {name}, valid until {expires:%Y-%m-%d}.{trust}", True
