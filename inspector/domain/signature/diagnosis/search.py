"""The search through combinations of faults, the fewest and most frequent first, for the received digest.

A combination is a key, a message and an ending (a way to make and write a digest), each with its faults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

from inspector.base.visible import visible
from inspector.domain.signature.cause import Cause, Hypothesis
from inspector.domain.signature.causes import RANKS, SEARCHED, finding
from inspector.domain.signature.diagnosis import body_forms, digest_forms, secret_forms
from inspector.domain.signature.diagnosis.context import DiagnosisContext, Lazy, Variant
from inspector.domain.signature.diagnosis.digest_forms import (
    RIGHT_WAYS,
    SHORTEST,
    Algorithm,
    Hash,
    algorithms,
)
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.observation import body_rewritten
from inspector.domain.signature.secret import Secret

MAX_SECRETS = 8
MAX_COPIES = 8
"""Maximum secrets, and repeated headers, that are searched."""
MAX_SECRET_LENGTH = 2000
"""A longer secret is tried only unchanged."""
_MAX_HEADER = 1000
_HEX = re.compile(rf"[0-9a-f]{{{SHORTEST},128}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateKey:
    """A key that may have been used."""

    key: bytes
    secret: str | None = None
    """The name of the active secret that it is or was derived from."""
    faults: tuple[Finding, ...] = ()
    rank: int = 0


@dataclass(slots=True, kw_only=True)
class CandidateMessage:
    """Bytes that may have been signed, created on first use."""

    make: Lazy
    faults: tuple[Finding, ...] = ()
    told: tuple[Finding, ...] = ()
    """Findings that are proved in addition to the faults, for the other reading of the check."""
    rank: int = 0
    is_near: bool = False
    """As in its hypothesis."""
    named: Callable[[bytes], tuple[Finding, ...]] | None = None
    """Returns the faults in better words, once these bytes are proved."""
    body: bytes | None = None
    is_made: bool = False
    base: CandidateMessage | None = None
    """The message that this one continues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A way to make a digest, and the texts in which it may have been sent, each with the faults of
    writing."""

    algorithm: Algorithm
    faults: tuple[Finding, ...] = ()
    rank: int = 0
    readings: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    count: int = 0
    """The number of faults, including those of writing."""

    def reading(self, digest: str) -> tuple[Finding, ...] | None:
        """Return the faults of writing if the digest is a received one, or else None."""
        return self.readings.get(digest[: self.algorithm.length])


_FORMS = {"secret": secret_forms, "key": secret_forms, "body": body_forms, "digest": digest_forms}


def searched(*of: str) -> Iterator[tuple[Cause, Hypothesis, Callable[[Any], Iterator[Variant[Any]]]]]:
    """Yield the causes with a hypothesis of these kinds, each with the function that yields its variants."""
    for cause in SEARCHED:
        hypothesis = cause.hypothesis
        if hypothesis is not None and hypothesis.of in of:
            yield cause, hypothesis, getattr(_FORMS[hypothesis.of], hypothesis.variants)


def keys(context: DiagnosisContext) -> Iterator[CandidateKey]:
    """Yield the active secrets unchanged, followed by every other key, each once."""
    seen: set[bytes] = set()
    for place, secret in enumerate(context.secrets):
        if secret.key not in seen:
            seen.add(secret.key)
            yield CandidateKey(key=secret.key, secret=secret.name, rank=place)
    for cause, hypothesis, variants in searched("key", "secret"):
        if hypothesis.of == "key":
            made = _keys_elsewhere(cause, variants(context))
        else:
            made = _keys_of_secrets(cause, variants, context.secrets[:MAX_SECRETS])
        for key in made:
            if key.key not in seen:
                seen.add(key.key)
                yield key


def _keys_elsewhere(cause: Cause, variants: Iterator[Variant[bytes]]) -> Iterator[CandidateKey]:
    for place, variant in enumerate(variants):
        faults = faults_of(cause.code, f"The signature was computed with {variant.words}.", variant)
        yield CandidateKey(key=variant.value, faults=faults, rank=RANKS[cause.code] + place)


def _keys_of_secrets(
    cause: Cause, variants: Callable[[str], Iterator[Variant[bytes]]], secrets: Sequence[Secret]
) -> Iterator[CandidateKey]:
    for number, secret in enumerate(secrets):
        if len(secret.text) > MAX_SECRET_LENGTH:
            continue
        for place, variant in enumerate(variants(secret.text)):
            if variant.value:
                words = (
                    f"The signature was computed with the secret “{visible(secret.name)}” {variant.words}."
                )
                faults = faults_of(cause.code, words, variant, secret=secret.name)
                rank = RANKS[cause.code] + place + number
                yield CandidateKey(key=variant.value, secret=secret.name, faults=faults, rank=rank)


def messages(context: DiagnosisContext) -> Iterator[CandidateMessage]:
    """Yield the body in both readings, followed by everything else that may have been signed."""
    for place, body in enumerate(context.messages):
        told = (body_rewritten(context.body, body),) if place else ()
        yield CandidateMessage(make=lambda body=body: body, rank=place, told=told)  # type: ignore[misc]
    for cause, hypothesis, variants in searched("body"):
        for place, variant in enumerate(variants(context)):
            yield CandidateMessage(
                make=variant.value,
                faults=_of_body(cause.code, variant, variant.words, variant.detail),
                named=_naming(cause.code, variant),
                rank=RANKS[cause.code] + place,
                is_near=hypothesis.is_near,
            )


def endings(context: DiagnosisContext) -> list[Ending]:
    """Return every way to read the received header as a digest, those with the fewest faults first."""
    found: dict[tuple[int, str | None, str, int], Ending] = {}
    for text, faults in _readings(context):
        for place, algorithm in enumerate(algorithms(len(text))):
            told = algorithm_fault(algorithm)
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


def _readings(context: DiagnosisContext) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """Yield the received texts, decoded step by step until they look like hex, with their faults."""
    pending = list(_copies(context))
    seen = {text for text, _ in pending}
    for text, faults in pending:  # grows during the loop
        if _HEX.fullmatch(text):
            yield text, faults
        written = [fault.code for fault in faults]
        for cause, _, variants in searched("digest"):
            if cause.code in written:
                continue
            for variant in variants(text):
                if variant.value not in seen and len(pending) < 64:
                    seen.add(variant.value)
                    told = faults_of(cause.code, f"The digest is {variant.words}.", variant)
                    pending.append((variant.value, (*faults, *told)))


def _copies(context: DiagnosisContext) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """Yield the header's value, or each of several values: repeated, or joined by commas in transit."""
    values = [value[:_MAX_HEADER].decode("latin-1") for value in context.header_values]
    if len(values) == 1:
        yield values[0], ()
        values = [part.strip() for part in values[0].split(",")]
        if len(values) == 1:
            return
    is_alone = sum(bool(value) for value in values) == 1
    for number, value in enumerate(values[:MAX_COPIES], start=1):
        summary = f"The header contains {len(values)} signatures. Signature {number} is the right one."
        if is_alone:
            summary = "The header contains a comma next to the signature, as if there were several."
        detail = {"count": len(values), "copy": number}
        yield value, (_fault("header-repeated", summary, detail),)


def algorithm_fault(algorithm: Algorithm) -> tuple[Finding, ...]:
    """Return the fault of an algorithm; none for the documented one."""
    if algorithm.code is None:
        return ()
    if algorithm.code == "digest-truncated":
        summary = f"Only the first {algorithm.length} of the digest's 64 digits arrived."
        return (_fault(algorithm.code, summary, {"length": algorithm.length}),)
    summary = f"The digest is {algorithm.words}, not {RIGHT_WAYS.get(algorithm.way, 'HMAC-SHA256')}."
    return (_fault(algorithm.code, summary, {"algorithm": algorithm.name}),)


def faults_of(code: str, summary: str, variant: Variant[Any], **detail: Any) -> tuple[Finding, ...]:
    """Return the fault of a variant, followed by those that it also assumes."""
    first = _fault(code, summary, {**variant.detail, **detail})
    return (first, *(_fault(other, summary, {**variant.detail, **detail}) for other in variant.also))


def _of_body(code: str, variant: Variant[Lazy], words: str, detail: dict[str, Any]) -> tuple[Finding, ...]:
    return faults_of(
        code, f"The signature was computed over the body {words}.", replace(variant, detail=detail)
    )


def _naming(code: str, variant: Variant[Lazy]) -> Callable[[bytes], tuple[Finding, ...]] | None:
    named = variant.named
    return None if named is None else lambda signed: _of_body(code, variant, *named(signed))


def _fault(code: str, summary: str, detail: dict[str, Any]) -> Finding:
    return finding(code, summary, is_proved=True, **detail)


MAX_FAULTS = 5
"""Maximum faults of all families together; the form of a digest may include two."""
_MAX_WITHOUT_WRITING = 3
_RECENT = -1_000_000
"""Added to the rank of recently proved causes, because failures tend to repeat."""
_WIDTH = (1000, 1000, 300, 60, 60, 60)
"""The number of keys and messages of the highest rank that take part, by the total number of faults."""

# Work is counted, not timed, so that the same case always has the same outcome. The unit is a byte hashed:
# about 0.6 ns if the processor has instructions for SHA-256, otherwise 2 ns. A digest costs about 3,000 more
# for a message of any size, printing a body 8 per byte, copying it 1.
_DIGEST_COST = 3_000
_MAKING_COST = 8
_COPYING_COST = 1
_SHARED_FROM = 16_384
"""From this size, the state of a message's hash is stored, to continue from."""
_LARGE = 4 * 2**20
"""For a larger body, the printings come last: each costs as much as eight digests, plus memory."""
_LAST = 1_000_000
"""Added to the rank of those printings."""
_BUDGET = 90_000_000
_BUDGET_A_BYTE = 3_000
_MAX_BUDGET = 2_000_000_000


@dataclass(slots=True, kw_only=True)
class SearchOutcome:
    """The result of a search."""

    faults: tuple[Finding, ...] | None = None
    """The proved faults; None if nothing matched."""
    is_digest: bool = True
    """The signature has the form of a digest."""
    tried: int = 0
    """The number of computed digests."""
    ruled_out: set[str] = field(default_factory=set)
    """Codes of the faults that are not the only cause."""
    is_complete: bool = True
    """Whether nothing was left out as too much work."""
    secret: str | None = None
    """The name of the active secret that proved them."""
    signed: bytes | None = None
    """The signed body, if it is proved and differs from the received one."""


def search(context: DiagnosisContext) -> SearchOutcome:
    """Return the first proof, or what was ruled out."""
    outcome = SearchOutcome()
    ends = endings(context)
    if not ends:
        outcome.is_digest = False
        return outcome
    work = _Work(context)
    for total in range(MAX_FAULTS + 1):
        alone: set[str] = set()
        for key, message, end in work.combinations(total, ends):
            body = work.bytes_of(message)
            digest = None if body is None else work.digest(end.algorithm, key.key, message)
            if work.is_over:
                outcome.is_complete = False
                return outcome
            if digest is None:
                continue
            outcome.tried += 1
            written = end.reading(digest)
            if written is not None:
                about = message.faults if message.named is None or body is None else message.named(body)
                outcome.faults = (*key.faults, *about, *message.told, *end.faults, *written)
                outcome.secret = key.secret
                outcome.signed = body if message.faults else None
                return outcome
            if total == ends[0].count + 1:
                alone.update(fault.code for part in (key, message, end) for fault in part.faults)
        outcome.ruled_out |= alone
    return outcome


class _Work:
    """The candidates of one case, and the remaining budget."""

    def __init__(self, context: DiagnosisContext) -> None:
        self._lately = context.recently_proved
        self._size = len(context.body)
        self._keys = sorted(keys(context), key=self._rank)
        self._messages = sorted(messages(context), key=self._rank)
        self._made: dict[bytes, CandidateMessage] = {}
        self._begun: dict[tuple[tuple[str, bytes | None], int], Hash] = {}
        self._budget = min(_BUDGET + _BUDGET_A_BYTE * self._size, _MAX_BUDGET)
        # Created first, so that these name messages with the same bytes.
        for message in self._messages:
            if not message.faults:
                self.bytes_of(message)
        for message in self._messages:
            if message.is_near and self._size <= _LARGE:
                self.bytes_of(message)

    @property
    def is_over(self) -> bool:
        """Whether the budget is spent."""
        return self._budget < 0

    def afford(self, cost: int) -> bool:
        """Take `cost` from the budget. Return False if there is not enough."""
        self._budget -= cost
        return self._budget >= 0

    def bytes_of(self, message: CandidateMessage) -> bytes | None:
        """Return the message's bytes; None if it cannot be created or is equal to another one."""
        if not message.is_made:
            message.is_made = True
            cost = _COPYING_COST if message.is_near else _MAKING_COST
            if message.faults and not self.afford(cost * self._size):
                return None
            body = message.make()
            if body is not None and body not in self._made:
                message.base = self._base_of(body)
                self._made[body] = message
                message.body = body
        return message.body

    def _base_of(self, body: bytes) -> CandidateMessage | None:
        """Return the first large message that `body` begins with."""
        for made, message in self._made.items():
            if len(made) >= _SHARED_FROM and message.base is None and body.startswith(made):
                return message
        return None

    def digest(self, algorithm: Algorithm, key: bytes, message: CandidateMessage) -> str | None:
        """Return the digest of a created message; None if it is too much work.

        A large message is hashed once up to the place where others continue (a newline, the secret).
        """
        body = message.body or b""
        if len(body) < _SHARED_FROM or not algorithm.is_continued:
            return algorithm.make(key, body) if self.afford(len(body) + _DIGEST_COST) else None
        base = message.base or message
        common = base.body or b""
        place = (algorithm.shared(key), id(base))
        begun = self._begun.get(place)
        if not self.afford(_DIGEST_COST + len(body) - (len(common) if begun else 0)):
            return None
        if begun is None:
            begun = self._begun[place] = algorithm.begin(key)
            begun.update(common)
        return algorithm.end(begun, key, body[len(common) :])

    def combinations(
        self, total: int, ends: list[Ending]
    ) -> Iterator[tuple[CandidateKey, CandidateMessage, Ending]]:
        """Return each combination of key, message and ending with `total` faults, the most frequent first."""
        width = _WIDTH[total]
        found: list[tuple[int, CandidateKey, CandidateMessage, Ending]] = []
        for end in ends:
            rest = total - end.count
            if rest < 0 or rest + len(end.faults) > _MAX_WITHOUT_WRITING:
                continue
            for of_key in range(rest + 1):
                the_keys = [key for key in self._keys if len(key.faults) == of_key][:width]
                if not end.algorithm.uses_key:
                    the_keys = the_keys[:1] if of_key == 0 else []
                the_messages = [one for one in self._messages if len(one.faults) == rest - of_key][:width]
                ranked = [(self._rank(message), message) for message in the_messages]
                for key in the_keys:
                    first = self._rank(key) + self._rank(end)
                    found += [(first + rank, key, message, end) for rank, message in ranked]
        found.sort(key=itemgetter(0))
        return ((key, message, end) for _, key, message, end in found)

    def _rank(self, part: CandidateKey | CandidateMessage | Ending) -> int:
        is_lately = part.faults and all(fault.code in self._lately for fault in part.faults)
        is_printing = isinstance(part, CandidateMessage) and part.faults and not part.is_near
        is_last = is_printing and self._size > _LARGE
        return part.rank + (_RECENT if is_lately else 0) + (_LAST if is_last else 0)
