"""Every possible problem with a signature and every observation on it: one entry per finding code.

To add a cause that a recomputed digest proves, add an entry here, the function that it names in `diagnosis/`,
and a row in `tests/domain/signature/test_causes.py`. The filter's codes, the fixes, the window's texts and
the table in the README come from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from inspector.domain.signature.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """How a cause is tried: what the sender may have used instead of the right key, body or digest."""

    of: Literal["secret", "key", "body", "digest", "algorithm"]
    """`secret`: a key derived from the text of one secret. `key`: a key found elsewhere. `body`: other bytes
    than the received ones. `digest`: the digest in another form. `algorithm`: a digest made in another way;
    the candidates depend on its length (`digest_forms.algorithms`)."""
    variants: str = ""
    """The function in `diagnosis/secret_forms.py`, `body_forms.py` or `digest_forms.py` that yields the
    variants. A name, because those modules take 30 ms to load, and the filter needs only the codes."""
    is_near: bool = False
    """Whether it changes only a byte or two. It then also finds the bytes that another hypothesis
    produces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One finding code: a cause, or an observation that proves nothing."""

    code: str
    """The stable name. Scripts and stored files rely on it, so it must never change."""
    hypothesis: Hypothesis | None = None
    """None if it is found without a search."""
    words: str = ""
    """What is wrong in a few words, for the sentence at the top of the window's Signature tab."""
    meaning: str
    """The meaning, for the table in the README."""
    proof: str = "the digest made anew like this matches"
    """The proof, for the same table."""
    fix: str
    """What to do about it, in one or two sentences."""


_SEEN = "seen, not proved"

CAUSES: tuple[Cause, ...] = (
    Cause(
        code="body-reserialised",
        hypothesis=Hypothesis(of="body", variants="reserialised"),
        words="another printing of the body was signed",
        meaning="Something printed the JSON again before it was signed: Python, PHP, Go, Ruby, a "
        "pretty-printer, sorted keys; the dialect and the first differing place are named",
        fix="Sign, and verify, the bytes that go over the wire; whatever parses JSON and prints it again "
        "before that is the fault.",
    ),
    Cause(
        code="secret-whitespace",
        hypothesis=Hypothesis(of="secret", variants="whitespace"),
        words="the secret differs by white space",
        meaning="A newline, blank or tab is in the secret on one side alone",
        fix="Enter the secret without the white space on both sides; a file made by echo ends in a newline.",
    ),
    Cause(
        code="secret-other",
        hypothesis=Hypothesis(of="key", variants="other"),
        words="it was signed with another secret on file",
        meaning="Another secret that is on file and not active was used",
        fix="Activate that secret, or enter the right one for this project and environment in the dashboard.",
    ),
    Cause(
        code="secret-is-app-key",
        hypothesis=Hypothesis(of="key", variants="app_key"),
        words="it was signed with the app_key",
        meaning="The payload’s `app_key` was used as the secret",
        fix="Enter the webhook secret in the dashboard; the app_key is in every payload.",
    ),
    Cause(
        code="digest-base64",
        hypothesis=Hypothesis(of="digest", variants="in_base64"),
        words="the digest is in base64",
        meaning="The digest is right and written in base64",
        fix="Print the digest as lower-case hex, as documented: digest('hex').",
    ),
    Cause(
        code="digest-prefix",
        hypothesis=Hypothesis(of="digest", variants="prefixed"),
        words="the digest has a prefix",
        meaning="The digest stands after a prefix such as `sha256=`",
        fix="Send the digest alone; the documented header has nothing before it.",
    ),
    Cause(
        code="secret-quoted",
        hypothesis=Hypothesis(of="secret", variants="quoted"),
        words="the secret differs by quotes around it",
        meaning="Quotes belong to the secret on one side alone",
        fix="Remove the quotes where the secret is kept; some readers of .env files leave them in.",
    ),
    Cause(
        code="secret-prefix",
        hypothesis=Hypothesis(of="secret", variants="prefixed"),
        words="the secret differs by a prefix",
        meaning="A prefix such as `whsec_` belongs to the secret on one side alone",
        fix=("Use the secret as the dashboard shows it, with or without the prefix, on both sides alike."),
    ),
    Cause(
        code="digest-case",
        hypothesis=Hypothesis(of="digest", variants="in_upper_case"),
        words="the digest is not in lower case",
        meaning="The digest is in upper-case hex",
        fix="Send lower-case hex: the documented check compares texts, exactly.",
    ),
    Cause(
        code="body-newline",
        hypothesis=Hypothesis(of="body", variants="newline", is_near=True),
        words="the bodies differ by a line end",
        meaning="A line end or white space around the body is on one side alone",
        fix=("Send exactly the bytes that are signed. Most editors and echo add a line break at the end."),
    ),
    Cause(
        code="secret-encoded",
        hypothesis=Hypothesis(of="secret", variants="encoded"),
        words="the key is another encoding of the secret",
        meaning="The key is what the secret decodes to from hex or base64, or the reverse",
        fix=("Agree on whether the secret's text itself is the key, as documented, or what it decodes to."),
    ),
    Cause(
        code="secret-escaped",
        hypothesis=Hypothesis(of="secret", variants="escaped"),
        words="the secret differs by escaped characters",
        meaning="HTML, URL or JSON escapes in the secret were resolved, or made, on one side alone",
        fix="Enter the secret with the characters themselves, not with HTML, URL or JSON escapes.",
    ),
    Cause(
        code="digest-algorithm",
        hypothesis=Hypothesis(of="algorithm"),
        words="the digest was made by another algorithm",
        meaning="HMAC with SHA-1, SHA-512, SHA-384 or MD5",
        fix="Make the digest with HMAC-SHA256, as documented.",
    ),
    Cause(
        code="digest-unkeyed",
        hypothesis=Hypothesis(of="algorithm"),
        words="the digest was made without HMAC",
        meaning="A plain hash of the body, or of secret and body one after the other",
        fix=("Make the digest with HMAC-SHA256 and the secret as its key; a plain hash proves nothing."),
    ),
    Cause(
        code="digest-truncated",
        hypothesis=Hypothesis(of="algorithm"),
        words="the digest was cut short",
        meaning="The digest was cut",
        fix="Send all 64 digits; look for a column or a field that cuts them.",
    ),
    Cause(
        code="digest-whitespace",
        hypothesis=Hypothesis(of="digest", variants="with_whitespace"),
        words="the digest has white space in it",
        meaning="White space is in the digest",
        fix="Remove the white space from the digest; base64 -w0 and xxd -p -c 64 print on one line.",
    ),
    Cause(
        code="body-double-encoded",
        hypothesis=Hypothesis(of="body", variants="double_encoded"),
        words="the body that was signed was serialised twice",
        meaning="JSON text was serialised once more, or unwrapped",
        fix="Serialise the payload once; a text that is JSON already must not be serialised again.",
    ),
    Cause(
        code="body-wrapped",
        hypothesis=Hypothesis(of="body", variants="wrapped"),
        words="the body arrived inside another one",
        meaning="The event arrived inside a form field, or as a string in another object",
        fix="Verify the text inside the wrapper, or let the relay pass the request on as it came.",
    ),
    Cause(
        code="body-not-serialised",
        hypothesis=Hypothesis(of="body", variants="not_serialised"),
        words="the object was signed, not its JSON",
        meaning="An object was turned to text by its language: `[object Object]`, Python’s `str(dict)`",
        fix="Sign JSON.stringify(payload), not the object itself turned to text.",
    ),
    Cause(
        code="body-charset",
        hypothesis=Hypothesis(of="body", variants="charset"),
        words="another encoding of the body was signed",
        meaning="Another charset or Unicode normalisation was signed",
        fix="Use UTF-8 on both sides, and hash bytes instead of texts.",
    ),
    Cause(
        code="body-bom",
        hypothesis=Hypothesis(of="body", variants="bom", is_near=True),
        words="the bodies differ by a byte order mark",
        meaning="A byte order mark is on one side alone",
        fix="Write UTF-8 without a byte order mark.",
    ),
    Cause(
        code="body-crlf",
        hypothesis=Hypothesis(of="body", variants="crlf", is_near=True),
        words="line ends in the body were converted",
        meaning="Line ends were converted between LF and CRLF",
        fix="Let nothing convert line ends: no text mode, no editor, no e-mail between signing and sending.",
    ),
    Cause(
        code="body-empty",
        hypothesis=Hypothesis(of="body", variants="empty"),
        words="an empty body was signed",
        meaning="Nothing was signed, or `{}`: the body had not been read",
        fix=("Read the body before hashing it: in Express, a raw body parser must come before the check."),
    ),
    Cause(
        code="body-part",
        hypothesis=Hypothesis(of="body", variants="part"),
        words="only a part of the body was signed",
        meaning="Only a part was signed, such as `responses`",
        fix="Sign the whole payload, as documented.",
    ),
    Cause(
        code="body-compressed",
        hypothesis=Hypothesis(of="body", variants="compressed"),
        words="one of the two bodies is compressed",
        meaning="The compressed or the decompressed body was signed",
        fix="Verify after decompressing, or sign what is sent.",
    ),
    Cause(
        code="secret-empty",
        hypothesis=Hypothesis(of="key", variants="empty"),
        words="it was signed with an empty secret",
        meaning="It was signed with an empty secret",
        fix="Enter a webhook secret in the dashboard and save it; anyone can make this signature.",
    ),
    Cause(
        code="header-repeated",
        words="the signature came more than once",
        meaning="The header came several times; which copy would be valid is named",
        proof="that copy matches",
        fix="Find what adds the header twice (a proxy, a test client) and let it set it once.",
    ),
    Cause(
        code="header-of-another-capture",
        words="the signature belongs to another capture",
        meaning="The signature belongs to another stored capture, named by its id",
        proof="the digest of that capture’s body matches",
        fix="Look for a sender, or a test, that takes the header of one request for another.",
    ),
    Cause(
        code="body-rewritten",
        meaning="The body was rewritten on the way; the verdict is *Valid, rewritten*",
        proof="the digest of `JSON.stringify(JSON.parse(body))` matches, that of the bytes does not",
        fix="Find what parses and prints the body again between the sender and here (a proxy, a gateway, a "
        "replay tool) and let it pass the bytes on.",
    ),
    Cause(
        code="not-canonical",
        meaning="The bytes are right, the documented Node check would reject them; the verdict is *Valid, "
        "bytes only*",
        proof="the digest of the bytes matches, that of `JSON.stringify(JSON.parse(body))` does not",
        fix="Verify the raw body in your receiver, before any parsing; the documented Node check would "
        "reject this delivery.",
    ),
    Cause(
        code="header-empty",
        meaning="The header is there and empty",
        proof=_SEEN,
        fix="Ask whether the webhook secret is set and saved in the dashboard, and look for a proxy that "
        "removes header values.",
    ),
    Cause(
        code="header-not-hex",
        meaning="The signature is not hexadecimal",
        proof=_SEEN,
        fix="The documented signature is 64 lower-case hex digits and nothing else.",
    ),
    Cause(
        code="header-wrong-length",
        meaning="The signature does not have 64 characters",
        proof=_SEEN,
        fix=("Look for a prefix, another algorithm or encoding, or something that cuts header values."),
    ),
    Cause(
        code="body-truncated",
        meaning="The body is JSON as far as it goes, and breaks off",
        proof=_SEEN,
        fix="Look for a limit on the size of a body between the sender and here, or a connection that broke.",
    ),
    Cause(
        code="body-not-json",
        meaning="The body is no JSON, and why",
        proof=_SEEN,
        fix=("Only the raw reading of the signature can be checked; see the body's bytes for what came."),
    ),
    Cause(
        code="unverifiable-depth",
        meaning="The body nests deeper than 3,000 levels, where JavaScript’s own stringify gives up",
        proof=_SEEN,
        fix=("The documented Node check cannot be computed for such a body; verify its raw bytes instead."),
    ),
    Cause(
        code="unexplained",
        meaning="No cause was found: what was ruled out, and what to check, in order",
        proof="–",
        fix="Compare the secret with the dashboard’s first; a wrong one leaves no trace.",
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


def table() -> str:
    """Return the causes as a Markdown table: finding, meaning, proof, fix."""
    rows = [f"| `{one.code}` | {one.meaning} | {one.proof} | {one.fix} |" for one in CAUSES]
    return "\n".join(("| finding | what it says | proved by | what to do |", "|---|---|---|---|", *rows))
