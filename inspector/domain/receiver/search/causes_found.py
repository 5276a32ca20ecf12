"""The causes at a receiver in sentences: what it computes, the proof, and what was observed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.receiver.receiver_causes import AT_RECEIVER, Symptom
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import ReceiverCause, clauses
from inspector.domain.signature.diagnosis.dialects import Dialect, as_detail, as_words
from inspector.domain.signature.finding import Finding

_PHRASES = (
    ("Your receiver uses ", "with "),
    ("Your receiver verifies ", "over "),
    ("Your receiver expects ", "with "),
    ("Your receiver computes ", "with "),
)
"""The beginnings of causes, and of the words for an event that is signed in this way."""
_EXPLAINED = re.compile(r", not .*|(?<=”): .*| \([^()]*••[^()]*\)$")
"""The parts of a cause that explain it: the right value, the reason, a picture of the secret."""
_NO_PARSER = "No JSON parser runs before the route, so JSON.stringify(req.body) is {}."
_PARSED_AS_NOTHING = "The route signs an empty object: no JSON parser ran, or a parser of forms did."
_VERIFY_RAW = "Verify the raw body, which needs no parser."


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedCause:
    """The faults that together explain what a receiver accepts."""

    faults: tuple[Finding, ...]
    dialects: tuple[Dialect, ...] = ()
    """The dialects that cannot be distinguished, if the body is re-serialised."""
    header: str | None = None
    """The header that it reads, if it is not the documented one."""
    is_proved: bool
    accepted: int
    """The number of distinct events that it accepted."""
    controls: int
    """The number of wrong signatures that it rejected."""
    is_javascript: bool = True
    """Whether the receiver may be written in JavaScript."""
    is_compared: bool
    """Whether it rejected an event without each of the faults that it accepted with them."""
    probe: int | None


def signed(faults: Iterable[Finding], header: str | None = None) -> str:
    """Return how an event is signed for a receiver with these faults: `signed over {}`."""
    parts = [_phrase(summary) for summary in dict.fromkeys(fault.summary for fault in faults)]
    words = f"signed {clauses(parts)}" if parts else "signed as documented"
    return words if header is None else f"{words}, in the header {header}"


def causes(found: CombinedCause) -> tuple[ReceiverCause, ...]:
    """Return one cause per fault, in the order key, body, digest, header."""
    faults = [_with_dialects(fault, found.dialects) for fault in found.faults]
    how = signed(faults, found.header)
    made = [(fault.code, fault.summary, fault.detail) for fault in {one.code: one for one in faults}.values()]
    if found.header is not None:
        words = f"Your receiver reads the signature from the header {found.header}."
        made.append(("header-name", words, {"header": found.header}))
    if found.is_proved:
        against = "its body" if how.startswith("signed over ") and len(made) == 1 else None
        proof = _proof(found, how, against)
    else:
        proof = f"It seems to accept events {how}, but no two events got a 2xx response."
    causes_of = (
        _cause(code, summary, proof, detail, is_proved=found.is_proved, probe=found.probe)
        for code, summary, detail in made
    )
    return tuple(one if found.is_javascript else _in_any_language(one) for one in causes_of)


def _in_any_language(cause: ReceiverCause) -> ReceiverCause:
    """Return a cause without advice about Express."""
    if cause.code != "body-empty":
        return cause
    why = _PARSED_AS_NOTHING if cause.detail.get("signed") == "{}" else cause.why
    return replace(cause, why=why, fix=_VERIFY_RAW)


def _proof(found: CombinedCause, how: str, against: str | None) -> str:
    if found.is_compared:
        other = f"signed over {against}" if against else "signed as documented"
        if found.header is not None and not found.faults:
            other = f"in {SIGNATURE_HEADER.decode()}"
        end = ". It rejected" if ", and " in how else ", and rejected"
        return f"It accepted an event {how}{end} the same event {other}."
    return (
        f"It accepted {found.accepted} events {how}. It rejected {found.controls} wrong signatures and"
        " an event signed as documented."
    )


def _with_dialects(fault: Finding, dialects: tuple[Dialect, ...]) -> Finding:
    if fault.code != "body-reserialised" or not dialects:
        return fault
    end = ", with a newline at the end" if "newline" in fault.summary else ""
    return Finding(
        code=fault.code,
        summary=f"Your receiver verifies the body as {as_words(dialects)}{end}.",
        fix=fault.fix,
        detail={**fault.detail, **as_detail(dialects)},
    )


def _phrase(summary: str) -> str:
    for start, words in _PHRASES:
        if summary.startswith(start):
            rest = summary.removeprefix(start).removesuffix(".").removesuffix(" instead of the body")
            return words + _EXPLAINED.sub("", rest)
    return summary


def _cause(
    code: str,
    summary: str,
    proof: str,
    detail: Mapping[str, Any] | None = None,
    *,
    is_proved: bool = False,
    probe: int | None = None,
) -> ReceiverCause:
    detail = detail or {}
    about = AT_RECEIVER[code]
    return ReceiverCause(
        code=code,
        is_proved=is_proved,
        summary=summary,
        why=_NO_PARSER if detail.get("signed") == "{}" else about.why,
        proof=proof,
        fix=about.fix,
        detail=detail,
        probe=probe,
    )


def observed(symptoms: Iterable[Symptom]) -> tuple[ReceiverCause, ...]:
    """Return the observations that prove nothing, those first that end every event."""
    ordered = sorted(symptoms, key=lambda symptom: not symptom.is_final)
    return tuple(_cause(one.code, one.says, "This was observed, not proved.") for one in ordered)


def fails_after_check(right: Reply, wrong: Reply, probe: int) -> ReceiverCause:
    """Return the cause of a receiver that verifies correctly and does not accept the event."""
    return _cause(
        "receiver-fails-after-check",
        f"Your receiver verifies signatures correctly, but then {right.words}.",
        f"A right signature {_got(right)}, a wrong one {_got(wrong)}, each twice.",
        probe=probe,
    )


def leak() -> ReceiverCause:
    """Return the fault of a receiver that shows the expected signature."""
    return _cause(
        "receiver-leaks-signature",
        "Your receiver shows the signature that it expects in its response.",
        "A response contained the digest of its event, which was not in the request.",
        is_proved=True,
    )


def rejects_differently(kinds: list[str], probe: int | None) -> ReceiverCause:
    """Return what is known of a receiver that accepts plain events and rejects others."""
    rejected = f", but rejects {' and '.join(kinds)}" if kinds else ", but rejects the valid event"
    return _cause(
        "receiver-rejects-differently",
        f"Your receiver accepts a plain event{rejected}.",
        "No known way to print the body explains it.",
        {"rejected": kinds},
        probe=probe,
    )


def _got(reply: Reply) -> str:
    return f"got {reply.status}" if reply.error is None else "got no response"
