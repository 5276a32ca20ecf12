"""What the search combines: keys, messages and ways to make and write a digest, each with its faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from inspector.base.visible import visible
from inspector.domain.signature.diagnosis.context import DiagnosisContext
from inspector.domain.signature.diagnosis.digest_forms import SHORTEST, Algorithm, algorithms
from inspector.domain.signature.diagnosis.hypothesis import (
    BodyHypothesis,
    DigestHypothesis,
    KeyHypothesis,
    Lazy,
    SecretHypothesis,
    Variant,
)
from inspector.domain.signature.diagnosis.registry import FIXES, HYPOTHESES, RANKS
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.observation import body_rewritten

MAX_SECRETS = 8
MAX_COPIES = 8
"""Of secrets and of repeated headers, so many are searched with."""
MAX_SECRET_LENGTH = 2000
"""A longer one is tried as it is."""
_MAX_HEADER = 1000
_HEX = re.compile(rf"[0-9a-f]{{{SHORTEST},128}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key that may have been used."""

    key: bytes
    secret: str | None = None
    """The name of the active secret that it is or was made from."""
    faults: tuple[Finding, ...] = ()
    rank: int = 0


@dataclass(slots=True, kw_only=True)
class Message:
    """Bytes that may have been signed; made when they are first wanted."""

    make: Lazy
    faults: tuple[Finding, ...] = ()
    told: tuple[Finding, ...] = ()
    """What is proved beside the faults: the other reading of the check is none, and says something."""
    rank: int = 0
    is_near: bool = False
    """As of its hypothesis."""
    named: Callable[[bytes], tuple[Finding, ...]] | None = None
    """The faults in better words, once these bytes are proved."""
    body: bytes | None = None
    is_made: bool = False
    base: Message | None = None
    """A message that this one only goes on from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A way to make a digest, and the texts it may have been sent as: each with the faults of writing."""

    algorithm: Algorithm
    faults: tuple[Finding, ...] = ()
    rank: int = 0
    readings: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    count: int = 0
    """Of faults, those of writing too."""

    def reading(self, digest: str) -> tuple[Finding, ...] | None:
        """The faults of writing, where the digest is one that came; else None."""
        return self.readings.get(digest[: self.algorithm.length])


def keys(scene: DiagnosisContext) -> Iterator[Key]:
    """The active secrets as they are, then every other key, each once."""
    seen: set[bytes] = set()
    secrets = scene.secrets[:MAX_SECRETS]
    for place, secret in enumerate(scene.secrets):
        if secret.key not in seen:
            seen.add(secret.key)
            yield Key(key=secret.key, secret=secret.name, rank=place)
    for hypothesis in HYPOTHESES:
        if isinstance(hypothesis, KeyHypothesis):
            for place, variant in enumerate(hypothesis.variants(scene)):
                if variant.value not in seen:
                    seen.add(variant.value)
                    faults = _faults(hypothesis.code, f"It was made with {variant.words}.", variant)
                    yield Key(key=variant.value, faults=faults, rank=RANKS[hypothesis.code] + place)
        elif isinstance(hypothesis, SecretHypothesis):
            for number, secret in enumerate(secrets):
                if len(secret.text) > MAX_SECRET_LENGTH:
                    continue
                for place, variant in enumerate(hypothesis.variants(secret.text)):
                    if not variant.value or variant.value in seen:
                        continue
                    seen.add(variant.value)
                    words = f"It was made with the secret “{visible(secret.name)}” {variant.words}."
                    faults = _faults(hypothesis.code, words, variant, secret=secret.name)
                    rank = RANKS[hypothesis.code] + place + number
                    yield Key(key=variant.value, secret=secret.name, faults=faults, rank=rank)


def messages(scene: DiagnosisContext) -> Iterator[Message]:
    """The body in both readings, then whatever else may have been signed."""
    for place, body in enumerate(scene.messages):
        told = (body_rewritten(scene.body, body),) if place else ()
        yield Message(make=lambda body=body: body, rank=place, told=told)  # type: ignore[misc]
    for hypothesis in HYPOTHESES:
        if isinstance(hypothesis, BodyHypothesis):
            for place, variant in enumerate(hypothesis.variants(scene)):
                yield Message(
                    make=variant.value,
                    faults=_of_body(hypothesis.code, variant, variant.words, variant.detail),
                    named=_naming(hypothesis.code, variant),
                    rank=RANKS[hypothesis.code] + place,
                    is_near=hypothesis.is_near,
                )


def endings(scene: DiagnosisContext) -> list[Ending]:
    """Every way in which the received header may be a digest, those with the fewest faults first."""
    found: dict[tuple[int, str | None, str, int], Ending] = {}
    for text, faults in _readings(scene):
        for place, algorithm in enumerate(algorithms(len(text))):
            told = _algorithm_fault(algorithm)
            count = len(faults) + len(told)
            ending = found.setdefault(
                (count, algorithm.code, algorithm.words, algorithm.length),
                Ending(
                    algorithm=algorithm,
                    faults=told,
                    rank=sum(RANKS.get(fault.code, 0) for fault in (*told, *faults)) + place,
                    count=count,
                ),
            )
            ending.readings.setdefault(text, faults)
    return sorted(found.values(), key=lambda ending: (ending.count, ending.rank))


def _readings(scene: DiagnosisContext) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """The received texts, undone step by step to what looks like hex: `(text, faults)`."""
    pending = list(_copies(scene))
    seen = {text for text, _ in pending}
    for text, faults in pending:  # grows while it is walked
        if _HEX.fullmatch(text):
            yield text, faults
        written = [fault.code for fault in faults]
        for hypothesis in HYPOTHESES:
            if not isinstance(hypothesis, DigestHypothesis) or hypothesis.code in written:
                continue
            for variant in hypothesis.variants(text):
                if variant.value not in seen and len(pending) < 64:
                    seen.add(variant.value)
                    told = _faults(hypothesis.code, f"The digest is {variant.words}.", variant)
                    pending.append((variant.value, (*faults, *told)))


def _copies(scene: DiagnosisContext) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """The header's value, or each of several: repeated, or joined by commas on the way."""
    values = [value[:_MAX_HEADER].decode("latin-1") for value in scene.header_values]
    if len(values) == 1:
        yield values[0], ()
        values = [part.strip() for part in values[0].split(",")]
        if len(values) == 1:
            return
    is_alone = sum(bool(value) for value in values) == 1
    for number, value in enumerate(values[:MAX_COPIES], start=1):
        summary = f"The header holds {len(values)} signatures, of which number {number} is meant."
        if is_alone:
            summary = "The header holds a comma beside the signature, as if there were several."
        detail = {"count": len(values), "copy": number}
        yield value, (_fault("header-repeated", summary, detail),)


def _algorithm_fault(algorithm: Algorithm) -> tuple[Finding, ...]:
    if algorithm.code is None:
        return ()
    if algorithm.code == "digest-truncated":
        summary = f"Only the first {algorithm.length} of the digest's 64 digits came."
        return (_fault(algorithm.code, summary, {"length": algorithm.length}),)
    summary = f"It is {algorithm.words}, not HMAC-SHA256."
    return (_fault(algorithm.code, summary, {"algorithm": algorithm.name}),)


def _faults(code: str, summary: str, variant: Variant[Any], **detail: Any) -> tuple[Finding, ...]:
    first = _fault(code, summary, {**variant.detail, **detail})
    return (first, *(_fault(other, summary, {**variant.detail, **detail}) for other in variant.also))


def _of_body(code: str, variant: Variant[Lazy], words: str, detail: dict[str, Any]) -> tuple[Finding, ...]:
    return _faults(code, f"It was made over the body {words}.", replace(variant, detail=detail))


def _naming(code: str, variant: Variant[Lazy]) -> Callable[[bytes], tuple[Finding, ...]] | None:
    named = variant.named
    return None if named is None else lambda signed: _of_body(code, variant, *named(signed))


def _fault(code: str, summary: str, detail: dict[str, Any]) -> Finding:
    return Finding(code=code, summary=summary, fix=FIXES[code], is_proved=True, detail=detail)
