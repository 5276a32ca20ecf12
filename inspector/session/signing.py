"""The secret that captures are signed again with."""

from __future__ import annotations

from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.domain.signature import digest
from inspector.session.secrets import Secrets


def signing_key(secrets: Secrets, name: str | None) -> bytes | None:
    """What the secret of that name signs with; raises UsageError where its text is not at hand."""
    if name is None:
        return None
    for secret in (*secrets.active, *secrets.inactive):
        if secret.name == name:
            return secret.key
    kind, _, rest = name.partition(":")
    ways = {"env": f"--secret-env {rest}", "file": "--secret-file FILE"}
    way = ways.get(kind, f"--secret-keyring {name}") if rest else f"--secret-keyring {name}"
    raise UsageError(
        f"There is no secret {visible(name)} at hand to sign with; in a terminal {visible(way)} gives it."
    )


def key_check(key: bytes | None) -> str | None:
    """Tells one secret from another under the same name; as little as a signature beside its body tells."""
    return None if key is None else digest(key, b"the secret of a plan")[:8]
