"""A secret that belongs to this run of the program, not to the file, and the row of any secret in lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from inspector.domain.signature.secret import Secret

Origin = Literal["env", "file", "keyring", "saved", "run"]
GIVEN_NAMES = ("env:", "file:")
"""How the names of secrets begin that a process was given, and that are never saved."""
_EMPTY = "It is empty, so it is not used."
_HOLDS = "It is forgotten when the program ends."
_CORRECTED = "It is corrected until the program ends. Correct it at its source, too."


class GivenSecret(NamedTuple):
    """A secret of this run."""

    secret: Secret
    origin: Origin
    is_active: bool
    original: Secret
    """The original text, before the user corrected it."""

    @property
    def note(self) -> str | None:
        """A remark for lists."""
        if not self.secret.text:
            return _EMPTY
        if self.origin != "run" and self.secret != self.original:
            return _CORRECTED
        return _HOLDS if self.origin == "run" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRow:
    """A secret for lists, without its text."""

    name: str
    origin: Origin
    is_active: bool
    note: str | None = None
    """Why it cannot be used, or how long it is valid; None without a remark."""
