"""The documented signature check in both readings, with its verdict and findings on a capture."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from inspector.domain.capture.capture import SAMPLE_HEADER, SIGNATURE_HEADER, WRONG_SECRET_NONCE, Capture
from inspector.domain.mask.mask import DOTS
from inspector.domain.signature.content import Content
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.observation import (
    body_compressed,
    body_rewritten,
    header_repeated,
    not_canonical,
    observe_body,
    observe_header,
)
from inspector.domain.signature.secret import Secret
from inspector.domain.signature.verdict import Reading, Verdict

_BLOCK = hashlib.sha256().block_size
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The signature of a body with one secret. A credential, because it authorises sending that body."""

    raw: str
    """Over the bytes as transferred or decoded."""
    stringify: str | None
    """Over JSON.stringify(JSON.parse(body)); None if the body is not JSON."""


def digest(key: bytes, message: bytes) -> str:
    """Return HMAC-SHA256 as lower-case hex, as in the sender's documents."""
    # The two hashes of RFC 2104, section 2, are begun once per key. hmac.digest would begin both for each
    # message, which takes longer than hashing 400 bytes.
    begun, begun_outer = _begun(key)
    inner, outer = begun.copy(), begun_outer.copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.hexdigest()


def expected(secret: Secret, body: bytes, stringified: bytes | None) -> Expected:
    """Return the digests of a body with `secret`. `stringified` is its other reading, None if it is not
    JSON."""
    raw, other = _expected(secret, body, stringified)
    return Expected(raw=raw, stringify=other)


def received(capture: Capture) -> bytes | None:
    """Return the signature header, repeats joined with `, ` as in Node; None if there is none."""
    values = capture.values(SIGNATURE_HEADER)
    if len(values) == 1:
        return values[0]
    return b", ".join(values) if values else None


def check(
    capture: Capture, secrets: Sequence[Secret], content: Content, stringified: bytes | None
) -> tuple[Verdict, tuple[Finding, ...]]:
    """Check as `check_received` does, with the signature of the capture."""
    return check_received(received(capture), capture, secrets, content, stringified)


_MASKED = DOTS.encode()
"""The header of a masked export."""


def check_received(
    signature: bytes | None,
    capture: Capture,
    secrets: Sequence[Secret],
    content: Content,
    stringified: bytes | None,
) -> tuple[Verdict, tuple[Finding, ...]]:
    """Return the verdict and the findings that need no search; `diagnose` searches for a cause.

    `secrets` are the active ones; an empty one is ignored. `content` is the `content_of` the capture,
    `stringified` its other reading, None if it is not JSON.
    """
    if capture.kind == "refused" or capture.kind == "cut":
        return Verdict(word="unchecked", reason=capture.kind), ()
    if signature is None:
        return Verdict(word="unsigned"), ()
    if signature == _MASKED:
        return Verdict(word="unchecked", reason="masked"), ()
    every_expected: list[tuple[str, Expected]] = []
    for secret in secrets:
        if not secret.text:
            continue
        if content.is_decoded and is_signed_as_transferred(signature, secret, capture):
            return _valid(("raw",), secret.name), (body_compressed(content, is_transferred=True),)
        raw, other = _expected(secret, content.body, stringified)
        matched = _matching(signature, raw, other)
        if matched:
            findings = _valid_findings(content.body, matched, stringified)
            if content.is_decoded:
                findings = (body_compressed(content, is_transferred=False), *findings)
            return _valid(matched, secret.name), findings
        every_expected.append((secret.name, Expected(raw=raw, stringify=other)))
    if not every_expected:
        return Verdict(word="unchecked", reason="no-secret"), ()
    if capture.kind == "sample" and not is_signed_wrongly(capture):
        # This program signed it, so it is not invalid if its secret is inactive.
        return Verdict(word="unchecked", reason="no-secret"), ()
    return Verdict(word="invalid"), _invalid_findings(capture, content.body, every_expected, stringified)


def is_signed_wrongly(capture: Capture) -> bool:
    """Return whether this program deliberately signed a sample with another secret."""
    return any(value.startswith(WRONG_SECRET_NONCE.encode()) for value in capture.values(SAMPLE_HEADER))


def check_bytes(capture: Capture, secrets: Sequence[Secret]) -> Verdict:
    """Return the verdict from only the bytes as transferred, for a body that cannot be read: `valid` if they
    are signed, but never `invalid`, because another reading may be signed."""
    signature = received(capture)
    if signature is None or not any(secret.text for secret in secrets) or capture.kind in ("refused", "cut"):
        return check(capture, secrets, Content(body=b""), None)[0]
    for secret in secrets:
        if secret.text and is_signed_as_transferred(signature, secret, capture):
            return _valid(("raw",), secret.name)
    return Verdict(word="unchecked")


def not_read(why: object) -> str:
    """Return the sentence about a body that only `check_bytes` could check."""
    return f"The body was not read: {why}. Only a signature over its bytes can be checked."


SKIPPED = not_read("its evaluation ended the evaluator twice")
"""The sentence about a skipped body. Reading it in this process could end it, too."""


def is_signed_as_transferred(signature: bytes, secret: Secret, capture: Capture) -> bool:
    """Return whether the signature was made with this secret over the body as received, compressed or not."""
    return hmac.compare_digest(digest(secret.key, capture.body).encode(), signature)


def _expected(secret: Secret, body: bytes, stringified: bytes | None) -> tuple[str, str | None]:
    """Return the digests of both readings; the same object if both are the same bytes."""
    key = secret.key
    raw = digest(key, body)
    if stringified is None:
        return raw, None
    return raw, raw if stringified == body else digest(key, stringified)


def _matching(signature: bytes, raw: str, other: str | None) -> tuple[Reading, ...]:
    # As bytes, because compare_digest accepts only ASCII text. Both readings always, for constant time.
    is_raw = hmac.compare_digest(raw.encode(), signature)
    if other is raw:
        return ("raw", "stringify") if is_raw else ()
    is_stringify = other is not None and hmac.compare_digest(other.encode(), signature)
    if is_raw:
        return ("raw", "stringify") if is_stringify else ("raw",)
    return ("stringify",) if is_stringify else ()


@lru_cache(maxsize=256)
def _valid(matched: tuple[Reading, ...], secret: str) -> Verdict:
    return Verdict(word="valid", matched=matched, secret=secret)


@lru_cache(maxsize=64)
def _begun(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(_BLOCK, b"\0")
    return hashlib.sha256(padded.translate(_INNER)), hashlib.sha256(padded.translate(_OUTER))


def _valid_findings(
    body: bytes, matched: tuple[Reading, ...], stringified: bytes | None
) -> tuple[Finding, ...]:
    findings = observe_body(body, is_json=stringified is not None) if stringified is not None else ()
    if stringified is None or len(matched) == 2:
        return findings
    if matched == ("raw",):
        return (not_canonical(body, stringified), *findings)
    return (body_rewritten(body, stringified), *findings)


def _invalid_findings(
    capture: Capture,
    body: bytes,
    every_expected: Sequence[tuple[str, Expected]],
    stringified: bytes | None,
) -> tuple[Finding, ...]:
    values = capture.values(SIGNATURE_HEADER)
    if len(values) > 1:
        header = _repeated(body, values, every_expected, stringified)
    else:
        header = observe_header(values[0])
    return (*header, *observe_body(body, is_json=stringified is not None))


def _repeated(
    body: bytes,
    values: Sequence[bytes],
    every_expected: Sequence[tuple[str, Expected]],
    stringified: bytes | None,
) -> tuple[Finding, ...]:
    """Return the findings on a repeated header: which copies would be valid on their own."""
    valid = [
        (number, secret, matched)
        for number, value in enumerate(values, start=1)
        for secret, ours in every_expected
        if (matched := _matching(value, ours.raw, ours.stringify))
    ]
    if not valid:
        return (header_repeated(len(values), (), None),)
    _, secret, matched = valid[0]
    repeated = header_repeated(len(values), tuple(dict.fromkeys(number for number, *_ in valid)), secret)
    if matched == ("stringify",) and stringified is not None:
        return repeated, body_rewritten(body, stringified)
    return (repeated,)
