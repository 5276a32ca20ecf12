"""A certificate authority of a test's own, and what it signs; made by openssl."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Files in the PEM format."""

    certificate: Path
    key: Path


class Authority:
    """Signs for servers and clients."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        self.own = Certificate(certificate=folder / "ca.pem", key=folder / "ca.key")
        self._openssl("req", "-x509", *_KEY, "-days", "2", "-subj", "/CN=Test CA", *_files(self.own))

    def sign(self, name: str, *, server: bool = False) -> Certificate:
        """A certificate for a client, or for a server at a loopback address."""
        made = Certificate(certificate=self._folder / f"{name}.pem", key=self._folder / f"{name}.key")
        usage = "serverAuth" if server else "clientAuth"
        self._openssl(
            *("req", "-x509", *_KEY, "-days", "2", "-subj", f"/CN={name}", *_files(made)),
            *("-CA", str(self.own.certificate), "-CAkey", str(self.own.key)),
            *("-addext", "basicConstraints=critical,CA:FALSE", "-addext", f"extendedKeyUsage={usage}"),
            *("-addext", "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost"),
        )
        return made

    def server_context(self, *, wants_client: bool = False) -> ssl.SSLContext:
        """What a server of this authority speaks TLS with."""
        made = self.sign("server", server=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.certificate, made.key)
        if wants_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.own.certificate)
        return context

    def locked(self, made: Certificate) -> Path:
        """Its key under a password."""
        path = self._folder / "locked.key"
        self._openssl("ec", "-aes256", "-passout", "pass:x", "-in", str(made.key), "-out", str(path))
        return path

    def _openssl(self, *arguments: str) -> None:
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("openssl, which makes the certificates of this test, is not installed")
        subprocess.run([openssl, *arguments], check=True, capture_output=True)


def _files(made: Certificate) -> tuple[str, ...]:
    return ("-out", str(made.certificate), "-keyout", str(made.key))
