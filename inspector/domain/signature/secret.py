"""A secret for checking signatures, and frequent mistakes in a typed or pasted one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

SAMPLE_SECRET_NAME = "sample"  # noqa: S105 - a name, not a secret
"""The name of a secret created for one run of samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A named secret. Its text is used exactly as given and never printed."""

    name: str
    """`env:NAME`, `file:NAME` or the label under which it was saved."""
    text: str = field(repr=False)
    is_saved: bool = False
    """Whether it belongs to the database file; otherwise, only to this process."""

    @property
    def key(self) -> bytes:
        """The key bytes for HMAC. Text that is not valid Unicode came from bytes and is converted back to
        them."""
        try:
            return self.text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # a lone surrogate, which a text field can contain
            return self.text.encode("utf-8", "surrogatepass")


# Blitzllama's own secrets have no prefix. These belong to other services, or are the name of a variable.
# Base32 that ends with = is not a name, and quoting it would print the whole secret.
_PREFIX = re.compile(r"(whsec_|sk_|pk_|sha256=|Bearer\s|[A-Z][A-Z0-9_]{3,}=(?=[^=]))")
_ESCAPES = re.compile(r"&(amp|lt|gt|quot|#\d+);|%[0-9A-Fa-f]{2}|\\[nrtu\"\\]")
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”"}


MIN_CHARACTERS = 16
"""A shorter secret may be cut, or can be guessed."""


def remarks(text: str) -> tuple[str, ...]:
    """Return sentences about suspicious details; none for a normal or an empty text."""
    if not text:
        return ()
    said = []
    if text != text.strip():
        where = "starts" if text != text.lstrip() else "ends"
        if text.strip() and text != text.lstrip() and text != text.rstrip():
            where = "starts and ends"
        said.append(f"It {where} with whitespace, which is used as typed.")
    bare = text.strip()
    if len(bare) > 1 and _QUOTES.get(bare[0]) == bare[-1]:
        said.append("It is in quotes. The secret in the dashboard has none.")
    if found := _PREFIX.match(bare):
        said.append(f"It starts with “{found[1].strip()}”, which is not part of a Blitzllama secret.")
    if found := _ESCAPES.search(text):
        said.append(f"It contains “{found[0]}”, which looks like an escaped character.")
    if not text.isascii():
        said.append("It contains non-ASCII characters. Their UTF-8 bytes are the key.")
    return tuple(said)
