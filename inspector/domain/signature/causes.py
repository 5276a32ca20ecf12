"""Every possible problem with a signature and every observation on it: one entry per finding code.

To add a cause that a recomputed digest proves, add an entry here, the function that it names in `diagnosis/`,
and a row in `tests/domain/signature/test_causes.py`. The filter's codes, the fixes, the window's texts and
the handbook's page of findings come from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inspector.domain.signature.cause import AtReceiver, Cause, Hypothesis
from inspector.domain.signature.finding import Finding

_SEEN = "observed, not proved"

CAUSES: tuple[Cause, ...] = (
    Cause(
        code="body-reserialised",
        hypothesis=Hypothesis(of="body", variants="reserialised"),
        words="a different serialisation of the body was signed",
        meaning="The JSON was re-serialised before it was signed: Python, PHP, Go, Ruby, a "
        "pretty-printer, sorted keys. The finding names the dialect and the first "
        "difference",
        fix="Sign and verify the bytes that are sent. Find the code that parses "
        "and re-serialises the JSON before signing.",
        at_receiver=AtReceiver(
            weight=0.1,
            why="The route parses the JSON, and serialises it again to compute the signature.",
            fix="Verify the raw body, the bytes as they arrived, before any parsing. In Express, mount "
            "express.raw() on the route, before express.json(); in Flask, call request.get_data().",
        ),
    ),
    Cause(
        code="secret-whitespace",
        hypothesis=Hypothesis(of="secret", variants="whitespace"),
        words="the secret differs in whitespace",
        meaning="Only one side has a newline, space or tab in the secret",
        fix="Enter the secret without the whitespace on the side that has it. A file made with echo ends"
        " in a newline.",
        at_receiver=AtReceiver(
            weight=0.05,
            why="The secret was read from a file or a variable with whitespace around it.",
            fix="Trim the secret when you read it, for example with .trim() or .strip(). A file made "
            "with echo ends in a newline.",
        ),
    ),
    Cause(
        code="secret-other",
        hypothesis=Hypothesis(of="key", variants="other"),
        words="signed with another saved secret",
        meaning="It was signed with another saved secret that is not active",
        fix="Activate that secret, or enter the right one for this project and environment in the dashboard.",
        at_receiver=AtReceiver(
            weight=0.06,
            why="The receiver runs with the secret of another environment.",
            fix="Give the receiver the secret that signs these events, and restart it.",
        ),
    ),
    Cause(
        code="secret-is-app-key",
        hypothesis=Hypothesis(of="key", variants="app_key"),
        words="signed with the app_key",
        meaning="The `app_key` of the payload was used as the secret",
        fix="Enter the webhook secret in the dashboard. The app_key is in every payload, "
        "so it is not a secret.",
        at_receiver=AtReceiver(
            weight=0.03,
            why="The receiver was given the app_key instead of the webhook secret.",
            fix="Give the receiver the webhook secret of the dashboard. The app_key is in every payload.",
        ),
    ),
    Cause(
        code="digest-base64",
        hypothesis=Hypothesis(of="digest", variants="in_base64", writes="as_base64"),
        words="the digest is in base64",
        meaning="The digest is correct but encoded in base64",
        fix="Encode the digest as lowercase hex, as documented: digest('hex').",
        at_receiver=AtReceiver(
            weight=0.06,
            why="The receiver computes a base64 digest, such as digest('base64').",
            fix="Compute the digest as lowercase hex: digest('hex') in Node, hexdigest() in Python and "
            "Ruby, hash_hmac() without a fourth argument in PHP.",
        ),
    ),
    Cause(
        code="digest-prefix",
        hypothesis=Hypothesis(of="digest", variants="prefixed", writes="as_prefixed"),
        words="the digest has a prefix",
        meaning="The digest has a prefix such as `sha256=`",
        fix="Send only the digest. The documented header has no prefix.",
        at_receiver=AtReceiver(
            weight=0.06,
            why="The receiver adds a prefix to its digest, as GitHub's signatures have.",
            fix="Compare the bare digest. The documented header has no prefix.",
        ),
    ),
    Cause(
        code="secret-quoted",
        hypothesis=Hypothesis(of="secret", variants="quoted"),
        words="the secret differs by quotes around it",
        meaning="Only one side has quotes around the secret",
        fix="Remove the quotes from the stored secret. Some readers of .env files keep them.",
        at_receiver=AtReceiver(
            weight=0.03,
            why="The reader of the .env file or the shell did not remove the quotes.",
            fix="Remove the quotes from the receiver's secret, or use a reader of .env files that "
            "removes them.",
        ),
    ),
    Cause(
        code="secret-prefix",
        hypothesis=Hypothesis(of="secret", variants="prefixed"),
        words="the secret differs by a prefix",
        meaning="Only one side has a prefix such as `whsec_` in the secret",
        fix="On both sides, use the secret exactly as the dashboard shows it.",
        at_receiver=AtReceiver(
            weight=0.03,
            why="The receiver adds or removes a prefix, as for the secrets of other services.",
            fix="Use the secret as the dashboard shows it. Do not add or remove a prefix.",
        ),
    ),
    Cause(
        code="digest-case",
        hypothesis=Hypothesis(of="digest", variants="in_upper_case", writes="as_upper_case"),
        words="the digest is not in lowercase",
        meaning="The digest is in uppercase hex",
        fix="Send lowercase hex. The documented check compares the exact text.",
        at_receiver=AtReceiver(
            weight=0.03,
            why="The receiver compares the text, and its own digest is in uppercase.",
            fix="Compute the digest in lowercase, or compare the decoded bytes.",
        ),
    ),
    Cause(
        code="body-newline",
        hypothesis=Hypothesis(of="body", variants="newline", is_near=True),
        words="the bodies differ in surrounding whitespace",
        meaning="Only one side has a newline or whitespace around the body",
        fix="Send exactly the bytes that are signed. Most editors and echo add a newline at the end.",
        at_receiver=AtReceiver(
            weight=0.02,
            why="Something between the socket and the check adds or removes a newline.",
            fix="Verify the bytes as they arrived. Do not trim them, and do not read them line by line.",
        ),
    ),
    Cause(
        code="secret-encoded",
        hypothesis=Hypothesis(of="secret", variants="encoded"),
        words="the key is another encoding of the secret",
        meaning="The key is the hex or base64 decoding of the secret, or the reverse",
        fix="On both sides, use the text of the secret as the key, as documented, not its decoded bytes.",
        at_receiver=AtReceiver(
            weight=0.03,
            why="The receiver decodes or encodes the secret before using it as the key.",
            fix="Use the text of the secret as the key: its UTF-8 bytes, not decoded from hex or base64.",
        ),
    ),
    Cause(
        code="secret-escaped",
        hypothesis=Hypothesis(of="secret", variants="escaped"),
        words="the secret differs in escaped characters",
        meaning="Only one side has HTML, URL or JSON escapes in the secret",
        fix="Enter the secret with the characters themselves, without HTML, URL or JSON escapes.",
        at_receiver=AtReceiver(
            weight=0.01,
            why="The receiver's secret has HTML, URL or JSON escapes.",
            fix="Give the receiver the secret with the characters themselves.",
        ),
    ),
    Cause(
        code="digest-algorithm",
        hypothesis=Hypothesis(of="algorithm"),
        words="the digest uses another algorithm",
        meaning="HMAC with SHA-1, SHA-512, SHA-384 or MD5",
        fix="Compute the digest with HMAC-SHA256, as documented.",
        at_receiver=AtReceiver(
            weight=0.05,
            why="The receiver computes its HMAC with another hash.",
            fix="Compute HMAC-SHA256: createHmac('sha256', secret) in Node, hmac.new(secret, body, "
            "'sha256') in Python.",
        ),
    ),
    Cause(
        code="digest-unkeyed",
        hypothesis=Hypothesis(of="algorithm"),
        words="the digest was computed without HMAC",
        meaning="A plain hash of the body, or of the secret and the body concatenated",
        fix="Compute the digest with HMAC-SHA256 and the secret as its key. A plain hash proves nothing.",
        at_receiver=AtReceiver(
            weight=0.02,
            why="The receiver computes a plain hash instead of HMAC.",
            fix="Compute HMAC-SHA256 with the secret as its key: createHmac, hmac.new, hash_hmac. A "
            "plain hash proves nothing.",
        ),
    ),
    Cause(
        code="digest-swapped",
        hypothesis=Hypothesis(of="algorithm"),
        words="the secret and the body were swapped",
        meaning="HMAC-SHA256 with the body as the key and the secret as the data",
        fix="Swap the two: the secret is the key of HMAC-SHA256, and the body is its data.",
        at_receiver=AtReceiver(
            weight=0.01,
            why="The receiver passes the secret and the body to HMAC in the wrong order.",
            fix="Swap the two: hash_hmac('sha256', $body, $secret) in PHP, hmac.new(secret, body, 'sha256') "
            "in Python.",
        ),
    ),
    Cause(
        code="digest-truncated",
        hypothesis=Hypothesis(of="algorithm"),
        words="the digest was cut",
        meaning="The digest was cut",
        fix="Send all 64 digits. Look for a column or a field that truncates them.",
        at_receiver=AtReceiver(
            weight=0.02, why="The receiver compares only part of its digest.", fix="Compare all 64 digits."
        ),
    ),
    Cause(
        code="digest-whitespace",
        hypothesis=Hypothesis(of="digest", variants="with_whitespace"),
        words="the digest contains whitespace",
        meaning="The digest contains whitespace",
        fix="Remove the whitespace from the digest. base64 -w0 and xxd -p -c 64 print on one line.",
    ),
    Cause(
        code="body-double-encoded",
        hypothesis=Hypothesis(of="body", variants="double_encoded"),
        words="the signed body was serialised twice",
        meaning="JSON text was serialised again, or unwrapped",
        fix="Serialise the payload once. Do not serialise text that is already JSON.",
        at_receiver=AtReceiver(
            weight=0.02,
            why="The receiver serialises text that is already JSON.",
            fix="Hash the body itself. Do not pass a string to JSON.stringify or json.dumps.",
        ),
    ),
    Cause(
        code="body-wrapped",
        hypothesis=Hypothesis(of="body", variants="wrapped"),
        words="the body arrived inside another body",
        meaning="The event arrived inside a form field, or as a string in another object",
        fix="Verify the text inside the wrapper, or configure the relay to pass the request on unchanged.",
    ),
    Cause(
        code="body-not-serialised",
        hypothesis=Hypothesis(of="body", variants="not_serialised"),
        words="the object was signed instead of its JSON",
        meaning="An object was converted to text by its language: `[object Object]`, Python’s `str(dict)`",
        fix="Sign JSON.stringify(payload) instead of the object converted to text.",
        at_receiver=AtReceiver(
            weight=0.03,
            why="The receiver hashes an object instead of its JSON: String(req.body), str(data).",
            fix="Hash the raw body. An object converted to text is not JSON.",
        ),
    ),
    Cause(
        code="body-charset",
        hypothesis=Hypothesis(of="body", variants="charset"),
        words="another encoding of the body was signed",
        meaning="Another charset or Unicode normalisation was signed",
        fix="Use UTF-8 on both sides, and hash bytes instead of text.",
        at_receiver=AtReceiver(
            weight=0.01,
            why="The receiver converts the body to another encoding before hashing it.",
            fix="Hash the bytes of the body. Do not decode them first, or decode and encode them as UTF-8.",
        ),
    ),
    Cause(
        code="body-bom",
        hypothesis=Hypothesis(of="body", variants="bom", is_near=True),
        words="the bodies differ in a byte order mark",
        meaning="Only one side has a byte order mark",
        fix="Write UTF-8 without a byte order mark.",
        at_receiver=AtReceiver(
            weight=0.006,
            why="The receiver adds a byte order mark.",
            fix="Encode text as UTF-8 without a byte order mark, such as new UTF8Encoding(false) in C#.",
        ),
    ),
    Cause(
        code="body-crlf",
        hypothesis=Hypothesis(of="body", variants="crlf", is_near=True),
        words="the line ends of the body were converted",
        meaning="Line ends were converted between LF and CRLF",
        fix="Keep the line ends unchanged between signing and sending: no text mode, no editor, no e-mail.",
        at_receiver=AtReceiver(
            weight=0.001, why="The receiver reads the body in text mode.", fix="Read the body in binary mode."
        ),
    ),
    Cause(
        code="body-empty",
        hypothesis=Hypothesis(of="body", variants="empty"),
        words="an empty body was signed",
        meaning="Nothing was signed, or `{}`, because the body had not been read",
        fix="Read the body before hashing it. In Express, a raw body parser must come before the check.",
        at_receiver=AtReceiver(
            weight=0.12,
            why="The body was not parsed, or another reader consumed it before the check.",
            fix="Mount express.json() before the route, or verify the raw body, which needs no parser.",
        ),
    ),
    Cause(
        code="body-part",
        hypothesis=Hypothesis(of="body", variants="part"),
        words="only part of the body was signed",
        meaning="Only part of the body was signed, such as `responses`",
        fix="Sign the whole payload, as documented.",
        at_receiver=AtReceiver(
            weight=0.02,
            why="The receiver hashes one member of the payload.",
            fix="Hash the whole raw body, not one of its members.",
        ),
    ),
    Cause(
        code="body-compressed",
        hypothesis=Hypothesis(of="body", variants="compressed"),
        words="one of the two bodies is compressed",
        meaning="The compressed body was signed and the decompressed one arrived, or the reverse",
        fix="Verify after decompressing, or sign the bytes that are sent.",
    ),
    Cause(
        code="secret-empty",
        hypothesis=Hypothesis(of="key", variants="empty"),
        words="signed with an empty secret",
        meaning="It was signed with an empty secret",
        fix="Enter a webhook secret in the dashboard and save it. Anyone can compute this signature.",
        at_receiver=AtReceiver(
            weight=0.03,
            why="The receiver's secret is not set: the environment variable is missing or has another name.",
            fix="Set the secret in the receiver's environment. At startup, exit with an error if it "
            "is missing. Anyone can compute signatures with an empty secret.",
        ),
    ),
    Cause(
        code="secret-unset",
        hypothesis=Hypothesis(of="key", variants="unset"),
        words="the secret is the text of a missing value",
        meaning="The key is the text of a missing value, such as `undefined` or `None`, or a placeholder",
        fix="Look for a variable that is not set: its missing value was converted to text.",
        at_receiver=AtReceiver(
            weight=0.03,
            why="The environment variable with the secret is missing, and its missing value became text.",
            fix="Set the secret in the receiver's environment. At startup, exit with an error if it "
            "is missing.",
        ),
    ),
    Cause(
        code="header-repeated",
        words="the signature header is repeated",
        meaning="The header is repeated. The finding names the copy that would be valid",
        proof="that copy matches",
        fix="Find what adds the header twice (a proxy, a test client) and set it only once.",
    ),
    Cause(
        code="header-of-another-capture",
        words="the signature belongs to another capture",
        meaning="The signature belongs to another stored capture, whose id the finding gives",
        proof="the digest of that capture’s body matches",
        fix="Look for a sender or a test that takes the header from another request.",
    ),
    Cause(
        code="body-rewritten",
        meaning="The body was rewritten in transit. The verdict is *Valid, rewritten*",
        proof="the digest of `JSON.stringify(JSON.parse(body))` matches, the digest of the bytes does not",
        fix="Find the proxy, gateway or replay tool that parses and re-serialises the "
        "body. Configure it to pass the bytes on unchanged.",
    ),
    Cause(
        code="not-canonical",
        meaning="The bytes are correct, but the documented Node check would reject them. The "
        "verdict is *Valid, bytes only*",
        proof="the digest of the bytes matches, the digest of `JSON.stringify(JSON.parse(body))` does not",
        fix="Verify the raw body in your receiver, before any parsing. The documented Node "
        "check would reject this delivery.",
    ),
    Cause(
        code="header-empty",
        meaning="The header is present but empty",
        proof=_SEEN,
        fix="Check that the webhook secret is set and saved in the dashboard. Look for a "
        "proxy that removes header values.",
    ),
    Cause(
        code="header-not-hex",
        meaning="The signature is not hexadecimal",
        proof=_SEEN,
        fix="Send 64 lowercase hex digits and nothing else, as documented.",
    ),
    Cause(
        code="header-wrong-length",
        meaning="The signature does not have 64 characters",
        proof=_SEEN,
        fix="Look for a prefix, another algorithm or encoding, or a proxy that truncates header values.",
    ),
    Cause(
        code="body-truncated",
        meaning="The body begins as JSON and is cut off",
        proof=_SEEN,
        fix="Look for a limit on the body size between the sender and this listener, or "
        "for a lost connection.",
    ),
    Cause(
        code="body-not-json",
        meaning="The body is not valid JSON, with the reason",
        proof=_SEEN,
        fix=(
            "Only the raw reading of the signature can be checked. Look at the body’s "
            "bytes to see what arrived."
        ),
    ),
    Cause(
        code="unverifiable-depth",
        meaning="The body nests deeper than 3,000 levels, where JavaScript’s own stringify fails",
        proof=_SEEN,
        fix="Verify the raw bytes of such a body. The documented Node check cannot be computed for it.",
    ),
    Cause(
        code="unexplained",
        meaning="No cause was found. The finding lists what was ruled out and what to check first",
        proof="–",
        fix="First compare the secret with the one in the dashboard. A wrong secret leaves no other trace.",
    ),
)
"""The searched causes come first, by frequency: the body printed again, the wrong secret, the secret's form,
the digest's form, changes by proxies. The order follows public threads and vendors' own lists."""

SEARCHED: tuple[Cause, ...] = tuple(cause for cause in CAUSES if cause.hypothesis is not None)
SIGNATURE_CODES: tuple[str, ...] = tuple(cause.code for cause in CAUSES)
FIXES: Mapping[str, str] = MappingProxyType({cause.code: cause.fix for cause in CAUSES})
WORDS: Mapping[str, str] = MappingProxyType({cause.code: cause.words for cause in CAUSES if cause.words})
RANKS: Mapping[str, int] = MappingProxyType({cause.code: 10 * place for place, cause in enumerate(SEARCHED)})
"""The rank of each searched cause. The variants of a cause have the numbers up to the next one."""


def finding(code: str, summary: str, *, is_proved: bool = False, **detail: Any) -> Finding:
    """Return a finding with the fix of its cause."""
    return Finding(code=code, summary=summary, fix=FIXES[code], is_proved=is_proved, detail=detail)
