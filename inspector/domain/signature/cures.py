"""How a proved fault of a secret is cured here: its corrected text, and the words for the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from inspector.domain.signature.causes import CAUSES
from inspector.domain.signature.diagnosis.context import Variant
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.first_difference import white_space_name
from inspector.domain.signature.secret import Secret

_FORMS = {
    cause.code: cause.hypothesis.variants
    for cause in CAUSES
    if cause.hypothesis is not None and cause.hypothesis.of == "secret"
}
"""The function in `diagnosis/secret_forms.py` with the corrections of a secret, by finding code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Another text for a secret, with which the signature is valid."""

    change: str
    """The change, such as `without the newline`."""
    text: str = field(repr=False)


def correction(
    finding: Finding, secret: Secret, messages: Sequence[bytes], received: bytes
) -> Correction | None:
    """Return the correction that the finding proves, or None if it is not about the text of a secret.

    `messages` are the readings of the body, of which one was signed.
    """
    from inspector.domain.signature.diagnosis import secret_forms
    from inspector.domain.signature.signature import digest

    name = _FORMS.get(finding.code)
    if name is None or not finding.is_proved:
        return None
    variant: Variant[bytes]
    for variant in getattr(secret_forms, name)(secret.text):
        if any(digest(variant.value, message).encode() == received for message in messages):
            text = variant.value.decode("utf-8", "surrogateescape")
            is_shorter = len(variant.value) < len(secret.key)
            return Correction(change=_change(finding, variant, is_shorter=is_shorter), text=text)
    return None


def _change(finding: Finding, variant: Variant[bytes], *, is_shorter: bool) -> str:
    side = "without" if is_shorter else "with"
    if finding.code == "secret-whitespace":
        return f"{side} {white_space_name(finding.detail)}"
    if finding.code == "secret-prefix":
        rest = variant.detail.get("encoding")
        prefix = f"{side} the prefix {variant.detail['prefix']}"
        return f"{prefix}, decoded from {rest}" if rest else prefix
    if finding.code == "secret-encoded":
        verb = "encoded in" if "way" in variant.detail else "decoded from"
        return f"{verb} {variant.detail['encoding']}"
    return f"{side} the {'quotes' if finding.code == 'secret-quoted' else 'escapes'}"
