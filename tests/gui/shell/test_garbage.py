"""A QObject dies on the window's thread, whichever thread makes work for the collector."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer

from inspector.gui.shell.app import GarbageCollector
from inspector.session.session import Session
from tests.waiting import until


class Cycle(QTimer):
    """Refers to itself, so that only the collector frees it."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


@pytest.fixture
def collector() -> Iterator[GarbageCollector]:
    collector = GarbageCollector()
    yield collector
    collector.end()


def make_garbage() -> None:
    """What would make Python collect many times over in the thread that does it."""
    for _ in range(20):
        assert [[number] for number in range(2_000)]


async def test_another_thread_never_collects(collector: GarbageCollector) -> None:
    died_in: list[threading.Thread] = []
    weakref.finalize(Cycle(), lambda: died_in.append(threading.current_thread()))
    thread = threading.Thread(target=make_garbage)
    thread.start()
    thread.join()
    assert died_in == []
    collector._timer.setInterval(1)
    await until(lambda: died_in)
    assert died_in == [threading.main_thread()]


_loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []


@pytest.mark.parametrize("turn", ["one", "the other"])
async def test_a_loop_is_gone_before_the_next_test(session: Session, turn: str) -> None:
    """Its timers are Qt's: where a thread of another test collected it, the process crashed."""
    assert [loop for loop in _loops if loop() is not None] == [], f"at the start of {turn}"
    _loops.append(weakref.ref(asyncio.get_running_loop()))
