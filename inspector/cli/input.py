"""Input of the user: files, standard input, hidden lines, and questions on the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inspector.base.errors import InspectorError, UsageError
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible
from inspector.cli.output.streams import Output, is_terminal_input, standard_output

if sys.platform != "win32":
    import termios

_MAX_LINE = 1024
_MAX_HIDDEN = 4096
"""The longest line of a terminal on Linux."""
_END_KEYS = "Ctrl+Z and Enter" if os.name == "nt" else "Ctrl+D"


def is_standard_input(file: Path | None) -> bool:
    """Return whether `file`, as given on the command line, means standard input."""
    return file is None or str(file) == "-"


def announce_input(what: str) -> None:
    """On a terminal, print that the program waits for `what` to be typed or pasted."""
    if is_terminal_input():
        standard_output(is_json=False).say(f"Reading {what} from the terminal. Press {_END_KEYS} to end it.")


def read_input(file: Path | None, what: str, *, most: int | None = None) -> bytes:
    """Return all bytes of a file or of standard input; `what` describes them in errors.

    Raises InspectorError if it cannot be read, and UsageError if it is longer than `most` bytes.
    """
    if is_standard_input(file):
        announce_input(what)
        data = _standard_input()
    else:
        assert file is not None
        data = _content(file, most)
    if most is not None and len(data) > most:
        name = "Standard input" if is_standard_input(file) else visible(str(file))
        raise UsageError(f"{name} is longer than {most:,} bytes, the maximum for {what}. Use a shorter one.")
    return data


async def is_confirmed(out: Output, question: str, *, is_sure: bool) -> bool:
    """Ask on the terminal, and return whether the answer is yes. Enter without an answer means no.

    With `--yes` (`is_sure`), the answer is yes without asking, and so it is in a script, whose standard input
    is not a terminal. Raises UsageError if the user would not see the question.
    """
    if is_sure or not is_terminal_input():
        return True
    if not out.can_ask:
        raise UsageError("Standard error is not a terminal, so you cannot be asked. Use --yes.")
    out.ask(f"{question} [y/N] ")
    line = await in_own_thread(lambda: os.read(sys.stdin.fileno(), _MAX_LINE))
    if not line.endswith(b"\n"):  # Ctrl+D leaves the cursor after the question
        out.error("")
    return line.strip().lower() in (b"y", b"yes")


async def read_hidden(out: Output, question: str) -> str:
    """Ask on the terminal, and return the typed line, which is not shown. Raises UsageError without one."""
    try:
        with _without_echo(sys.stdin.fileno()):
            out.ask(question)  # not earlier: what is typed before the echo is off would be shown, and lost
            data = await in_own_thread(lambda: os.read(sys.stdin.fileno(), _MAX_HIDDEN))
    finally:
        out.error("")  # the line feed was not shown
    text = data.removesuffix(b"\n").decode("utf-8", "surrogateescape")
    if not text:
        raise UsageError("Nothing was entered.")
    return text


@contextmanager
def _without_echo(terminal: int) -> Iterator[None]:
    """Within this context, a terminal does not show what is typed."""
    if sys.platform == "win32":
        raise InspectorError("A secret cannot be typed here. Read it from a file or the environment.")
    before = termios.tcgetattr(terminal)
    hidden = [*before]
    hidden[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSAFLUSH, hidden)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _content(file: Path, most: int | None) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(-1 if most is None else most + 1)
    except OSError as error:
        raise InspectorError(f"Cannot read {visible(str(file))}: {error.strerror}.") from error


def _standard_input() -> bytes:
    """Read without Python's buffer, whose lock an abandoned thread would hold at the end of the process."""
    if sys.stdin is None or sys.stdin.closed:
        raise InspectorError("Standard input is closed. Name a file instead.")
    raw: Any = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    try:
        data: bytes = raw.read()
    except OSError as error:
        raise InspectorError(f"Cannot read standard input: {error.strerror}.") from error
    return data
