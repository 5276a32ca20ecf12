"""Make foreign text safe to print: control, escape and bidirectional characters become visible."""

from __future__ import annotations

import re

# C0, DEL, C1; the bidirectional controls of UAX #9; line and paragraph separators; zero-width
# characters and the BOM, which hide text; lone surrogates, which no terminal can encode.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
    "|[\U000e0000-\U000e0fff]"
)
_HIDDEN_IN_BLOCK = re.compile(_HIDDEN.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f", 1))


def visible(text: str) -> str:
    r"""`text` on one line with nothing hidden in it: `\x1b`, `\n`, `\u202e` stand for such characters."""
    return _HIDDEN.sub(_escape, text)


def visible_block(text: str) -> str:
    """As `visible`, but line feeds stay: for text that is shown over several lines."""
    return _HIDDEN_IN_BLOCK.sub(_escape, text)


def visible_bytes(data: bytes) -> str:
    r"""Bytes of a target or a header as text: UTF-8 where it is, `\xNN` for each byte that is not."""
    return visible(data.decode("utf-8", "backslashreplace"))


def shortened(text: str, length: int) -> str:
    """`text` in at most `length` characters, `…` in place of what was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    named = {9: "\\t", 10: "\\n", 13: "\\r"}.get(code)
    if named:
        return named
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
