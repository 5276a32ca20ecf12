"""The owner of the evaluator: starts its process, sends it messages, and passes on its announcements."""

from __future__ import annotations

import asyncio
import atexit
import logging
import multiprocessing
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from inspector.base.errors import BusyError
from inspector.base.processes import process_context
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks, retry_while_busy
from inspector.domain.signature.secret import Secret
from inspector.session.file.storage_limit import SAFE
from inspector.store import evaluator_process, journal
from inspector.store.evaluator import BATCH, Evaluated, read_evaluated
from inspector.store.evaluator_messages import (
    Begun,
    Failed,
    FileDamaged,
    First,
    Followed,
    Hindered,
    Idle,
    Keys,
    KeysOutdated,
    StartState,
    Stop,
    Stored,
    Synced,
    Taken,
    Wake,
)
from inspector.store.file import files
from inspector.store.store import Store

END_S = 2.0
"""How long a step may take until the process is killed."""
RETRY_S = 10.0
"""Time between two tries after the process died twice without progress."""
MOST_DEATHS = 2
"""A capture is skipped after this number of processes died while they evaluated it."""
MOST_MESSAGES = 1_000
"""How many messages are sent together. The loop would wait for the process if they did not fit into the
pipe."""
STOPPED = "Evaluation stopped; captures are safe and waiting"
_STOPPED = f"{STOPPED}. Webhook Inspector tries again every 10 seconds, and when listening starts again."

log = logging.getLogger(__name__)


class Evaluator:
    """One process per listener, replaced if it dies. It is the background work of the listener's writer, too.

    Its position is in the file, so a process continues where the last one ended.
    """

    def __init__(
        self,
        store: Store,
        tasks: Tasks,
        run: Callable[[Path, StartState, Connection], None] = evaluator_process.run,
    ) -> None:
        """`run` is the work of the process."""
        self.stored: Signal[Stored] = Signal("evaluator.stored")
        """Emits captures that were just evaluated and stored."""
        self.followed: Signal[frozenset[int]] = Signal("evaluator.followed")
        """Emits the captures whose findings changed, after each step of the follower."""
        self.synced: Signal[int] = Signal("evaluator.synced")
        """Emits up to which id the capture file is on disk, so that the journal can discard captures."""
        self.keys_outdated: Signal[None] = Signal("evaluator.keys_outdated")
        """Emits that a process changed the saved secrets: captures wait for the next `use`."""
        self.problem_changed: Signal[str | None] = Signal("evaluator.problem_changed")
        """Emits why captures cannot be evaluated now, as a sentence, and None once they can be again."""
        self.problem: str | None = None
        """The last sentence that `problem_changed` emitted."""
        self._store = store
        self._tasks = tasks
        self._run = run
        self._identity: tuple[int, int] | None = None
        self.up_to = 0
        """All captures of the journal up to this one are stored and announced."""
        self._keys = Keys(None, True)
        self._damage: FileDamaged | None = None
        """What another part of this process found."""
        store.health.damage_found = self._damage_found
        self._loop = asyncio.get_running_loop()
        self._messages: Connection | None = None
        self._process: multiprocessing.process.BaseProcess | None = None
        self._starting: asyncio.Task[None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._unsent: list[Keys | First | FileDamaged] = []
        """Messages that wait until the process has taken the last ones: a full pipe would block the loop."""
        self._is_taken = True
        self._taken = asyncio.Event()
        """Set while the process has taken the last secrets, or there is none."""
        self._taken.set()
        self._is_woken = True
        self._has_news = False
        """Whether something may have happened since the process was woken."""
        self._waiting: dict[int, asyncio.Future[Evaluated | None]] = {}
        self._idle = asyncio.Event()
        self._ended = asyncio.Event()
        # How processes died
        self._begun: int | None = None
        """The capture that a careful process evaluates now."""
        self._deaths: Counter[int] = Counter()
        """The number of processes that died while they evaluated this capture."""
        self._in_vain = 0
        """The number of processes that died in a row without progress."""
        self._is_last = False
        """Whether the process ends because only a new one can continue."""

    @property
    def has_stopped(self) -> bool:
        """Whether the process died repeatedly, and is tried again later."""
        return self.problem == _STOPPED

    # ---- start and end

    def start(self) -> None:
        """Start the process, in the background. If it has died repeatedly, try again now."""
        if self._starting is not None:
            self.retry()
            return
        self._identity = files.identity(self._store.path)
        with suppress(BusyError):  # then the process finds its position once the file can be read
            self.up_to = self._store.read(journal.evaluated)
        self._replace(is_careful=False)

    def retry(self) -> None:
        """If the process has died repeatedly, try again now. Otherwise do nothing."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
            self._replace(is_careful=True)

    async def close(self) -> None:
        """End the process after its current step. What is in the journal waits for the next start."""
        self._is_closed = True
        if self._retry is not None:
            self._retry.cancel()
        if self._starting is not None:
            await asyncio.wait({self._starting})
        process, self._process = self._process, None
        if process is None:
            return
        self._send(Stop())
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await self._ended.wait()
        self._end(process)
        await asyncio.to_thread(process.join)

    # ---- what it does

    def use(self, secrets: tuple[Secret, ...] | None, *, is_secret_on_file: bool, changes: int) -> None:
        """Check captures with these secrets from now on. With None, they are stored as pending.

        `changes`: see `Keys`.
        """
        self._keys = Keys(secrets, is_secret_on_file, changes)
        if self._messages is not None:
            self._taken.clear()
        self._tell(self._keys)

    async def taken(self) -> None:
        """Wait until all captures are evaluated with the secrets of the last `use`."""
        await self._taken.wait()

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
        """Return the result for a recorded capture once it is evaluated: None if it was removed.

        Raises BusyError if nothing can be evaluated now.
        """
        if capture_id <= self.up_to:
            return self._store.read(lambda connection: read_evaluated(connection, capture_id))
        if self.problem is not None:
            raise BusyError(self.problem)
        future = self._waiting.get(capture_id)
        if future is None:
            future = self._waiting[capture_id] = self._loop.create_future()
            future.add_done_callback(_ignore_failure)
            self._tell(First(capture_id))
        return await asyncio.shield(future)

    async def rest(self, seconds: float) -> None:
        """Wait until there is nothing to do or it cannot be done, for at most `seconds`."""
        self.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.problem is None and (self._has_news or not self._idle.is_set()):
                    await self._idle.wait()
                    await asyncio.sleep(0)

    def _damage_found(self, why: str) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._pass_damage_on, why)

    def _pass_damage_on(self, why: str) -> None:
        self._damage = FileDamaged(why)
        self._tell(self._damage)

    # ---- the process

    def _replace(self, *, is_careful: bool) -> None:
        if not self._is_closed:
            self._starting = self._tasks.spawn(self._begin(is_careful), "start the evaluator")

    async def _begin(self, is_careful: bool) -> None:
        """Start a process with the current secrets."""
        try:
            context = await asyncio.to_thread(process_context)
            ours, theirs = context.Pipe()
        except (OSError, EOFError) as error:  # the system has no process or no file left
            self._not_started(error)
            return
        skipped = frozenset(one for one, deaths in self._deaths.items() if deaths >= MOST_DEATHS)
        state = StartState(self.up_to, self._identity, BATCH if is_careful else 0, skipped)
        process = context.Process(
            target=self._run, args=(self._store.path, state, theirs), name="evaluator", daemon=True
        )
        self._messages, self._begun, self._is_last = ours, None, False
        self._is_woken, self._has_news = True, False
        self._idle.clear()
        self._ended.clear()
        damage = () if self._damage is None else (self._damage,)
        first = [self._keys, *damage, *map(First, self._waiting)]
        self._unsent, self._is_taken = [], False
        self._taken.clear()
        try:
            await asyncio.to_thread(process.start)
        except (OSError, EOFError) as error:
            ours.close()
            theirs.close()
            self._not_started(error)
            return
        self._process = process
        atexit.register(process.kill)  # Python waits for it at the end
        theirs.close()
        with suppress(OSError):  # it died, which `_read` notices
            # In a thread: a pipe of Windows takes 8 KiB, and the process has yet to import its modules.
            await asyncio.to_thread(ours.send, first)
        threading.Thread(target=self._read, args=(ours,), name="evaluator", daemon=True).start()

    def _not_started(self, error: Exception) -> None:
        log.warning("cannot start the evaluator: %s", error)
        self._died(self._messages)

    def _tell(self, message: Keys | First | FileDamaged) -> None:
        if self._messages is not None:
            self._unsent.append(message)
            self._send_next()

    def _send_next(self) -> None:
        if self._is_taken and self._unsent:
            self._is_taken = False
            self._send(self._unsent[:MOST_MESSAGES])
            del self._unsent[:MOST_MESSAGES]

    def _send(self, message: object) -> None:
        if self._messages is not None:
            with suppress(OSError):  # it died, which `_read` notices
                self._messages.send(message)

    def _read(self, messages: Connection) -> None:
        with suppress(RuntimeError):  # the loop has ended
            with suppress(EOFError, OSError):
                while True:
                    self._loop.call_soon_threadsafe(self._take, messages, messages.recv())
            self._loop.call_soon_threadsafe(self._died, messages)

    def _take(self, messages: Connection, message: object) -> None:
        if messages is not self._messages:
            return
        if isinstance(message, Stored):
            self._begun, self._in_vain = None, 0
            if message.up_to > self.up_to:  # otherwise they were announced before the file was restored
                self.up_to = message.up_to
                self._settle_waiting()  # first: its callers then know it before a target can respond
                if message.ids or message.skipped:
                    self.stored.emit(message)
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
        elif isinstance(message, Taken):
            self._is_taken = True
            if not any(isinstance(one, Keys) for one in self._unsent):
                self._taken.set()  # other messages may follow without an end
            self._send_next()
        elif isinstance(message, KeysOutdated):
            self.keys_outdated.emit(None)
        elif isinstance(message, Begun):
            self._begun = message.id
        elif isinstance(message, Hindered):
            self._in_vain = self._in_vain if message.sentence else 0
            self._is_last = message.is_last
            self._show_problem(message.sentence and f"{message.sentence} {SAFE}")
        elif isinstance(message, Failed):
            log.error("%s\n%s", message.work, message.error)

    def _settle_waiting(self) -> None:
        """Give the callers of `evaluated` the results up to `up_to`."""
        ids = [one for one in self._waiting if one <= self.up_to]
        if not ids:
            return
        waiting = {one: self._waiting.pop(one) for one in ids}
        try:
            found = self._store.read(lambda connection: [read_evaluated(connection, one) for one in ids])
        except BusyError as error:
            for future in waiting.values():
                future.set_exception(error)
            return
        for future, result in zip(waiting.values(), found, strict=True):
            future.set_result(result)

    def _show_problem(self, sentence: str | None) -> None:
        if sentence == self.problem:
            return
        self.problem = sentence
        if sentence is not None:
            self._idle.set()  # `rest` does not wait for it
            waiting, self._waiting = self._waiting, {}
            for future in waiting.values():
                future.set_exception(BusyError(sentence))
        else:
            self._idle.clear()
        self.problem_changed.emit(sentence)

    def _died(self, messages: Connection | None) -> None:
        """Start the next process. If that is useless for now, try it later."""
        if messages is not self._messages:
            return
        self._ended.set()
        self._messages = None
        self._is_taken, self._unsent = True, []
        self._taken.set()
        if self._is_closed:
            return
        if self._process is not None:
            self._end(self._process)
            self._process = None
        if self._is_last:
            self._tasks.spawn(self._begin_once_writable(), "start the evaluator")
            return
        begun, self._begun = self._begun, None
        if begun is not None and self._deaths[begun] < MOST_DEATHS:
            self._deaths[begun] += 1
            skips = self._deaths[begun] == MOST_DEATHS
            log.warning(
                "the evaluator died while it evaluated capture %d%s", begun, ", which is skipped" * skips
            )
            self._replace(is_careful=True)
            return
        log.warning("the evaluator died")
        self._in_vain += 1
        if self._in_vain < MOST_DEATHS:
            self._replace(is_careful=True)
            return
        self._show_problem(_STOPPED)
        self._retry = self._loop.call_later(RETRY_S, self.retry)

    async def _begin_once_writable(self) -> None:
        """Start a process once the store has saved what was in the lost log."""
        await retry_while_busy(self._store.sync)
        self._replace(is_careful=False)

    def _end(self, process: multiprocessing.process.BaseProcess) -> None:
        process.kill()  # it may have closed the pipe only
        atexit.unregister(process.kill)


def _ignore_failure(done: asyncio.Future[Evaluated | None]) -> None:
    """Retrieve an error that no caller waits for."""
    if not done.cancelled():
        done.exception()
