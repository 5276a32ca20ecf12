"""The credentials of a shared inbox, and the authority that its servers' certificates are checked with."""

from __future__ import annotations

import base64
import json
import os
import re
import ssl
import stat
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import nkeys
from nats.aio.client import RawCredentials

from inspector.base.errors import UsageError
from inspector.base.files import write_new
from inspector.base.tls_files import cannot_use
from inspector.base.visible import visible

_MOST_BYTES = 64 * 1024
_JWT = re.compile(r"-+BEGIN NATS USER JWT-+\s+([A-Za-z0-9_.-]+)\s")
_SEED_BLOCK = re.compile(r"-+BEGIN USER NKEY SEED-+\s+(SU[A-Z2-7]{56})\s")
_SEED = re.compile(r"SU[A-Z2-7]{56}")


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLogin:
    """How this program identifies itself to the servers of a shared inbox. By default, it does not."""

    file: Path | None = None
    """A .creds file, as `nsc` and `nats` write it, or a file with the seed of an nkey."""
    secret: str | None = field(default=None, repr=False)
    """The text of such a file, or `USER:PASSWORD`, from the keyring."""
    authority: Path | None = None
    """A file with the authority that issued the servers' certificates. None means those of the system."""

    @property
    def is_empty(self) -> bool:
        """Whether there are no credentials."""
        return self.file is None and self.secret is None

    def options(self) -> dict[str, Any]:
        """Return the options of nats-py's `connect`.

        Files are read each time, so that renewed credentials count from the next connection on. Raises
        UsageError for a file that cannot be read or does not contain credentials.
        """
        options: dict[str, Any] = {}
        if self.authority is not None:
            try:
                options["tls"] = ssl.create_default_context(cafile=self.authority)
            except OSError as error:
                raise cannot_use(self.authority, "the authority of a shared inbox", error) from None
        if self.is_empty:
            return options
        text = self._credentials()
        if _JWT.search(text) and _SEED_BLOCK.search(text):
            options["user_credentials"] = RawCredentials(text)
        elif _SEED.fullmatch(text.strip()):
            options["nkeys_seed_str"] = text.strip()
        elif self.file is None and ":" in text:
            options["user"], _, options["password"] = text.partition(":")
        else:
            raise UsageError(
                f"There are no NATS credentials in {self._source}. Use a .creds file, the seed of an nkey"
                " or, in the keyring, USER:PASSWORD."
            )
        return options

    def expiry(self) -> datetime | None:
        """Return when the credentials expire, in local time, or None if they do not or cannot be read."""
        try:
            found = _JWT.search("" if self.is_empty else self._credentials())
            if found is None:
                return None
            claims = found[1].split(".")[1]
            expires = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))).get("exp")
            return datetime.fromtimestamp(expires).astimezone() if expires else None
        except (UsageError, ValueError, IndexError, TypeError, AttributeError, OverflowError, OSError):
            return None

    def warnings(self) -> tuple[str, ...]:
        """Return a sentence if other users of this machine can read the file with the credentials."""
        file = self.file
        if file is not None and str(file.parent) == os.environ.get("CREDENTIALS_DIRECTORY"):
            return ()  # systemd lets one service read it by an ACL, which looks like a right of the group
        try:
            is_open = file is not None and os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077
        except OSError:
            return ()
        if not is_open:
            return ()
        return (f"Other users of this machine can read {self._source}. Run `chmod 600` on it.",)

    @property
    def _source(self) -> str:
        return "the keyring" if self.file is None else visible(str(self.file))

    def _credentials(self) -> str:
        return (self.secret or "") if self.file is None else _text(self.file)


def write_key(file: Path) -> str:
    """Write the seed of a new nkey to a file that only the user can read, and return its public key.

    Raises InspectorError, also if the file exists.
    """
    seed: bytes = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    write_new(file, seed.decode() + "\n")
    public: bytes = nkeys.from_seed(bytearray(seed)).public_key
    return public.decode()


def _text(file: Path) -> str:
    try:
        with file.open("rb") as source:
            data = source.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"Cannot read the credentials in {visible(str(file))}: {error.strerror}. Choose another file."
        ) from error
    if len(data) > _MOST_BYTES:
        raise UsageError(f"{visible(str(file))} is too large for credentials. Choose another file.")
    return data.decode("utf-8", "replace")
