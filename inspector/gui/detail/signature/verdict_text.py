"""The verdict on a signature in sentences: its cause, and the next step if it is unchecked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.signature.causes import WORDS
from inspector.domain.signature.explanation import Explanation
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.first_difference import white_space_words


def causes(findings: Sequence[Finding]) -> str:
    """Return `the secret differs in whitespace, and the digest is in base64`; empty without a cause."""
    proved = [finding for finding in findings if finding.is_proved]
    words = list(dict.fromkeys(map(_cause, proved)))
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def _cause(finding: Finding) -> str:
    """Return the words for one cause, with the name of its secret."""
    words = _white_space(finding) or WORDS.get(finding.code, finding.code)
    name = finding.detail.get("secret")
    if isinstance(name, str) and words.startswith("the secret "):
        return words.replace("the secret ", f"the secret “{shortened(visible(name), 40)}” ", 1)
    return words


def _white_space(finding: Finding) -> str:
    """Return `the secret ends with a newline`; empty for any other cause, or if the place is unknown."""
    what = white_space_words(finding.detail)
    if finding.code == "secret-whitespace" and what:
        is_ours = finding.detail["white_space"]["side"] == "here"
        return f"the secret {what}" + ("" if is_ours else " on the sender’s side")
    if finding.code == "body-newline" and what:
        is_ours = finding.detail["white_space"]["side"] == "came"
        return f"the {'received' if is_ours else 'signed'} body {what}"
    return ""


def shared_text(findings: Sequence[Finding], count: int) -> str:
    """Return how many captures fail for this cause only, `count` with this one."""
    faults = len([finding for finding in findings if finding.is_proved])
    if faults > 1:
        return f"{faults} faults at once, listed below."
    if count > 1:
        return f"{count:,} captures fail for this reason alone."
    return "No other capture fails for this reason."


def _unexplained(findings: Sequence[Finding]) -> VerdictText | None:
    """Return the sentences if a search found no cause."""
    found = next((finding for finding in findings if finding.code == "unexplained"), None)
    if found is None:
        return None
    tried = found.detail.get("tried")
    if isinstance(tried, int) and tried:
        known = f"No cause found. None of {tried:,} combinations produces this signature."
        more = " ".join(visible(found.summary).replace(known, "").split())
        return VerdictText(sentence=f"None of the {tried:,} known mistakes explains it.", more=more)
    return VerdictText(sentence="The signature does not have the form of a digest.", more="")


LOOKING_FOR_CAUSE = "Looking for the cause…"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictText:
    """The sentences at the top of the Signature tab."""

    sentence: str
    more: str
    asks_for_secret: bool = False


def verdict_text(explanation: Explanation, *, is_sample: bool = False) -> VerdictText:
    """Return the sentences for the current verdict."""
    verdict = explanation.verdict
    compared = explanation.compared
    secret = shortened(visible(verdict.secret or (compared.secret if compared else "")), 60)
    if explanation.is_signed_here:
        return VerdictText(sentence="Valid: signed with the sample’s own secret", more="")
    if verdict.word == "valid":
        return _valid(explanation, secret)
    if verdict.word == "unsigned":
        return VerdictText(
            sentence="Unsigned: the request has no signature",
            more="Blitzllama signs deliveries once a webhook secret is saved in its dashboard (Connections ›"
            " Webhook).",
        )
    if verdict.word == "invalid":
        if because := causes(explanation.findings):
            return VerdictText(sentence=f"{because[0].upper()}{because[1:]}", more="")
        if (unexplained := _unexplained(explanation.findings)) is not None:
            return unexplained
        count = len(explanation.tried)
        under = f"the secret “{secret}”" if count == 1 else f"any of the {count} active secrets"
        return VerdictText(
            sentence=f"Invalid: the signature does not match {under}",
            more="First compare the secret with the one in the dashboard. The most common causes are a wrong"
            " secret and a body that was parsed and re-serialised.",
        )
    if verdict.reason == "no-secret" and is_sample:
        more = "This program signed it. It counts neither as invalid nor in alerts."
        return VerdictText(sentence="Unchecked: the secret of this sample is not active", more=more)
    if verdict.reason == "no-secret":
        return VerdictText(
            sentence="Unchecked: no active secret",
            more="Add the webhook secret from Blitzllama’s dashboard. New captures are then checked on"
            " arrival.",
            asks_for_secret=True,
        )
    why = {
        "refused": "The request was refused, so there is nothing to check.",
        "cut": "Only part of the body arrived, but the signature covers all of it.",
        "masked": "The body was masked on export, but the signature covers the original.",
        "pending": "Large or deep body. Evaluating…",
    }
    return VerdictText(sentence="Unchecked", more=why.get(verdict.reason or "", explanation.problem or ""))


def _valid(explanation: Explanation, secret: str) -> VerdictText:
    sentence = f"Valid with “{secret}”"
    more = "Both readings match: the received bytes, and JSON.stringify of the body."
    if explanation.has_only_white_space_added:
        sentence = "Valid without the whitespace around the body"
        more = f"With “{secret}”, the signature matches the trimmed body, but not the received bytes."
    elif explanation.shown == "rewritten":
        sentence = "Valid, but rewritten in transit"
        more = (
            f"With “{secret}”, the signature matches JSON.stringify of the body, but not the received bytes."
        )
    elif explanation.shown == "bytes-only":
        outcome = "fails on a body this deep" if explanation.is_too_deep else "would reject it"
        sentence = "Valid for the received bytes only"
        more = (
            f"The received bytes match with “{secret}”. The documented Node check, which parses and"
            f" serialises them again, {outcome}."
        )
    elif not explanation.is_json:
        more = "The received bytes match. The body is not JSON, so there is no second reading."
    elif explanation.is_too_deep:
        more = (
            "The received bytes match. The documented Node check cannot be computed: JSON.stringify fails"
            " on a body this deep."
        )
    return VerdictText(sentence=sentence, more=more)


def is_outdated(row: CaptureRow, explanation: Explanation) -> bool:
    """Return whether the stored verdict was made with other secrets than the current ones."""
    now, then = explanation.verdict, row.verdict
    return (now.word, now.matched) != (then.word, then.matched) and then.reason != "pending"


def outdated_text(row: CaptureRow, *, is_running: bool, has_secret: bool) -> VerdictText:
    """Return the stored verdict, which every other view shows, and when it changes. Never a second one."""
    word = row.verdict.word.capitalize()
    if is_running:
        return VerdictText(sentence=word, more="Re-verifying all captures with the current secrets…")
    if has_secret:
        return VerdictText(sentence=word, more="This verdict was made with other secrets.")
    more = "This verdict was made with a secret that is not active now."
    return VerdictText(sentence=word, more=more, asks_for_secret=True)
