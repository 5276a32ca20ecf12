"""A guess at the framework of a receiver, from its responses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkGuess:
    """The framework that a receiver probably uses."""

    key: str
    """The stable name: `express`."""
    label: str
    """The name for people: `Express`."""
    because: str
    """The evidence in a word or two: `x-powered-by`."""
    verifier: str | None = None
    """The key of the verifier in this framework, or in its language."""
