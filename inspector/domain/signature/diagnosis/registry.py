"""Every hypothesis there is, the most frequent first. To tell another cause, add a function and an entry.

The order follows public threads and vendors' own lists of why signatures fail: the body printed again,
the wrong secret, the secret's form, the digest's form, what proxies do.
"""

from __future__ import annotations

from inspector.domain.signature.diagnosis import body_forms, digest_forms, secret_forms
from inspector.domain.signature.diagnosis.hypothesis import (
    AlgorithmHypothesis,
    BodyHypothesis,
    DigestHypothesis,
    Hypothesis,
    KeyHypothesis,
    SecretHypothesis,
)
from inspector.domain.signature.observation import BODY_NEWLINE_FIX

HYPOTHESES: tuple[Hypothesis, ...] = (
    BodyHypothesis(
        code="body-reserialised",
        variants=body_forms.reserialised,
        fix="Sign, and verify, the bytes that go over the wire; whatever parses JSON and prints it again "
        "before that is the fault.",
    ),
    SecretHypothesis(
        code="secret-whitespace",
        variants=secret_forms.whitespace,
        fix="Enter the secret without the white space on both sides; a file made by echo ends in a newline.",
    ),
    KeyHypothesis(
        code="secret-other",
        variants=secret_forms.other,
        fix="Activate that secret, or enter the right one for this project and environment in the dashboard.",
    ),
    KeyHypothesis(
        code="secret-is-app-key",
        variants=secret_forms.app_key,
        fix="Enter the webhook secret in the dashboard; the app_key is in every payload.",
    ),
    DigestHypothesis(
        code="digest-base64",
        variants=digest_forms.in_base64,
        fix="Print the digest as lower-case hex, as documented: digest('hex').",
    ),
    DigestHypothesis(
        code="digest-prefix",
        variants=digest_forms.prefixed,
        fix="Send the digest alone; the documented header has nothing before it.",
    ),
    SecretHypothesis(
        code="secret-quoted",
        variants=secret_forms.quoted,
        fix="Remove the quotes where the secret is kept; some readers of .env files leave them in.",
    ),
    SecretHypothesis(
        code="secret-prefix",
        variants=secret_forms.prefixed,
        fix="Use the secret as the dashboard shows it, with or without the prefix, on both sides alike.",
    ),
    DigestHypothesis(
        code="digest-case",
        variants=digest_forms.in_upper_case,
        fix="Send lower-case hex: the documented check compares texts, exactly.",
    ),
    BodyHypothesis(
        code="body-newline",
        variants=body_forms.newline,
        fix=BODY_NEWLINE_FIX,
        is_near=True,
    ),
    SecretHypothesis(
        code="secret-encoded",
        variants=secret_forms.encoded,
        fix="Agree on whether the secret's text itself is the key, as documented, or what it decodes to.",
    ),
    SecretHypothesis(
        code="secret-escaped",
        variants=secret_forms.escaped,
        fix="Enter the secret with the characters themselves, not with HTML, URL or JSON escapes.",
    ),
    AlgorithmHypothesis(code="digest-algorithm", fix="Make the digest with HMAC-SHA256, as documented."),
    AlgorithmHypothesis(
        code="digest-unkeyed",
        fix="Make the digest with HMAC-SHA256 and the secret as its key; a plain hash proves nothing.",
    ),
    AlgorithmHypothesis(
        code="digest-truncated", fix="Send all 64 digits; look for a column or a field that cuts them."
    ),
    DigestHypothesis(
        code="digest-whitespace",
        variants=digest_forms.with_whitespace,
        fix="Remove the white space from the digest; base64 -w0 and xxd -p -c 64 print on one line.",
    ),
    BodyHypothesis(
        code="body-double-encoded",
        variants=body_forms.double_encoded,
        fix="Serialise the payload once; a text that is JSON already must not be serialised again.",
    ),
    BodyHypothesis(
        code="body-wrapped",
        variants=body_forms.wrapped,
        fix="Verify the text inside the wrapper, or let the relay pass the request on as it came.",
    ),
    BodyHypothesis(
        code="body-not-serialised",
        variants=body_forms.not_serialised,
        fix="Sign JSON.stringify(payload), not the object itself turned to text.",
    ),
    BodyHypothesis(
        code="body-charset",
        variants=body_forms.charset,
        fix="Use UTF-8 on both sides, and hash bytes instead of texts.",
    ),
    BodyHypothesis(
        code="body-bom",
        variants=body_forms.bom,
        fix="Write UTF-8 without a byte order mark.",
        is_near=True,
    ),
    BodyHypothesis(
        code="body-crlf",
        variants=body_forms.crlf,
        fix="Let nothing convert line ends: no text mode, no editor, no e-mail between signing and sending.",
        is_near=True,
    ),
    BodyHypothesis(
        code="body-empty",
        variants=body_forms.empty,
        fix="Read the body before hashing it: in Express, a raw body parser must come before the check.",
    ),
    BodyHypothesis(
        code="body-part",
        variants=body_forms.part,
        fix="Sign the whole payload, as documented.",
    ),
    BodyHypothesis(
        code="body-compressed",
        variants=body_forms.compressed,
        fix="Verify after decompressing, or sign what is sent.",
    ),
    KeyHypothesis(
        code="secret-empty",
        variants=secret_forms.empty,
        fix="Enter a webhook secret in the dashboard and save it; anyone can make this signature.",
    ),
)

FIXES: dict[str, str] = {
    **{hypothesis.code: hypothesis.fix for hypothesis in HYPOTHESES},
    "header-repeated": "Find what adds the header twice (a proxy, a test client) and let it set it once.",
}
RANKS: dict[str, int] = {hypothesis.code: 10 * place for place, hypothesis in enumerate(HYPOTHESES)}
"""How far down the list a cause stands; variants of one hypothesis follow each other within."""
