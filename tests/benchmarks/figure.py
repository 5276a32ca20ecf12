"""One measured figure beside its target, and the median of several runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured, what it was to be, and from what."""

    work: str
    measured: float
    """nan: not measured, and `details` say why."""
    unit: str
    """`of the baseline`, `× json.loads + json.dumps`, `ms`, `s` …"""
    target: float | None = None
    """None: printed for information."""
    better: Literal["more", "less"] = "more"
    details: str = ""
    spread: tuple[float, float] | None = None
    """The smallest and the largest of several runs; `measured` is then their median. None: one run."""

    @property
    def is_met(self) -> bool:
        """Whether the target is reached; true where there is none, or nothing was measured."""
        if self.target is None or math.isnan(self.measured):
            return True
        return self.measured >= self.target if self.better == "more" else self.measured <= self.target

    def as_markdown(self) -> str:
        """A row of the table in README.md."""
        sign = "≥" if self.better == "more" else "≤"
        target = "–" if self.target is None else f"{sign} {self.target:g}"
        if math.isnan(self.measured):
            return f"| {self.work} | not measured | | {target} | | {self.details} |"
        word = "" if self.target is None else ("met" if self.is_met else "**missed**")
        spread = "" if self.spread is None else f"{self.spread[0]:.3g} to {self.spread[1]:.3g}"
        cells = (self.work, f"{self.measured:.3g} {self.unit}", spread, target, word, self.details)
        return f"| {' | '.join(cells)} |"


HEADING = "| work | measured | spread | target | | in figures |\n|---|---|---|---|---|---|"


def median_of(runs: Sequence[Sequence[Figure]]) -> list[Figure]:
    """Return each figure as the run measured it that has its median, with the spread of all runs."""
    return [_middle(figures) for figures in zip(*runs, strict=True)]


def _middle(figures: Sequence[Figure]) -> Figure:
    ordered = sorted(figures, key=lambda figure: figure.measured)
    middle = ordered[len(ordered) // 2]
    if len(ordered) == 1:
        return middle
    return replace(middle, spread=(ordered[0].measured, ordered[-1].measured))


def at_share(ordered: Sequence[float], share: float) -> float:
    """Return the value below which this share of the ordered values is: 0.99 for the 99th percentile."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
