"""A public address that the user has from elsewhere and pasted."""

from __future__ import annotations

from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.domain.replay.address_text import typed_url

MAX_LENGTH = 2_000


def public_address(text: str) -> str:
    """Return the pasted `text` without surrounding white space, with https:// if it has no scheme.

    Otherwise it stays as it is, which is how it is shown and copied. Raises UsageError if it is not an
    address.
    """
    url = typed_url(text, "https")
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in ("http", "https") or not separator or not rest:
        raise UsageError("This is not a public address. Paste one such as https://quiet-river.example.com.")
    if len(url) > MAX_LENGTH:
        raise UsageError(f"A public address has at most {MAX_LENGTH:,} characters.")
    if visible(url) != url or any(character.isspace() for character in url):
        raise UsageError("This address contains a space or a hidden character. Paste it again without it.")
    return url
