"""What a check found out about a receiver: its verdict, and the causes of wrong verifications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

ReceiverVerdict: TypeAlias = Literal["correct", "rejects-valid", "accepts-forged", "both", "unreachable"]
"""`correct` also if a test of its behaviour failed, because that does not concern the signature."""
TestGroup: TypeAlias = Literal["accepts", "rejects", "behaves"]
"""The groups of tests: *Accepts what it must*, *Rejects what it must* and *Behaves well*."""
Area: TypeAlias = Literal["signature", "idempotency", "order", "http", "speed"]
"""What `--require` can demand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverCause:
    """What a receiver computes instead of the documented signature, or another reason why it fails."""

    code: str
    """A finding code of `CAUSES`, such as `body-empty`."""
    is_proved: bool
    """Whether it accepted an event that was signed in this way and rejected controls."""
    summary: str
    """A sentence: `Your receiver signs {} instead of the body.`"""
    proof: str = ""
    """The proof as a sentence, or what was observed."""
    fix: str
    """One or two sentences."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """For scripts, such as `dialect`; never a secret's text."""
    probe: int | None = None
    """The index of the accepted probe in `CauseSearch.probes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseReport:
    """The result of searching for the cause of rejected valid events."""

    causes: tuple[ReceiverCause, ...] = ()
    """All of them apply at once: a receiver with two faults has two."""
    ruled_out: tuple[str, ...] = ()
    """Codes of the causes that were tried alone and disproved."""
    is_complete: bool = True
    """False if it was stopped, or the requests were used up."""
