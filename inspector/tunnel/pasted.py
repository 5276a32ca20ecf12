"""A public address that the user has from elsewhere and pasted."""

from __future__ import annotations

from inspector.base.errors import UsageError
from inspector.base.visible import visible

MAX_LENGTH = 2_000


def check(text: str) -> str:
    """`text` as it is, which is how it is shown and copied; raises UsageError where it is no address."""
    if not text.startswith(("http://", "https://")) or text in ("http://", "https://"):
        raise UsageError("A public address begins with https:// (or http://); paste it whole.")
    if len(text) > MAX_LENGTH:
        raise UsageError(f"A public address has at most {MAX_LENGTH} characters.")
    if visible(text) != text or " " in text:
        raise UsageError("This address has a space or a hidden character in it; paste it again without.")
    return text
