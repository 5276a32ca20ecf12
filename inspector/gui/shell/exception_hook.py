"""What fails where nobody waits for it, in a slot or a callback of the loop: logged, told once, survived."""

from __future__ import annotations

import asyncio
import sys
from types import TracebackType
from typing import Any

from inspector.gui.kit.context.runner import Runner


class ExceptionHook:
    """In force from `start` to `stop`; before and after it Python's own hooks are."""

    def __init__(self, runner: Runner, loop: asyncio.AbstractEventLoop) -> None:
        self._runner = runner
        self._loop = loop

    def start(self) -> None:
        """Take what fails from now on."""
        sys.excepthook = self._take
        self._loop.set_exception_handler(self._take_of_loop)

    def stop(self) -> None:
        """Leave it to Python again."""
        sys.excepthook = sys.__excepthook__
        self._loop.set_exception_handler(None)

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Exception):
            self._runner.take_bug(error.with_traceback(trace), "a slot")
        else:
            sys.__excepthook__(kind, error, trace)

    def _take_of_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            self._runner.take_bug(error, str(context.get("message", "a callback")))
        else:
            loop.default_exception_handler(context)
