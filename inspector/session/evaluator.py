"""The owner of the evaluator: starts its process, tells it what to do, and passes on what it announces."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import sqlite3
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

from inspector.base.signals import Signal
from inspector.domain.signature.secret import Secret
from inspector.store import evaluator as work
from inspector.store.evaluator import Evaluated, First, Followed, Idle, Keys, Stop, Stored, Synced, Wake
from inspector.store.store import Store

END_S = 2.0
"""How long a step may take until the process is killed."""

log = logging.getLogger(__name__)


class Evaluator:
    """One process per listener. It is the background work of the listener's writer, too."""

    def __init__(self, store: Store) -> None:
        self.stored: Signal[Stored] = Signal("evaluator.stored")
        """Emits captures that were just evaluated and stored."""
        self.followed: Signal[frozenset[int]] = Signal("evaluator.followed")
        """Emits the captures whose findings changed, after each step of the follower."""
        self.synced: Signal[int] = Signal("evaluator.synced")
        """Emits up to which id the capture file is on disk, so that the journal can discard captures."""
        self._store = store
        self._up_to = 0
        """All captures of the journal up to this one are stored."""
        self._keys = Keys(None, True)
        self._loop = asyncio.get_running_loop()
        self._messages: Connection | None = None
        self._process: multiprocessing.process.BaseProcess | None = None
        self._is_woken = True
        self._has_news = False
        """Whether something may have happened since the process was woken."""
        self._waiting: dict[int, asyncio.Future[Evaluated]] = {}
        self._idle = asyncio.Event()
        self._ended = asyncio.Event()

    def start(self) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self._messages, theirs = context.Pipe()
        self._process = context.Process(
            target=work.run, args=(self._store.path, theirs), name="evaluator", daemon=True
        )
        self._process.start()
        theirs.close()
        threading.Thread(target=self._read, args=(self._messages,), name="evaluator", daemon=True).start()
        self._send(self._keys)

    def use(self, secrets: tuple[Secret, ...] | None, *, is_secret_on_file: bool) -> None:
        """Check captures with these secrets from now on. With None, they are stored as pending."""
        self._keys = Keys(secrets, is_secret_on_file)
        self._send(self._keys)

    def step(self, connection: sqlite3.Connection) -> bool:
        """Wake the process after a commit of the listener's writer (see `writer.Background`)."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self.wake)
        return False

    def wake(self) -> None:
        """Let the process look for something to do."""
        self._has_news = True
        if not self._is_woken:
            self._is_woken, self._has_news = True, False
            self._idle.clear()
            self._send(Wake())

    async def evaluated(self, capture_id: int) -> Evaluated | None:
        """Evaluate a recorded capture before all others, and return the result: None if it was removed."""
        if capture_id <= self._up_to:
            return self._store.read(lambda connection: work.read_evaluated(connection, capture_id))
        future = self._waiting.get(capture_id)
        if future is None:
            future = self._waiting[capture_id] = self._loop.create_future()
            self._send(First(capture_id))
        return await asyncio.shield(future)

    async def rest(self, seconds: float) -> None:
        """Wait until there is nothing to do, for at most `seconds`."""
        self.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._has_news or not self._idle.is_set():
                    await self._idle.wait()
                    await asyncio.sleep(0)

    async def close(self) -> None:
        """End the process after its current step. What is in the journal waits for the next start."""
        process, self._process = self._process, None
        if process is None:
            return
        self._send(Stop())
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await self._ended.wait()
        process.kill()
        await asyncio.to_thread(process.join)

    # ---- internal

    def _send(self, message: object) -> None:
        if self._messages is not None:
            with suppress(OSError):
                self._messages.send(message)

    def _read(self, messages: Connection) -> None:
        with suppress(RuntimeError):  # the loop has ended
            with suppress(EOFError, OSError):
                while True:
                    self._loop.call_soon_threadsafe(self._take, messages.recv())
            self._loop.call_soon_threadsafe(self._ended.set)

    def _take(self, message: object) -> None:
        if isinstance(message, Stored):
            self._up_to = message.up_to
            if message.ids:
                self.stored.emit(message)
        elif isinstance(message, Evaluated):
            if (future := self._waiting.pop(message.id, None)) is not None:
                future.set_result(message)
        elif isinstance(message, Followed):
            self.followed.emit(message.marked)
        elif isinstance(message, Synced):
            self.synced.emit(message.up_to)
        elif isinstance(message, Idle):
            self._is_woken = False
            if self._has_news:
                self.wake()
            else:
                self._idle.set()
