"""What a receiver may compute instead of the documented signature: keys, messages and digests, each with its
faults and its frequency. They are the hypotheses of the diagnosis, seen from the receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

from inspector.base.visible import visible
from inspector.domain.capture.capture import Capture
from inspector.domain.receiver.receiver_causes import AT_RECEIVER, RECEIVER_CAUSES
from inspector.domain.receiver.search import body_changes
from inspector.domain.receiver.search.probes import ReceiverCase
from inspector.domain.signature.causes import RANKS
from inspector.domain.signature.diagnosis import digest_forms
from inspector.domain.signature.diagnosis.context import DiagnosisContext, Evidence, Lazy, Variant
from inspector.domain.signature.diagnosis.dialects import DIALECTS, Dialect, as_detail, as_words
from inspector.domain.signature.diagnosis.digest_forms import LENGTHS, Algorithm, Write, algorithms
from inspector.domain.signature.diagnosis.search import algorithm_fault, faults_of, keys, searched
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.first_difference import white_space

_TRUNCATED = (32, 40, 16)
_LEAST_WEIGHT = 4e-4
"""A digest with two faults that is rarer is not tried."""
_DECAY = 1.5
_DECAYS = {
    "body-not-serialised": 0.6,
    "body-newline": 0.6,
    "body-changed": 0.5,
    "body-form": 0.6,
    "body-part": 1.2,
}
"""How fast the variants of a body become rarer. Those of some causes belong to one language each."""
_FREQUENCIES: Mapping[str, tuple[float, ...]] = {
    "secret-whitespace": (0.05, 0.015, 0.008, 0.004, 0.0005, 0.0005, 0.003),
    "secret-quoted": (0.03, 0.012),
    "secret-prefix": (0.03,),
    "secret-encoded": (0.03, 0.03),
    "secret-escaped": (0.01, 0.005, 0.005),
    "secret-unset": (0.03, 0.012, 0.006, 0.004, 0.002),
    "digest-base64": (0.06, 0.01, 0.005, 0.006, 0.01),
    "digest-prefix": (0.06, 0.012),
    "digest-algorithm": (0.05, 0.02, 0.006, 0.005),
    "digest-unkeyed": (0.02, 0.012, 0.008, 0.004, 0.001, 0.001, 0.004, 0.001, 0.001),
    "digest-swapped": (0.012,),
    "digest-truncated": (0.004, 0.001),
}
_ENCODED = 0.01
_RARE = 0.0005
"""How frequent the variants of a key or a digest are, and the later ones. The likeliest pairs of faults come
before the rare variants of one fault."""
_ANOTHER_SCHEME = 3.0
"""How much more frequent another algorithm and another way of writing are together."""
_EMPTIES = {"{}": 1.0, "": 0.6, "[]": 0.4, "null": 0.15, '""': 0.1}
"""The texts of an empty body, compared with the most frequent one."""
_SUBJECTS = (
    ("The signature was computed with", "Your receiver uses"),
    ("The signature was computed over", "Your receiver verifies"),
    ("The digest is", "Your receiver expects the digest"),
)
"""The beginnings of sentences about a sender, and about a receiver."""


def as_receiver(fault: Finding) -> Finding:
    """Return a fault of a sender as a fault of the receiver."""
    summary = fault.summary
    for sender, receiver in _SUBJECTS:
        if summary.startswith(sender):
            summary = receiver + summary.removeprefix(sender)
    return replace(fault, summary=summary, fix=AT_RECEIVER[fault.code].fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyForm:
    """A key that the receiver may use."""

    key: bytes
    faults: tuple[Finding, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestForm:
    """A way to make and write a digest that the receiver may use."""

    algorithm: Algorithm
    write: Write
    faults: tuple[Finding, ...] = ()
    weight: float = 1.0

    def value(self, key: bytes, message: bytes) -> str:
        """Return the signature that such a receiver expects."""
        return self.write(self.algorithm.make(key, message)[: self.algorithm.length])


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageForm:
    """What the receiver may sign, for any body."""

    name: tuple[str, ...]
    """The same for each body."""
    codes: tuple[str, ...] = field(default=(), compare=False)
    weight: float = field(default=1.0, compare=False)
    dialect: Dialect | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What the receiver may sign for one body."""

    make: Lazy
    codes: tuple[str, ...] = ()
    words: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The faults of a receiver that signs this."""
        summary = f"Your receiver verifies the body {self.words}."
        if "signed" in self.detail:
            summary = (
                f"Your receiver verifies {self.detail['signed'] or 'an empty text'} instead of the body."
            )
        return tuple(
            Finding(
                code=one, summary=summary, fix=AT_RECEIVER[one].fix, is_proved=True, detail=dict(self.detail)
            )
            for one in self.codes
        )


DOCUMENTED_DIGEST = DigestForm(algorithm=next(algorithms(64)), write=str)
RAW = MessageForm(name=("raw",))
STRINGIFIED = MessageForm(name=("stringified",))


def key_forms(case: ReceiverCase) -> list[KeyForm]:
    """Return the right key, followed by every other one, each once."""
    signing = case.secrets[0]
    others = [one for one in (*case.secrets[1:], *case.other_secrets) if one.text != signing.text]
    evidence = Evidence(capture=_capture(case.event), secrets=(signing,), other_secrets=tuple(others))
    found = []
    encodings: set[str] = set()
    for one in keys(DiagnosisContext(evidence)):
        if not one.faults:
            found.append(KeyForm(key=one.key))
            continue
        fault = one.faults[0]
        place = one.rank - RANKS[fault.code]
        if fault.code == "secret-other":
            words = f"Your receiver uses the secret “{visible(str(fault.detail['secret']))}”"
            fault = replace(fault, summary=f"{words}, not “{visible(signing.name)}”.")
        faults = tuple(as_receiver(each) for each in (fault, *one.faults[1:]))
        weight = _frequency(fault.code, place)
        if len(faults) > 1:  # the prefix removed and the rest decoded, as Standard Webhooks does
            weight = _frequency(fault.code, 0)
        elif "way" in fault.detail:
            weight = _ENCODED if fault.detail["encoding"] not in encodings else _RARE
            encodings.add(fault.detail["encoding"])
        found.append(KeyForm(key=one.key, faults=faults, weight=weight))
    return found


def digest_forms_of_receivers() -> list[DigestForm]:
    """Return the documented digest, followed by every other form."""
    found = [DOCUMENTED_DIGEST]
    for algorithm in _algorithms():
        made = algorithm_fault(algorithm)
        if algorithm.code == "digest-truncated":
            words = f"Your receiver expects only the first {algorithm.length} of the digest's 64 digits."
        else:
            right = digest_forms.RIGHT_WAYS.get(algorithm.way, "HMAC-SHA256")
            words = f"Your receiver computes {algorithm.words}, not {right}."
        faults = tuple(replace(as_receiver(fault), summary=words) for fault in made)
        weight = 1.0 if algorithm.code is None else _frequency(algorithm.code, _place(algorithm))
        if made:
            found.append(DigestForm(algorithm=algorithm, write=str, faults=faults, weight=weight))
        for cause, hypothesis, _ in searched("digest"):
            if not hypothesis.writes or algorithm.code == "digest-truncated":
                continue
            variants: Iterator[Variant[Write]] = getattr(digest_forms, hypothesis.writes)(algorithm)
            for number, variant in enumerate(variants):
                written = faults_of(cause.code, f"The digest is {variant.words}.", variant)
                of_writing = tuple(map(as_receiver, written))
                is_scheme = algorithm.code == "digest-algorithm" and number == 0
                both = weight * _frequency(cause.code, number) * (_ANOTHER_SCHEME if is_scheme else 1)
                if both >= _LEAST_WEIGHT:
                    found.append(
                        DigestForm(
                            algorithm=algorithm,
                            write=variant.value,
                            faults=(*faults, *of_writing),
                            weight=both,
                        )
                    )
    return found


def _algorithms() -> Iterator[Algorithm]:
    yield DOCUMENTED_DIGEST.algorithm
    for length in LENGTHS:
        for algorithm in algorithms(length):
            if algorithm.code not in (None, "digest-truncated"):
                yield algorithm
    for length in _TRUNCATED:
        yield next(one for one in algorithms(length) if one.code == "digest-truncated")


def _place(algorithm: Algorithm) -> int:
    """Return the place of an algorithm within its cause, the most frequent first."""
    if algorithm.code == "digest-unkeyed":
        hashes = ("SHA256", "MD5", "SHA1", "SHA512", "SHA384")
        return 3 * hashes.index(algorithm.name) + ("plain", "key-first", "key-last").index(algorithm.way)
    if algorithm.code == "digest-swapped":
        return 0
    if algorithm.code == "digest-algorithm":
        return ("SHA1", "SHA512", "MD5", "SHA384").index(algorithm.name)
    return _TRUNCATED.index(algorithm.length)


def messages_of(body: bytes) -> dict[MessageForm, Message]:
    """Return what receivers may sign for a body; the documented readings first, without faults."""
    context = DiagnosisContext(Evidence(capture=_capture(body), secrets=()))
    found: dict[MessageForm, Message] = {RAW: Message(make=lambda: body)}
    stringified = context.stringified
    if stringified is not None:
        found[STRINGIFIED] = Message(make=lambda: stringified)
    found.update(_printed(context))
    own = {cause.code: cause.hypothesis for cause in RECEIVER_CAUSES if cause.hypothesis is not None}
    tried: list[tuple[str, Callable[[DiagnosisContext], Iterator[Variant[Lazy]]]]] = [
        (cause.code, variants) for cause, _, variants in searched("body") if cause.code != "body-reserialised"
    ]
    tried += [(code, getattr(body_changes, hypothesis.variants)) for code, hypothesis in own.items()]
    for code, variants in tried:
        if code not in AT_RECEIVER:
            continue
        for place, variant in enumerate(variants(context)):
            codes = (code, *variant.also)
            weight = _weight(code, place)
            if "signed" in variant.detail:
                weight = _EMPTIES[variant.detail["signed"]] * _weight(code, 0)
            form = MessageForm(name=(code, variant.words), codes=codes, weight=weight)
            number = 0
            while form in found:  # the same change of the other reading
                number += 1
                form = replace(form, name=(code, variant.words, str(number)))
            found[form] = Message(make=variant.value, codes=codes, words=variant.words, detail=variant.detail)
    return found


def _printed(context: DiagnosisContext) -> Iterator[tuple[MessageForm, Message]]:
    """Yield the body in each dialect, with and without a newline."""
    if not context.is_printable or context.parsed is None:
        return
    printer = context.printer
    traits = context.traits
    for place, dialect in enumerate(DIALECTS):
        if traits.has_list_keys and dialect.style.empty == ("[]", "[]"):
            continue
        make = partial(printer.printed, dialect.style)
        printed, ended = _dialect_forms(dialect, place)
        words, detail = _dialect_words(dialect)
        yield printed, Message(make=make, codes=printed.codes, words=words, detail=detail)
        yield (
            ended,
            Message(
                make=_ended(make),
                codes=ended.codes,
                words=f"{words}, with a newline at the end",
                detail={**detail, **white_space("signed", after="\n")},
            ),
        )


@cache
def _dialect_words(dialect: Dialect) -> tuple[str, Mapping[str, Any]]:
    return f"as {as_words([dialect])}", as_detail([dialect])


@cache
def _dialect_forms(dialect: Dialect, place: int) -> tuple[MessageForm, MessageForm]:
    weight = AT_RECEIVER["body-reserialised"].weight / (1 + place / 2)
    name = ("body-reserialised", dialect.words, dialect.style.empty[1])
    printed = MessageForm(name=name, codes=("body-reserialised",), weight=weight, dialect=dialect)
    return printed, MessageForm(
        name=(*name, "newline"),
        codes=("body-reserialised", "body-newline"),
        weight=weight * AT_RECEIVER["body-newline"].weight,
        dialect=dialect,
    )


def _ended(make: Callable[[], bytes]) -> Callable[[], bytes]:
    return lambda: make() + b"\n"


def _weight(code: str, place: int) -> float:
    return AT_RECEIVER[code].weight / float((1 + place) ** _DECAYS.get(code, _DECAY))


def _frequency(code: str, place: int) -> float:
    """Return the frequency of a variant of a key or a digest."""
    known = _FREQUENCIES.get(code, (AT_RECEIVER[code].weight,) * 4)
    return known[place] if place < len(known) else _RARE


def _capture(body: bytes) -> Capture:
    return Capture(kind="imported", received_ms=0, method="POST", target=b"/", headers=(), body=body)
