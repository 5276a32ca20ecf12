"""Signals: in order, weakly held, one listener's failure is no other's."""

from __future__ import annotations

import gc

import pytest

from inspector.base.signals import Signal


class Listener:
    def __init__(self) -> None:
        self.heard: list[int] = []

    def hear(self, value: int) -> None:
        self.heard.append(value)


def test_every_listener_hears_each_value() -> None:
    signal: Signal[int] = Signal("test")
    one, two = Listener(), Listener()
    signal.connect(one.hear)
    signal.connect(two.hear)
    signal.emit(1)
    signal.disconnect(one.hear)
    signal.emit(2)
    assert (one.heard, two.heard) == ([1], [1, 2])


def test_a_listener_is_not_kept_alive_by_the_signal() -> None:
    signal: Signal[int] = Signal("test")
    heard: list[int] = []
    signal.connect(heard.append)
    listener = Listener()
    signal.connect(listener.hear)
    del listener
    gc.collect()
    signal.emit(1)
    assert heard == [1]


def test_a_listener_that_fails_is_logged_and_the_others_hear(caplog: pytest.LogCaptureFixture) -> None:
    signal: Signal[int] = Signal("test")
    listener = Listener()

    def fails(value: int) -> None:
        raise ValueError("no")

    signal.connect(fails)
    signal.connect(listener.hear)
    signal.emit(1)
    assert listener.heard == [1]
    assert "a listener of test failed" in caplog.text
    caplog.clear()
