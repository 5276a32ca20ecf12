"""The guarded path of a public address, `/in/8f3c0d1qv5k7m`: its form, and how to hide and to find it.

Anyone who knows the path can send requests that become captures, so it is hidden like a credential.
"""

from __future__ import annotations

import re

PREFIX = "/in/"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base32, which has no look-alikes."""
LENGTH = 13
"""13 characters are 65 bits, the fewest above 64, so that the address stays short. The listener responds to
about 10,000 requests per second, and at that rate half of all paths take 58 million years."""

_PATH = re.compile(rb"/in/[%b]{%d}(?![0-9A-Za-z])" % (ALPHABET.encode(), LENGTH))
_HIDDEN = PREFIX.encode() + "••••••••".encode()


def hidden_guarded_path(data: bytes) -> bytes:
    """Return a target, URL or sentence with dots for the random part of each guarded path."""
    return _PATH.sub(_HIDDEN, data) if b"/in/" in data else data


def guarded_paths(data: bytes) -> list[bytes]:
    """Return the guarded paths in a target, URL or sentence."""
    return _PATH.findall(data) if b"/in/" in data else []


def is_guarded_path(path: str) -> bool:
    """Return whether a path is a guarded one, and nothing else."""
    return _PATH.fullmatch(path.encode("utf-8", "surrogatepass")) is not None


def has_guarded_path(path: str) -> bool:
    """Return whether a request target begins with a guarded path."""
    return _PATH.match(path.encode("utf-8", "surrogatepass")) is not None
