"""What a check found out about a receiver: its verdict, and the causes of wrong verifications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

ReceiverVerdict: TypeAlias = Literal["correct", "rejects-valid", "accepts-forged", "both", "unreachable"]
"""`correct` also if a test of its behaviour failed, because that does not concern the signature."""
TestGroup: TypeAlias = Literal["accepts", "rejects", "behaves"]
"""The groups of tests: *Accepts what it must*, *Rejects what it must* and *Behaves well*."""
SUBJECT = "Your receiver "
"""Start of the sentences about a receiver."""
GROUPS: Mapping[TestGroup, str] = {
    "accepts": "Accepts what it must",
    "rejects": "Rejects what it must",
    "behaves": "Behaves well",
}
"""The groups with their headings."""
Area: TypeAlias = Literal["signature", "idempotency", "order", "http", "speed"]
"""What `--require` can demand."""
AREAS: Mapping[Area, str] = {
    "signature": "accepts valid events and rejects forged ones",
    "idempotency": "accepts the same event twice",
    "order": "accepts events in any order",
    "http": "handles unusual requests",
    "speed": "responds in time",
}
"""The areas with what a receiver does that passes."""


def counts_text(results: Iterable[str]) -> str:
    """Return the results of a group in a few words: `9 of 9 fail`, `11 of 11 pass`, `2 pass, 4 not tested`.

    `results` are values of `receiver_test.Result`.
    """
    count = Counter(results)
    passed, failed, total = count["passed"], count["failed"], count.total()
    parts = []
    if failed:
        parts.append(f"{failed} of {total} {'fails' if failed == 1 else 'fail'}")
    elif passed == total:
        parts.append(f"{passed} of {total} {'passes' if total == 1 else 'pass'}")
    elif passed:
        parts.append(f"{passed} {'passes' if passed == 1 else 'pass'}")
    if warnings := count["warning"]:
        parts.append("1 warning" if warnings == 1 else f"{warnings} warnings")
    if undecided := count["undecided"]:
        parts.append(f"{undecided} not tested")
    return ", ".join(parts)


def clauses(parts: Sequence[str]) -> str:
    """Return clauses as a list: `a, and b`, or `a, b, and c`, because a clause can contain commas."""
    return ", and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverCause:
    """What a receiver computes instead of the documented signature, or another reason why it fails."""

    code: str
    """A finding code of `CAUSES`, such as `body-empty`."""
    is_proved: bool
    """Whether it accepted an event that was signed in this way and rejected controls."""
    summary: str
    """A sentence that begins with `Your receiver`: `Your receiver verifies {} instead of the body.`"""
    why: str = ""
    """The likely reason in the receiver's code, as a sentence; empty if there is none."""
    proof: str = ""
    """The proof as a sentence, or what was observed."""
    fix: str
    """One or two sentences."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """For scripts, such as `dialect`; never a secret's text."""
    probe: int | None = None
    """The index of the accepted probe among those that the search yielded; None without one."""

    @property
    def says(self) -> str:
        """The summary without its subject and full stop: `verifies {} instead of the body`."""
        return self.summary.removeprefix(SUBJECT).removesuffix(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseReport:
    """The result of searching for the cause of rejected valid events."""

    causes: tuple[ReceiverCause, ...] = ()
    """All of them apply at once: a receiver with two faults has two."""
    ruled_out: tuple[str, ...] = ()
    """Codes of the causes that were tried alone and disproved."""
    is_complete: bool = True
    """False if it was stopped, or the requests were used up before every cause was tried alone."""
