"""The evaluation of one capture: its event, its verdict, its findings."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from inspector.domain.capture.capture import Capture
from inspector.domain.event.event import Answer, Completion, Event, Unknown, read_event, summary
from inspector.domain.event.shape import AS_DOCUMENTED, Shape, shape_of
from inspector.domain.json.value import NotJSON, TooLarge, depth_exceeds, parse_bounded, value_marks
from inspector.domain.respondent.fact import dump_items
from inspector.domain.signature.content import body_within, content_of
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.secret import Secret
from inspector.domain.signature.signature import check_bytes, check_received, digest, not_read, received
from inspector.domain.signature.verdict import Verdict
from inspector.domain.stringify import stringify

INLINE_BYTES = 64 * 1024
"""A larger body is evaluated in the worker, after the response."""
INLINE_DEPTH = 500
"""The same applies to a body with more levels."""
INLINE_VALUES = 1_000
"""The same applies to a body with more values: each takes up to 2 µs, and the loop has 2 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The data that is stored with a capture."""

    verdict: Verdict
    is_trusted: bool
    """Whether it counts in statistics: it is `valid`, or was evaluated while no secret had ever been active.
    Never for a request from a browser, because any web page can send requests to a local port."""
    is_trusted_without_secret: bool = False
    """Whether it is trusted if no secret was ever active on the file, which the store checks again."""
    problem: str | None = None
    """Why the body was not read, or not as a receiver would read it, as a sentence; None otherwise."""
    encoding: str | None = None
    """The Content-Encoding that the body was decoded from; None if it was read as transferred."""
    is_json: bool | None = None
    """None if the body was not read."""
    event: Event = field(default_factory=Unknown)
    summary: str = ""
    items: str = ""
    """The facts for grouping, as text (`fact.dump_items`)."""
    findings: tuple[Finding, ...] = ()
    shape: Shape = AS_DOCUMENTED
    expected_hash: int | None = None
    """`short_hash` of the expected signature with the first active secret; None without one."""

    def on_file(self, *, is_secret_on_file: bool) -> Evaluation:
        """Return the same evaluation, trusted unless a secret was ever active on the file."""
        if not self.is_trusted_without_secret or self.is_trusted != is_secret_on_file:
            return self
        return replace(self, is_trusted=not is_secret_on_file)


PENDING = Evaluation(verdict=Verdict(word="unchecked", reason="pending"), is_trusted=False)
"""The evaluation of a capture that is committed and acknowledged first and evaluated later."""


def is_large(capture: Capture) -> bool:
    """Return whether the body is too large, too deep or has too many values to be read on the loop."""
    body = body_within(capture, INLINE_BYTES)
    if body is None:
        return True
    if len(body) <= INLINE_DEPTH:
        return False
    return value_marks(body) > INLINE_VALUES or depth_exceeds(body, INLINE_DEPTH)


def is_evaluated_later(capture: Capture) -> bool:
    """Return whether a capture cannot be evaluated before the response, because its verdict needs a large
    body."""
    return is_large(capture) and capture.kind != "cut" and capture.kind != "refused"


def evaluate(capture: Capture, secrets: Sequence[Secret], *, is_secret_on_file: bool) -> Evaluation:
    """Evaluate a capture. Never raises, whatever the sender sends.

    `secrets` are the active ones of this process. `is_secret_on_file` means that one is or was active on the
    file, even if its text is not available.
    """
    if capture.kind == "refused" or (capture.kind == "cut" and is_large(capture)):
        words = "" if capture.kind == "refused" else _first_words(capture.body)
        return Evaluation(verdict=check_bytes(capture, secrets), is_trusted=False, summary=words)
    content = content_of(capture)
    signature = received(capture)
    is_checked = signature is not None and any(secret.text for secret in secrets)
    stringified: bytes | None = None
    try:
        value = parse_bounded(content.body)
        if is_checked:  # printing takes longer than everything else
            stringified = stringify(value)
        event: Event = read_event(value)
        shape = shape_of(value)
        is_json = True
    except TooLarge as error:
        return evaluate_bytes(capture, secrets, not_read(error), is_secret_on_file=is_secret_on_file)
    except NotJSON:
        event, is_json, shape = Unknown(), False, AS_DOCUMENTED
    verdict, findings = check_received(signature, capture, secrets, content, stringified)
    is_trusted, is_trusted_without_secret = _trust(capture, verdict, secrets, is_secret_on_file)
    return Evaluation(
        verdict=verdict,
        is_trusted=is_trusted,
        is_trusted_without_secret=is_trusted_without_secret,
        problem=content.problem,
        encoding=content.coding if content.is_decoded else None,
        is_json=is_json,
        event=event,
        summary=summary(event) if is_json else _first_words(content.body),
        items=dump_items(event),
        findings=findings,
        shape=shape,
        expected_hash=short_hash(signature)
        if signature is not None and verdict.word == "valid"
        else _expected_hash(content.body, secrets),
    )


def evaluate_bytes(
    capture: Capture, secrets: Sequence[Secret], problem: str, *, is_secret_on_file: bool
) -> Evaluation:
    """Evaluate as `evaluate` does, without reading the body. Its event stays unknown, and only its bytes as
    transferred are checked. `problem` is the reason, as a sentence."""
    verdict = check_bytes(capture, secrets)
    is_trusted, is_trusted_without_secret = _trust(capture, verdict, secrets, is_secret_on_file)
    return Evaluation(
        verdict=verdict,
        is_trusted=is_trusted,
        is_trusted_without_secret=is_trusted_without_secret,
        problem=problem,
        summary=_first_words(capture.body),
        expected_hash=_expected_hash(capture.body, secrets),
    )


def _trust(
    capture: Capture, verdict: Verdict, secrets: Sequence[Secret], is_secret_on_file: bool
) -> tuple[bool, bool]:
    """Return whether it is trusted, and whether it would be without a secret on file."""
    if capture.is_from_browser:
        return False, False
    is_trusted_without_secret = (
        verdict.word != "valid"
        and verdict.reason not in ("cut", "masked")
        and not any(secret.text for secret in secrets)
    )
    is_trusted = verdict.word == "valid" or (is_trusted_without_secret and not is_secret_on_file)
    return is_trusted, is_trusted_without_secret


def evaluate_in_worker(capture: Capture, secrets: Sequence[Secret], *, is_secret_on_file: bool) -> Evaluation:
    """Evaluate as `evaluate` does, for another process: without the answers, which are not stored and can be
    nested too deep to be pickled."""
    evaluation = evaluate(capture, secrets, is_secret_on_file=is_secret_on_file)
    event = evaluation.event
    if isinstance(event, Answer):
        event = replace(event, item=replace(event.item, response=None))
    elif isinstance(event, Completion):
        event = replace(event, items=())
    return replace(evaluation, event=event)


def short_hash(signature: bytes) -> int:
    """Return eight bytes of SHA-256 as a signed integer for SQLite; they do not reveal the signature."""
    return int.from_bytes(hashlib.sha256(signature).digest()[:8], "big", signed=True)


def _expected_hash(body: bytes, secrets: Sequence[Secret]) -> int | None:
    active = next((secret for secret in secrets if secret.text), None)
    return None if active is None else short_hash(digest(active.key, body).encode())


def _first_words(body: bytes) -> str:
    return body[:480].decode("utf-8", "replace").strip()[:120]
