"""One named observation on a capture, with its cause and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SIGNATURE_CODES = (
    # In the secret.
    "secret-whitespace", "secret-quoted", "secret-escaped", "secret-prefix", "secret-is-app-key",
    "secret-encoded", "secret-other", "secret-empty",
    # In the digest.
    "digest-base64", "digest-prefix", "digest-case", "digest-whitespace", "digest-truncated",
    "digest-algorithm", "digest-unkeyed",
    # In the body.
    "body-rewritten", "not-canonical", "body-reserialised", "body-bom", "body-newline", "body-crlf",
    "body-double-encoded", "body-not-serialised", "body-empty", "body-part", "body-wrapped",
    "body-charset", "body-compressed", "body-truncated", "body-not-json", "unverifiable-depth",
    # In the header.
    "header-empty", "header-not-hex", "header-wrong-length", "header-repeated", "header-of-another-capture",
    # No cause was found.
    "unexplained",
)  # fmt: skip
"""What is the matter with a signature, or seen on it."""
BETWEEN_CODES = (
    "redelivery", "answer-repeated", "answer-changed", "completion-disagrees", "out-of-order",
    "answers-missing",
)  # fmt: skip
"""What is found between the captures of one respondent."""
SENDER_CODES = ("departs-from-docs", "new-shape")
"""What is found out about the sender."""
CODES = SIGNATURE_CODES + BETWEEN_CODES + SENDER_CODES
"""Every code there is: scripts and stored files rely on them, so none is ever renamed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found. `code` is one of the stable codes; scripts rely on them."""

    code: str
    summary: str
    """One sentence: what is the matter."""
    fix: str
    """One sentence: what to do about it."""
    is_proved: bool = False
    """A recomputed digest matched; else it is an observation."""
    detail: dict[str, Any] = field(default_factory=dict)
    """What else is known of it, JSON values only: `dialect`, `secret`, `copy` …"""

    def as_json(self) -> dict[str, Any]:
        """The object that `verify` and `show` print."""
        return {
            "code": self.code,
            "summary": self.summary,
            "fix": self.fix,
            "proved": self.is_proved,
            **self.detail,
        }
