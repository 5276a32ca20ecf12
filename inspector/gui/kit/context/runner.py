"""Runs the work of commands and posts its errors. No other code of the window catches them."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from inspector.base.errors import InspectorError
from inspector.base.tasks import Tasks

log = logging.getLogger(__name__)

BUG = "Internal error. See the log for details. Capturing continues."


class Runner(QObject):
    """Starts coroutines. The sentence of an InspectorError is posted. Any other error is logged as a bug and
    posted once per place in the code, because an error per capture must not fill the screen."""

    message_posted = Signal(str)
    """A sentence to show. Emitted outside every task."""
    detailed = Signal(str)
    """The cause of a posted sentence, for the log."""

    def __init__(self, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._sentences: list[tuple[Callable[[str], None], str]] = []
        self._bugs: set[tuple[str, int]] = set()

    def run(
        self, work: Coroutine[Any, Any, Any], name: str, notify: Callable[[str], None] | None = None
    ) -> asyncio.Task[None]:
        """Start `work`, and return its task, which a closed dialog may cancel.

        `notify` gets the sentence of an error; by default it is posted.
        """
        task = self._tasks.spawn(self._guarded(work, name, notify), name)
        task.add_done_callback(lambda _: work.close())  # in case it was cancelled before it began
        return task

    def report_bug(self, error: BaseException, name: str) -> None:
        """Log a bug, and post it unless one from the same place was posted before."""
        log.error("%s failed", name, exc_info=error)
        place = place_of(error)
        if place not in self._bugs:
            self._bugs.add(place)
            self._notify(self._announce, BUG)

    async def _guarded(
        self, work: Coroutine[Any, Any, Any], name: str, notify: Callable[[str], None] | None
    ) -> None:
        try:
            await work
        except InspectorError as error:
            self._notify(notify or self._announce, str(error))
            if error.__cause__ is not None:
                cause = "".join(traceback.format_exception_only(error.__cause__)).strip()
                self._notify(self._detail, f"{name}: {error} ({cause})")
        except Exception as error:
            if notify is None:
                self.report_bug(error, name)
            else:  # a caller waits for this outcome: post each time
                log.exception("%s failed", name)
                self._notify(notify, BUG)

    def _notify(self, notify: Callable[[str], None], sentence: str) -> None:
        self._sentences.append((notify, sentence))
        QTimer.singleShot(0, self._hand_over)

    def _announce(self, sentence: str) -> None:
        if shiboken6.isValid(self):  # its dialog may be closed by now
            self.message_posted.emit(sentence)

    def _detail(self, sentence: str) -> None:
        if shiboken6.isValid(self):
            self.detailed.emit(sentence)

    def _hand_over(self) -> None:
        sentences, self._sentences = self._sentences, []
        for notify, sentence in sentences:
            notify(sentence)


def place_of(error: BaseException) -> tuple[str, int]:
    """Return the file and line that raised an error."""
    frames = traceback.extract_tb(error.__traceback__)
    return (frames[-1].filename, frames[-1].lineno or 0) if frames else (type(error).__name__, 0)


class LatestTask:
    """One piece of work at a time, such as reading the capture that was selected last.

    It is cancelled when its owner is deleted, for example because its window was closed.
    """

    def __init__(self, tasks: Tasks, name: str, owner: QObject) -> None:
        self._tasks = tasks
        self._name = name
        self._task: asyncio.Task[Any] | None = None
        owner.destroyed.connect(self.cancel)

    @property
    def is_running(self) -> bool:
        """Whether the current work is not done."""
        return self._task is not None and not self._task.done()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Start `work`, and cancel the previous one."""
        self.cancel()
        self._task = self._tasks.spawn(work, self._name)

    def cancel(self) -> None:
        """Cancel the current work, if there is any."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
