"""Send many requests to one target, a number of them at once, and hand on each outcome as it comes.

What is sent, in which order and when, is the affair of the iterable: it is asked for the next request
only when a lane is free to send it, and may take its time to give it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Collection, Iterable
from typing import Generic, TypeVar

from inspector.base.tasks import Tasks
from inspector.client.connect import tls_context
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.redirecting_sender import sender_to
from inspector.client.target import Target
from inspector.client.wire import WireRequest

Key = TypeVar("Key")


async def deliver(
    items: AsyncIterable[tuple[Key, WireRequest]] | Iterable[tuple[Key, WireRequest]],
    target: Target,
    *,
    at_once: int,
    record: Callable[[Key, Outcome], Awaitable[None]],
    stop: asyncio.Event,
    limits: ResponseLimits | None = None,
    require_local: bool = False,
    tls: ssl.SSLContext | None = None,
    follow_to: Collection[str] | None = None,
) -> None:
    """Start the requests of `items` in their order, `at_once` at a time, and await `record` for each.

    Once `stop` is set, or this call is cancelled, nothing more is started; what is on its way is given
    up and recorded as `unknown` if a byte of it may have left, else not recorded: it was not sent.
    HostNotAllowed, and whatever `items` or `record` raise, ends the run and is raised. With `follow_to`
    redirects are followed (see `sender_to`).
    """
    assert at_once >= 1
    if target.scheme == "https" and tls is None:
        tls = await tls_context(target.tls)
    source = _Source(items if isinstance(items, AsyncGenerator) else _each(items))
    recording: set[int] = set()
    """The lanes that must not be interrupted: what they have to record did happen."""
    is_ending = False

    async def keep(number: int, key: Key, outcome: Outcome) -> None:
        recording.add(number)
        try:
            await record(key, outcome)
        finally:
            recording.discard(number)

    async def lane(number: int) -> None:
        async with sender_to(
            target, limits=limits, require_local=require_local, tls=tls, follow_to=follow_to
        ) as sender:
            while not is_ending and not stop.is_set():
                item = await source.take()
                if item is None:
                    return
                key, request = item
                try:
                    outcome = await sender.send(request)
                except asyncio.CancelledError:
                    if sender.abandoned is not None:
                        await keep(number, key, sender.abandoned)
                    raise
                await keep(number, key, outcome)

    tasks = Tasks()
    lanes = [tasks.spawn(lane(n), f"replay lane {n}", is_awaited=True) for n in range(at_once)]
    stopped = tasks.spawn(stop.wait(), "replay stop")
    try:
        running = set(lanes)
        while running and not stopped.done():
            done, _ = await asyncio.wait({*running, stopped}, return_when=asyncio.FIRST_COMPLETED)
            running -= done
            if any(not task.cancelled() and task.exception() is not None for task in done):
                break
    finally:
        is_ending = True
        stopped.cancel()
        for number, task in enumerate(lanes):
            if number not in recording:
                task.cancel()
        ended = await asyncio.gather(*lanes, stopped, return_exceptions=True)
        await source.items.aclose()
    for result in ended:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result


class _Source(Generic[Key]):
    """Gives the lanes one item after another.

    Not by an asyncio.Lock: that is handed on to those who wait a turn of the loop later, so that, once
    a lane had to wait, each of them has to wait for every item from then on.
    """

    def __init__(self, items: AsyncGenerator[tuple[Key, WireRequest], None]) -> None:
        self.items = items
        self._is_taking = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> tuple[Key, WireRequest] | None:
        """The next item, as a rule at once; None after the last."""
        while self._is_taking:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():
                    self._hand_on()
                raise
        self._is_taking = True
        try:
            return await anext(self.items, None)
        finally:
            self._is_taking = False
            self._hand_on()

    def _hand_on(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


async def _each(
    items: AsyncIterable[tuple[Key, WireRequest]] | Iterable[tuple[Key, WireRequest]],
) -> AsyncGenerator[tuple[Key, WireRequest], None]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
