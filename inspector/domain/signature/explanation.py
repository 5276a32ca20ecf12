"""The explanation of one signature: received, expected, and why they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inspector.domain.capture.capture import Capture
from inspector.domain.json.value import NotJSON, TooLarge, depth_exceeds, parse_bounded
from inspector.domain.signature.content import Content, content_of
from inspector.domain.signature.diagnosis import Evidence, diagnose
from inspector.domain.signature.diagnosis.dialects import as_detail, as_words, printing_of
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.observation import DEEPEST
from inspector.domain.signature.secret import SAMPLE_SECRET_NAME, Secret
from inspector.domain.signature.signature import (
    Expected,
    check,
    check_bytes,
    expected,
    is_signed_as_transferred,
    not_read,
    received,
)
from inspector.domain.signature.verdict import ShownVerdict, Verdict
from inspector.domain.stringify import stringify

NO_TIMESTAMP = "The signature does not cover a timestamp, so an exact copy always stays valid."
"""A fact about the scheme, shown with every valid signature."""


NAMED_BYTES = 2 * 1024
"""Up to this size, the programs that print such a body are searched at once, in 2 ms."""
PRINTING_CODES = ("body-rewritten", "not-canonical")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretResult:
    """The digests of the body with one secret."""

    secret: str
    expected: Expected
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The verdict with the current secrets, and its reasons."""

    verdict: Verdict
    received: bytes | None
    """The signature header, repeats joined as in Node; None if there was none."""
    is_json: bool
    is_canonical: bool
    """Whether the body is as JSON.stringify prints it, so that both readings are the same."""
    findings: tuple[Finding, ...]
    is_too_deep: bool = False
    """Whether the JSON is too deep for JavaScript's own stringify. The second reading is what it would print,
    and the documented check in Node cannot be computed (`unverifiable-depth`)."""
    problem: str | None = None
    """Why the body was not read, or not as a receiver would read it, as a sentence; None otherwise."""
    tried: tuple[SecretResult, ...] = ()
    """One entry for each active secret; none without a whole body."""

    @property
    def expected(self) -> Expected | None:
        """The digests of the secret that matched, or else of the first active one; None without a secret or a
        whole body."""
        shown = self._tried_with(self.verdict.secret)
        return None if shown is None else shown.expected

    @property
    def compared(self) -> SecretResult | None:
        """The digests to show next to the received one: of the secret that matched, or else the one that
        proved a cause, or else the first active one. None without a secret or a whole body."""
        proved = (finding.detail.get("secret") for finding in self.findings if finding.is_proved)
        return self._tried_with(self.verdict.secret, *proved)

    def _tried_with(self, *names: str | None) -> SecretResult | None:
        """Return the result of the first active secret among `names`, or else of the first active one."""
        by_name = {one.secret: one for one in reversed(self.tried)}
        found = (by_name[name] for name in names if name is not None and name in by_name)
        return next(found, self.tried[0] if self.tried else None)

    @property
    def is_signed_here(self) -> bool:
        """Whether it is a sample that was signed with the secret of its own run."""
        verdict = self.verdict  # with an active secret of this name, `tried` is not empty
        return verdict.word == "valid" and verdict.secret == SAMPLE_SECRET_NAME and not self.tried

    @property
    def has_only_white_space_added(self) -> bool:
        """Whether the signature is valid for the body without the white space around it."""
        return self.shown == "rewritten" and any(one.code == "body-newline" for one in self.findings)

    @property
    def shown(self) -> ShownVerdict:
        """The verdict as shown to the user."""
        return self.verdict.shown(is_json=self.is_json)


def explain(
    capture: Capture,
    secrets: Sequence[Secret],
    other_secrets: Sequence[Secret] = (),
    *,
    is_cause_sought: bool = True,
) -> Explanation:
    """Check a capture, and diagnose an invalid signature unless `is_cause_sought` is false."""
    stringified: bytes | None = None
    content = content_of(capture)
    if capture.kind not in ("refused", "cut"):
        try:
            stringified = stringify(parse_bounded(content.body))
        except TooLarge as error:
            return explain_bytes(capture, secrets, not_read(error))
        except NotJSON:
            pass
    verdict, findings = check(capture, secrets, content, stringified)
    if verdict.word == "invalid" and is_cause_sought:
        findings = diagnose(
            Evidence(capture=capture, secrets=tuple(secrets), other_secrets=tuple(other_secrets))
        )
    elif is_cause_sought or len(content.body) <= NAMED_BYTES:
        findings = tuple(_with_dialects(finding, content.body) for finding in findings)
    is_checked = verdict.word != "unchecked"
    return Explanation(
        verdict=verdict,
        received=received(capture),
        is_json=stringified is not None,
        is_canonical=stringified == content.body,
        findings=findings,
        is_too_deep=stringified is not None and depth_exceeds(content.body, DEEPEST),
        problem=content.problem,
        tried=tuple(_try(capture, one, content, stringified) for one in secrets) if is_checked else (),
    )


def as_stored(explanation: Explanation, capture: Capture, stored: Verdict) -> Explanation:
    """Return the explanation, but with the stored verdict for a sample that was valid and no longer is.

    This program signed it, with a secret that no longer exists or is no longer active.
    """
    if capture.kind != "sample" or stored.word != "valid" or explanation.verdict.word == "valid":
        return explanation
    return replace(explanation, verdict=stored, findings=(), tried=())


def explain_bytes(capture: Capture, secrets: Sequence[Secret], problem: str) -> Explanation:
    """Explain as `explain` does, without reading the body; `problem` is the reason, as a sentence."""
    return Explanation(
        verdict=check_bytes(capture, secrets),
        received=received(capture),
        is_json=False,
        is_canonical=False,
        findings=(),
        problem=problem,
        tried=tuple(_try(capture, one, Content(body=capture.body), None) for one in secrets),
    )


def _with_dialects(finding: Finding, body: bytes) -> Finding:
    """Return a finding about the printing of a body, with every program that prints it like this."""
    if finding.code not in PRINTING_CODES:
        return finding
    end = ", with a newline at the end" if body.endswith(b"\n") else ""
    dialects = printing_of(body.removesuffix(b"\n"))
    if not dialects:
        return finding
    summary = f"{finding.summary} It arrived as {as_words(dialects)}{end}."
    return replace(finding, summary=summary, detail={**finding.detail, **as_detail(dialects)})


def _try(capture: Capture, secret: Secret, content: Content, stringified: bytes | None) -> SecretResult:
    signature = received(capture)
    if content.is_decoded and signature is not None and is_signed_as_transferred(signature, secret, capture):
        return SecretResult(
            secret=secret.name, expected=expected(secret, capture.body, None), matched=("raw",)
        )
    digests = expected(secret, content.body, stringified)
    pairs = (("raw", digests.raw), ("stringify", digests.stringify))
    return SecretResult(
        secret=secret.name,
        expected=digests,
        matched=tuple(name for name, digest in pairs if digest and digest.encode() == signature),
    )
