"""Standard output and error: text or JSON lines, colours on a terminal, silence on a broken pipe."""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, Protocol, TextIO

from inspector.base.visible import visible
from inspector.cli.output.alignment import cut, wrapped
from inspector.cli.output.json_text import json_line

if sys.platform != "win32":
    import fcntl
    import termios

Style = Literal[
    "valid",
    "rewritten",
    "invalid",
    "unsigned",
    "unchecked",
    "faint",
    "strong",
    "name",
    "string",
    "number",
    "word",
]

# The terminal's own colours, which are readable in light and dark themes.
_CODES: Mapping[Style, str] = {
    "valid": "32",
    "rewritten": "33",
    "invalid": "1;31",
    "unsigned": "2",
    "unchecked": "34",
    "faint": "2",
    "strong": "1",
    "name": "36",
    "string": "32",
    "number": "33",
    "word": "35",
}


ColorMode = Literal["auto", "always", "never"]
_ANY_WIDTH = 80
"""Columns for a terminal of unknown size."""


class RawStream(Protocol):
    """A destination for lines: an unbuffered binary file."""

    def write(self, data: bytes, /) -> int | None: ...


class Painter:
    """The abilities of a stream: colours, lines of the terminal's width, and lines that are replaced."""

    def __init__(
        self, *, has_colour: bool = False, width: int | None = None, has_cursor: bool = True
    ) -> None:
        self.has_colour = has_colour
        self.width = width
        """Columns of the terminal. None without a terminal; lines are then not fitted."""
        self.can_replace_line = width is not None and has_cursor
        """Whether this is a terminal that obeys escape sequences, unlike `TERM=dumb`."""

    def paint(self, text: str, style: Style) -> str:
        """Return `text` in a style if colours are shown. Colour is never the only sign."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.has_colour and text else text


class Output(Painter):
    """The output of one command. It raises no errors: the command can check `trouble`, or continue."""

    def __init__(
        self,
        stream: RawStream | None,
        messages: RawStream | None,
        *,
        is_json: bool = False,
        has_colour: bool = False,
        width: int | None = None,
        messages_painter: Painter | None = None,
        is_quiet: bool = False,
    ) -> None:
        super().__init__(has_colour=has_colour, width=width)
        self._stream = stream
        self._messages = messages
        self._unwritten = b""
        self.is_json = is_json
        self.is_quiet = is_quiet
        """Whether only results and errors are printed."""
        self.messages = messages_painter or Painter()
        """The painter for standard error, which may be another terminal or a file."""
        self.has_reader = True
        """False once the reader has closed the pipe. Nothing more is written then."""
        self.trouble: str | None = None
        """Why output could not be written, as a sentence: a full disk, a closed stream."""

    @property
    def is_live(self) -> bool:
        """Whether progress is shown: messages go to a terminal on which a line can be replaced."""
        return self.messages.can_replace_line and not self.is_quiet

    @property
    def can_ask(self) -> bool:
        """Whether messages go to a terminal, so that a question is seen."""
        return self.messages.width is not None

    @property
    def can_stay(self) -> bool:
        """Whether text goes to a terminal that can show live lines, and keys come from one."""
        has_cursor = os.name == "nt" or os.environ.get("TERM", "") not in ("", "dumb", "unknown")
        is_shown = self.width is not None and has_cursor and not (self.is_json or self.is_quiet)
        return is_shown and is_terminal_input()

    @property
    def is_closed(self) -> bool:
        """Whether further output is pointless: there is no reader, or it cannot be written."""
        return not self.has_reader or self.trouble is not None

    def lines(self, lines: Iterable[str]) -> None:
        """Write lines at once, as UTF-8. Blocks while the reader does not read.

        Lines that cannot be written are dropped. Later ones are tried again, because a disk may have space
        again. A line that was partly written is completed first.
        """
        self.write("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))

    def write(self, data: bytes) -> None:
        """Write bytes as they are, otherwise as `lines` does."""
        if not data or not self.has_reader:
            return
        left = memoryview(self._unwritten + data)
        try:
            while left:
                left = left[_write_some(self._stream, left) :]
        except OSError as error:
            if _is_reader_gone(error):
                self.has_reader = False
                return
            self.trouble = f"Cannot write standard output: {error.strerror or error}."
            self._unwritten = _rest_of_line(self._unwritten + data, len(left), bool(self._unwritten))
        else:
            self._unwritten = b""

    def may_wait(self, lines: Sequence[str]) -> bool:
        """Return whether writing these lines may block.

        A file never blocks, nor does an empty pipe with enough space.
        """
        if sys.platform == "win32":
            return True
        try:
            descriptor = self._stream.fileno()  # type: ignore[union-attr]
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISREG(mode):
                return False
            if not stat.S_ISFIFO(mode) or self._unwritten:
                return True
            unread = array("i", (0,))
            fcntl.ioctl(descriptor, termios.FIONREAD, unread)
            room = fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ) if not unread[0] else 0
        except (AttributeError, OSError):  # no file descriptor, or a platform without this call
            return True
        return 4 * sum(map(len, lines)) > room  # no character takes more than four bytes

    def line(self, text: str = "") -> None:
        """Write one line."""
        self.lines((text,))

    def record(self, record: dict[str, Any]) -> None:
        """Write one object as a line of JSON."""
        self.records((record,))

    def records(self, records: Iterable[dict[str, Any]]) -> None:
        """Write objects at once, one per line."""
        self.lines(map(json_line, records))

    def say(self, sentence: str) -> None:
        """Print a message to standard error, unless `--quiet` is given."""
        self.say_block((sentence,))

    def say_block(self, lines: Iterable[str]) -> None:
        """Print a message in several lines. It is dropped if standard error cannot be written."""
        self.say_lines(visible(line) for line in lines)

    def say_wrapped(self, *sentences: str) -> None:
        """Print messages as `say` does, in lines that fit the terminal."""
        self.say_block(self.fitting(sentences))

    def say_lines(self, lines: Iterable[str]) -> None:
        """Print as `say_block` does, for lines painted with `messages`, with payload text already escaped."""
        if not self.is_quiet:
            self._say("".join(f"{line}\n" for line in lines))

    def error(self, *sentences: str) -> None:
        """Print why the command failed or its result is incomplete, one line each. `--quiet` keeps it."""
        self._say("".join(f"{visible(sentence)}\n" for sentence in sentences))

    def error_wrapped(self, *sentences: str) -> None:
        """Print as `error` does, in lines that fit the terminal."""
        self.error(*self.fitting(sentences))

    def fitting(self, sentences: Iterable[str]) -> list[str]:
        """Return messages in lines that fit the terminal."""
        width = self.messages.width
        return [line for sentence in sentences for line in wrapped(sentence, width, indent=0)]

    def ask(self, question: str) -> None:
        """Print a question and leave the cursor after it."""
        self._say(visible(question))

    def show_progress(self, text: str) -> None:
        """Show progress in place of the previous one. Do nothing without a terminal."""
        if self.is_live:
            room = (self.messages.width or 80) - 1  # a full line would wrap and could not be replaced
            with suppress(OSError):
                _write_some(self._messages, memoryview(f"\r{cut(visible(text), room)}\x1b[K".encode()))

    def _say(self, text: str) -> None:
        with suppress(OSError):
            write_all(self._messages, text.encode("utf-8", "backslashreplace"))

    def through(self, stream: RawStream, messages: RawStream) -> Output:
        """Return the same output, written to other streams: messages only if they go to a terminal."""
        return Output(
            stream,
            messages if self.can_ask else self._messages,
            is_json=self.is_json,
            has_colour=self.has_colour,
            width=self.width,
            messages_painter=self.messages,
            is_quiet=self.is_quiet,
        )


def standard_output(*, is_json: bool, color: ColorMode = "auto", is_quiet: bool = False) -> Output:
    """Return the output of this process.

    It bypasses Python's buffer, whose lock a blocked thread would hold at the end of the process. It is UTF-8
    in every locale, as files and pipes are read as UTF-8 by the next program.
    """
    shown, messages = _painter(sys.stdout, color), _painter(sys.stderr, color)
    return Output(
        _raw(sys.stdout),
        _raw(sys.stderr),
        is_json=is_json,
        has_colour=shown.has_colour,
        width=shown.width,
        messages_painter=messages,
        is_quiet=is_quiet,
    )


def standard_stream() -> RawStream | None:
    """Return standard output as an unbuffered file; None if it was closed when the program started."""
    return _raw(sys.stdout)


def terminal_width() -> int:
    """Return the columns of the terminal of standard output."""
    return _terminal_width(sys.stdout)


def _painter(stream: TextIO | None, color: ColorMode) -> Painter:
    """Return the painter for a standard stream. None is a stream that was closed at the start."""
    is_terminal = stream is not None and not stream.closed and stream.isatty()
    has_cursor = os.environ.get("TERM") != "dumb"
    return Painter(
        has_colour=_has_colour(color, is_terminal and has_cursor),
        width=_terminal_width(stream) if stream is not None and is_terminal else None,
        has_cursor=has_cursor,
    )


def _has_colour(color: ColorMode, is_capable: bool) -> bool:
    """Return whether to print colours: the option decides, then NO_COLOR, then FORCE_COLOR.

    Either variable counts if it is not empty, whatever its value (no-color.org, force-color.org). If both
    are set, NO_COLOR wins, as in Python itself.
    """
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return is_capable or bool(os.environ.get("FORCE_COLOR"))


def _terminal_width(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or _ANY_WIDTH
    except OSError:
        return _ANY_WIDTH


def _raw(stream: Any) -> RawStream | None:
    if stream is None or stream.closed:  # closed when the program started
        return None
    raw: RawStream = getattr(stream.buffer, "raw", stream.buffer)
    return raw


def write_all(stream: RawStream | None, data: bytes) -> None:
    """Write all bytes. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[_write_some(stream, left) :]


def _write_some(stream: RawStream | None, data: memoryview) -> int:
    """Write a part of `data`, and return the number of bytes. Raises OSError."""
    if stream is None:
        raise OSError("it is closed")
    written = stream.write(data)  # type: ignore[arg-type]
    if written is None:  # another program has made the shared terminal or pipe non-blocking
        select.select((), (stream,), ())  # type: ignore[type-var]
    return written or 0


def _is_reader_gone(error: OSError) -> bool:
    """Return whether the reader of a pipe or socket has closed it. For a pipe, Windows reports EINVAL."""
    return isinstance(error, ConnectionError) or (os.name == "nt" and error.errno == errno.EINVAL)


def _rest_of_line(data: bytes, left: int, is_begun: bool) -> bytes:
    """Return the rest of a partly written line, if the last `left` bytes were not written.

    `is_begun`: `data` starts within a line.
    """
    start = len(data) - left
    if data[start - 1 : start] == b"\n" or (start == 0 and not is_begun):
        return b""
    return data[start : data.index(b"\n", start) + 1]


def is_terminal_input() -> bool:
    """Return whether standard input is a terminal."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
