"""What a diagnosis starts from."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.domain.capture.capture import Capture
from inspector.domain.signature.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A capture whose signature is not valid, and every secret that may have to do with it."""

    capture: Capture
    secrets: tuple[Secret, ...]
    """The active ones, in the order of the check."""
    other_secrets: tuple[Secret, ...] = ()
    """Those on file that are not active."""
    lately_proved: frozenset[str] = frozenset()
    """Codes of causes proved on captures of late: tried before others with as many faults."""
