"""A body as lines of text: JSON with one line per value, in colour on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inspector.base.visible import visible_block
from inspector.cli.output.streams import Painter, Style
from inspector.domain.json.source import JsonSyntaxError, pretty, tokens

MAX_BODY = 64 * 1024
"""Maximum characters of a body in text output."""
MAX_LINES = 200
"""Maximum lines of a body on a terminal, where the rest of the output should not scroll away."""
_STYLES: Mapping[str, Style] = {"name": "name", "string": "string", "number": "number", "word": "word"}


def body_lines(out: Painter, body: bytes, *, whole: str) -> Iterator[str]:
    """Yield a body as lines of text, names, strings and numbers as in its source.

    `whole` says how to see all of it, for a body that is cut.
    """
    if not body:
        yield "(empty)"
        return
    text, is_cut = _laid_out(body)
    if out.width is not None:
        shown = _first_lines(text, out.width)
        text, is_cut = shown, is_cut or len(shown) < len(text)
    yield from _painted(out, text).split("\n")
    if is_cut:
        yield out.paint(f"… The body continues. {whole}", "faint")


def _laid_out(body: bytes) -> tuple[str, bool]:
    """Return the beginning of a body as text, laid out if it is JSON, and whether it continues."""
    if body.lstrip(b" \t\r\n")[:1] in (b"{", b"["):
        parts: list[str] = []
        room = MAX_BODY
        try:
            for part in pretty(body.decode("utf-8", "backslashreplace")):
                parts.append(part[:room])
                room -= len(part)
                if room < 0:
                    return "".join(parts), True
        except JsonSyntaxError:
            pass
        else:
            return "".join(parts), False
    return body[:MAX_BODY].decode("utf-8", "backslashreplace"), len(body) > MAX_BODY


def _first_lines(text: str, width: int) -> str:
    """Return the beginning of a text that takes about `MAX_LINES` lines of a terminal."""
    end, left = 0, MAX_LINES
    while left > 0 and end < len(text):
        length = (text.find("\n", end) + 1 or len(text) + 1) - end
        end += min(length, left * width)
        left -= 1 + length // width
    return text[:end].removesuffix("\n") if end < len(text) else text


def _painted(out: Painter, text: str) -> str:
    """Return a text safe to print. Its tokens are painted as far as it is JSON."""
    if not out.has_colour:
        return visible_block(text)
    parts: list[str] = []
    place = 0
    try:
        for kind, start, end in tokens(text):
            parts.append(visible_block(text[place:start]))
            token = visible_block(text[start:end])
            parts.append(out.paint(token, _STYLES[kind]) if kind in _STYLES else token)
            place = end
    except JsonSyntaxError:
        pass  # it was cut, or it is another format
    return "".join(parts) + visible_block(text[place:])
