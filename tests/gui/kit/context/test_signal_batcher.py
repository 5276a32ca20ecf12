"""Signals of the session reach the window outside of every task, and together."""

from __future__ import annotations

import asyncio

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from inspector.base.signals import Signal
from inspector.gui.kit.context.signal_batcher import IdsSignalBatcher, SignalBatcher
from tests.waiting import until


async def test_ids_of_a_burst_arrive_together_in_order() -> None:
    parent, captured = QObject(), Signal[tuple[int, ...]]("captured")
    seen: list[tuple[int, ...]] = []
    IdsSignalBatcher(captured, parent).passed.connect(seen.append)
    for ids in ((3, 4), (1,), (4, 5)):
        captured.emit(ids)
    assert seen == []
    await until(lambda: seen)
    assert seen == [(1, 3, 4, 5)]


async def test_only_the_last_value_of_a_burst_is_passed_on() -> None:
    parent, changed = QObject(), Signal[str | None]("changed")
    seen: list[str | None] = []
    SignalBatcher(changed, parent).passed.connect(seen.append)
    changed.emit("one")
    changed.emit(None)
    await until(lambda: seen)
    assert seen == [None]


async def test_a_slot_never_runs_inside_the_task_that_announced() -> None:
    parent, changed = QObject(), Signal[None]("changed")
    tasks: list[asyncio.Task[None] | None] = []
    SignalBatcher(changed, parent).passed.connect(lambda _: tasks.append(asyncio.current_task()))

    async def announce() -> None:
        changed.emit(None)

    await asyncio.create_task(announce())
    await until(lambda: tasks)
    assert tasks == [None]


def test_what_qt_has_deleted_is_not_called_although_python_still_has_it(qapp: QApplication) -> None:
    heard: list[int] = []

    class Listener(QObject):
        def hear(self, value: int) -> None:
            heard.append(value)

    signal: Signal[int] = Signal("a signal")
    first, second = Listener(), Listener()
    for one in (first, second):
        signal.connect(one.hear)
    shiboken6.delete(first)
    signal.emit(1)
    assert heard == [1]
