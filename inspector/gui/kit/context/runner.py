"""Runs what a click or a key asks for, and tells what came in the way: the window's one place for errors."""

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

BUG = "Something went wrong that is not your doing; the log has the details. Capturing goes on."


class Runner(QObject):
    """Starts coroutines. A sentence made for the user is told; anything else is logged as a bug, and told
    the first time: what fails with each capture must not fill the screen."""

    message_posted = Signal(str)
    """A sentence to show. Emitted outside of every task."""
    detailed = Signal(str)
    """What lies behind a sentence that was told, for who asks for it."""

    def __init__(self, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._sentences: list[tuple[Callable[[str], None], str]] = []
        self._bugs: set[tuple[str, int]] = set()

    def run(
        self, work: Coroutine[Any, Any, Any], name: str, notify: Callable[[str], None] | None = None
    ) -> asyncio.Task[None]:
        """Start `work`; what it raises is told, to `notify` where one is given. The task is for who may have
        to cancel it, as a dialog that is closed."""
        task = self._tasks.spawn(self._guarded(work, name, notify), name)
        task.add_done_callback(lambda _: work.close())  # of one that was stopped before it began
        return task

    def take_bug(self, error: BaseException, name: str) -> None:
        """Log a bug, and tell of it unless its place was told of before."""
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
                self.take_bug(error, name)
            else:  # who waits for an outcome is told each time
                log.exception("%s failed", name)
                self._notify(notify, BUG)

    def _notify(self, notify: Callable[[str], None], sentence: str) -> None:
        self._sentences.append((notify, sentence))
        QTimer.singleShot(0, self._hand_over)

    def _announce(self, sentence: str) -> None:
        if shiboken6.isValid(self):  # its dialog may have been closed meanwhile
            self.message_posted.emit(sentence)

    def _detail(self, sentence: str) -> None:
        if shiboken6.isValid(self):
            self.detailed.emit(sentence)

    def _hand_over(self) -> None:
        sentences, self._sentences = self._sentences, []
        for notify, sentence in sentences:
            notify(sentence)


def place_of(error: BaseException) -> tuple[str, int]:
    """The file and the line that raised an error."""
    frames = traceback.extract_tb(error.__traceback__)
    return (frames[-1].filename, frames[-1].lineno or 0) if frames else (type(error).__name__, 0)


class LatestTask:
    """One piece of work at a time, such as reading the capture that was chosen last."""

    def __init__(self, tasks: Tasks, name: str) -> None:
        self._tasks = tasks
        self._name = name
        self._task: asyncio.Task[Any] | None = None

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do `work` in place of what is still being done."""
        self.cancel()
        self._task = self._tasks.spawn(work, self._name)

    def cancel(self) -> None:
        """Give up what is being done, if anything is."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
