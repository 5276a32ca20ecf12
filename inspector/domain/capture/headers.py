"""Header fields as the pairs in which they come, and what is put in the places of some."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.capture import HeaderPairs

Pair = tuple[bytes, bytes]
"""Name and value, each with its bytes."""


def with_headers(headers: Sequence[Pair], own: Sequence[Pair]) -> list[Pair]:
    """`headers` with those of `own` in the places of the first of their names, or last where there was none.

    Further ones of such a name are dropped; several of `own` of one name stay together, in their order.
    """
    waiting: dict[bytes, list[Pair]] = {}
    for pair in own:
        waiting.setdefault(pair[0].lower(), []).append(pair)
    placed: list[Pair] = []
    names = frozenset(waiting)
    for pair in headers:
        name = pair[0].lower()
        if name in names:
            placed += waiting.pop(name, ())
        else:
            placed.append(pair)
    return placed + [pair for pairs in waiting.values() for pair in pairs]


def without_headers(headers: Sequence[Pair], names: Collection[bytes]) -> list[Pair]:
    """`headers` but for those of these names, in whatever case they came."""
    dropped = {name.lower() for name in names}
    return [pair for pair in headers if pair[0].lower() not in dropped]


def as_texts(headers: Sequence[Pair]) -> list[list[str]]:
    """As JSON keeps them, each byte as the character of its number; `from_texts` reads it."""
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def from_texts(texts: Sequence[Sequence[str]]) -> tuple[Pair, ...]:
    """What `as_texts` made."""
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in texts)


def header_lines(headers: HeaderPairs) -> str:
    """One `Name: value` a line; what is not text in it is made visible."""
    return "\n".join(_line(name, value) for name, value in headers)


def read_header_lines(text: str, original: HeaderPairs = ()) -> HeaderPairs:
    """The headers that the lines mean; empty lines mean none.

    A line that stands in `header_lines(original)` means that very pair, even if its bytes are no UTF-8.
    Raises UsageError for a line without a colon.
    """
    kept: dict[str, list[tuple[bytes, bytes]]] = {}
    for pair in original:
        kept.setdefault(_line(*pair), []).append(pair)
    headers: list[tuple[bytes, bytes]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if pairs := kept.get(line):
            headers.append(pairs.pop(0) if len(pairs) > 1 else pairs[0])
        elif line.strip():
            name, colon, value = line.partition(":")
            if not colon:
                said = shortened(visible(line), 40)
                raise UsageError(f"Line {number} of the headers has no colon: “{said}”.")
            headers.append((_encoded(name.strip()), _encoded(value.strip())))
    return tuple(headers)


def _line(name: bytes, value: bytes) -> str:
    return f"{visible_bytes(name)}: {visible_bytes(value)}"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# Forwarded, X-Forwarded-* and CF-Connecting-IP, and the names that other proxies use: X-Real-IP,
# True-Client-IP, X-Cluster-Client-IP, CloudFront-Viewer-Address, X-Original-Forwarded-For and so on.
_NAME = re.compile(
    rb"(x-)?forwarded(-.*)?|.*-forwarded-for|"
    rb"(.*-)?(client|connecting|real|remote|user|viewer|visitor|peer|source|external|originating|pseudo|socket)"
    rb"[-_]?(connection[-_]?)?(ip(v[46])?|addr(ess)?)(-.*)?",
    re.IGNORECASE,
)


def carries_client_address(name: bytes) -> bool:
    """Return whether a header field of this name says where a request came from."""
    return _NAME.fullmatch(name) is not None
