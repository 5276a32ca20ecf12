"""The secret that captures are signed again with."""

from __future__ import annotations

import os

from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.domain.signature.secret import Secret
from inspector.session.secrets import Secrets


def signing_key(secrets: Secrets, name: str | None) -> bytes | None:
    """Return what the secret of that name signs with; `env:NAME` is the variable, in use or not.

    Raises UsageError if the text of the secret is missing.
    """
    if name is None:
        return None
    for secret in (*secrets.active, *secrets.inactive):
        if secret.name == name:
            return secret.key
    kind, _, rest = name.partition(":")
    if kind == "env" and rest:
        text = os.environ.get(rest)
        if not text:
            what = "not set" if text is None else "empty"
            raise UsageError(f"The environment variable {visible(rest)} is {what}.")
        return Secret(name=name, text=text).key
    way = "--secret-file FILE" if kind == "file" and rest else f"--secret-keyring {name}"
    raise UsageError(f"The secret {visible(name)} is missing. Add it with {visible(way)}.")
