"""A terminal where lines scroll above live ones at the bottom."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from inspector.base.tasks import in_own_thread
from inspector.cli.output.streams import RawStream, standard_stream, write_all

_ERASE = b"\r\x1b[J"
_HIDE_CURSOR, _SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"
_NO_WRAP, _WRAP = b"\x1b[?7l", b"\x1b[?7h"
MAX_MESSAGES = 1024 * 1024
"""Maximum bytes of messages that wait for a blocked terminal. Further ones are dropped."""
ERASE_S = 0.5
"""Maximum time to erase the live lines of a blocked terminal."""
RESTORE_S = 0.2
"""As `ERASE_S`, for a process that ends at once. In a flood, a terminal is often full for a moment."""


@asynccontextmanager
async def live_screen() -> AsyncIterator[LiveScreen]:
    """Yield the screen of standard output. The terminal is restored at the end."""
    screen = LiveScreen(standard_stream())
    try:
        yield screen
    finally:
        await screen.close()


class LiveScreen:
    """Writes to one terminal, from its own thread: a blocked terminal does not block the event loop.

    The cursor stays in the first live line, at its start unless it is edited. A terminal that wraps lines
    again when it becomes narrower then leaves nothing behind.
    """

    def __init__(self, stream: RawStream | None) -> None:
        self.rows: RawStream = _Rows(self)
        """For standard output. Its `write` returns once the terminal has taken the lines."""
        self.messages: RawStream = _Messages(self)
        """For standard error. Its `write` never blocks."""
        self._stream = stream
        self._turn = threading.Condition()
        self._unwritten = bytearray()
        self._added = self._taken = 0
        self._wanted: bytes | None = None
        self._shown: bytes | None = None
        """The live lines as they are drawn, or None."""
        self._problem: OSError | None = None
        self._is_closed = False
        threading.Thread(target=self._work, name="terminal", daemon=True).start()

    def show(self, lines: Sequence[str], cursor: int | None = None) -> None:
        """Show these live lines, which must fit. `cursor` is its column in the first one, if it is edited."""
        drawn = _drawn(lines, cursor)
        with self._turn:
            if drawn != self._wanted and not self._is_closed:
                self._wanted = drawn
                self._turn.notify_all()

    async def hide(self) -> None:
        """Erase the live lines. Returns once it is done, or after `ERASE_S`."""
        with self._turn:
            self._wanted = None
            self._turn.notify_all()
        await in_own_thread(self._wait_until_hidden)

    async def close(self) -> None:
        """Erase the live lines permanently, and write the added lines."""
        with self._turn:
            self._is_closed = True
        await self.hide()

    def restore_now(self) -> None:
        """Erase the live lines without the thread, for a process that ends at once."""
        if self._shown is not None:
            descriptor = self._stream.fileno()  # type: ignore[union-attr]
            if os.name == "nt" or select.select((), (descriptor,), (), RESTORE_S)[1]:
                os.write(descriptor, _ERASE + _SHOW_CURSOR)

    # ---- called by the streams

    def write_rows(self, data: bytes) -> None:
        """Write lines, and wait until the terminal has taken them. Raises OSError."""
        with self._turn:
            mark = self._add(data)
            self._turn.wait_for(lambda: self._taken >= mark)
            if self._problem is not None:
                problem, self._problem = self._problem, None
                raise problem

    def write_message(self, data: bytes) -> None:
        """Write lines soon."""
        with self._turn:
            if len(self._unwritten) < MAX_MESSAGES:
                self._add(data)

    # ---- internal

    def _add(self, data: bytes) -> int:
        self._unwritten += data
        self._added += len(data)
        self._turn.notify_all()
        return self._added

    def _wait_until_hidden(self) -> None:
        with self._turn:
            self._turn.wait_for(lambda: self._shown is None and not self._unwritten, ERASE_S)

    def _work(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._unwritten or self._wanted != self._shown)
                data, self._unwritten = bytes(self._unwritten), bytearray()
                shown, wanted = self._shown, self._wanted
            parts = (
                b"" if shown is None else _ERASE,
                b"" if shown is None or wanted is not None else _SHOW_CURSOR,
                data,
                wanted or b"",
            )
            try:
                write_all(self._stream, b"".join(parts))
                problem = None
            except OSError as error:  # the terminal is gone
                problem = error
            with self._turn:
                self._problem = problem
                self._shown = wanted
                self._taken += len(data)
                self._turn.notify_all()


class _Rows:
    def __init__(self, screen: LiveScreen) -> None:
        self._screen = screen

    def write(self, data: bytes, /) -> int:
        self._screen.write_rows(bytes(data))
        return len(data)


class _Messages:
    def __init__(self, screen: LiveScreen) -> None:
        self._screen = screen

    def write(self, data: bytes, /) -> int:
        self._screen.write_message(bytes(data))
        return len(data)


def _drawn(lines: Sequence[str], cursor: int | None) -> bytes:
    """Return the bytes that draw live lines and leave the cursor in the first one."""
    text = "\r\n".join(lines).encode("utf-8", "backslashreplace")
    up = b"\x1b[%dA" % (len(lines) - 1) if len(lines) > 1 else b""
    right = b"\x1b[%dC" % cursor if cursor else b""
    visible = _HIDE_CURSOR if cursor is None else _SHOW_CURSOR
    return _NO_WRAP + text + _WRAP + up + b"\r" + right + visible
