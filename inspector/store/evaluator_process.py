"""The process of the evaluator: its loop, and its end of the pipe to the owner."""

from __future__ import annotations

import os
import signal
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from inspector.base.errors import InspectorError
from inspector.store.evaluator import JournalEvaluator
from inspector.store.evaluator_messages import Failed, Hindered, Idle, StartState, Stop, Taken
from inspector.store.file.locks import ListenerLock
from inspector.store.write.large_values import return_large_blocks

POLL_S = 1.0
"""Time after which an idle evaluator checks for respondents that another process queued."""
RETRY_S = 1.0
"""Time between two tries while the file or the journal cannot be used."""
NICE = 10
PAUSE_S = 0.01
"""Time between two batches while captures keep arriving, so that there are fewer and larger ones."""
ORPHAN_S = 10.0
"""How long an evaluator continues after its listener was killed, if captures wait in the journal."""


def run(path: Path, start: StartState, messages: Connection) -> None:
    """Evaluate until the owner sends Stop. Runs in its own process.

    If the owner was killed, evaluate the rest of the journal, for at most `ORPHAN_S`.
    """
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGINT)):
        signal.signal(number, signal.SIG_IGN)  # they go to the whole group; the owner decides
    with suppress(AttributeError, OSError):
        os.nice(NICE)
    return_large_blocks()
    link = _Link(path, messages)
    try:
        _work(JournalEvaluator(path, start, link.send), link)
    except Exception as error:
        link.send(Failed("cannot evaluate captures", "".join(traceback.format_exception(error))))


def _work(evaluator: JournalEvaluator, link: _Link) -> None:
    problem: str | None = ""  # unknown: another process may have had one
    pause_s: float | None = None  # the first message has the secrets
    while link.receive(evaluator, pause_s):
        try:
            more = evaluator.step()
            if more is None or problem is not None:
                evaluator.sync()
                evaluator.release_memory()
            if problem is not None:
                problem = None
                link.send(Hindered(None))
        except InspectorError as error:
            if str(error) != problem or evaluator.must_end:
                problem = str(error)
                link.send(Hindered(problem, evaluator.must_end))
            if evaluator.must_end:
                os._exit(1)  # closing the file could remove the log that replaced ours
            pause_s = RETRY_S
            continue
        if more is None:
            if link.is_orphan:
                break
            link.send(Idle())
        pause_s = evaluator.break_s or (POLL_S if more is None else 0 if more else PAUSE_S)
    evaluator.close()


class _Link:
    """The pipe to the owner."""

    def __init__(self, path: Path, messages: Connection) -> None:
        self._messages = messages
        self._lock = ListenerLock(path)
        self._owner = self._lock.holder()
        self._ends = 0.0
        """When an orphan ends, in seconds of the monotonic clock."""

    @property
    def is_orphan(self) -> bool:
        """Whether the owner was killed."""
        return self._ends > 0

    def send(self, message: object) -> None:
        """Announce something."""
        with suppress(OSError):  # the owner was killed, which `receive` notices
            self._messages.send(message)

    def receive(self, evaluator: JournalEvaluator, seconds: float | None) -> bool:
        """Pass messages on, and wait for one for at most `seconds`. Return False if the process must end."""
        try:
            has_one = not self.is_orphan and self._messages.poll(seconds)
            while has_one:
                message = self._messages.recv()
                if isinstance(message, Stop):
                    return False
                if isinstance(message, list):
                    for one in message:
                        evaluator.take(one)
                    self.send(Taken())
                has_one = self._messages.poll(0)
        except (EOFError, OSError):
            self._ends = time.monotonic() + ORPHAN_S
        if self.is_orphan:
            time.sleep(max(0.0, min(seconds or 0.0, self._ends - time.monotonic())))
            # Another listener has its own evaluator, perhaps with other secrets.
            return time.monotonic() < self._ends and self._lock.holder() == self._owner
        return True
