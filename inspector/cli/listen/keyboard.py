"""Key presses on a terminal, and a line that is edited with them.

prompt_toolkit is imported when the keyboard is created: it takes 0.2 s, and only a terminal needs it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

if sys.platform != "win32":
    import termios

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyPress

ESCAPE_S = 0.1
"""How long the rest of an escape sequence may take. After that, it was the key Escape."""
MAX_LENGTH = 5_000
"""Maximum characters of an edited line, more than a filter may have. Each further one would take longer."""


class Keyboard:
    """Calls `pressed` with the names of keys (`q`, `enter`, `escape`, `left`, `c-u`), while it is on.

    Keys that arrive together, such as pasted text, come in one call.
    """

    def __init__(self, pressed: Callable[[Sequence[str]], None]) -> None:
        """Takes 0.2 s the first time; call it in a thread."""
        from prompt_toolkit.input import create_input

        self._pressed = pressed
        self._input: Input = create_input(sys.stdin)
        self._on: ExitStack | None = None
        self._escape: asyncio.TimerHandle | None = None

    @property
    def is_on(self) -> bool:
        """Whether keys are read."""
        return self._on is not None

    def start(self) -> None:
        """Read keys without echo. Ctrl+C and Ctrl+Z stay signals."""
        with ExitStack() as stack:
            stack.enter_context(self._input.raw_mode())
            _keep_signals()
            stack.enter_context(self._input.attach(self._ready))
            self._on = stack.pop_all()

    def stop(self) -> None:
        """Restore the terminal. Does not wait for it, even if it is blocked."""
        if self._on is not None:
            self._on.close()
            self._on = None

    def _ready(self) -> None:
        if not is_in_foreground():  # a read would stop the process
            self.stop()
            return
        self._pass_on(self._input.read_keys())
        if self._input.closed:
            self.stop()
            return
        if self._escape is not None:
            self._escape.cancel()
        self._escape = asyncio.get_running_loop().call_later(ESCAPE_S, self._flush)

    def _flush(self) -> None:
        self._escape = None
        if self._on is not None:
            self._pass_on(self._input.flush_keys())

    def _pass_on(self, presses: list[KeyPress]) -> None:
        names = [str(getattr(press.key, "value", press.key)) for press in presses]
        if names:
            self._pressed([_NAMES.get(name, name) for name in names])


_NAMES = {"c-m": "enter", "c-j": "enter", "c-h": "backspace"}


class LineEdit:
    """One line of text that is edited with keys."""

    def __init__(self, text: str = "") -> None:
        from prompt_toolkit.buffer import Buffer
        from prompt_toolkit.document import Document

        self._buffer = Buffer(multiline=False, document=Document(text))

    @property
    def text(self) -> str:
        """The line."""
        return self._buffer.text

    @property
    def cursor(self) -> int:
        """The number of characters before the cursor."""
        return self._buffer.cursor_position

    def press(self, key: str) -> None:
        """Apply a key. Keys without a meaning are ignored."""
        edit = _EDITS.get(key)
        if edit is not None:
            edit(self._buffer)
        elif len(key) == 1 and key.isprintable() and len(self._buffer.text) < MAX_LENGTH:
            self._buffer.insert_text(key)


def _delete_word(buffer: Buffer) -> None:
    buffer.delete_before_cursor(-(buffer.document.find_start_of_previous_word(WORD=True) or 0))


def _go_to(place: Callable[[Buffer], int]) -> Callable[[Buffer], None]:
    def go(buffer: Buffer) -> None:
        buffer.cursor_position = place(buffer)

    return go


_START, _END = _go_to(lambda buffer: 0), _go_to(lambda buffer: len(buffer.text))
_EDITS: Mapping[str, Callable[[Buffer], object]] = {
    "left": lambda buffer: buffer.cursor_left(),
    "right": lambda buffer: buffer.cursor_right(),
    "c-b": lambda buffer: buffer.cursor_left(),
    "c-f": lambda buffer: buffer.cursor_right(),
    "home": _START,
    "c-a": _START,
    "end": _END,
    "c-e": _END,
    "backspace": lambda buffer: buffer.delete_before_cursor(),
    "delete": lambda buffer: buffer.delete(),
    "c-u": lambda buffer: buffer.delete_before_cursor(buffer.cursor_position),
    "c-k": lambda buffer: buffer.delete(len(buffer.text) - buffer.cursor_position),
    "c-w": _delete_word,
}


def is_in_foreground() -> bool:
    """Return whether this process may read from its terminal: a job in the background may not."""
    if sys.platform == "win32":
        return True
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return False


def _keep_signals() -> None:
    """Let Ctrl+C and Ctrl+Z send signals, which raw mode turns off."""
    if sys.platform != "win32":
        descriptor = sys.stdin.fileno()
        modes = termios.tcgetattr(descriptor)
        modes[3] |= termios.ISIG
        termios.tcsetattr(descriptor, termios.TCSANOW, modes)
