"""What a verb reads: a file all at once, standard input in its place, and answers to questions."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from inspector.base.errors import InspectorError, UsageError
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible
from inspector.cli.output.streams import Output, standard_output

_MAX_LINE = 1024
END_KEYS = "Ctrl+Z and Enter end" if os.name == "nt" else "Ctrl+D ends"


def is_standard_input(file: Path | None) -> bool:
    """Whether `file`, as given on the command line, means standard input."""
    return file is None or str(file) == "-"


def is_terminal_input() -> bool:
    """Whether standard input is a terminal."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def announce_input(what: str) -> None:
    """On a terminal, say that the program waits for `what` to be typed or pasted."""
    if is_terminal_input():
        standard_output(is_json=False).say(f"Reading {what} from the terminal. {END_KEYS} it.")


def read_input(file: Path | None, what: str, *, most: int | None = None) -> bytes:
    """Return all bytes of a file, or of standard input; `what` names them.

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
        raise UsageError(f"{name} is longer than {most:,} bytes, the maximum for {what}.")
    return data


async def is_answered_yes(out: Output, question: str) -> bool:
    """Ask on the terminal, and return whether the answer is yes; Enter alone is no."""
    out.ask(f"{question} [y/N] ")
    line = await in_own_thread(lambda: os.read(sys.stdin.fileno(), _MAX_LINE))
    if not line.endswith(b"\n"):  # Ctrl+D leaves the cursor behind the question
        out.say("")
    return line.strip().lower() in (b"y", b"yes")


def _content(file: Path, most: int | None) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(-1 if most is None else most + 1)
    except OSError as error:
        raise InspectorError(f"Cannot read {visible(str(file))}: {error.strerror}.") from error


def _standard_input() -> bytes:
    """Read past Python's buffer, whose lock a thread left behind would hold at the end of the process."""
    if sys.stdin is None or sys.stdin.closed:
        raise InspectorError("Standard input is closed. Name a file instead.")
    raw: Any = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    try:
        data: bytes = raw.read()
    except OSError as error:
        raise InspectorError(f"Cannot read standard input: {error.strerror}.") from error
    return data
