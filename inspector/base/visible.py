"""Text of a sender made safe to print: control, escape and bidirectional characters become visible."""

from __future__ import annotations

import re

# Characters between which a joiner is allowed: scripts from Arabic to Khmer and Mongolian, and pictographs.
_JOINED = "[\u0600-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
# C0, DEL, C1; the bidirectional controls of UAX #9; line and paragraph separators; zero-width characters and
# the BOM, which hide text; lone surrogates, which no terminal can encode. Parts of a spelling are excluded:
# joiners between letters or pictographs, and the letters of a flag.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
    f"|[\u200c\u200d](?:(?<!{_JOINED}.)|(?!{_JOINED}))"
    "|[\U000e0000-\U000e0fff]"
)
_FLAG = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)")
_INVISIBLE_BUT_PRINTABLE = re.compile("[\U000e0000-\U000e0fff]")
"""The hidden characters that `str.isprintable` accepts: variation selectors."""
_CONTROL_IN_BLOCK = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
_HIDDEN_IN_BLOCK = re.compile(_HIDDEN.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f", 1))


def visible(text: str) -> str:
    r"""Return `text` on one line, with escapes such as `\x1b`, `\n`, `\u202e` for hidden characters."""
    # Nearly all texts are printable, and `isprintable` takes a tenth of the expression's time.
    if text.isprintable() and (text.isascii() or not _INVISIBLE_BUT_PRINTABLE.search(text)):
        return text
    return _spelt(_HIDDEN, text)


def visible_block(text: str) -> str:
    """Return the same without escaping line feeds, for text on several lines."""
    return _CONTROL_IN_BLOCK.sub(_escape, text) if text.isascii() else _spelt(_HIDDEN_IN_BLOCK, text)


def visible_bytes(data: bytes) -> str:
    r"""Return bytes of a target or a header as text, with `\xNN` for each byte that is not UTF-8."""
    return visible(data.decode("utf-8", "backslashreplace"))


def shortened(text: str, length: int) -> str:
    """Return `text` in at most `length` characters, with `…` if it was cut."""
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
