"""One capture as a Markdown page for support: everything that matters, nothing that is private."""

from __future__ import annotations

import json

from inspector.base.clock import rfc3339
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture import Capture
from inspector.domain.explanation import Explanation
from inspector.domain.finding import Finding
from inspector.domain.json_value import NotJSON, depth_exceeds, parse
from inspector.domain.mask import DOTS, masked_digest, masked_header, masked_value
from inspector.domain.rows import CaptureDetail

MAX_BODY = 64 * 1024
"""A longer body is told of and not printed."""
MAX_DEPTH = 100

_QUESTIONS = {
    "body": (
        "Which bytes were signed: the very text that was posted, or another printing of it?",
        "Which program serialises the payload, and does anything rewrite it before it is sent?",
    ),
    "secret": (
        "Which secret was this delivery signed with, and since when? (Its name or date, not its text.)",
        "Is white space, a quote or a prefix part of the secret as it is stored on your side?",
    ),
    "digest": ("In which form is the digest sent: hash, encoding, prefix, upper or lower case?",),
    "header": ("How often is x-webhook-signature set for one delivery, and by which program?",),
}


def report(detail: CaptureDetail, explanation: Explanation) -> str:
    """The page, ending in a newline. Secrets, `app_key`, `user_id` and answers are masked, digests are
    shown as their first and last four digits."""
    capture, row = detail.capture, detail.row
    lines = [
        f"# Webhook delivery {row.id}: {explanation.verdict.word}",
        "",
        f"Masked for sharing: {DOTS} stands for a secret, a key, a respondent or an answer of any length.",
        "",
        "| | |",
        "|---|---|",
        f"| received | {rfc3339(capture.received_ms)} |",
        f"| request | `{_code(visible(capture.method))} {_code(_target(capture))}` HTTP/{capture.version} |",
        f"| body | {row.size:,} bytes{_declared(capture)} |",
        f"| event | {row.event} |",
        f"| survey | {_cell(row.survey_id)} |",
        f"| group | {_cell(row.group_id)} |",
        f"| answered | {row.answered if row.answered is not None else 'nothing'} |",
        "",
        "## Signature",
        "",
        *_signature(explanation),
        "",
    ]
    for finding in explanation.findings:
        lines += _finding(finding)
    if questions := _asked(explanation.findings, explanation.verdict.word):
        lines += ["## What to ask the sender", "", *(f"- {question}" for question in questions), ""]
    lines += ["## Headers", "", "```", *_headers(capture), "```", "", "## Body", "", *_body(capture)]
    return "\n".join(lines) + "\n"


def _signature(explanation: Explanation) -> list[str]:
    verdict = explanation.verdict
    received = explanation.received
    reason = f" ({verdict.reason})" if verdict.reason else ""
    matched = f", matched by {' and '.join(verdict.matched)}" if verdict.matched else ""
    lines = [f"Verdict: **{verdict.word}**{reason}{matched}.", ""]
    if received is not None:
        lines.append(f"- received: `{_code(masked_digest(visible_bytes(received)))}`, {len(received)} bytes")
    if explanation.expected is not None:
        lines.append(f"- expected over the bytes that came: `{masked_digest(explanation.expected.raw)}`")
        if explanation.expected.stringify is not None:
            lines.append(
                "- expected over JSON.stringify(JSON.parse(body)):"
                f" `{masked_digest(explanation.expected.stringify)}`"
            )
    return lines


def _finding(finding: Finding) -> list[str]:
    proof = "Proved: the digest was recomputed and matched." if finding.is_proved else "Seen, not proved."
    return [
        f"### `{finding.code}`",
        "",
        f"- Cause: {_prose(finding.summary)}",
        f"- Proof: {proof}",
        f"- Fix: {_prose(finding.fix)}",
        "",
    ]


def _asked(findings: tuple[Finding, ...], word: str) -> list[str]:
    if word == "valid":
        return []
    families = dict.fromkeys(finding.code.partition("-")[0] for finding in findings)
    if word == "unsigned":
        return ["Is a webhook secret set in the dashboard? Without one nothing is signed."]
    if not any(family in _QUESTIONS for family in families):
        families = dict.fromkeys(_QUESTIONS)
    return [question for family in families for question in _QUESTIONS.get(family, ())]


def _headers(capture: Capture) -> list[str]:
    return [
        _fenced(f"{visible_bytes(name)}: {masked_header(name, visible_bytes(value))}")
        for name, value in capture.headers
    ]


def _body(capture: Capture) -> list[str]:
    if capture.kind == "refused":
        return ["It was refused before it became a request; its bytes are left out."]
    if len(capture.body) > MAX_BODY:
        return [f"{len(capture.body):,} bytes, too many to print here."]
    try:
        if depth_exceeds(capture.body, MAX_DEPTH):
            return ["JSON that nests too deeply to print here."]
        value = masked_value(parse(capture.body))
    except NotJSON:
        return [f"{len(capture.body):,} bytes that are no JSON; left out, as they cannot be masked."]
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return ["Printed anew with its values masked, so not byte for byte:", "", "```json", *(
        _fenced(visible(line)) for line in text.split("\n")
    ), "```"]  # fmt: skip


def _declared(capture: Capture) -> str:
    if capture.declared is None or capture.declared == len(capture.body):
        return ""
    return f" of {capture.declared:,} declared"


def _target(capture: Capture) -> str:
    """Without the query, which may hold a token."""
    path, found, _ = capture.target.partition(b"?")
    return shortened(visible_bytes(path), 200) + (f"?{DOTS}" if found else "")


def _cell(text: str | None) -> str:
    return "–" if text is None else f"`{_code(shortened(visible(text), 200))}`"


def _code(text: str) -> str:
    """Text for within backticks of a table: what would end either is replaced."""
    return text.replace("`", "'").replace("|", "¦")


def _prose(text: str) -> str:
    """A sentence with nothing in it that Markdown or a page takes for markup."""
    text = visible(text)
    for mark in "\\`*_[]<>#|!":
        text = text.replace(mark, f"\\{mark}")
    return text


def _fenced(line: str) -> str:
    """A line for a fenced block, which three backticks would end."""
    return line.replace("```", "'''")
