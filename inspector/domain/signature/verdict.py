"""The outcome of the signature check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

VerdictWord = Literal["valid", "invalid", "unsigned", "unchecked"]
Reason = Literal["refused", "cut", "masked", "no-secret", "pending"]
Reading = Literal["raw", "stringify"]
ShownVerdict = Literal["valid", "rewritten", "bytes-only", "invalid", "unsigned", "unchecked"]
SHOWN: tuple[ShownVerdict, ...] = get_args(ShownVerdict)
"""The verdicts that people see: the stored ones, with two kinds of `valid` apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the check said, stored with the capture."""

    word: VerdictWord
    reason: Reason | None = None
    """Why it is `unchecked`; null otherwise."""
    matched: tuple[Reading, ...] = ()
    secret: str | None = None
    """The name of the secret that matched."""

    def shown(self, *, is_json: bool | None) -> ShownVerdict:
        """The verdict as people see it; `is_json` describes the body that was checked."""
        if self.word == "valid" and self.matched == ("stringify",):
            return "rewritten"
        if self.word == "valid" and self.matched == ("raw",) and is_json:
            return "bytes-only"
        return self.word
