"""HTTPS on the port: the listener's own certificate, given as files or generated once."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import secrets
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.base.files import make_private_folder
from inspector.base.tls_files import load_certificate
from inspector.base.visible import visible

VALID_DAYS = 825
"""How long a generated certificate is valid. Apple's clients accept at most this."""
_RENEWED_BEFORE = timedelta(days=7)
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?!(?:.*\.)?..--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
"""A name that a certificate can have: no address, no underscore, no label such as xn--…"""
_USE = "the certificate of this port"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCertificate:
    """The files that the port identifies itself with, in PEM format."""

    certificate: Path
    """The certificate with its chain. It may include the key."""
    key: Path | None = None
    authority: Path | None = None
    """The certificate that clients must trust, if this program generated it."""

    def server_context(self) -> ssl.SSLContext:
        """Return a context for connections of senders. Reads files. Raises UsageError if one is unusable."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        load_certificate(context, self.certificate, self.key, use=_USE)
        return context

    def client_context(self) -> ssl.SSLContext:
        """Return a context for our own requests to this port, which trusts this certificate only.

        It is accepted under any name: a certificate for another host is used on this machine, too.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.set_alpn_protocols(["http/1.1"])
        context.load_verify_locations(self.certificate)
        return context

    def expires(self) -> datetime:
        """Return when the certificate ends. Raises InspectorError if that cannot be read."""
        from cryptography import x509

        try:
            found = x509.load_pem_x509_certificates(self.certificate.read_bytes())[0]
        except (OSError, ValueError, IndexError) as error:
            raise InspectorError(f"Cannot read {visible(str(self.certificate))}: {error}.") from None
        return found.not_valid_after_utc


async def shake_hands(
    transport: asyncio.Transport,
    protocol: asyncio.BaseProtocol,
    context: ssl.SSLContext,
    seconds: float,
    end_seconds: float,
) -> asyncio.Transport | OSError:
    """Return the transport over TLS for an accepted connection, or why there is none.

    It takes at most `seconds`, and the end of TLS at most `end_seconds`. asyncio's own servers shake hands
    before they call `connection_made`, so slow senders would not count as connections.
    """
    try:
        secured = await asyncio.get_running_loop().start_tls(
            transport,
            protocol,
            context,
            server_side=True,
            ssl_handshake_timeout=seconds,
            ssl_shutdown_timeout=end_seconds,
        )
    except OSError as error:  # including SSLError and a timeout
        return error
    if secured is None or transport.is_closing():  # it was lost without an error
        return ConnectionResetError("The connection was lost before TLS was established.")
    return secured


def generated(folder: Path, host: str) -> ServerCertificate:
    """Return the generated certificate in `folder` for this machine. Made if none is valid for `host`.

    The key of its authority is not stored, so it never issues another certificate. Takes 0.2 s if it is made.
    Raises InspectorError if it cannot be written.
    """
    found = ServerCertificate(certificate=folder / "listener.pem", authority=folder / "authority.pem")
    if not _is_valid(found, host):
        try:
            _make(found, folder, host)
        except OSError as error:
            why = visible(error.strerror or str(error)).lower()
            raise InspectorError(
                f"Cannot write a certificate to {visible(str(folder))}: {why}. Use --tls-cert and --tls-key."
            ) from None
    return found


def _names(host: str) -> list[str]:
    """Return the names that senders on this machine or its network may use for the port, including `host`."""
    names = ["localhost", "127.0.0.1", "::1"]
    names += (name.lower() for name in (socket.gethostname(), host) if _HOST_NAME.fullmatch(name.lower()))
    with suppress(ValueError):
        if not ipaddress.ip_address(host).is_unspecified:
            names.append(str(ipaddress.ip_address(host)))
    return list(dict.fromkeys(names))


def _is_valid(found: ServerCertificate, host: str) -> bool:
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificates(found.certificate.read_bytes())[0]
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found.server_context()
        has_authority = found.authority is not None and found.authority.stat().st_size
    except (OSError, ValueError, IndexError, InspectorError, x509.ExtensionNotFound):
        return False
    known = {str(name.value) for name in names}
    is_current = certificate.not_valid_after_utc - _RENEWED_BEFORE > datetime.now(UTC)
    return bool(has_authority) and is_current and known.issuperset(_names(host))


def _make(found: ServerCertificate, folder: Path, host: str) -> None:
    import trustme

    ends = datetime.now(UTC) + timedelta(days=VALID_DAYS)
    authority = trustme.CA(organization_name="Webhook Inspector", organization_unit_name=socket.gethostname())
    issued = authority.issue_cert(*_names(host), common_name="localhost", not_after=ends)
    make_private_folder(folder)
    assert found.authority is not None
    _replace(found.authority, authority.cert_pem.bytes())
    # Key and certificate are in one file, so that they belong together after a kill, too.
    _replace(found.certificate, issued.private_key_and_cert_chain_pem.bytes())


def _replace(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    part = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
