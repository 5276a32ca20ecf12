"""What a hypothesis is: a guess at one fault of the sender or of the way, tried by recomputing the digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from inspector.domain.signature.diagnosis.context import DiagnosisContext

Lazy: TypeAlias = Callable[[], bytes | None]
"""Makes a message when it is wanted; None where the guess makes no sense for this body."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant(Generic[T]):
    """One thing that may have been used in place of the right one."""

    value: T
    words: str
    """Ends the sentence of its family: `with a newline at its end (••••••••\\n)`."""
    detail: dict[str, Any] = field(default_factory=dict)
    """For scripts; never a secret's text."""
    also: tuple[str, ...] = ()
    """Codes of further faults that this variant takes for granted."""
    named: Callable[[bytes], tuple[str, dict[str, Any]]] | None = None
    """The words and detail for a message that is proved, if they take time to make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretHypothesis:
    """Another key, made of the text of one secret."""

    code: str
    fix: str
    variants: Callable[[str], Iterator[Variant[bytes]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHypothesis:
    """Another key, found elsewhere."""

    code: str
    fix: str
    variants: Callable[[DiagnosisContext], Iterator[Variant[bytes]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyHypothesis:
    """Other bytes than those that came were signed."""

    code: str
    fix: str
    variants: Callable[[DiagnosisContext], Iterator[Variant[Lazy]]]
    is_near: bool = False
    """It changes a byte or two, so that bytes which another hypothesis makes as well are named by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestHypothesis:
    """The digest is right and written in another way: gives what it would be as documented."""

    code: str
    fix: str
    variants: Callable[[str], Iterator[Variant[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmHypothesis:
    """The digest was made in another way; which ways there are, its length tells (`algorithms`)."""

    code: str
    fix: str


Hypothesis: TypeAlias = (
    SecretHypothesis | KeyHypothesis | BodyHypothesis | DigestHypothesis | AlgorithmHypothesis
)
