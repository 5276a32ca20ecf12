"""Logins of a NATS server as `nsc` makes them: nkeys, and .creds files that can expire; and its TLS."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import nkeys
import trustme


def an_nkey(folder: Path, name: str) -> tuple[str, Path]:
    """The public key of a new user, and the file with its seed."""
    pair = _pair(nkeys.PREFIX_BYTE_USER)
    file = folder / f"{name}.nk"
    _write(file, bytes(pair.seed).decode() + "\n")
    return pair.public_key.decode(), file


def tls_config(folder: Path) -> str:
    """Text of the configuration of a server with TLS; the authority of its certificate is in `folder/ca`."""
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(folder / "ca"))
    leaf.cert_chain_pems[0].write_to_path(str(folder / "cert"))
    leaf.private_key_pem.write_to_path(str(folder / "key"))
    return f'tls {{ cert_file: "{folder}/cert", key_file: "{folder}/key" }}\n'


class Operator:
    """One who signs accounts and users, for a server with `config`."""

    def __init__(self) -> None:
        operator, system = _pair(nkeys.PREFIX_BYTE_OPERATOR), _pair(nkeys.PREFIX_BYTE_ACCOUNT)
        self._account = _pair(nkeys.PREFIX_BYTE_ACCOUNT)
        unlimited = {"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "conn": -1}
        storage = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}
        accounts = "\n".join(
            f"{account.public_key.decode()}: "
            + _token(operator, account, {"type": "account", "limits": {**unlimited, **limits}})
            for account, limits in ((system, {}), (self._account, storage))
        )
        self.config = (
            f"operator: {_token(operator, operator, {'type': 'operator'})}\n"
            f"system_account: {system.public_key.decode()}\n"
            f"resolver: MEMORY\nresolver_preload {{\n{accounts}\n}}\n"
        )
        """Text of the server's configuration."""

    def creds(self, folder: Path, name: str, *, expires_s: float | None = None) -> Path:
        """The .creds file of a new user, who may do everything until it expires."""
        user = _pair(nkeys.PREFIX_BYTE_USER)
        expiry = {} if expires_s is None else {"exp": int(time.time() + expires_s)}
        claims = {"type": "user", "subs": -1, "data": -1, "payload": -1}
        token = _token(self._account, user, claims, **expiry)
        file = folder / f"{name}.creds"
        _write(
            file,
            f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{bytes(user.seed).decode()}\n------END USER NKEY SEED------\n",
        )
        return file


def _pair(prefix: int) -> Any:
    return nkeys.from_seed(nkeys.encode_seed(os.urandom(32), prefix))


def _token(issuer: Any, subject: Any, claims: dict[str, Any], **times: int) -> str:
    body = {
        "iat": int(time.time()) - 60,
        "iss": issuer.public_key.decode(),
        "sub": subject.public_key.decode(),
        "name": claims["type"],
        "nats": {**claims, "version": 2},
        **times,
    }
    body["jti"] = hashlib.sha256(json.dumps(body).encode()).hexdigest()
    signed = f"{_part({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_part(body)}"
    return f"{signed}.{_encoded(issuer.sign(signed.encode()))}"


def _part(value: dict[str, Any]) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _write(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o600)
