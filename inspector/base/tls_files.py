"""Certificates and keys in files, and why one cannot be used."""

from __future__ import annotations

import ssl
from pathlib import Path

from inspector.base.errors import UsageError
from inspector.base.files import data_folder
from inspector.base.visible import visible


class _LockedKey(Exception):
    """Raised if OpenSSL asks for the password of a key."""


def generated_folder() -> Path:
    """Return the folder of the certificate that is generated for the listener."""
    return data_folder() / "tls"


def generated_authority() -> Path:
    """Return the file of the authority that issued it. Our own requests to this machine trust it."""
    return generated_folder() / "authority.pem"


def load_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None, *, use: str) -> None:
    """Have `context` identify itself with this certificate, whose file may include the key.

    `use` is what the certificate is for, such as `a client certificate`. Raises UsageError for a file that
    cannot be used.
    """
    try:
        # Without a password function, OpenSSL would ask for a password in the terminal.
        context.load_cert_chain(certificate, key, password=_no_password)
    except _LockedKey:
        locked = _file(key or certificate)
        raise UsageError(f"The key in {locked} has a password. Use a key without one.") from None
    except OSError as error:
        # OpenSSL does not say which of the two files is missing.
        missing = next((one for one in (certificate, key) if one is not None and not one.exists()), None)
        raise cannot_use(missing or certificate, use, error) from None


def cannot_use(file: Path | None, use: str, error: OSError) -> UsageError:
    """Return the error for a file that cannot be used, from an exception of OpenSSL or the system."""
    return UsageError(f"Cannot use {_file(file)} as {use}: {_why(error)}.")


def _no_password() -> str:
    raise _LockedKey


def _file(path: Path | None) -> str:
    return visible(str(path))


def _why(error: OSError) -> str:
    if not isinstance(error, ssl.SSLError):
        return visible(error.strerror or str(error)).lower()
    if error.reason == "KEY_VALUES_MISMATCH":
        return "its key belongs to another certificate"
    # If a part is missing, OpenSSL reports "PEM lib" without a reason.
    if error.reason in (None, "NO_START_LINE", "NO_CERTIFICATE_OR_CRL_FOUND"):
        return "it does not contain the expected PEM data"
    return visible(error.reason).replace("_", " ").lower()
