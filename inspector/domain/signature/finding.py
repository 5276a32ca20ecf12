"""One finding on a capture: its cause, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SENDER_CODES = ("departs-from-docs", "new-shape")
"""Codes of findings about the sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding with one of the stable codes that scripts rely on."""

    code: str
    summary: str
    """The problem in one sentence."""
    fix: str
    """What to do about it, in one sentence."""
    is_proved: bool = False
    """Whether a recomputed digest matched; otherwise it is an observation."""
    detail: dict[str, Any] = field(default_factory=dict)
    """Further details, as JSON values: `dialect`, `secret`, `copy` …"""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `verify` and `show` print."""
        return {
            "code": self.code,
            "summary": self.summary,
            "fix": self.fix,
            "proved": self.is_proved,
            **self.detail,
        }
