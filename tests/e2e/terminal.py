"""The program on a pseudo-terminal, as a user has it in front of them."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import subprocess
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte

from tests.builders import SECRET_TEXT
from tests.e2e.fork_server import ForkedProgram, can_fork
from tests.e2e.program import PATIENCE_S, PROGRAM
from tests.waiting import wait_until

_CONTROL = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]")
ROWS = 24


class _Screen(pyte.HistoryScreen):
    """A screen that shows faint text as italic: pyte has no faint text."""

    def select_graphic_rendition(self, *attributes: int, **options: bool) -> None:
        super().select_graphic_rendition(*(3 if one == 2 else one for one in attributes), **options)


class Terminal:
    """A running program with a terminal of its own: what it shows can be waited for, and keys pressed."""

    def __init__(self, *arguments: str, columns: int, program: Path, **environment: str) -> None:
        self._keyboard, screen = pty.openpty()
        termios.tcsetwinsize(screen, (ROWS, columns))
        self.cooked = termios.tcgetattr(screen)
        """The modes before the program started."""
        self.screen = _Screen(columns, ROWS, history=10_000)
        self._stream = pyte.ByteStream(self.screen)
        self._turn = threading.Lock()
        """Held while the screen changes or is read: in between, a row can be erased and not yet drawn."""
        variables = {**os.environ, "TERM": "xterm", "BLITZ_WEBHOOK_SECRET": SECRET_TEXT, **environment}
        popen = ForkedProgram if program == PROGRAM and can_fork(variables) else subprocess.Popen
        self.process = popen(
            [str(program), *arguments],
            stdin=screen,
            stdout=screen,
            stderr=screen,
            env=variables,
            preexec_fn=_own_terminal,
        )
        os.close(screen)
        self._shown = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def raw(self) -> str:
        """Everything that was printed, with its control sequences."""
        return self._shown.decode("utf-8", "replace").replace("\r\n", "\n")

    @property
    def text(self) -> str:
        """Everything that was printed, without colours and without lines that were overwritten."""
        return "\n".join(line.rpartition("\r")[2] for line in _CONTROL.sub("", self.raw).split("\n"))

    @property
    def lines(self) -> list[str]:
        """The lines of `text`."""
        return self.text.splitlines()

    @property
    def shown(self) -> list[str]:
        """The rows that a user sees, also those that have scrolled away."""
        with self._turn:
            history, columns = tuple(self.screen.history.top), range(self.screen.columns)
            past = ["".join(row[x].data for x in columns) for row in history]
            return [row.rstrip() for row in (*past, *self.screen.display)]

    @property
    def bottom(self) -> str:
        """The last row that is not empty."""
        return next((row for row in reversed(self.shown) if row), "")

    @property
    def modes(self) -> list[object]:
        """The modes of the terminal, as `termios` returns them."""
        return termios.tcgetattr(self._keyboard)

    def until_bottom(self, is_right: Callable[[str], object]) -> str:
        """Wait until the last row is right, and return it."""
        return wait_until(lambda: self.bottom, is_right)

    def until_shown(self, text: str) -> str:
        """Wait for a row that contains `text`, and return it."""
        return next(row for row in wait_until(lambda: self.shown, _row_with(text)) if text in row)

    def resize(self, columns: int) -> None:
        """Change the width, as a user does with the mouse."""
        with self._turn:
            self.screen.resize(ROWS, columns)
        termios.tcsetwinsize(self._keyboard, (ROWS, columns))

    def line_with(self, text: str) -> str:
        """Wait for a whole line that contains `text`, without colours."""
        return next(line for line in self.until(_line_with(text)).split("\n") if text in line)

    def until(self, is_right: Callable[[str], object]) -> str:
        """Wait until what was printed is right, and return it."""
        return wait_until(lambda: self.text, is_right)

    def press(self, keys: str) -> None:
        r"""Type text or control characters: `\x03` is Ctrl+C, `\x04` Ctrl+D."""
        os.write(self._keyboard, keys.encode())

    def ended(self) -> int:
        """Wait for the end, and return the exit status."""
        status = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status

    def close(self) -> None:
        """Kill the program if it is still running."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        os.close(self._keyboard)

    def _read(self) -> None:
        try:
            while part := os.read(self._keyboard, 65536):
                self._shown += part
                with self._turn:
                    self._stream.feed(part)
        except OSError:  # Linux reports the end of the last program on a terminal as an error
            return


@contextmanager
def on_terminal(
    *arguments: str, columns: int = 80, program: Path = PROGRAM, **environment: str
) -> Iterator[Terminal]:
    """The program on a terminal; killed at the end if a test left it alive."""
    terminal = Terminal(*arguments, columns=columns, program=program, **environment)
    try:
        yield terminal
    finally:
        terminal.close()


def _own_terminal() -> None:
    """Give the new process its terminal, so that Ctrl+C and the end of the terminal reach it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also if the tests were started by nohup
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _row_with(text: str) -> Callable[[list[str]], bool]:
    return lambda rows: any(text in row for row in rows)


def _line_with(text: str) -> Callable[[str], bool]:
    return lambda shown: any(text in line for line in shown.split("\n")[:-1])
