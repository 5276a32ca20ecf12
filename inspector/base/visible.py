"""Make foreign text safe to print: control, escape and bidirectional characters become visible."""

from __future__ import annotations

import re

# What a joiner belongs between: scripts from Arabic to Khmer and Mongolian, and pictographs.
_JOINED = "[\u0600-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
# C0, DEL, C1; the bidirectional controls of UAX #9; line and paragraph separators; zero-width
# characters and the BOM, which hide text; lone surrogates, which no terminal can encode. Not what is part
# of a spelling: joiners between letters or pictographs, and the letters of a flag.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
    f"|[\u200c\u200d](?:(?<!{_JOINED}.)|(?!{_JOINED}))"
    "|[\U000e0000-\U000e0fff]"
)
_FLAG = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)")
_CONTROL = re.compile("[\x00-\x1f\x7f]")  # all that may be in ASCII, in a third of the time
_CONTROL_IN_BLOCK = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
_HIDDEN_IN_BLOCK = re.compile(_HIDDEN.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f", 1))


def visible(text: str) -> str:
    r"""`text` on one line with nothing hidden in it: `\x1b`, `\n`, `\u202e` stand for such characters."""
    return _CONTROL.sub(_escape, text) if text.isascii() else _spelt(_HIDDEN, text)


def visible_block(text: str) -> str:
    """As `visible`, but line feeds stay: for text that is shown over several lines."""
    return _CONTROL_IN_BLOCK.sub(_escape, text) if text.isascii() else _spelt(_HIDDEN_IN_BLOCK, text)


def visible_bytes(data: bytes) -> str:
    r"""Bytes of a target or a header as text: UTF-8 where it is, `\xNN` for each byte that is not."""
    return visible(data.decode("utf-8", "backslashreplace"))


def shortened(text: str, length: int) -> str:
    """`text` in at most `length` characters, `…` in place of what was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _spelt(hidden: re.Pattern[str], text: str) -> str:
    parts = _FLAG.split(text) if "\U0001f3f4" in text else [text]
    return "".join(part if place % 2 else hidden.sub(_escape, part) for place, part in enumerate(parts))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    named = {9: "\\t", 10: "\\n", 13: "\\r"}.get(code)
    if named:
        return named
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
