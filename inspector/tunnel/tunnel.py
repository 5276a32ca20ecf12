"""The supervisor of a tunnel: it tests the public address, and restarts the program once tests are lost."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any

from inspector.base.errors import InspectorError
from inspector.base.tasks import Tasks
from inspector.tunnel.health import ProbeResult
from inspector.tunnel.kind import TunnelFailed, TunnelKind
from inspector.tunnel.process import TunnelProcess
from inspector.tunnel.state import StateWord, TunnelState

MOST_URLS = 5
"""New URLs of a running program within a minute after which it is stopped for a minute."""
MISSES = 2
"""Lost tests after which the program is restarted."""
NO_NETWORK = "This machine has no network."
RESTARTS_UNSENT = 2
"""Unproved runs after which a run continues although it is not connected, or this machine cannot even
connect to its host. Each restart may give another URL, and services limit how many they give."""
NO_WAY_OUT = (
    "Restarts did not help, and senders may still reach it. If only a proxy leads to the internet, set"
    " HTTPS_PROXY."
)
NOT_AGAIN = "Restarts did not help. The program keeps trying."
TEST_EVERY_S = 60.0
"""Usual pause between tests, which the window names."""
JUMP_S = 10.0
"""A longer difference between the clock and a pause means that the machine slept, or the clock was set."""
_STARTING_PAUSES_S = (0.5, 1.0, 2.0, 3.0)
"""Pauses between tests of a new URL, whose name is often not known yet. The last one is repeated."""
_LONG_PAUSE_S = 60.0


def local_addresses() -> tuple[str | None, str | None]:
    """Return the addresses of this machine that reach the internet, over IPv4 and IPv6. Sends nothing.

    They change with the network and with a VPN. None without a network.
    """
    return _address(socket.AF_INET, "192.0.2.1"), _address(socket.AF_INET6, "2001:db8::1")


def _address(family: socket.AddressFamily, of_documentation: str) -> str | None:
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((of_documentation, 9))
        return str(sock.getsockname()[0])
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelPace:
    """The times of a supervisor, and what it reads them from."""

    starting_s: float = 60.0
    """How long a new URL may take until the first test comes back."""
    every_s: float = TEST_EVERY_S
    """Pause between tests."""
    again_s: float = 10.0
    """Pause after a lost one."""
    watch_s: float = 2.0
    """Interval in which the clock and the network are compared with their previous state."""
    longest_restart_s: float = 60.0
    """Restarts follow after 1, 2, 4 … seconds, at most this."""
    jitter: Callable[[], float] = random.random
    """A number from 0 to 1: how much of the second half of a pause is waited."""
    clock: Callable[[], float] = time.time
    """Seconds since 1970."""
    sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep
    network: Callable[[], Iterable[object]] = local_addresses
    """Values that change with the network. Without one, all are empty."""

    def restart_s(self, failures: int) -> float:
        """Return the pause before the restart after this number of failures in a row."""
        pause = min(2.0 ** min(failures - 1, 16), self.longest_restart_s)
        return pause * (1 + self.jitter()) / 2


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a run of the program has ended."""

    sentence: str
    reason: str | None = None
    """The same in a few words."""
    retry_after: float | None = 0.0
    """Seconds that it asks for before the next run. None: no further run."""


def _failed(failed: TunnelFailed) -> _Failure:
    return _Failure(str(failed), failed.reason, failed.retry_after)


_RESTLESS = _Failure(
    "The tunnel gave one new URL after the other. See the log of the tunnel.", "too many URLs", _LONG_PAUSE_S
)


async def _other_url(process: TunnelProcess, url: str) -> _Failure | str:
    """Return the next URL of a running program, or why it has ended."""
    try:
        return await process.url(other_than=url)
    except TunnelFailed as failed:
        return _failed(failed)


class Tunnel:
    """Keeps a tunnel running and its URL tested, or tests an address that another program makes reachable."""

    def __init__(
        self,
        *,
        test: Callable[[str], Coroutine[Any, Any, ProbeResult]],
        changed: Callable[[TunnelState], None],
        tasks: Tasks,
        pace: TunnelPace,
        kind: TunnelKind | None = None,
        begin: Callable[[], TunnelProcess] | None = None,
        url: str | None = None,
    ) -> None:
        """`begin` returns a new run of the program; without it, `url` is tested and nothing is restarted.

        `changed` is called with each new state.
        """
        self.state = TunnelState(kind=None if kind is None else kind.name, url=url)
        self._not_connected = (kind and kind.not_connected) or "The tunnel program is not connected."
        self._test = test
        self._changed = changed
        self._tasks = tasks
        self._pace = pace
        self._begin = begin
        self._url = url
        self._wake = asyncio.Event()
        """Set when a test, or a restart, is needed now."""
        self._is_retry_requested = False
        self._tested: asyncio.Future[None] | None = None
        """Waiters for the next result."""
        self._failures = 0
        """Runs in a row without a proof."""

    async def run(self, first: TunnelProcess | None = None) -> None:
        """Run until cancelled. `first` is the first run of the program, already started."""
        watching = self._tasks.spawn(self._watch(), "watch the clock and the network")
        try:
            while True:
                self._set("starting", problem=None, reason=None)
                if self._begin is None:
                    assert self._url is not None
                    await self._keep_tested(self._url, None, self._pace.clock())
                    continue
                process, first = first, None
                failure = await self._run_program(process, self._begin)
                await self._rest(failure)
        finally:
            self._notify_tested()
            watching.cancel()

    def retry(self) -> None:
        """Start a program that waits or has stopped again now. Otherwise test the address."""
        self._is_retry_requested = True
        self._wake.set()

    async def probe(self) -> None:
        """Test the address now, and return once the result is in `state`. Does nothing while none runs."""
        if self.state.word in ("restarting", "stopped"):
            return
        self._wake.set()
        if self._tested is None:
            self._tested = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._tested)

    # ---- one run

    async def _run_program(
        self, process: TunnelProcess | None, begin: Callable[[], TunnelProcess]
    ) -> _Failure:
        """Run the program until it has ended, or must be ended. Return why."""
        began = self._pace.clock()
        renewed: deque[float] = deque(maxlen=MOST_URLS)
        is_started = process is not None
        process = process or begin()
        try:
            if not is_started:
                await process.start()
            url = await process.url()
            while True:
                self._set("starting", url=url)
                over = await self._keep_tested(url, process, began)
                if isinstance(over, _Failure):
                    return over
                url, began = over, self._pace.clock()
                renewed.append(began)
                if len(renewed) == MOST_URLS and began - renewed[0] < _LONG_PAUSE_S:
                    return _RESTLESS
        except TunnelFailed as failed:
            return _failed(failed)
        except InspectorError as error:  # the program is gone
            return _Failure(str(error), retry_after=None)
        finally:
            await process.stop()

    async def _keep_tested(self, url: str, process: TunnelProcess | None, began: float) -> _Failure | str:
        """Test `url` until the program has ended or gives another URL, or too many tests were lost.

        Return that URL, or the reason.
        """
        over: asyncio.Task[_Failure | str] | None = None
        if process is not None:
            over = self._tasks.spawn(_other_url(process, url), "wait for the end of the tunnel program")
        is_proved, misses, pauses = False, 0, iter(_STARTING_PAUSES_S)
        pause_s = 0.0
        try:
            while over is None or not over.done():
                result = await self._tested_now(url, None if is_proved else process, over)
                if result is None:
                    break
                if result.problem is None:
                    is_proved, misses, self._failures = True, 0, 0
                    self._set_reachable(result)
                    pause_s = self._pace.every_s
                else:
                    # Without a network, a restart would cost the URL and cure nothing.
                    has_network = any(self._pace.network())
                    misses += has_network
                    is_late = self._pace.clock() - began >= self._pace.starting_s
                    is_new = not is_proved and not is_late
                    problem = result.problem if has_network else NO_NETWORK
                    is_hopeless = misses >= MISSES if is_proved else is_late
                    if process is not None and is_hopeless and has_network:
                        is_way_out_missing = not is_proved and not result.is_sent
                        if not (is_way_out_missing and self._failures >= RESTARTS_UNSENT):
                            return _Failure(result.problem)
                        is_connected = problem != self._not_connected
                        problem = f"{problem} {NO_WAY_OUT if is_connected else NOT_AGAIN}"
                    self._set_lost(problem, is_starting=is_new and process is not None)
                    if is_new:
                        pause_s = next(pauses, _STARTING_PAUSES_S[-1])
                    else:
                        pause_s = self._pace.again_s if misses < MISSES else self._pace.every_s
                self._notify_tested()
                await self._pause(pause_s, over)
            assert over is not None
            return over.result()
        finally:
            if over is not None:
                over.cancel()

    async def _tested_now(
        self, url: str, process: TunnelProcess | None, over: asyncio.Task[Any] | None
    ) -> ProbeResult | None:
        """Return the result of a test, or None if `over` is done first. `process` must be connected first."""
        # A test before the tunnel is connected would find no name, which resolvers remember for minutes.
        if process is not None and await process.is_connected() is False:
            return ProbeResult(problem=self._not_connected, is_sent=False)
        testing = self._tasks.spawn(self._test(url), "test the public address", is_awaited=True)
        try:
            await asyncio.wait(
                [testing] if over is None else [testing, over], return_when=asyncio.FIRST_COMPLETED
            )
            return testing.result() if testing.done() else None
        finally:
            testing.cancel()

    async def _rest(self, failure: _Failure) -> None:
        """Wait until the program may run again."""
        self._failures += 1
        self._is_retry_requested = False
        self._wake.clear()
        pace, asked_s = self._pace, failure.retry_after
        if asked_s is None:
            self._set("stopped", problem=failure.sentence, reason=failure.reason)
            self._notify_tested()
            while not self._is_retry_requested:
                await self._wake.wait()
                self._wake.clear()
            return
        pause_s = max(pace.restart_s(self._failures), asked_s)
        until = pace.clock() + pause_s
        is_long = asked_s >= _LONG_PAUSE_S
        word: StateWord = "stopped" if is_long else "restarting"
        self._set(word, problem=failure.sentence, reason=failure.reason, retry_at_ms=int(until * 1000))
        self._notify_tested()
        while (left_s := until - pace.clock()) > 0:
            is_woken = await self._pause(min(left_s, pause_s), None)
            if is_woken and (self._is_retry_requested or not is_long):
                return

    # ---- waiting

    async def _watch(self) -> None:
        """Call for a test when the machine has slept, the clock was set or the network changed."""
        pace = self._pace
        network = pace.network()
        while True:
            before = pace.clock()
            await pace.sleep(pace.watch_s)
            has_jumped = abs(pace.clock() - before - pace.watch_s) > JUMP_S
            before_network, network = network, pace.network()
            if has_jumped or network != before_network:
                self._wake.set()

    async def _pause(self, seconds: float, over: asyncio.Task[Any] | None) -> bool:
        """Wait for a time, for `over`, or for a call for a test. Return whether that came."""
        sleeping = self._tasks.spawn(self._pace.sleep(seconds), "wait for the next test")
        waking = self._tasks.spawn(self._wake.wait(), "wait for a call to test")
        try:
            await asyncio.wait(
                [sleeping, waking, *([] if over is None else [over])], return_when=asyncio.FIRST_COMPLETED
            )
            return self._wake.is_set()
        finally:
            sleeping.cancel()
            waking.cancel()
            self._wake.clear()

    def _notify_tested(self) -> None:
        if self._tested is not None and not self._tested.done():
            self._tested.set_result(None)
        self._tested = None

    # ---- states

    def _set_reachable(self, result: ProbeResult) -> None:
        passage = result.passage
        self._set(
            "reachable",
            problem=None,
            round_trip_ms=result.round_trip_ms,
            checked_ms=self._now_ms(),
            added_headers=() if passage is None else passage.added,
            changes=None if passage is None else passage.text,
        )

    def _set_lost(self, problem: str, *, is_starting: bool) -> None:
        word: StateWord = "starting" if is_starting else "unreachable"
        self._set(word, problem=problem, checked_ms=self._now_ms())

    def _set(self, word: StateWord, *, retry_at_ms: int | None = None, **changes: Any) -> None:
        since = self.state.since_ms if word == self.state.word else self._now_ms()
        state = replace(self.state, word=word, since_ms=since, retry_at_ms=retry_at_ms, **changes)
        if state != self.state:
            self.state = state
            self._changed(state)

    def _now_ms(self) -> int:
        return int(self._pace.clock() * 1000)
