"""Evaluators that fail, to be run in the process of the evaluator instead of its own work."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from inspector.domain.capture.capture import Capture
from inspector.domain.signature.evaluation import evaluate
from inspector.store import evaluator, evaluator_process
from inspector.store.evaluator_messages import StartState

POISON = b"poison"


def dies_of_poison(path: Path, start: StartState, messages: Connection) -> None:
    _run(lambda: os._exit(1), path, start, messages)


def fails_at_poison(path: Path, start: StartState, messages: Connection) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    _run(fail, path, start, messages)


def waits_at_poison(path: Path, start: StartState, messages: Connection) -> None:
    """It waits at the first one while the file `wait` exists, which it creates."""
    flags = [path.with_name("wait")]

    def wait() -> None:
        if flags:
            flag = flags.pop()
            flag.touch()
            while flag.exists():
                time.sleep(0.01)

    _run(wait, path, start, messages)


def hangs_at_poison(path: Path, start: StartState, messages: Connection) -> None:
    def hang() -> None:
        while True:
            pass

    evaluator.MOST_CPU_S = 0.2
    _run(hang, path, start, messages)


def is_slow_at_poison(path: Path, start: StartState, messages: Connection) -> None:
    """It takes longer than an endless evaluation may, but does not use the processor meanwhile."""
    evaluator.MOST_CPU_S = 0.2
    _run(lambda: time.sleep(1), path, start, messages)


def dies_while_told(path: Path, start: StartState, messages: Connection) -> None:
    """It dies at its start while the file `die` exists."""
    if not path.with_name("die").exists():
        evaluator_process.run(path, start, messages)


def announces_late(path: Path, start: StartState, messages: Connection) -> None:
    """It announces what it stored once the file `wait` is gone."""

    class Late(evaluator.JournalEvaluator):
        def _announce(self, done: Any, skipped: Any) -> None:
            while path.with_name("wait").exists():
                time.sleep(0.01)
            super()._announce(done, skipped)

    evaluator_process.JournalEvaluator = Late  # type: ignore[misc]
    evaluator_process.run(path, start, messages)


def _run(then: Callable[[], None], path: Path, start: StartState, messages: Connection) -> None:
    """Do something at the evaluation of each poisoned capture."""

    def poisoned(capture: Capture, *secrets: Any, **more: Any) -> Any:
        if POISON in capture.body:
            then()
        return evaluate(capture, *secrets, **more)

    evaluator.evaluate = poisoned
    evaluator_process.run(path, start, messages)
