"""Standard output and error: text or JSON lines, colour on a terminal only, quiet on a broken pipe."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol

from inspector.base.visible import visible

Style = Literal["valid", "rewritten", "invalid", "unsigned", "unchecked", "faint", "strong"]

# The terminal's own colours, so that light and dark themes both stay readable.
_CODES: Mapping[Style, str] = {
    "valid": "32",
    "rewritten": "33",
    "invalid": "1;31",
    "unsigned": "2",
    "unchecked": "34",
    "faint": "2",
    "strong": "1",
}


_ENCODER = json.JSONEncoder(check_circular=False)


class RawStream(Protocol):
    """What lines are written to: an unbuffered binary file."""

    def write(self, data: bytes, /) -> int | None: ...


class Output:
    """Where one command prints. After the reader has gone nothing is written and nothing is raised."""

    def __init__(
        self,
        stream: RawStream | None,
        messages: RawStream | None,
        *,
        is_json: bool = False,
        has_colour: bool = False,
        width: int | None = None,
    ) -> None:
        self._stream = stream
        self._messages = messages
        self.is_json = is_json
        self.has_colour = has_colour
        self.width = width
        """Columns of the terminal; None where it is none, and then no line is cut."""
        self.is_closed = stream is None
        """The reader has gone: there is no point in going on."""

    def lines(self, lines: Iterable[str]) -> None:
        """Write lines at once, as UTF-8; blocks for as long as the reader does not read."""
        text = "".join(f"{line}\n" for line in lines)
        if text and not self.is_closed and not _write(self._stream, text):
            self.is_closed = True

    def line(self, text: str = "") -> None:
        """Write one line."""
        self.lines((text,))

    def record(self, record: Mapping[str, Any]) -> None:
        """Write one object as a line of JSON."""
        self.line(json_line(record))

    def say(self, sentence: str) -> None:
        """Tell the user something on standard error."""
        _write(self._messages, f"{visible(sentence)}\n")

    def say_block(self, lines: Iterable[str]) -> None:
        """Tell the user something that needs several lines."""
        _write(self._messages, "".join(f"{visible(line)}\n" for line in lines))

    def paint(self, text: str, style: Style) -> str:
        """`text` in a style where colours are shown, else as it is: a colour never says anything alone."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.has_colour and text else text


def json_line(record: Mapping[str, Any]) -> str:
    """One object as JSON in ASCII, which neither an encoding nor a terminal can spoil."""
    return _ENCODER.encode(record)


def standard_output(*, is_json: bool) -> Output:
    """The process's own output. Standard output is written past Python's buffer, whose lock a blocked
    thread would hold at the end of the process."""
    is_terminal = sys.stdout is not None and not sys.stdout.closed and sys.stdout.isatty()
    return Output(
        _raw(sys.stdout),
        _raw(sys.stderr),
        is_json=is_json,
        has_colour=is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        width=_terminal_width() if is_terminal else None,
    )


def _terminal_width() -> int | None:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except OSError:
        return None


def _raw(stream: Any) -> RawStream | None:
    if stream is None or stream.closed:  # started with the stream closed
        return None
    raw: RawStream = getattr(stream.buffer, "raw", stream.buffer)
    return raw


def _write(stream: RawStream | None, text: str) -> bool:
    """Write all of it; false where nobody can read it any more."""
    if stream is None:
        return False
    data = memoryview(text.encode("utf-8", "backslashreplace"))
    try:
        while data:
            data = data[stream.write(data) or 0 :]  # type: ignore[arg-type]
    except OSError:  # a broken pipe, a full disk, a terminal that was closed
        return False
    return True
