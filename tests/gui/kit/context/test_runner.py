"""What comes in the way of a click: a sentence each time, a bug once, and the rest in the log."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject

from inspector.base.errors import InspectorError
from inspector.base.tasks import Tasks
from inspector.gui.kit.context.runner import BUG, Runner
from inspector.gui.shell.app import ExceptionHook
from tests.gui.conftest import at_rest
from tests.waiting import until


@pytest.fixture
def parent() -> Iterator[QObject]:
    parent = QObject()
    yield parent
    parent.deleteLater()


async def refuse() -> None:
    raise InspectorError("The port is taken.") from OSError("address in use")


async def fail() -> None:
    raise KeyError("a bug")


async def test_a_sentence_is_told_each_time_and_its_cause_is_there_for_who_asks(parent: QObject) -> None:
    runner = Runner(Tasks(), parent)
    told: list[str] = []
    details: list[str] = []
    runner.message_posted.connect(told.append)
    runner.detailed.connect(details.append)
    runner.run(refuse(), "listen")
    runner.run(refuse(), "listen")
    await until(lambda: len(told) == 2)
    assert told[0] == "The port is taken."
    assert details[0] == "listen: The port is taken. (OSError: address in use)"


async def test_a_bug_is_told_once_and_logged_each_time(
    parent: QObject, caplog: pytest.LogCaptureFixture
) -> None:
    runner = Runner(Tasks(), parent)
    told: list[str] = []
    runner.message_posted.connect(told.append)
    for _ in range(3):
        runner.run(fail(), "count")
    await until(lambda: len(caplog.records) == 3)
    await at_rest("count")
    assert told == [BUG]
    caplog.clear()


async def test_what_fails_in_a_slot_is_told_and_the_program_goes_on(
    parent: QObject, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    runner = Runner(Tasks(), parent)
    told: list[str] = []
    runner.message_posted.connect(told.append)
    catcher = ExceptionHook(runner, asyncio.get_running_loop())
    catcher.start()
    try:
        fail_in_a_slot()
        await until(lambda: told)
        asyncio.get_running_loop().call_soon(fail_in_a_callback)
        await until(lambda: len(told) == 2)
    finally:
        catcher.stop()
    assert told == [BUG, BUG], "they are two bugs"
    assert "ZeroDivisionError" in caplog.text
    caplog.clear()


def fail_in_a_slot() -> None:
    """As PySide reports it."""
    try:
        raise ValueError
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)


def fail_in_a_callback() -> None:
    raise ZeroDivisionError


async def test_work_that_is_stopped_before_it_began_leaves_nothing_behind(parent: QObject) -> None:
    tasks = Tasks()
    Runner(tasks, parent).run(refuse(), "listen")
    await tasks.cancel_all()
