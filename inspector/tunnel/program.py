"""The process of a tunnel program. Its output is hostile text: bounded lines are read, at a bounded rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from inspector.base.visible import shortened, visible

MAX_SHOWN = 1000
"""Characters of a line that is shown."""
MAX_READ = 64 * 1024
"""Bytes of a line that is read: an event in JSON may contain a QR code."""

_STREAMS = {1: "stdout", 2: "stderr"}
_DRAIN_S = 1.0

_WINDOW_S = 0.25
_LINES_AT_ONCE = 500
"""A banner comes at once. Reading and showing 500 lines takes 5 ms."""
_LINES_PER_WINDOW = 50
_BYTES_PER_WINDOW = 1024 * 1024
"""Then nothing is read until the window ends, and the program waits with its next write."""


class Program(asyncio.SubprocessProtocol):
    """A running program, and its output line by line. Created by the loop's `subprocess_exec`."""

    def __init__(self, on_line: Callable[[str, str], None], on_exit: Callable[[Program], None]) -> None:
        self._on_exit = on_exit
        self._limits = _OutputLimits(pause=self._pause, resume=self._resume)
        self._readers: dict[int, _LineReader] = {
            fd: self._limits.reader(partial(on_line, name)) for fd, name in _STREAMS.items()
        }
        self._open = set(_STREAMS)
        self._closed = asyncio.Event()
        self._transport: asyncio.SubprocessTransport | None = None
        self.exited = asyncio.Event()
        self.pid = 0
        self.status = 0
        """The exit status. 128 is added to the number of a signal."""

    def terminate(self) -> None:
        """Send SIGTERM, unless it has ended."""
        if not self.exited.is_set():
            assert self._transport is not None
            self._transport.terminate()

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended."""
        if not self.exited.is_set():
            assert self._transport is not None
            self._transport.kill()

    async def drain(self) -> None:
        """Read what the ended program has written, for a second at most, and close its streams."""
        assert self._transport is not None
        self._resume()
        try:
            async with asyncio.timeout(_DRAIN_S):
                await self._closed.wait()
        except TimeoutError:
            pass  # a process that has escaped has them open
        self._transport.close()
        for fd in self._open:
            self._readers[fd].end()
        self._limits.close()

    # Callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport
        self.pid = transport.get_pid()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._readers[fd].feed(data)

    def pipe_connection_lost(self, fd: int, error: Exception | None) -> None:
        if fd in self._open:
            self._open.remove(fd)
            self._readers[fd].end()
        if not self._open:
            self._closed.set()

    def process_exited(self) -> None:
        assert self._transport is not None
        status = self._transport.get_returncode() or 0
        self.status = status if status >= 0 else 128 - status
        self.exited.set()
        self._on_exit(self)

    def _pause(self) -> None:
        for pipe in self._pipes():
            pipe.pause_reading()

    def _resume(self) -> None:
        for pipe in self._pipes():
            pipe.resume_reading()

    def _pipes(self) -> Sequence[asyncio.ReadTransport]:
        assert self._transport is not None
        pipes = (self._transport.get_pipe_transport(fd) for fd in _STREAMS)
        return [pipe for pipe in pipes if isinstance(pipe, asyncio.ReadTransport) and not pipe.is_closing()]


class _OutputLimits:
    """How much of the output of one program is read and shown, for both of its streams together."""

    def __init__(self, *, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """`pause` and `resume` stop the reading of both streams and let it continue."""
        self._pause = pause
        self._resume = resume
        self._lines = _LINES_AT_ONCE
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._readers: list[_LineReader] = []

    def reader(self, emit: Callable[[str], None]) -> _LineReader:
        """Return the reader of a stream. It passes lines to `emit`, decoded and otherwise unchanged."""
        reader = _LineReader(self, emit)
        self._readers.append(reader)
        return reader

    def take_line(self) -> bool:
        """Return whether one more line may be shown now."""
        self._lines -= 1
        return self._lines >= 0

    def take_bytes(self, count: int) -> None:
        """Count received bytes, and pause if these are too many."""
        self._bytes += count
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_WINDOW_S, self._renew)
        if self._bytes >= _BYTES_PER_WINDOW:
            self._pause()

    def close(self) -> None:
        """Stop the clock."""
        if self._timer is not None:
            self._timer.cancel()
        self._report()

    def _renew(self) -> None:
        self._timer = None
        self._lines = min(max(self._lines, 0) + _LINES_PER_WINDOW, _LINES_AT_ONCE)
        was_paused, self._bytes = self._bytes >= _BYTES_PER_WINDOW, 0
        self._report()
        if was_paused:
            self._resume()

    def _report(self) -> None:
        for reader in self._readers:
            reader.report_dropped()


class _LineReader:
    """Splits one stream into lines."""

    def __init__(self, limits: _OutputLimits, emit: Callable[[str], None]) -> None:
        self._limits = limits
        self._emit = emit
        self._rest = b""
        self._dropped = 0

    def feed(self, data: bytes) -> None:
        """Emit the lines that `data` completes, as far as the limits allow."""
        self._limits.take_bytes(len(data))
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            if not self._limits.take_line():
                self._dropped += data.count(b"\n", start)
                start, self._rest = data.rfind(b"\n") + 1, b""
                break
            line, self._rest = self._rest + data[start : min(end, start + MAX_READ)], b""
            start = end + 1
            self._emit(_decoded(line))
        self._rest = (self._rest + data[start : start + MAX_READ])[:MAX_READ]

    def end(self) -> None:
        """Emit an unfinished last line."""
        rest, self._rest = self._rest, b""
        if rest and self._limits.take_line():
            self._emit(_decoded(rest))

    def report_dropped(self) -> None:
        """Emit how many lines were dropped since the last report."""
        count, self._dropped = self._dropped, 0
        if count:
            self._emit(f"… {count:,} more lines were not shown")


def shown_line(line: str) -> str:
    """Return a line as it is shown: without control characters, and bounded."""
    return shortened(visible(line[: MAX_SHOWN + 1]), MAX_SHOWN)


def _decoded(line: bytes) -> str:
    return line[:MAX_READ].rstrip(b"\r").decode("utf-8", "backslashreplace")
