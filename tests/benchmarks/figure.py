"""One measured figure beside its target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured, what it was to be, and from what."""

    work: str
    measured: float
    unit: str
    """`of the baseline`, `× json.loads + json.dumps`, `ms`, `s` …"""
    target: float | None = None
    """None: printed for information."""
    better: Literal["more", "less"] = "more"
    details: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the target is reached; true where there is none."""
        if self.target is None:
            return True
        return self.measured >= self.target if self.better == "more" else self.measured <= self.target

    def as_markdown(self) -> str:
        """A row of the table in README.md."""
        sign = "≥" if self.better == "more" else "≤"
        target = "–" if self.target is None else f"{sign} {self.target:g}"
        word = "" if self.target is None else ("met" if self.is_met else "**missed**")
        return f"| {self.work} | {self.measured:.3g} {self.unit} | {target} | {word} | {self.details} |"
