"""Findings on a signature header and a body without a search. Most are observations that prove nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from inspector.base.visible import shortened, visible_bytes
from inspector.domain.json.value import NotJSON, depth_exceeds, parse, parse_bounded
from inspector.domain.signature.causes import FIXES, finding
from inspector.domain.signature.content import Content
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.first_difference import (
    FirstDifference,
    difference,
    white_space,
    white_space_words,
)

DEEPEST = 3000
"""Approximate number of levels at which JavaScript's own stringify fails."""
DIGEST_LENGTH = 64
"""Hex digits of HMAC-SHA256."""
_HEX = re.compile(rb"[0-9A-Fa-f]*")
_ELLIPSIS = re.compile(rb",\s*(?:\.\.\.|\xe2\x80\xa6)")
_MAX_SAMPLE = 64 * 1024


def observe_header(value: bytes) -> tuple[Finding, ...]:
    """Return the problems with the form of a single signature."""
    if not value:
        return (
            finding(
                "header-empty",
                "The header x-webhook-signature is present but empty.",
            ),
        )
    findings = []
    if _HEX.fullmatch(value) is None:
        findings.append(
            finding(
                "header-not-hex",
                f"The signature is not hexadecimal: {_shown(value)}",
            )
        )
    if len(value) != DIGEST_LENGTH:
        unit = "characters" if value.isascii() else "bytes"
        findings.append(
            finding(
                "header-wrong-length",
                f"The signature has {len(value):,} {unit}. HMAC-SHA256 in hex has 64.",
                length=len(value),
            )
        )
    return tuple(findings)


def observe_body(body: bytes, *, is_json: bool) -> tuple[Finding, ...]:
    """Return the special properties of a body: not JSON, or too deep for JavaScript to sign it."""
    if not is_json:
        return _body_not_json(body)
    if not depth_exceeds(body, DEEPEST):
        return ()
    return (
        finding(
            "unverifiable-depth",
            f"The body nests deeper than {DEEPEST:,} levels, where JavaScript's own stringify fails.",
        ),
    )


def header_repeated(count: int, matching: Sequence[int], secret: str | None) -> Finding:
    """Return the finding on `count` signature headers. The copies `matching` (from 1) would be valid on their
    own, the first of them with `secret`."""
    if matching:
        names = " and ".join(f"copy {number}" for number in matching)
        tail = f". Only {names} of {count} would be valid."
    else:
        tail = ". None of them would be valid."
    return finding(
        "header-repeated",
        f"The header x-webhook-signature arrived {count} times, and Node joins the copies{tail}",
        is_proved=bool(matching),
        count=count,
        copy=matching[0] if matching else None,
        copies=list(matching),
        **({} if secret is None else {"secret": secret}),
    )


def body_rewritten(body: bytes, stringified: bytes) -> Finding:
    """Return the finding on a body of which only the stringified reading matched."""
    found = difference(signed=stringified, came=body)
    if body.strip() == stringified:
        return _body_newline(body, found)
    return finding(
        "body-rewritten",
        f"The body was rewritten in transit ({found.words}).",
        is_proved=True,
        **found.detail(),
    )


def _body_newline(body: bytes, found: FirstDifference) -> Finding:
    """Return the finding if only the white space around the body was not signed."""
    start, end = len(body) - len(body.lstrip()), len(body.rstrip())
    detail = white_space("came", before=body[:start].decode(), after=body[end:].decode())
    return finding(
        "body-newline",
        f"The body {white_space_words(detail)}, which was not signed.",
        is_proved=True,
        **detail,
        **found.detail(),
    )


def body_compressed(content: Content, *, is_transferred: bool) -> Finding:
    """Return the finding on a compressed body with a valid signature: which of its two forms is signed.

    If that is the decoded form, nothing is wrong.
    """
    if is_transferred:
        summary = f"The signature matches the body as transferred, compressed with {content.coding}."
        fix = (
            "Verify the bytes before they are decoded, or sign the JSON. A receiver that "
            "decodes first, like Express, rejects this delivery."
        )
    else:
        summary = f"The body arrived compressed with {content.coding}. The decoded body is signed."
        fix = "Verify the decoded body, which Express and most frameworks provide."
    return Finding(
        code="body-compressed",
        summary=summary,
        fix=fix,
        is_proved=is_transferred,
        detail={"coding": content.coding, "signed": "transferred" if is_transferred else "decoded"},
    )


def not_canonical(body: bytes, stringified: bytes) -> Finding:
    """Return the finding if only the raw reading matched: the documented Node check would reject the body."""
    found = difference(signed=body, came=stringified, ours="stringify")
    return finding(
        "not-canonical",
        f"The signature matches the received bytes, but not their JSON.stringify form ({found.words}).",
        is_proved=True,
        **found.detail(),
    )


def header_of_another_capture(capture_id: int, secret: str) -> Finding:
    """Return the finding on a signature that `secret` creates for the body of another stored capture."""
    return finding(
        "header-of-another-capture",
        f"The signature belongs to the body of capture {capture_id}.",
        is_proved=True,
        capture=capture_id,
        secret=secret,
    )


def _body_not_json(body: bytes) -> tuple[Finding, ...]:
    reason, is_cut = "it is empty", False
    if body:
        try:
            parse_bounded(body)
        except NotJSON as error:
            reason, is_cut = str(error), error.is_cut
    if _is_printed_sample(body):
        reason, is_cut = "it contains “, ...”, as in the sample in the sender's documentation", False
        fix = "Remove the dots and the comma before them. Real deliveries do not contain them."
    else:
        fix = FIXES["body-not-json"]
    not_json = Finding(code="body-not-json", summary=f"The body is not JSON: {reason}.", fix=fix)
    if not is_cut:
        return (not_json,)
    truncated = finding(
        "body-truncated",
        f"The body begins as JSON and is cut off after {len(body):,} bytes.",
    )
    return (truncated, not_json)


def _is_printed_sample(body: bytes) -> bool:
    """Return whether a body is JSON except for the dots that documents print instead of further members."""
    if len(body) > _MAX_SAMPLE or not _ELLIPSIS.search(body):
        return False
    try:
        parse(_ELLIPSIS.sub(b"", body))
    except NotJSON:
        return False
    return True


def _shown(value: bytes) -> str:
    return shortened(visible_bytes(value[:80]), 40)
