"""One capture as a Markdown page for support: everything that is relevant, nothing that is private.

External text never ends a cell, a span or a fence of the page, and never becomes a link.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from inspector.base.clock import rfc3339
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.headers import KNOWN_HEADERS, carries_client_address
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.json.value import JsonValue, NotJSON, depth_exceeds, parse_bounded
from inspector.domain.mask.mask import (
    DOTS,
    identifying_values,
    masked_digest,
    masked_header,
    masked_name,
    masked_value,
    scrubbed,
)
from inspector.domain.signature.causes import SIGNATURE_CODES
from inspector.domain.signature.content import content_of
from inspector.domain.signature.diagnosis.digest_forms import DIGITS
from inspector.domain.signature.explanation import NO_TIMESTAMP, Explanation
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.verdict import Verdict

_MARKS = re.compile(r"[\\`*_~\[\]<>#|!]")
# Text that GitHub and others turn into links, mentions or other characters without any markup.
_LINKED = {"&": "&amp;", "@": "&#64;", "://": "&#58;//", "www.": "www&#46;"}
_LINKS = re.compile("&|@|://|www\\.", re.IGNORECASE)


def code(text: str) -> str:
    """Return a code span that is safe in a table; empty for an empty text, because a span cannot be empty."""
    text = visible(text).replace("`", "'").replace("|", "¦")
    return f"`{text}`" if text.strip() else ""


def prose(text: str) -> str:
    """Return text that is shown literally on one line."""
    text = _LINKS.sub(lambda found: _LINKED[found[0].lower()], visible(text))
    return _MARKS.sub(r"\\\g<0>", text)


def fenced(line: str) -> str:
    """Return a line for a fence of three backticks, which must not contain three backticks."""
    return visible(line).replace("```", "'''")


MAX_BODY = 64 * 1024
"""A longer body is mentioned but not printed."""
MAX_DEPTH = 100
_MAX_VALUE = 200
_NEW = re.compile(r"field (responses\[\]\.)?|question type |platform |event ")
"""The start of the texts that `new-shape` lists."""
_PRIVATE = frozenset(("from", "referer", "x-original-url"))
"""Known headers that can name a person or repeat the path."""

_QUESTIONS = {
    "body": (
        "Which bytes were signed: exactly the posted text, or another serialisation of it?",
        "Which program serialises the payload, and does anything rewrite it before it is sent?",
    ),
    "secret": (
        "Which secret was this delivery signed with, and since when? (Send its name or date, not its text.)",
        "Does your stored secret contain whitespace, a quote or a prefix?",
    ),
    "digest": ("In which form do you send the digest: hash, encoding, prefix, upper or lower case?",),
    "header": ("How often do you set x-webhook-signature per delivery, and in which program?",),
}


def report(detail: CaptureDetail, explanation: Explanation) -> str:
    """Return the page, ending in a newline.

    Secrets, `app_key`, `user_id`, answers, the request's path and query and the client's address are masked.
    Digests are shown as their first and last four digits. Without a secret, the stored verdict and cause are
    shown instead of the current ones.
    """
    capture = detail.capture
    is_stored = explanation.verdict.reason == "no-secret" and detail.row.verdict.word != "unchecked"
    if is_stored:
        of_signature = (finding for finding in detail.findings if finding.code in SIGNATURE_CODES)
        explanation = replace(explanation, verdict=detail.row.verdict, findings=tuple(of_signature))
    value, why_not = _parsed(capture)
    hidden = hidden_texts(detail, value)
    between = tuple(finding for finding in detail.findings if finding.code not in SIGNATURE_CODES)
    lines = [
        f"# Webhook delivery {detail.row.id}: {explanation.verdict.word}",
        "",
        f"Masked for sharing: {DOTS} replaces a secret, a key, a respondent, an answer, "
        "a path or an address of any length.",
        "",
        *_facts(detail, explanation, hidden),
        "",
        "## Signature",
        "",
        *_signature(explanation, is_stored=is_stored),
        "",
    ]
    for finding in explanation.findings:
        lines += _finding(finding, explanation, hidden)
    if questions := _asked(explanation.findings, explanation.verdict.word):
        lines += ["## What to ask the sender", "", *(f"- {question}" for question in questions), ""]
    if between:
        lines += [
            "## Compared with other deliveries",
            "",
            *(f"- {_beside(one, hidden)}" for one in between),
            "",
        ]
    if capture.headers:
        lines += ["## Headers", "", *_fence(_headers(capture, hidden)), ""]
    lines += ["## Body", "", *(_body(value[0], hidden) if value else [why_not])]
    return "\n".join(lines) + "\n"


def hidden_texts(detail: CaptureDetail, value: tuple[JsonValue] | None = None) -> tuple[str, ...]:
    """Return the texts that must not appear outside, in each possible spelling.

    `value` is the parsed body, which is read here if it is missing.
    """
    value = value or _parsed(detail.capture)[0]
    texts = (
        *identifying_values(value[0] if value else {"user_id": detail.row.user_id}),
        *_of_the_way(detail.capture),
    )
    spelled = (spelling for text in texts for spelling in (text, visible(text), json.dumps(text)[1:-1]))
    return tuple(dict.fromkeys(spelled))


def _of_the_way(capture: Capture) -> Iterator[str]:
    """Yield the path, which can contain a token, and the addresses. A proxy or a finding can repeat them."""
    path = capture.target.partition(b"?")[0]
    for text in (path.decode("utf-8", "replace"), capture.claimed or "", capture.remote):
        if len(text) > len("::1"):
            yield text


def _facts(detail: CaptureDetail, explanation: Explanation, hidden: Sequence[str]) -> Iterator[str]:
    capture, row = detail.capture, detail.row
    yield "| | |"
    yield "|---|---|"
    yield f"| received | {rfc3339(capture.received_ms)} |"
    if capture.kind != "captured":
        yield f"| kind | {capture.kind} |"
    if capture.kind != "refused":
        line = f"{visible(capture.method)} {_target(capture)} HTTP/{visible(capture.version)}"
        yield f"| request | {_cell(line, hidden)} |"
    if capture.trouble:
        yield f"| problem | {_cell(capture.trouble, hidden)} |"
    yield f"| body | {row.size:,} bytes{_declared(capture)} |"
    yield f"| event | {row.event} |"
    yield f"| survey | {_cell(row.survey_id, hidden)} |"
    yield f"| group | {_cell(row.group_id, hidden)} |"
    yield f"| responded with | {row.answered if row.answered is not None else 'nothing'} |"
    if _outcome(row.verdict) != _outcome(explanation.verdict):
        yield f"| verdict when last verified | {_outcome(row.verdict)} |"


def _signature(explanation: Explanation, *, is_stored: bool) -> Iterator[str]:
    verdict = explanation.verdict
    when = " when last verified" if is_stored else ""
    yield f"Verdict{when}: **{_outcome(verdict)}**."
    if verdict.word == "valid":
        yield NO_TIMESTAMP
    yield ""
    received, compared = explanation.received, explanation.compared
    if received is not None:
        text = masked_header(b"x-webhook-signature", visible_bytes(received))
        is_hex = DIGITS.fullmatch(received.decode("latin-1")) is not None
        unit = ("digit" if is_hex else "byte") + ("" if len(received) == 1 else "s")
        yield f"- received: {code(text) or 'nothing'}, {len(received):,} {unit}"
    if compared is not None:
        expected = compared.expected
        yield f"- expected over the received bytes: {code(masked_digest(expected.raw))}"
        if expected.stringify is not None:
            digest = code(masked_digest(expected.stringify))
            yield f"- expected over JSON.stringify(JSON.parse(body)): {digest}"


def _outcome(verdict: Verdict) -> str:
    reason = f" ({verdict.reason})" if verdict.reason else ""
    matched = f", matched by {' and '.join(verdict.matched)}" if verdict.matched else ""
    return f"{verdict.word}{reason}{matched}"


def _finding(finding: Finding, explanation: Explanation, hidden: Sequence[str]) -> list[str]:
    summary, label = (
        finding.summary,
        "Cause" if finding.is_proved or finding.code == "unexplained" else "Seen",
    )
    proof = "none. This is an observation, not necessarily the cause."
    if explanation.verdict.word == "valid":
        proof = "none. This is an observation, and the signature is valid."
    if finding.code == "header-not-hex":
        summary = "The signature is not hexadecimal."  # the finding's own text shows the header
    if finding.is_proved:
        came = masked_header(b"x-webhook-signature", visible_bytes(explanation.received or b""))
        proof = f"recomputed this way, the digest equals the received one, {code(came)}."
        if explanation.verdict.word == "valid":
            proof = "one reading of the body produces the received digest, the other does not."
    lines = [
        f"### `{finding.code}`",
        "",
        f"- {label}: {prose(scrubbed(summary, hidden))}",
        f"- Proof: {proof}",
        f"- Fix: {prose(scrubbed(finding.fix, hidden))}",
    ]
    checks = finding.detail.get("check_first")
    if isinstance(checks, list):  # from `unexplained`, which proves nothing
        lines[-2:] = [f"- Check: {prose(scrubbed(str(check), hidden))}" for check in checks]
    ruled_out = finding.detail.get("ruled_out")
    if isinstance(ruled_out, list) and ruled_out:
        lines.append(f"- Ruled out, each separately: {', '.join(prose(str(code)) for code in ruled_out)}.")
    return [*lines, ""]


def _asked(findings: Sequence[Finding], word: str) -> list[str]:
    """Return the questions on families with a proved fault, or else on those with an observation, or else
    all."""
    if word == "unsigned":
        return ["Is a webhook secret set in the dashboard? Without one, nothing is signed."]
    if word != "invalid":
        return []
    proved = [finding for finding in findings if finding.is_proved]
    families = dict.fromkeys(finding.code.partition("-")[0] for finding in proved or findings)
    if not any(family in _QUESTIONS for family in families):
        families = dict.fromkeys(_QUESTIONS)
    return [question for family in families for question in _QUESTIONS.get(family, ())]


def _beside(finding: Finding, hidden: Sequence[str]) -> str:
    """Return a finding across deliveries. A new name may be free text."""
    summary = finding.summary
    news = finding.detail.get("news")
    for text in news if isinstance(news, list) else ():
        name = _NEW.sub("", str(text), count=1)
        if masked_name(name) != name:
            summary = summary.replace(str(text), DOTS)
    return prose(scrubbed(summary, hidden))


def _headers(capture: Capture, hidden: Sequence[str]) -> Iterator[str]:
    for name, value in capture.headers:
        text = visible_bytes(value)
        shown = masked_digest(text)
        if shown == DOTS and _is_harmless(name):
            shown = masked_header(name, text)
        shown = scrubbed(shown, hidden)
        yield f"{shortened(visible_bytes(name), _MAX_VALUE)}: {shortened(shown, _MAX_VALUE)}"


def _is_harmless(name: bytes) -> bool:
    """Return whether a header's value is about the request. The value of an unknown header may be
    anything."""
    text = name.decode("latin-1").lower()
    is_private = text in _PRIVATE or "signature" in text or carries_client_address(name)
    return text in KNOWN_HEADERS and not is_private


def _parsed(capture: Capture) -> tuple[tuple[JsonValue] | None, str]:
    """Return the body's value in a tuple, or the reason why it is not shown."""
    size = f"{len(capture.body):,} bytes"
    if capture.kind == "refused":
        return None, "The request was refused, so its bytes are not shown."
    body = content_of(capture, MAX_BODY + 1).body
    if max(len(capture.body), len(body)) > MAX_BODY:
        return None, f"The body has {size}, too large to print here."
    try:
        if depth_exceeds(body, MAX_DEPTH):
            return None, f"The body has {size} of JSON, nested too deeply to print here."
        return (parse_bounded(body),), ""
    except NotJSON:
        return None, f"The body has {size} that are not JSON. It is not shown, because it cannot be masked."


def _body(value: JsonValue, hidden: Sequence[str]) -> Iterator[str]:
    yield "Serialised again with masked values, so not byte for byte:"
    yield ""
    text = json.dumps(masked_value(value), ensure_ascii=False, indent=2)
    yield from _fence((scrubbed(visible(line), hidden) for line in text.split("\n")), "json")


def _fence(lines: Iterator[str], language: str = "") -> Iterator[str]:
    yield f"```{language}"
    for line in lines:
        yield fenced(line)
    yield "```"


def _declared(capture: Capture) -> str:
    if capture.declared is None or capture.declared == len(capture.body):
        return ""
    return f" of {capture.declared:,} declared"


def _target(capture: Capture) -> str:
    """Return the target without path and query, because either can contain a token."""
    path, found, _ = capture.target.partition(b"?")
    return ("/" if path == b"/" else f"/{DOTS}") + (f"?{DOTS}" if found else "")


def _cell(text: str | None, hidden: Sequence[str]) -> str:
    return code(shortened(scrubbed(visible(text or ""), hidden), 2 * _MAX_VALUE)) or "–"
