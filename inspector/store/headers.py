"""Header pairs as text of the store: JSON, each byte one character (Latin-1), so nothing is lost."""

from __future__ import annotations

import json

from inspector.domain.capture import HeaderPairs

_ENCODER = json.JSONEncoder(check_circular=False)


def dump_headers(pairs: HeaderPairs) -> str:
    """`[["Host", "127.0.0.1"], …]`, which SQL can look into."""
    return _ENCODER.encode([(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs])


def load_headers(text: str) -> HeaderPairs:
    """The pairs that `dump_headers` wrote, byte for byte."""
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(text))
