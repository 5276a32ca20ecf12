"""The options of a plan: order, pace, concurrency, and deliberate faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from inspector.base.errors import UsageError
from inspector.domain.replay.fault import Fault, check_each_once

Order = Literal["arrival", "created"]

MIN_SCALE, MAX_SCALE = 0.1, 100.0
MAX_RATE = 10_000.0
MAX_AT_ONCE = 256
MAX_GAP_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """Order, pace and faults. By default, captures are sent in order of arrival, one after another."""

    order: Order = "arrival"
    rate: float | None = None
    """Deliveries per second, if the rate is fixed."""
    scale: float | None = None
    """The speed relative to the original timing, if that is used."""
    max_gap_s: float | None = None
    """The longest pause in seconds between two deliveries, at the original timing. None means no limit."""
    at_once: int = 1
    is_stopping_on_failure: bool = False
    faults: tuple[Fault, ...] = ()
    seed: int = 0
    """The seed of all random choices, so that a run can be repeated."""

    def __post_init__(self) -> None:
        """Raise UsageError for an impossible combination."""
        if not 1 <= self.at_once <= MAX_AT_ONCE:
            raise UsageError(
                f"{self.at_once} is not a valid number of concurrent deliveries. Use 1 to {MAX_AT_ONCE}."
            )
        if self.rate is not None and self.scale is not None:
            raise UsageError("A plan has a fixed rate or the original timing, not both. Use one of them.")
        if self.rate is not None and not 0 < self.rate <= MAX_RATE:
            raise UsageError(f"A rate must be above 0 and at most {MAX_RATE:,.0f} per second.")
        if self.scale is not None and not MIN_SCALE <= self.scale <= MAX_SCALE:
            raise UsageError(f"The speed must be from {MIN_SCALE:g} to {MAX_SCALE:g}.")
        if self.max_gap_s is not None and self.scale is None:
            raise UsageError("A longest gap works only with the original timing.")
        if self.max_gap_s is not None and not 0 <= self.max_gap_s <= MAX_GAP_S:
            raise UsageError("The longest gap is at most seven days. Use a shorter one.")
        check_each_once(self.faults)

    @property
    def is_paced(self) -> bool:
        """Whether each delivery has its own time."""
        return self.rate is not None or self.scale is not None

    @property
    def needs_times(self) -> bool:
        """Whether the plan needs to know when each capture was received or its event was created."""
        return self.order == "created" or self.scale is not None

    def as_options(self) -> dict[str, Any]:
        """Return the options for JSON. `from_options` reads them back to an equal value."""
        return {
            "order": self.order,
            "rate": self.rate,
            "scale": self.scale,
            "max_gap_s": self.max_gap_s,
            "at_once": self.at_once,
            "stop_on_failure": self.is_stopping_on_failure,
            "faults": [str(fault) for fault in self.faults],
            "seed": self.seed,
        }

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> PlanOptions:
        """Read the result of `as_options`. Missing options get their defaults."""
        return cls(
            order="created" if options.get("order") == "created" else "arrival",
            rate=options.get("rate"),
            scale=options.get("scale"),
            max_gap_s=options.get("max_gap_s"),
            at_once=int(options.get("at_once", 1)),
            is_stopping_on_failure=bool(options.get("stop_on_failure")),
            faults=tuple(map(Fault.parse, options.get("faults", ()))),
            seed=int(options.get("seed", 0)),
        )
