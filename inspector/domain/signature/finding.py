"""One named observation on a capture, with its cause and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SENDER_CODES = ("departs-from-docs", "new-shape")
"""Codes of what is found out about the sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found. `code` is one of the stable codes; scripts rely on them."""

    code: str
    summary: str
    """One sentence: what is the matter."""
    fix: str
    """One sentence: what to do about it."""
    is_proved: bool = False
    """A recomputed digest matched; else it is an observation."""
    detail: dict[str, Any] = field(default_factory=dict)
    """What else is known of it, JSON values only: `dialect`, `secret`, `copy` …"""

    def as_json(self) -> dict[str, Any]:
        """The object that `verify` and `show` print."""
        return {
            "code": self.code,
            "summary": self.summary,
            "fix": self.fix,
            "proved": self.is_proved,
            **self.detail,
        }
