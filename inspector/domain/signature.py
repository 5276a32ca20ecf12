"""The documented signature check, in both its readings, and what it says about a capture."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from inspector.domain.capture import SIGNATURE_HEADER, Capture
from inspector.domain.finding import Finding
from inspector.domain.observation import (
    body_rewritten,
    header_repeated,
    not_canonical,
    observe_body,
    observe_header,
)
from inspector.domain.secret import Secret
from inspector.domain.verdict import Reading, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The signature a body should bear under one secret. A credential: whoever has it can send that body."""

    raw: str
    """Over the bytes as they came."""
    stringify: str | None
    """Over JSON.stringify(JSON.parse(body)); null where the body is no JSON."""


def digest(key: bytes, message: bytes) -> str:
    """HMAC-SHA256 as lower-case hex, as the sender's documents have it."""
    return hmac.digest(key, message, "sha256").hex()


def expected(secret: Secret, body: bytes, stringified: bytes | None) -> Expected:
    """What `secret` makes of a body; `stringified` is its other reading, None where it is no JSON."""
    key = secret.key
    raw = digest(key, body)
    if stringified is None:
        return Expected(raw=raw, stringify=None)
    return Expected(raw=raw, stringify=raw if stringified == body else digest(key, stringified))


def received(capture: Capture) -> bytes | None:
    """The signature header, repeats joined with `, ` as Node does; None where there is none."""
    values = capture.values(SIGNATURE_HEADER)
    return b", ".join(values) if values else None


def check(
    capture: Capture, secrets: Sequence[Secret], stringified: bytes | None
) -> tuple[Verdict, tuple[Finding, ...]]:
    """The verdict, and the findings that cost nothing to make; a cause that must be searched for is
    `diagnose`'s business. `secrets` are the active ones; an empty one never is. `stringified` is the
    body's other reading, None where it is no JSON.
    """
    if capture.kind == "refused" or capture.kind == "cut":
        return Verdict(word="unchecked", reason=capture.kind), ()
    signature = received(capture)
    if signature is None:
        return Verdict(word="unsigned"), ()
    active = [secret for secret in secrets if secret.text]
    if not active:
        return Verdict(word="unchecked", reason="no-secret"), ()
    every_expected = []
    for secret in active:
        ours = expected(secret, capture.body, stringified)
        matched = _matching(signature, ours)
        if matched:
            verdict = Verdict(word="valid", matched=matched, secret=secret.name)
            return verdict, _valid_findings(capture, matched, stringified)
        every_expected.append(ours)
    return Verdict(word="invalid"), _invalid_findings(
        capture, every_expected, is_json=stringified is not None
    )


def copies_that_match(capture: Capture, every_expected: Sequence[Expected]) -> tuple[int, ...]:
    """Of a repeated signature header, the copies (from 1) that would be valid alone."""
    return tuple(
        number
        for number, value in enumerate(capture.values(SIGNATURE_HEADER), start=1)
        if any(_matching(value, ours) for ours in every_expected)
    )


def _matching(signature: bytes, ours: Expected) -> tuple[Reading, ...]:
    # Bytes, since compare_digest takes no text beyond ASCII; both readings always, for constant time.
    is_raw = hmac.compare_digest(ours.raw.encode(), signature)
    is_stringify = ours.stringify is not None and hmac.compare_digest(ours.stringify.encode(), signature)
    if is_raw:
        return ("raw", "stringify") if is_stringify else ("raw",)
    return ("stringify",) if is_stringify else ()


def _valid_findings(
    capture: Capture, matched: tuple[Reading, ...], stringified: bytes | None
) -> tuple[Finding, ...]:
    findings = observe_body(capture.body, is_json=stringified is not None) if stringified is not None else ()
    if stringified is None or len(matched) == 2:
        return findings
    if matched == ("raw",):
        return (not_canonical(capture.body, stringified), *findings)
    return (body_rewritten(capture.body, stringified), *findings)


def _invalid_findings(
    capture: Capture, every_expected: Sequence[Expected], *, is_json: bool
) -> tuple[Finding, ...]:
    values = capture.values(SIGNATURE_HEADER)
    if len(values) > 1:
        header: tuple[Finding, ...] = (
            header_repeated(len(values), copies_that_match(capture, every_expected)),
        )
    else:
        header = observe_header(values[0])
    return (*header, *observe_body(capture.body, is_json=is_json))
