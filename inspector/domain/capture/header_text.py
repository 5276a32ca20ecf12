"""Headers as lines that a person edits; a line that was left alone keeps its exact bytes."""

from __future__ import annotations

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.capture import HeaderPairs


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
