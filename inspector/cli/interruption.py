"""Ctrl+C and SIGTERM: the first asks the command to stop, the second ends the process at once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from inspector.cli.early import INTERRUPTED

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Turns the signals into a call on the loop; while no command is under way they end the process.

    `signal.signal` and not the loop's own handlers: those do not exist on Windows.
    """

    def __init__(self, status: int = INTERRUPTED) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ask: Callable[[], object] | None = None
        self._gently: Callable[[], object] | None = None
        self._has_come = False
        self.status = status
        """The exit status of a process that was interrupted."""

    def install(self) -> None:
        """Take over both signals; called in the main thread."""
        for number in _SIGNALS:
            signal.signal(number, self._arrived)

    @contextmanager
    def asking(self, ask: Callable[[], object]) -> Iterator[None]:
        """While this holds, the first signal calls `ask` on the running loop."""
        self._loop, self._ask = asyncio.get_running_loop(), ask
        try:
            yield
        finally:
            self._loop = self._ask = None

    @contextmanager
    def stopping_gently(self) -> Iterator[asyncio.Event]:
        """While this holds, the first signal sets the event and cancels nothing."""
        stop = asyncio.Event()
        self._gently = stop.set
        try:
            yield stop
        finally:
            self._gently = None

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if self._has_come or self._loop is None:  # outside of `asking` there is nothing to close
            os._exit(self.status)
        self._has_come = True
        self._loop.call_soon_threadsafe(self._pass_on)

    def _pass_on(self) -> None:
        ask = self._gently or self._ask
        if ask is not None:
            ask()
