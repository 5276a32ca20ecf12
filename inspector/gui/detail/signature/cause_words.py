"""Each cause in a few words, for the sentence on top; its card says it exactly."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.base.visible import shortened, visible
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.first_difference import white_space_words

CAUSES = {
    "secret-whitespace": "the secret differs by white space",
    "secret-quoted": "the secret differs by quotes around it",
    "secret-escaped": "the secret differs by escaped characters",
    "secret-prefix": "the secret differs by a prefix",
    "secret-is-app-key": "it was signed with the app_key",
    "secret-encoded": "the key is another encoding of the secret",
    "secret-other": "it was signed with another secret on file",
    "secret-empty": "it was signed with an empty secret",
    "digest-base64": "the digest is in base64",
    "digest-prefix": "the digest has a prefix",
    "digest-case": "the digest is not in lower case",
    "digest-whitespace": "the digest has white space in it",
    "digest-truncated": "the digest was cut short",
    "digest-algorithm": "the digest was made by another algorithm",
    "digest-unkeyed": "the digest was made without HMAC",
    "body-reserialised": "another printing of the body was signed",
    "body-bom": "the bodies differ by a byte order mark",
    "body-newline": "the bodies differ by a line end",
    "body-crlf": "line ends in the body were converted",
    "body-double-encoded": "the body that was signed was serialised twice",
    "body-not-serialised": "the object was signed, not its JSON",
    "body-empty": "an empty body was signed",
    "body-part": "only a part of the body was signed",
    "body-wrapped": "the body arrived inside another one",
    "body-charset": "another encoding of the body was signed",
    "body-compressed": "one of the two bodies is compressed",
    "header-repeated": "the signature came more than once",
    "header-of-another-capture": "the signature belongs to another capture",
}


def causes(findings: Sequence[Finding]) -> str:
    """`the secret differs by white space, and the digest is in base64`; empty without a proved cause."""
    proved = [finding for finding in findings if finding.is_proved]
    words = list(dict.fromkeys(map(_cause, proved)))
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def _cause(finding: Finding) -> str:
    """The words of one, with the name of the secret it was found in."""
    words = _white_space(finding) or CAUSES.get(finding.code, finding.code)
    name = finding.detail.get("secret")
    if isinstance(name, str) and words.startswith("the secret "):
        return words.replace("the secret ", f"the secret “{shortened(visible(name), 40)}” ", 1)
    return words


def _white_space(finding: Finding) -> str:
    """`the secret ends with a line break`; empty where it is no white space, or not known which."""
    what = white_space_words(finding.detail)
    if finding.code == "secret-whitespace" and what:
        is_ours = finding.detail["white_space"]["side"] == "here"
        return f"the secret {what}" + ("" if is_ours else " on the sender’s side")
    if finding.code == "body-newline" and what:
        is_ours = finding.detail["white_space"]["side"] == "came"
        return f"the body that {'came' if is_ours else 'was signed'} {what}"
    return ""


def sharing(findings: Sequence[Finding], count: int) -> str:
    """How many fail for the same reason, `count` with this one; for several faults, of the first."""
    faults = len([finding for finding in findings if finding.is_proved])
    if faults > 1:
        others = count - 1
        verb = "shares" if others == 1 else "share"
        told = (
            f" {others:,} other capture{'' if others == 1 else 's'} {verb} the first." if others > 0 else ""
        )
        return f"{faults} faults at once, each named below.{told}"
    if count > 1:
        return f"{count:,} captures fail for this reason."
    return "So far no other capture fails for this reason."
