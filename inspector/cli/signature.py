"""The check of a signature, told to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from inspector.base.visible import visible, visible_bytes
from inspector.cli.columns import grouped
from inspector.cli.lines import verdict_badge, verdict_style, verdict_word
from inspector.cli.output import Output
from inspector.domain.finding import Finding

if TYPE_CHECKING:
    from inspector.domain.explanation import Explanation

_UNCHECKED: Mapping[str | None, str] = {
    "refused": "the request was refused, so there is nothing whole to check",
    "cut": "the body was cut short, so there is nothing whole to check",
    "masked": "the body was masked, so what was signed is no longer there",
    "no-secret": "no secret is set to check it with",
    "pending": "it was not judged yet",
}
_MAX_RECEIVED = 200
_LABEL = 11


def verdict_sentence(explanation: Explanation, out: Output) -> str:
    """The verdict with what led to it: `✓ Valid under env:BLITZ_WEBHOOK_SECRET.`"""
    verdict = explanation.verdict
    word = verdict_word(verdict, is_json=explanation.is_json)
    badge = out.paint(verdict_badge(word), verdict_style(word))
    secret = visible(verdict.secret or "")
    if word == "Valid":
        return f"{badge} under {secret}."
    if word == "Bytes only":
        return f"{badge}: valid under {secret}, yet the documented check in Node would reject it."
    if word == "Rewritten":
        return f"{badge} on the way: valid under {secret} once the body is serialised again."
    if word == "Invalid":
        several = len(explanation.tried) > 1
        return f"{badge}: {'none of the secrets matches' if several else 'the secret does not match'}."
    if word == "Unsigned":
        return f"{badge}: there is no signature. It is optional, so this is not a bad one."
    return f"{badge}: {_UNCHECKED.get(verdict.reason, 'it was not checked')}."


def digest_lines(explanation: Explanation, out: Output) -> Iterator[str]:
    """What was received and what was expected, one under the other."""
    if explanation.received is not None:
        yield _fact("received", _digest(explanation.received), out)
    if explanation.expected is not None:
        under = f"   under {visible(explanation.expected_under or '')}"
        raw, stringified = explanation.expected.raw, explanation.expected.stringify
        if raw == stringified:
            yield _fact("expected", grouped(raw) + out.paint(under, "faint"), out)
            return
        yield _fact("expected", grouped(raw) + out.paint(f"{under}, of the body as it is", "faint"), out)
        if stringified is None:
            yield _fact("", "The body is no JSON, so there is no second reading.", out)
        else:
            reading = f"{under}, of JSON.stringify(JSON.parse(body))"
            yield _fact("", grouped(stringified) + out.paint(reading, "faint"), out)


def tried_lines(explanation: Explanation, out: Output) -> Iterator[str]:
    """One line a secret and reading."""
    for one in explanation.tried:
        matched = "matches" if one.matched else "does not match"
        yield _fact("tried", f"{visible(one.secret)} {matched}", out)
        yield _fact("", grouped(one.expected.raw) + out.paint("   the body as it is", "faint"), out)
        if one.expected.stringify is not None and one.expected.stringify != one.expected.raw:
            yield _fact("", grouped(one.expected.stringify) + out.paint("   stringified", "faint"), out)


def finding_lines(findings: Sequence[Finding], out: Output) -> Iterator[str]:
    """What was found, each with its cause and what to do."""
    for finding in findings:
        code = out.paint(finding.code, "strong")
        yield f"{code}  {'proved' if finding.is_proved else 'seen'}"
        yield f"  {visible(finding.summary)}"
        yield f"  {visible(finding.fix)}"


def _fact(label: str, text: str, out: Output) -> str:
    return out.paint(f"{label:{_LABEL}}", "faint") + text


def _digest(received: bytes) -> str:
    if len(received) == 64 and received.isalnum():
        return grouped(received.decode("ascii"))
    text = visible_bytes(received[:_MAX_RECEIVED])
    more = len(received) - _MAX_RECEIVED
    return f"“{text}”" + (f" and {more:,} more bytes" if more > 0 else "")
