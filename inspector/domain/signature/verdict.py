"""The outcome of the signature check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

VerdictWord = Literal["valid", "invalid", "unsigned", "unchecked"]
Reason = Literal["refused", "cut", "masked", "no-secret", "pending"]
Reading = Literal["raw", "stringify"]
ShownVerdict = Literal["valid", "rewritten", "bytes-only", "invalid", "unsigned", "unchecked"]
SHOWN: tuple[ShownVerdict, ...] = get_args(ShownVerdict)
"""The verdicts shown to the user: the stored ones, with some kinds of `valid` under their own names."""
CountedVerdict = Literal["valid", "rewritten", "invalid", "unsigned", "unchecked"]
COUNTED: tuple[CountedVerdict, ...] = get_args(CountedVerdict)
"""The verdicts with their own statistics. Every other kind of `valid` counts as `valid`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidKind:
    """When a valid signature is shown under another name."""

    matched: tuple[Reading, ...]
    """The readings that matched."""
    is_only_json: bool = False
    """Whether this applies only to JSON. Another body has only one reading."""


VALID_KINDS: Mapping[ShownVerdict, ValidKind] = {
    "rewritten": ValidKind(matched=("stringify",)),
    "bytes-only": ValidKind(matched=("raw",), is_only_json=True),
}
"""The only definition of these kinds. The store derives its SQL from it."""

_SHOWN_OF_VALID: Mapping[tuple[tuple[Reading, ...], bool | None], ShownVerdict] = {
    (kind.matched, is_json): shown
    for shown, kind in VALID_KINDS.items()
    for is_json in (True, False, None)
    if is_json or not kind.is_only_json
}
"""The same by the readings that matched and whether the body is JSON, because each row asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of the check, stored with the capture."""

    word: VerdictWord
    reason: Reason | None = None
    """Why it is `unchecked`; None otherwise."""
    matched: tuple[Reading, ...] = ()
    secret: str | None = None
    """The name of the secret that matched."""

    def shown(self, *, is_json: bool | None) -> ShownVerdict:
        """Return the verdict as shown to the user; `is_json` describes the checked body."""
        return _SHOWN_OF_VALID.get((self.matched, is_json), "valid") if self.word == "valid" else self.word
