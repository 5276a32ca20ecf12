"""Header pairs as text of the store: JSON, each byte one character (Latin-1), so nothing is lost."""

from __future__ import annotations

import json

from inspector.domain.capture.capture import HeaderPairs

_ENCODER = json.JSONEncoder(check_circular=False)


def dump_headers(pairs: HeaderPairs) -> str:
    """`[["Host", "127.0.0.1"], …]`, which SQL can look into."""
    return _ENCODER.encode([(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs])


def has_header(*names: bytes) -> str:
    """Return a condition on `captures`: whether a request has a header of one of these names, in any case."""
    # A name is the first text of its pair, and LIKE ignores the case of ASCII.
    return "(" + " OR ".join(f"headers LIKE '%[\"{name.decode()}\", %'" for name in names) + ")"


def load_headers(text: str) -> HeaderPairs:
    """The pairs that `dump_headers` wrote, byte for byte."""
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(text))
