"""Deliberate faults: problems between a sender and a receiver, applied to every n-th delivery."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from inspector.base.errors import UsageError, did_you_mean

FaultName = Literal[
    "twice", "shuffled", "dropped", "delayed", "concurrent", "cut", "broken-signature", "stale-secret"
]
FAULT_NAMES: tuple[FaultName, ...] = get_args(FaultName)

FAULT_HELP: Mapping[FaultName, str] = {
    "twice": "every n-th is delivered twice",
    "shuffled": "deliveries are shuffled in groups of n",
    "dropped": "every n-th is not sent",
    "delayed": "every n-th is delayed by 1 to 5 s, so later ones overtake it",
    "concurrent": "every n-th is sent at the same time as the next",
    "cut": "every n-th is cut in the middle of its body",
    "broken-signature": "every n-th signature has a wrong digit",
    "stale-secret": "every n-th is signed with an inactive secret",
}

ON_THE_WIRE: tuple[FaultName, ...] = ("cut", "broken-signature", "stale-secret")
"""Faults that change the sent request, at most one per delivery. The others change when or how often it is
sent."""
MOST_EVERY = 1_000_000
_LEAST: Mapping[FaultName, int] = {"shuffled": 2, "concurrent": 2}
_GIVEN = re.compile(r"([a-z-]+):([0-9]{1,7})", re.ASCII)
_KNOWN = ", ".join(FAULT_NAMES)
_JOINT = "+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault and its frequency."""

    name: FaultName
    every: int
    """1 for every delivery. For `shuffled`, the number of deliveries that are shuffled together."""

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read `twice:10`. Raises UsageError if the fault is not valid."""
        match = _GIVEN.fullmatch(text)
        name = next((one for one in FAULT_NAMES if match is not None and one == match[1]), None)
        if match is None or name is None:
            given = text.partition(":")[0]
            guess = "" if given in FAULT_NAMES else did_you_mean(given, FAULT_NAMES)
            raise UsageError(f"Use NAME:N, such as twice:10.{guess or f' The faults are {_KNOWN}.'}")
        every, least = int(match[2]), _LEAST.get(name, 1)
        if not least <= every <= MOST_EVERY:
            raise UsageError(f"Use a number from {least} to {MOST_EVERY:,} for {name}.")
        return cls(name=name, every=every)

    def __str__(self) -> str:
        return f"{self.name}:{self.every}"

    def hits(self, number: int) -> bool:
        """Return whether the fault applies to the delivery of this number, counted from 1."""
        return number % self.every == 0


def check_each_once(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return the faults unchanged. Raises UsageError if one is given twice."""
    given = tuple(faults)
    names = [fault.name for fault in given]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"The fault {name} is given more than once. Give it once.")
    return given


def joined(names: Iterable[FaultName]) -> str | None:
    """Return several faults of one delivery in their stored form: `shuffled+cut`; None if there are none."""
    return _JOINT.join(dict.fromkeys(names)) or None


def parted(fault: str | None) -> tuple[str, ...]:
    """Split the result of `joined` into names."""
    return tuple(fault.split(_JOINT)) if fault else ()
