"""The outcome of the signature check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Word = Literal["valid", "invalid", "unsigned", "unchecked"]
Reason = Literal["refused", "cut", "masked", "no-secret", "pending"]
Reading = Literal["raw", "stringify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the check said, stored with the capture."""

    word: Word
    reason: Reason | None = None
    """Why it is `unchecked`; null otherwise."""
    matched: tuple[Reading, ...] = ()
    secret: str | None = None
    """The name of the secret that matched."""
