"""The secret that captures are signed again with."""

from __future__ import annotations

from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.session.secrets import Secrets


def signing_key(secrets: Secrets, name: str | None) -> bytes | None:
    """What the secret of that name signs with; raises UsageError where its text is not at hand."""
    if name is None:
        return None
    for secret in (*secrets.active, *secrets.inactive):
        if secret.name == name:
            return secret.key
    raise UsageError(f"There is no secret {visible(name)} at hand to sign with.")
