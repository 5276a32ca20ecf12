"""The signature check as text for the user: the verdict, its cause, the proof and the fix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from inspector.base.visible import visible, visible_bytes
from inspector.cli.output.alignment import display_width, hanging, wrapped
from inspector.cli.output.capture_columns import verdict_badge, verdict_style
from inspector.cli.output.streams import Painter
from inspector.domain.signature.causes import SIGNATURE_CODES
from inspector.domain.signature.finding import Finding

if TYPE_CHECKING:
    from inspector.domain.signature.diagnosis.digest_forms import ReceivedDigits
    from inspector.domain.signature.explanation import Explanation

_UNCHECKED: Mapping[str | None, str] = {
    "refused": "the request was refused, so it cannot be checked",
    "cut": "the body is incomplete, so it cannot be checked",
    "masked": "the body was masked, so the signed bytes are gone",
    "no-secret": "no active secret to check it with",
    "pending": "not evaluated yet",
}
_LABEL = 7
_MADE = "The signature was computed "
_COUNTS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}


def verdict_lines(explanation: Explanation, out: Painter) -> Iterator[str]:
    """Yield the verdict as a sentence, with a proved cause: `✗ Invalid: the signature was computed with …`"""
    shown = explanation.shown
    causes = [finding for finding in explanation.findings if finding.is_proved]
    badge = verdict_badge(shown)
    first, *more = wrapped(badge + _after_badge(explanation, causes), out.width, indent=0)
    yield out.paint(badge, verdict_style(shown)) + first.removeprefix(badge)
    yield from more
    if shown == "invalid" and len(causes) > 1:
        yield f"{_COUNTS.get(len(causes), str(len(causes)))} faults at once. Each is explained below."


def finding_lines(findings: Sequence[Finding], out: Painter) -> Iterator[str]:
    """Yield the findings, with an empty line before each: cause, proof, fix."""
    proved = sum(finding.is_proved for finding in findings)
    for finding in findings:
        yield ""
        if finding.code == "unexplained":
            yield from _unexplained(finding, out)
            continue
        label = "Cause" if finding.is_proved else "Found" if finding.code not in SIGNATURE_CODES else "Seen"
        yield from labelled(label, f"{visible(finding.summary)}  [{finding.code}]", out)
        if finding.is_proved:
            yield from labelled("Proof", _proof(finding, is_one_of_several=proved > 1), out)
            yield from _place(finding, out)
        yield from labelled("Fix", visible(finding.fix), out)


def _after_badge(explanation: Explanation, causes: Sequence[Finding]) -> str:
    verdict, shown = explanation.verdict, explanation.shown
    if explanation.is_signed_here:
        return ": signed with the sample's own secret."
    secret = visible(verdict.secret or "")
    if shown == "valid":
        return f" with {secret}."
    if shown == "bytes-only":
        says = "cannot print a body this deep" if explanation.is_too_deep else "would reject it"
        return f": valid with {secret}, but the documented Node check {says}."
    if explanation.has_only_white_space_added:
        return f": valid with {secret} without the whitespace around the body."
    if shown == "rewritten":
        return f" in transit: valid with {secret} after the body is re-serialised."
    if shown == "unsigned":
        return ": there is no signature. Signing is optional."
    if shown == "unchecked":
        if verdict.reason is None and explanation.problem is not None:
            return f". {explanation.problem}"
        return f": {_UNCHECKED.get(verdict.reason, 'not checked')}."
    if causes:
        return f": {_joined(causes)}."
    if explanation.received == b"":
        return ": the signature header is empty."
    several = len(explanation.tried) > 1
    return f": {'no secret produces' if several else 'the secret does not produce'} this signature."


def _joined(causes: Sequence[Finding]) -> str:
    """Return `the signature was computed with …, and over …`, without repeating a common beginning."""
    sentence = ""
    for cause in causes:
        said = visible(cause.summary).removesuffix(".")
        if sentence and said.startswith(_MADE):
            sentence += f", and {said.removeprefix(_MADE)}"
        else:
            sentence += f"{'; ' if sentence else ''}{said[:1].lower()}{said[1:]}"
    return sentence


def _proof(finding: Finding, *, is_one_of_several: bool) -> str:
    if finding.code == "not-canonical":
        return "The digest over the raw body matches. The one over JSON.stringify does not."
    if finding.code == "header-of-another-capture":
        return "The digest recomputed over that capture's body matches the received one."
    how = "with all of these faults" if is_one_of_several else "this way"
    return f"Recomputed {how}, the digest matches the received one."


def _place(finding: Finding, out: Painter) -> Iterator[str]:
    """Yield both sides of the first difference between the signed and the received body, with marks."""
    detail = finding.detail
    if "offset" not in detail:
        return
    signed, came = visible(str(detail.get("signed"))), visible(str(detail.get("came")))
    other = "JSON.stringify" if finding.code == "not-canonical" else "arrived"
    width = max(len("signed"), len(other)) + 1
    yield f"{'':{_LABEL}}First difference at byte {detail['offset']:,}:"
    yield f"{'':{_LABEL}}{'signed':{width}}{signed}"
    yield f"{'':{_LABEL}}{other:{width}}{came}"
    shorter = min(len(signed), len(came))
    same = next((place for place in range(shorter) if signed[place] != came[place]), shorter)
    yield " " * (_LABEL + width + display_width(came[:same])) + out.paint("^", "invalid")


def _unexplained(finding: Finding, out: Painter) -> Iterator[str]:
    """Yield what to check, in order, and one line about what was ruled out."""
    yield from labelled("Cause", f"{visible(finding.summary)}  [{finding.code}]", out)
    checks = finding.detail.get("check_first")
    for number, check in enumerate(checks if isinstance(checks, list) else [finding.fix], start=1):
        yield from labelled("Check" if number == 1 else "", f"{number}. {visible(str(check))}", out)
    ruled_out = finding.detail.get("ruled_out")
    if isinstance(ruled_out, list) and ruled_out:
        codes = ", ".join(visible(str(code)) for code in ruled_out)
        yield from labelled("", f"Ruled out, each separately: {codes}.", out)


def labelled(label: str, text: str, out: Painter) -> Iterator[str]:
    """Yield a paragraph next to its label: `Fix    Enter the secret …`"""
    start = out.paint(f"{label:{_LABEL}}", "strong") if label else " " * _LABEL
    yield from hanging(start, text, out.width, indent=_LABEL)


_DIGEST_LABEL = 13
_DIGITS = 64
_WIDE = _DIGEST_LABEL + _DIGITS + _DIGITS // 8 - 1
"""Columns of a whole digest. In a narrower terminal, it takes two lines."""
_MAX_RECEIVED = 200


def digest_lines(explanation: Explanation, out: Painter) -> Iterator[str]:
    """Yield the received digest, and the expected one of each reading."""
    from inspector.domain.signature.diagnosis.digest_forms import received_digits

    received, compared = explanation.received, explanation.compared
    digits: ReceivedDigits | None = None
    if received is not None:
        digits = received_digits(received)
        is_plain = digits.text.encode("latin-1") == received
        if not is_plain or not digits.is_hex:
            yield _beside("received", _quoted(received), out)
        if digits.is_hex:
            label = "received" if is_plain else "decoded" if digits.is_decoded else "its digits"
            yield from _digest(label, digits.text, out)
    if compared is None:
        return
    expected, used = compared.expected, f"with {visible(compared.secret)}"
    if expected.stringify is None or expected.stringify == expected.raw:
        yield from _compared("expected", expected.raw, received, digits, out)
        how = "over the raw body; JSON.stringify would print the same"
        if explanation.is_too_deep:
            how += ", but JavaScript cannot print a body this deep"
        if expected.stringify is None:
            how = "over the raw body, which is not JSON, so there is no other reading"
        yield from _aside(f"{used}, {how}", out)
        return
    yield from _compared("raw body", expected.raw, received, digits, out)
    yield from _compared("stringified", expected.stringify, received, digits, out)
    how = "over the raw body, and over JSON.stringify(JSON.parse(body))"
    if explanation.is_too_deep:
        how += ", if JavaScript could print a body this deep"
    yield from _aside(f"expected {used}, {how}", out)


def tried_lines(explanation: Explanation, out: Painter) -> Iterator[str]:
    """Yield each secret with its result."""
    for one in explanation.tried:
        matched = f"matches by {' and '.join(one.matched)}" if one.matched else "does not match"
        yield _beside("tried", f"{visible(one.secret)} {matched}", out)
        yield from _digest("raw body", one.expected.raw, out)
        if one.expected.stringify is not None and one.expected.stringify != one.expected.raw:
            yield from _digest("stringified", one.expected.stringify, out)


def _compared(
    label: str, expected: str, received: bytes | None, digits: ReceivedDigits | None, out: Painter
) -> Iterator[str]:
    """Yield an expected digest and, if the received one is similar, how it differs."""
    if digits is None or received == expected.encode() or not digits.is_similar(expected):
        yield from _digest(label, expected, out)
        return
    differs = digits.differences(expected)
    came = digits.text
    if count := sum(differs):
        note = f"{count} of {len(expected)} digits differ"
        if expected.startswith(came.lower()):
            note = f"the last {count} of {len(expected)} digits are missing"
    elif came == expected:
        note = "all digits match, but their notation differs"
    else:
        differs = tuple(one != other for one, other in zip(came, expected, strict=True))
        note = "only the case differs"
    marks = "".join("^" if is_other else " " for is_other in differs)
    size = _on_one_line(out)
    for start in range(0, len(expected), size):
        yield _beside(label if start == 0 else "", grouped(expected[start : start + size]), out)
        if marked := grouped(marks[start : start + size]).rstrip():
            yield _beside("", out.paint(marked, "invalid"), out)
    yield _beside("", note, out)


def _digest(label: str, digest: str, out: Painter) -> Iterator[str]:
    size = _on_one_line(out)
    for start in range(0, len(digest), size):
        yield _beside(label if start == 0 else "", grouped(digest[start : start + size]), out)


def _aside(text: str, out: Painter) -> Iterator[str]:
    for line in wrapped(text, out.width, indent=_DIGEST_LABEL):
        yield _beside("", out.paint(line, "faint"), out)


def _on_one_line(out: Painter) -> int:
    return _DIGITS if out.width is None or out.width >= _WIDE else _DIGITS // 2


def _quoted(received: bytes) -> str:
    text = visible_bytes(received[:_MAX_RECEIVED])
    more = len(received) - _MAX_RECEIVED
    return f"“{text}”" + (f" and {more:,} more bytes" if more > 0 else "")


def _beside(label: str, text: str, out: Painter) -> str:
    return (out.paint(f"{label:{_DIGEST_LABEL}}", "faint") if label else " " * _DIGEST_LABEL) + text


def grouped(digest: str) -> str:
    """Return a digest in groups of eight digits, for comparison by eye."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def secret_note(name: str, note: str) -> str:
    """Return why a secret cannot be used: `The secret env:X: it is empty, so it is not used.`"""
    return f"The secret {name}: {note[:1].lower()}{note[1:]}"
