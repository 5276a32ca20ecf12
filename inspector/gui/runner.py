"""Runs what a click or a key asks for, and tells what came in the way: the window's one place for errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from inspector.base.errors import InspectorError
from inspector.base.tasks import Tasks

log = logging.getLogger(__name__)

_BUG = "Something went wrong that is not your doing; the log has the details. Capturing goes on."


class Runner(QObject):
    """Starts coroutines. A sentence made for the user is told; anything else is logged as a bug."""

    told = Signal(str)
    """A sentence to show. Emitted outside of every task."""

    def __init__(self, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._sentences: list[tuple[Callable[[str], None], str]] = []

    def run(
        self, work: Coroutine[Any, Any, Any], name: str, tell: Callable[[str], None] | None = None
    ) -> None:
        """Start `work`; what it raises is told, to `tell` where one is given."""
        self._tasks.spawn(self._guarded(work, name, tell or self.told.emit), name)

    async def _guarded(self, work: Coroutine[Any, Any, Any], name: str, tell: Callable[[str], None]) -> None:
        try:
            await work
        except InspectorError as error:
            self._tell(tell, str(error))
        except Exception:
            log.exception("%s failed", name)
            self._tell(tell, _BUG)

    def _tell(self, tell: Callable[[str], None], sentence: str) -> None:
        self._sentences.append((tell, sentence))
        QTimer.singleShot(0, self._hand_over)

    def _hand_over(self) -> None:
        sentences, self._sentences = self._sentences, []
        for tell, sentence in sentences:
            tell(sentence)
