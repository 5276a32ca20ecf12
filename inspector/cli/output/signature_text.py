"""The signature check as text for the user: the verdict, its cause, the proof and the fix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from inspector.base.visible import visible
from inspector.cli.output.capture_columns import verdict_badge
from inspector.cli.output.columns import display_width, wrapped
from inspector.cli.output.rows import verdict_style
from inspector.cli.output.streams import Painter
from inspector.domain.signature.causes import SIGNATURE_CODES
from inspector.domain.signature.finding import Finding

if TYPE_CHECKING:
    from inspector.domain.signature.explanation import Explanation

_UNCHECKED: Mapping[str | None, str] = {
    "refused": "the request was refused, so it cannot be checked",
    "cut": "the body is incomplete, so it cannot be checked",
    "masked": "the body was masked, so the signed bytes are gone",
    "no-secret": "no active secret to check it with",
    "pending": "not evaluated yet",
}
_LABEL = 7
_MADE = "It was computed "
_COUNTS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}


def verdict_lines(explanation: Explanation, out: Painter) -> Iterator[str]:
    """Yield the verdict as a sentence, with a proved cause: `✗ Invalid: it was computed with …`"""
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
        yield from _labelled(label, f"{visible(finding.summary)}  [{finding.code}]", out)
        if finding.is_proved:
            yield from _labelled("Proof", _proof(finding, is_one_of_several=proved > 1), out)
            yield from _place(finding, out)
        yield from _labelled("Fix", visible(finding.fix), out)


def _after_badge(explanation: Explanation, causes: Sequence[Finding]) -> str:
    verdict, shown = explanation.verdict, explanation.shown
    secret = visible(verdict.secret or "")
    if shown == "valid":
        return f" under {secret}."
    if shown == "bytes-only":
        says = "cannot print a body this deep" if explanation.is_too_deep else "would reject it"
        return f": valid under {secret}, but the documented Node check {says}."
    if explanation.has_only_white_space_added:
        return f": valid under {secret} without the whitespace around the body."
    if shown == "rewritten":
        return f" in transit: valid under {secret} after the body is serialised again."
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
    """Return `it was computed with …, and over …`, without repeating a common beginning."""
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
    yield from _labelled("Cause", f"{visible(finding.summary)}  [{finding.code}]", out)
    checks = finding.detail.get("check_first")
    for number, check in enumerate(checks if isinstance(checks, list) else [finding.fix], start=1):
        yield from _labelled("Check" if number == 1 else "", f"{number}. {visible(str(check))}", out)
    ruled_out = finding.detail.get("ruled_out")
    if isinstance(ruled_out, list) and ruled_out:
        codes = ", ".join(visible(str(code)) for code in ruled_out)
        yield from _labelled("", f"Ruled out, each separately: {codes}.", out)


def _labelled(label: str, text: str, out: Painter) -> Iterator[str]:
    start = out.paint(f"{label:{_LABEL}}", "strong") if label else " " * _LABEL
    for place, line in enumerate(wrapped(text, out.width, indent=_LABEL)):
        yield (start if place == 0 else " " * _LABEL) + line
