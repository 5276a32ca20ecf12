"""The one way in which tests wait: for a value, at most a minute; a failure shows the last value."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from inspector.session.session import Session

T = TypeVar("T")

PATIENCE_S = 60.0
"""The longest wait, also for the program to start, to answer and to end: a busy machine needs 20 s for it.

A failure then names its line and value, which a timeout of the whole test does not.
"""
_POLL_S = 0.005
_AT_ONCE = 200
"""Checks in turn with the loop's other work; later ones pause `_POLL_S` in between."""


async def until(read: Callable[[], T | Awaitable[T]], is_right: Callable[[T], object] = bool) -> T:
    """Let the loop run until `read()` returns, or resolves to, a value for which `is_right` holds; return it.

    Raises AssertionError with the last value after `PATIENCE_S`.
    """
    deadline = time.monotonic() + PATIENCE_S
    looks = 0
    while not is_right(value := await _resolved(read())):
        assert time.monotonic() < deadline, _failure(read, value)
        looks += 1
        await asyncio.sleep(0 if looks < _AT_ONCE else _POLL_S)
    return value


def wait_until(read: Callable[[], T], is_right: Callable[[T], object] = bool) -> T:
    """As `until`, for a test without a loop: block until another process or thread has done it."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_right(value := read()):
        assert time.monotonic() < deadline, _failure(read, value)
        time.sleep(_POLL_S)
    return value


async def evaluated(session: Session) -> None:
    """Wait until all captures that this session acknowledged are rows, in groups, and announced."""
    deadline = time.monotonic() + PATIENCE_S
    await session.ingest.evaluator.rest(PATIENCE_S)
    assert time.monotonic() < deadline, f"after {PATIENCE_S:g} s, the evaluator is still busy"


async def _resolved(value: T | Awaitable[T]) -> T:
    return await value if isinstance(value, Awaitable) else cast("T", value)


def _failure(read: Callable[[], object], value: object) -> str:
    name = getattr(read, "__qualname__", repr(read))
    return f"after {PATIENCE_S:g} s, {name} still returned {value!r}"
